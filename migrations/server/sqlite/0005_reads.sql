-- SPDX-License-Identifier: MulanPSL-2.0
-- Who has looked at sensitive data at which desk (server/core/reads.h). ENDURING, only added to.

CREATE TABLE _read_batch (            -- as each device signed them, in a chain
  device      BLOB NOT NULL,             -- kid
  number      INTEGER NOT NULL,
  hash        BLOB NOT NULL,             -- SHA-256 of batch
  batch       BLOB NOT NULL,
  signature   BLOB NOT NULL,
  received_ms INTEGER NOT NULL,
  PRIMARY KEY (device, number)
) WITHOUT ROWID;

CREATE TABLE _read (                  -- what stands in them
  device   BLOB NOT NULL,
  number   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hour     INTEGER NOT NULL,
  person   BLOB,
  command  TEXT NOT NULL,
  tbl      INTEGER NOT NULL,
  record   BLOB,
  fields   TEXT NOT NULL,
  rows     INTEGER NOT NULL,
  times    INTEGER NOT NULL,
  PRIMARY KEY (device, number, position)
) WITHOUT ROWID;
CREATE INDEX _read_hour ON _read (hour);
CREATE INDEX _read_record ON _read (record) WHERE record IS NOT NULL;

CREATE TRIGGER _read_batch_stays BEFORE UPDATE ON _read_batch BEGIN SELECT RAISE(ABORT, 'only added to'); END;
CREATE TRIGGER _read_batch_goes BEFORE DELETE ON _read_batch BEGIN SELECT RAISE(ABORT, 'only added to'); END;
CREATE TRIGGER _read_stays BEFORE UPDATE ON _read BEGIN SELECT RAISE(ABORT, 'only added to'); END;
CREATE TRIGGER _read_goes BEFORE DELETE ON _read BEGIN SELECT RAISE(ABORT, 'only added to'); END;
