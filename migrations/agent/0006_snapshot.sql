-- SPDX-License-Identifier: MulanPSL-2.0
-- Records that came before their history (agent/core/bootstrap.h). ENDURING until the history is here.

CREATE TABLE _snapshot (              -- what the county signed for it; evidence if it was not true
  ledger     INTEGER PRIMARY KEY,
  note       TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  total      INTEGER NOT NULL,
  taken      INTEGER NOT NULL DEFAULT 0   -- 1: its rows are in the record tables
);

CREATE TABLE _snapshot_piece (        -- what has arrived of one that is not taken yet
  ledger INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  bytes  BLOB NOT NULL,
  PRIMARY KEY (ledger, at)
);
