-- SPDX-License-Identifier: MulanPSL-2.0
-- What came back from a copy of unsent work (agent/core/backup.h). ENDURING: where a number of a chain
-- stands twice and neither has a leaf, this one keeps it and the other is signed again.

CREATE TABLE restored (
  ledger  INTEGER NOT NULL,
  id      BLOB NOT NULL,              -- changeset.id
  made_ms INTEGER NOT NULL,           -- when the copy was made
  PRIMARY KEY (ledger, id)
) WITHOUT ROWID;
