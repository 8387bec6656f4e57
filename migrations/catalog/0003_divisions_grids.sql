-- SPDX-License-Identifier: MulanPSL-2.0
-- Divisions, grids and the people who serve in them.

INSERT INTO migration(number, name) VALUES (3, 'divisions_grids');

-- Names repeat and registers differ: the code is the key, aliases hold what news and other lists call it.
INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (1, 'admin_division', '行政区划', 'Administrative division', 'record', 'registry', 'name', 'code');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('admin_division', 1, 'code',        '代码',     'Code',           'text',     'once',      'C', 0, 1, '',                'division'),
  ('admin_division', 2, 'name',        '名称',     'Name',           'text',     'authority', 'C', 0, 1, '',                'len:1:60'),
  ('admin_division', 3, 'aliases',     '别名',     'Aliases',        'set_text', 'set',       'C', 0, 0, '',                'len:1:60'),
  ('admin_division', 4, 'level',       '级别',     'Level',          'int',      'authority', 'C', 0, 0, '',                'range:1:5'),
  ('admin_division', 5, 'kind',        '类别',     'Kind',           'code',     'authority', 'C', 0, 0, 'division_kind',   ''),
  ('admin_division', 6, 'urban_rural', '城乡分类', 'Urban or rural', 'code',     'authority', 'C', 0, 0, 'urban_rural',     ''),
  ('admin_division', 7, 'status',      '状态',     'Status',         'code',     'authority', 'C', 0, 0, 'division_status', ''),
  ('admin_division', 8, 'successor',   '继任代码', 'Successor',      'text',     'authority', 'C', 0, 0, '',                'division'),
  ('admin_division', 9, 'changed_on',  '变更日期', 'Changed on',     'date',     'authority', 'C', 0, 0, '',                'past');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('admin_division', 1, 'needs', 'status merged successor',            'warn', '已合并的区划应填继任代码',
   'A merged division should name its successor'),
  ('admin_division', 2, 'needs', 'status merged|cancelled changed_on', 'warn', '合并或撤销应填变更日期',
   'A merged or cancelled division should have a date');

-- Four levels down to the household; every household belongs to exactly one live grid of level 3.
INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (2, 'grid', '网格', 'Grid', 'record', 'village', 'name', 'grid_code');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('grid', 1, 'grid_code',      '网格编码', 'Grid code',   'text', 'authority', 'T,V', 1, 0, '',            'digits:15',      '',     ''),
  ('grid', 2, 'level',          '层级',     'Level',       'code', 'authority', 'T,V', 1, 0, 'grid_level',  '',               '',     ''),
  ('grid', 3, 'name',           '名称',     'Name',        'text', 'lww',       'V,T', 1, 1, '',            'len:1:60',       '',     ''),
  ('grid', 4, 'parent_id',      '上级网格', 'Parent grid', 'ref',  'authority', 'T,V', 1, 0, '',            '',               'grid', ''),
  ('grid', 5, 'kind',           '类别',     'Kind',        'code', 'lww',       'V,T', 1, 0, 'grid_kind',   '',               '',     ''),
  ('grid', 6, 'boundary_text',  '四至范围', 'Boundary',    'text', 'lww',       'V,T', 1, 0, '',            '',               '',     ''),
  ('grid', 7, 'households_n',   '户数',     'Households',  'int',  'lww',       'V,T', 1, 0, '',            'range:0:100000', '',     '户'),
  ('grid', 8, 'party_group_id', '党小组',   'Party group', 'ref',  'lww',       'V,T', 1, 0, '',            '',               '',     ''),
  ('grid', 9, 'status',         '状态',     'Status',      'code', 'authority', 'T,V', 1, 0, 'grid_status', '',               '',     '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('grid', 1, 'requires', 'grid_code level', 'warn', '有编码的网格应填层级',
   'A grid with a code should have a level');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (3, 'grid_officer', '网格员', 'Grid officer', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('grid_officer', 1,  'person_id',      '人员',     'Person',              'ref',  'authority', 'T,V', 1, 0, '',             '',              'person'),
  ('grid_officer', 2,  'name',           '姓名',     'Name',                'text', 'authority', 'T,V', 1, 1, '',             'name;len:1:50', ''),
  ('grid_officer', 3,  'kind',           '类别',     'Kind',                'code', 'authority', 'T,V', 1, 0, 'officer_kind', '',              ''),
  ('grid_officer', 4,  'phone_work',     '工作电话', 'Work phone',          'text', 'authority', 'T,V', 1, 0, '',             'phone',         ''),
  ('grid_officer', 5,  'phone_own',      '个人电话', 'Own phone',           'text', 'authority', 'T,V', 2, 0, '',             'phone',         ''),
  ('grid_officer', 6,  'photo_ref',      '照片',     'Photo',               'text', 'authority', 'T,V', 2, 0, '',             'hex:64',        ''),
  ('grid_officer', 7,  'cert',           '证书',     'Certificate',         'text', 'authority', 'T,V', 1, 0, '',             '',              ''),
  ('grid_officer', 8,  'appointed_from', '聘任起',   'Appointed from',      'date', 'authority', 'T,V', 1, 0, '',             '',              ''),
  ('grid_officer', 9,  'appointed_to',   '聘任止',   'Appointed to',        'date', 'authority', 'T,V', 1, 0, '',             '',              ''),
  ('grid_officer', 10, 'public_board',   '上公示牌', 'On the public board', 'bool', 'authority', 'T,V', 1, 0, '',             '',              '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('grid_officer', 1, 'order', 'appointed_from appointed_to', 'error', '聘任止不能早于聘任起',
   'The appointment ends before it begins'),
  ('grid_officer', 2, 'needs', 'public_board 1 phone_work',   'warn',  '上公示牌的网格员应有工作电话',
   'An officer on the board should have a work phone');

-- One row per post; a person may hold several. Only the end is ever changed.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (4, 'grid_post', '网格任职', 'Grid post', 'record', 'village', 'role');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, ref) VALUES
  ('grid_post', 1, 'grid_id',    '网格',   'Grid',    'ref',  'append', 'V,T', 1, 1, '',             'grid'),
  ('grid_post', 2, 'officer_id', '网格员', 'Officer', 'ref',  'append', 'V,T', 1, 1, '',             'grid_officer'),
  ('grid_post', 3, 'role',       '职务',   'Role',    'code', 'append', 'V,T', 1, 0, 'officer_kind', ''),
  ('grid_post', 4, 'from',       '任职起', 'From',    'date', 'append', 'V,T', 1, 0, '',             ''),
  ('grid_post', 5, 'to',         '任职止', 'To',      'date', 'lww',    'V,T', 1, 0, '',             '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('grid_post', 1, 'order', 'from to', 'error', '任职止不能早于任职起',
   'The post ends before it begins');
