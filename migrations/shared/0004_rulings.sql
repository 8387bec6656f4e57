-- SPDX-License-Identifier: MulanPSL-2.0
-- What a later leaf says about changes before it (shared/db/ruling.h). DERIVED: made anew by `huce rebuild`.

CREATE TABLE ruling (                 -- derived: changes that do or do not count by a later leaf
  ledger   INTEGER NOT NULL,
  leaf     INTEGER NOT NULL,               -- the change
  position INTEGER NOT NULL,
  by_leaf  INTEGER NOT NULL,               -- an adopt, the head of a cut, a void
  counts   INTEGER NOT NULL,               -- 1: from by_leaf on; 0: no more
  PRIMARY KEY (ledger, leaf, position)
) WITHOUT ROWID;
