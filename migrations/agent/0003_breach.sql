-- SPDX-License-Identifier: MulanPSL-2.0
-- What the county let in against its own rule (shared/ledger/breach.h), as noticed when it came.
-- ENDURING: a desk goes on saying it, and the file that proves it stands beside.

CREATE TABLE breach (
  ledger   INTEGER NOT NULL,
  leaf     INTEGER NOT NULL,            -- its place in the ledger
  kid      BLOB NOT NULL,               -- author of the changeset
  code     TEXT NOT NULL,               -- breach_name, or "unverifiable": the ledger stands still before it
  text     TEXT NOT NULL,
  evidence TEXT,                        -- file under <data>/evidence
  found_ms INTEGER NOT NULL,
  PRIMARY KEY (ledger, leaf)
) WITHOUT ROWID;
