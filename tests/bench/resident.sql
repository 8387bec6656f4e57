-- SPDX-License-Identifier: MulanPSL-2.0
-- The table of workload W: twenty columns of an ordinary person list. A county's own numbers begin at 10000.

INSERT INTO migration(number, name) VALUES (10000, 'bench_resident');

INSERT INTO tables(no, name, zh, en, title) VALUES (1000, 'resident', '测试居民', 'Resident of the benchmark', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, checks) VALUES
  ('resident', 1,  'name',      '姓名',       'Name',      'text',  'len:1:50'),
  ('resident', 2,  'sex',       '性别',       'Sex',       'int',   'range:0:9'),
  ('resident', 3,  'birth',     '出生日期',   'Birth',     'date',  ''),
  ('resident', 4,  'ethnic',    '民族',       'Ethnic',    'text',  'len:1:2'),
  ('resident', 5,  'phone',     '电话',       'Phone',     'text',  'phone'),
  ('resident', 6,  'edu',       '文化程度',   'Education', 'text',  'len:1:2'),
  ('resident', 7,  'marital',   '婚姻',       'Marital',   'text',  'len:1:2'),
  ('resident', 8,  'health',    '健康',       'Health',    'text',  'len:1:1'),
  ('resident', 9,  'political', '政治面貌',   'Political', 'text',  'len:1:2'),
  ('resident', 10, 'relation',  '与户主关系', 'Relation',  'text',  'len:1:2'),
  ('resident', 11, 'house',     '门牌',       'House',     'text',  'len:1:50'),
  ('resident', 12, 'income',    '收入',       'Income',    'money', ''),
  ('resident', 13, 'wage',      '工资',       'Wage',      'money', ''),
  ('resident', 14, 'months',    '务工月数',   'Months',    'int',   'range:0:12'),
  ('resident', 15, 'land',      '耕地',       'Land',      'int',   'range:0:100000'),
  ('resident', 16, 'mandarin',  '会普通话',   'Mandarin',  'bool',  ''),
  ('resident', 17, 'insured',   '医保',       'Insured',   'bool',  ''),
  ('resident', 18, 'mode',      '就业模式',   'Mode',      'text',  'len:1:1'),
  ('resident', 19, 'visited',   '走访日期',   'Visited',   'date',  ''),
  ('resident', 20, 'remark',    '备注',       'Remark',    'text',  'len:0:200');

-- The table of W3: every policy beside the others.
INSERT INTO tables(no, name, zh, en, title) VALUES (1001, 'card', '测试卡', 'Card of the benchmark', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, args, writers) VALUES
  ('card', 1, 'name',   '名称', 'Name',   'text',     'lww',       '', ''),
  ('card', 2, 'status', '状况', 'Status', 'text',     'authority', '', 'C:rs,T,V'),
  ('card', 3, 'phone',  '电话', 'Phone',  'text',     'review',    '', ''),
  ('card', 4, 'born',   '出生', 'Born',   'text',     'once',      '', ''),
  ('card', 5, 'stage',  '阶段', 'Stage',  'text',     'state',     '>a,a>b,b>c,c>a', ''),
  ('card', 6, 'tags',   '标签', 'Tags',   'set_text', 'set',       '', ''),
  ('card', 7, 'visits', '走访', 'Visits', 'int',      'counter',   '', '');
