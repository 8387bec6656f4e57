-- SPDX-License-Identifier: MulanPSL-2.0
-- Chains that split because a disk was put back (agent/core/fork.h). ENDURING: it is the proof.

CREATE TABLE forked (                 -- changesets that were signed again on another chain
  ledger    INTEGER NOT NULL,
  old_id    BLOB NOT NULL,
  kid       BLOB NOT NULL,
  chain     BLOB NOT NULL,
  number    INTEGER NOT NULL,
  cose      BLOB NOT NULL,              -- as it was signed
  new_id    BLOB NOT NULL,              -- what stands for it now
  healed_ms INTEGER NOT NULL,
  PRIMARY KEY (ledger, old_id)
) WITHOUT ROWID;
