-- SPDX-License-Identifier: MulanPSL-2.0
-- Ledgers in SQLite, the same at a desk and at the county (shared/db/replica.h).
-- ENDURING: ledger, chain, leaf, changeset. DERIVED (made anew by `huce rebuild`): all the others.

CREATE TABLE replica_setting (        -- enduring: registry origin, root kid
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE ledger (
  no         INTEGER PRIMARY KEY,
  origin     TEXT NOT NULL UNIQUE,
  size       INTEGER NOT NULL DEFAULT 0,   -- leaves stored
  frontier   BLOB NOT NULL DEFAULT x'',    -- roots of the perfect subtrees, largest first
  checkpoint TEXT,                         -- newest verified signed tree head
  folded     INTEGER NOT NULL DEFAULT 0,   -- derived: leaves in the record tables
  records    INTEGER NOT NULL DEFAULT 0    -- derived: ordinals given out
);

CREATE TABLE chain (                  -- local numbers for (ledger, author, chain)
  no     INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  kid    BLOB NOT NULL,
  chain  BLOB NOT NULL,
  UNIQUE (ledger, kid, chain)
);

CREATE TABLE leaf (
  ledger        INTEGER NOT NULL,
  idx           INTEGER NOT NULL,
  changeset     INTEGER NOT NULL,          -- changeset.no
  id            BLOB NOT NULL,             -- changeset id, SHA-256
  admitted_ms   INTEGER NOT NULL,
  registry_size INTEGER NOT NULL,
  root          BLOB NOT NULL,             -- of the tree of size idx + 1
  effective_ms  INTEGER NOT NULL DEFAULT 0, -- derived: of its last change
  PRIMARY KEY (ledger, idx)
) WITHOUT ROWID;

CREATE TABLE changeset (
  no        INTEGER PRIMARY KEY,
  ledger    INTEGER NOT NULL,
  chain     INTEGER NOT NULL,              -- chain.no
  number    INTEGER NOT NULL,
  id        BLOB NOT NULL,
  first_seq INTEGER NOT NULL,
  count     INTEGER NOT NULL,
  base_size INTEGER NOT NULL,
  idx       INTEGER,                       -- its leaf; NULL: not admitted
  overlay   INTEGER,                       -- its place among those not admitted
  reach     BLOB,                          -- derived: what its deps cover, (chain.no, number) varints
  cose      BLOB NOT NULL,                 -- the signed bytes
  salts     BLOB NOT NULL,                 -- CBOR: seed32 or list
  columns   BLOB NOT NULL,                 -- its changes by column; zstd frame
  digest    BLOB NOT NULL                  -- first 8 bytes of SHA-256(cose, salts, columns)
);
CREATE UNIQUE INDEX changeset_id ON changeset (ledger, id);
CREATE INDEX changeset_chain ON changeset (chain, number);
CREATE INDEX changeset_waiting ON changeset (ledger, no) WHERE idx IS NULL;

CREATE TABLE record_no (              -- derived: the n-th record first mentioned in a ledger
  ledger INTEGER NOT NULL,
  id     BLOB NOT NULL,
  no     INTEGER NOT NULL,
  leaf   INTEGER NOT NULL,                 -- that mentioned it first
  PRIMARY KEY (ledger, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX record_no_by_no ON record_no (ledger, no);

CREATE TABLE touch (                  -- derived: which leaves after the first mention a record
  ledger INTEGER NOT NULL,
  record INTEGER NOT NULL,                 -- record_no.no
  leaf   INTEGER NOT NULL,
  PRIMARY KEY (ledger, record, leaf)
) WITHOUT ROWID;

CREATE TABLE touch_many (             -- derived: the same for leaves that mention many records
  ledger  INTEGER NOT NULL,
  leaf    INTEGER NOT NULL,
  records BLOB NOT NULL,                   -- record_no.no ascending, as varint differences
  PRIMARY KEY (ledger, leaf)
) WITHOUT ROWID;

CREATE TABLE authority_op (           -- derived: ops >= 16 in registry leaves, in order
  leaf     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  step     INTEGER NOT NULL,
  author   BLOB NOT NULL,
  op       BLOB NOT NULL,
  PRIMARY KEY (leaf, position, step)
) WITHOUT ROWID;

CREATE TABLE void_change (            -- derived: changes that are in the ledger and do not count
  ledger   INTEGER NOT NULL,
  leaf     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  code     TEXT NOT NULL,
  reason   TEXT NOT NULL,
  PRIMARY KEY (ledger, leaf, position)
) WITHOUT ROWID;

CREATE TABLE conflict (               -- derived: fields on which more than one value stands
  ledger INTEGER NOT NULL,
  tbl    INTEGER NOT NULL,
  id     BLOB NOT NULL,
  field  INTEGER NOT NULL,
  PRIMARY KEY (ledger, tbl, id, field)
) WITHOUT ROWID;

CREATE TABLE overruled (              -- derived: concurrent values that lost without a question
  ledger   INTEGER NOT NULL,
  tbl      INTEGER NOT NULL,
  id       BLOB NOT NULL,
  field    INTEGER NOT NULL,
  leaf     INTEGER NOT NULL,               -- the loser's place
  position INTEGER NOT NULL,
  by_leaf     INTEGER NOT NULL,            -- the winner's
  by_position INTEGER NOT NULL,
  why      TEXT NOT NULL,
  PRIMARY KEY (ledger, tbl, id, field, leaf, position)
) WITHOUT ROWID;
