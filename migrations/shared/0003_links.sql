-- SPDX-License-Identifier: MulanPSL-2.0
-- Records that are one thing (shared/db/links.h). DERIVED: made anew by `huce rebuild`.

CREATE TABLE link (                   -- derived: what stands of each pair, once from either side
  tbl      INTEGER NOT NULL,
  id       BLOB NOT NULL,
  other    BLOB NOT NULL,
  ledger   INTEGER NOT NULL,               -- in whose history it stands
  same     INTEGER NOT NULL,               -- 0: they are not the same
  PRIMARY KEY (tbl, id, other, ledger)
) WITHOUT ROWID;

CREATE TABLE same_as (                -- derived: records that are counted under another id
  tbl      INTEGER NOT NULL,
  id       BLOB NOT NULL,
  shown    BLOB NOT NULL,                  -- under this one
  ledger   INTEGER NOT NULL,               -- where that one is counted
  PRIMARY KEY (tbl, id)
) WITHOUT ROWID;
CREATE INDEX same_as_shown ON same_as (tbl, shown);

CREATE TABLE touch_second (           -- derived: which leaves name a record as the second of a pair
  ledger   INTEGER NOT NULL,
  id       BLOB NOT NULL,
  leaf     INTEGER NOT NULL,
  PRIMARY KEY (ledger, id, leaf)
) WITHOUT ROWID;
