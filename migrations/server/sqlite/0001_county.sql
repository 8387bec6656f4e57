-- SPDX-License-Identifier: MulanPSL-2.0
-- The county server's own tables, beside the replica's (migrations/shared). All ENDURING. Names begin
-- with "_": `huced sql` and reports do not read them.

CREATE TABLE _setting (               -- authority, county code and name, url, TLS pin
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE _invite (
  no          INTEGER PRIMARY KEY,
  token       BLOB NOT NULL UNIQUE,      -- 16 random bytes; the secret of the invite
  person      TEXT NOT NULL,
  role        TEXT NOT NULL,
  scopes      TEXT NOT NULL,             -- 12-digit codes, joined by ','
  created_ms  INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  used_ms     INTEGER,                   -- NULL: open
  used_person BLOB,                      -- kid
  used_device BLOB                       -- kid
);
CREATE INDEX _invite_open ON _invite (expires_ms);

CREATE TABLE _chain (                 -- ends of the server's own chains in the registry ledger
  kid    BLOB PRIMARY KEY,
  chain  BLOB NOT NULL,
  number INTEGER NOT NULL,
  id     BLOB NOT NULL,
  seq    INTEGER NOT NULL,
  hlc    INTEGER NOT NULL
) WITHOUT ROWID;
