-- SPDX-License-Identifier: MulanPSL-2.0
-- What others have signed of a ledger. ENDURING: it is evidence, and nothing here can make it anew.

CREATE TABLE cosigned (               -- the newest checkpoint below which witnesses have signed
  ledger     INTEGER PRIMARY KEY,
  size       INTEGER NOT NULL,
  checkpoint TEXT NOT NULL             -- as it came, the county's line first
);
