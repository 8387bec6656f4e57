-- SPDX-License-Identifier: MulanPSL-2.0
-- Records that moved between ledgers (shared/db/moves.h). DERIVED: made anew by `huce rebuild`.

CREATE TABLE move (                   -- derived: outs and ins that stand
  id       BLOB NOT NULL,
  tbl      INTEGER NOT NULL,
  ledger   INTEGER NOT NULL,               -- in whose history it stands
  arrives  INTEGER NOT NULL,               -- 0: out, 1: in
  hop      INTEGER NOT NULL,
  other    TEXT NOT NULL,                  -- origin: where to, or where from
  PRIMARY KEY (id, tbl, ledger, arrives, hop)
) WITHOUT ROWID;
CREATE INDEX move_out ON move (other) WHERE arrives = 0;
