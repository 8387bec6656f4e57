-- SPDX-License-Identifier: MulanPSL-2.0
-- Photos and scans that fields name by their hash (shared/db/attachments.h). The content is ENDURING; a name that
-- begins with "_" keeps it out of people's queries.

CREATE TABLE _attachment (            -- what is here of a content that a ledger names, or will name
  no       INTEGER PRIMARY KEY,
  ledger   INTEGER NOT NULL,
  hash     BLOB NOT NULL,                  -- SHA-256 of the whole
  size     INTEGER NOT NULL,
  got      INTEGER NOT NULL,               -- bytes that are here, from the front
  whole    INTEGER NOT NULL,               -- 1: all of it, and it has this hash
  held     INTEGER NOT NULL,               -- at a desk, 1: the county has it too
  thumb    INTEGER NOT NULL,               -- 1: it is the small picture of another
  added_ms INTEGER NOT NULL,
  used_ms  INTEGER NOT NULL,               -- last shown; what nobody looks at is the first to go
  UNIQUE (ledger, hash)
);

CREATE TABLE _attachment_piece (
  no         INTEGER PRIMARY KEY,
  attachment INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  bytes      BLOB NOT NULL,
  UNIQUE (attachment, at)
);

CREATE TABLE attachment_ref (         -- derived: which changes of a ledger name which content
  ledger   INTEGER NOT NULL,
  hash     BLOB NOT NULL,
  leaf     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  thumb    INTEGER NOT NULL,
  size     INTEGER NOT NULL,               -- as the change says; 0: it does not
  kind     INTEGER NOT NULL,
  PRIMARY KEY (ledger, hash, leaf, position, thumb)
) WITHOUT ROWID;
CREATE INDEX attachment_ref_change ON attachment_ref (ledger, leaf, position);
