-- SPDX-License-Identifier: MulanPSL-2.0
-- Where a device said that it stands, in the newest bundle it sent by stick: what it is given unasked
-- goes on from there. ENDURING, but nothing depends on it: a row that is lost costs bytes.

CREATE TABLE _courier (
  device  BLOB NOT NULL,                 -- kid
  ledger  TEXT NOT NULL,                 -- origin
  size    INTEGER NOT NULL,
  root    BLOB NOT NULL,                 -- of the ledger at that size
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (device, ledger)
) WITHOUT ROWID;
