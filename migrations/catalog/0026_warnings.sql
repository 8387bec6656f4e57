-- SPDX-License-Identifier: MulanPSL-2.0
-- How long before the last stable job of a household ends people are warned.

INSERT INTO migration(number, name) VALUES (26, 'warnings');

INSERT INTO codes(list, code, zh, en) VALUES
  ('parameter', 'warn_days', '最后一份稳定就业到期前几天预警', 'Days of warning before the last stable job ends');
