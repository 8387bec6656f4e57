-- SPDX-License-Identifier: MulanPSL-2.0
-- What a witness remembers (server/core/witness.h). All ENDURING: losing it is forgetting what was signed.

CREATE TABLE witness_county (         -- whose ledgers are cosigned
  authority TEXT PRIMARY KEY,
  log_key   BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE witness_head (           -- the newest head of each ledger that was cosigned
  origin     TEXT PRIMARY KEY,
  size       INTEGER NOT NULL,
  root       BLOB NOT NULL,
  checkpoint TEXT NOT NULL
) WITHOUT ROWID;
