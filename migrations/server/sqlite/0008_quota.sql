-- SPDX-License-Identifier: MulanPSL-2.0
-- How much has come today, by ledger and by device (core/quota.h). ENDURING, but nothing depends on it: a row that is
-- lost lets somebody bring more.

CREATE TABLE _quota (
  day   INTEGER NOT NULL,                -- since 1970, in Beijing
  kind  INTEGER NOT NULL,                -- 0 changes, 1 attachments
  who   TEXT NOT NULL,                   -- a ledger's origin, or a device's kid in hexadecimal
  bytes INTEGER NOT NULL,
  PRIMARY KEY (day, kind, who)
) WITHOUT ROWID;
