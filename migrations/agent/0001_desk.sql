-- SPDX-License-Identifier: MulanPSL-2.0
-- What a desk holds besides its ledgers. Everything here is ENDURING: it is not derived from leaves.

CREATE TABLE setting (                -- server, pins, nonce, id_key …
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE own_person (             -- people whose keys live on this device (keys/<kid>.key)
  kid      BLOB PRIMARY KEY,
  added_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE own_chain (              -- the end of each chain written here, as of its last closed changeset
  no     INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  kid    BLOB NOT NULL,
  chain  BLOB NOT NULL,
  number INTEGER NOT NULL,
  id     BLOB NOT NULL,
  seq    INTEGER NOT NULL,
  hlc    INTEGER NOT NULL,
  active INTEGER NOT NULL,              -- 1: new changes go here; at most one per (ledger, kid)
  UNIQUE (ledger, kid, chain)
);

CREATE TABLE open_changeset (         -- re-signed at every save; moves to `changeset` when it closes
  own_chain INTEGER PRIMARY KEY,
  ledger    INTEGER NOT NULL,
  overlay   INTEGER NOT NULL,           -- its place among the changesets that have no leaf yet
  seed      BLOB NOT NULL,
  cose      BLOB NOT NULL               -- signed header: base, deps, count, changes root
);

CREATE TABLE open_change (
  own_chain INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  hlc       INTEGER NOT NULL,
  body      BLOB NOT NULL,
  PRIMARY KEY (own_chain, seq)
) WITHOUT ROWID;

CREATE TABLE outbox (                 -- what became of closed changesets on their way
  ledger  INTEGER NOT NULL,
  kid     BLOB NOT NULL,
  chain   BLOB NOT NULL,
  number  INTEGER NOT NULL,
  sent_ms INTEGER,                      -- was in a request whose answer may have been lost
  code    INTEGER,                      -- the county's refusal, NULL: none
  text    TEXT,
  PRIMARY KEY (ledger, kid, chain, number)
) WITHOUT ROWID;

CREATE TABLE sync_state (
  ledger  INTEGER PRIMARY KEY,
  last_ms INTEGER NOT NULL,             -- last completed exchange
  error   TEXT
);

CREATE TABLE task_done (              -- changes that came back, and what a person did about them
  chain   BLOB NOT NULL,
  seq     INTEGER NOT NULL,
  what    TEXT NOT NULL,                -- send: as a new change; drop: laid aside
  note    TEXT,
  done_ms INTEGER NOT NULL,
  PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
