-- SPDX-License-Identifier: MulanPSL-2.0
-- Who has looked at sensitive data here and the county has not been told yet (agent/core/reads.h). ENDURING.

CREATE TABLE read_note (
  no      INTEGER PRIMARY KEY,
  hour    INTEGER NOT NULL,           -- since 1970
  person  BLOB NOT NULL,              -- kid; empty: one of the people here
  command TEXT NOT NULL,
  tbl     INTEGER NOT NULL,           -- 0: several, or a report
  record  BLOB NOT NULL,              -- empty: a list
  fields  TEXT NOT NULL,              -- numbers, ascending, joined by ','
  rows    INTEGER NOT NULL,           -- the most that were shown at once
  times   INTEGER NOT NULL,
  UNIQUE (hour, person, command, tbl, record, fields)
);
