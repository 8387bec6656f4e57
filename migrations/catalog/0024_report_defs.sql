-- SPDX-License-Identifier: MulanPSL-2.0
-- Reports that a county defines itself (huced report define): on every desk after its next exchange.

INSERT INTO migration(number, name) VALUES (24, 'report_defs');

INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (208, 'report_def', '报表定义', 'Report definition', 'record', 'registry', 'title', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks) VALUES
  ('report_def', 1, 'name',    '报表', 'Report',     'text', 'once',      'C', 0, 1, 'len:1:40'),
  ('report_def', 2, 'title',   '名称', 'Title',      'text', 'authority', 'C', 0, 1, 'len:1:60'),
  ('report_def', 3, 'text',    '内容', 'Definition', 'text', 'authority', 'C', 0, 1, 'len:1:60000'),
  ('report_def', 4, 'retired', '停用', 'Retired',    'bool', 'authority', 'C', 0, 0, '');
