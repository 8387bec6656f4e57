-- SPDX-License-Identifier: MulanPSL-2.0
-- Chains that split (server/core/forks.h). ENDURING: it is the proof.

CREATE TABLE _fork (                  -- changesets that were refused because their number was taken
  ledger   INTEGER NOT NULL,
  id       BLOB NOT NULL,               -- of the refused one
  kid      BLOB NOT NULL,
  chain    BLOB NOT NULL,
  number   INTEGER NOT NULL,
  admitted BLOB NOT NULL,               -- id of the one that has the number's leaf
  cose     BLOB NOT NULL,               -- the refused one, as it was signed
  device   BLOB NOT NULL,               -- who brought it first
  seen_ms  INTEGER NOT NULL,
  PRIMARY KEY (ledger, id)
) WITHOUT ROWID;
CREATE INDEX _fork_by_kid ON _fork (kid);
