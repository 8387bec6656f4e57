-- SPDX-License-Identifier: MulanPSL-2.0
-- In which epoch a ledger's leaves stand (shared/ledger/epoch.h). ENDURING: which leaves they are follows from no leaf.

ALTER TABLE ledger ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
