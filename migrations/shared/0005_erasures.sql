-- SPDX-License-Identifier: MulanPSL-2.0
-- Changes whose content was destroyed (shared/db/erasure.h). DERIVED: made anew by `huce rebuild`.

CREATE TABLE erasure (                -- derived: what was erased, and by which order
  ledger   INTEGER NOT NULL,
  leaf     INTEGER NOT NULL,               -- the change
  position INTEGER NOT NULL,
  by_leaf  INTEGER,                        -- the order; NULL: none has come yet that explains it
  by_position INTEGER,
  counts   INTEGER NOT NULL,               -- 0: what is left of it does not count
  agrees   INTEGER NOT NULL,               -- 0: the order leaves something else than what was there
  PRIMARY KEY (ledger, leaf, position)
) WITHOUT ROWID;
CREATE INDEX erasure_unexplained ON erasure (ledger) WHERE by_leaf IS NULL;
