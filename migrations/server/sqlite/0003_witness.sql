-- SPDX-License-Identifier: MulanPSL-2.0
-- Witnesses that the county asks by itself. ENDURING.

CREATE TABLE _witness (
  name     TEXT PRIMARY KEY,
  verifier TEXT NOT NULL,              -- name+keyid+base64(type ‖ key)
  url      TEXT NOT NULL,              -- '': what travels goes by hand
  said     TEXT                        -- why the last request failed; NULL: it did not
) WITHOUT ROWID;

CREATE TABLE _witnessed (             -- where each stands, as far as the county knows
  name   TEXT NOT NULL,
  ledger INTEGER NOT NULL,
  size   INTEGER NOT NULL,
  PRIMARY KEY (name, ledger)
) WITHOUT ROWID;
