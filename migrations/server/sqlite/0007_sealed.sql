-- SPDX-License-Identifier: MulanPSL-2.0
-- Whom the county gives a sealed ledger (server/core/sealed.h). ENDURING; not in the registry, which everybody reads.

CREATE TABLE _sealed_reader (
  origin   TEXT NOT NULL,
  person   BLOB NOT NULL,                -- the 16 bytes that all grants of a person share
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (origin, person)
) WITHOUT ROWID;
