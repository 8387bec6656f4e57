-- SPDX-License-Identifier: MulanPSL-2.0
-- A ledger whose records came before its history (shared/db/snapshot.h). ENDURING.

ALTER TABLE ledger ADD COLUMN filled INTEGER NOT NULL DEFAULT 0; -- leaves [filled, behind) are here without their content
ALTER TABLE ledger ADD COLUMN behind INTEGER NOT NULL DEFAULT 0; -- 0: all content is here
ALTER TABLE ledger ADD COLUMN waits  INTEGER NOT NULL DEFAULT 0; -- 1: what is new needs the history first
