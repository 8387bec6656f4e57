-- SPDX-License-Identifier: MulanPSL-2.0
-- Households, their members, people and what marks them.

INSERT INTO migration(number, name) VALUES (4, 'households_people');

-- household_code is for people only: two offline offices can coin the same; it is re-numbered, never merged by.
INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (5, 'household', '户', 'Household', 'record', 'village', 'household_code', 'household_code');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, list, checks, ref, unit, args) VALUES
  ('household', 1,  'household_code',  '户编号',           'Household code',   'text',     'review',    'V,T',           1, '',                 'digits:18',         '',             '',   ''),
  ('household', 2,  'archive_no',      '建档户编号',       'Archive number',   'text',     'authority', 'C:nc',          2, '',                 'len:10:12',         '',             '',   ''),
  ('household', 3,  'grid_id',         '所在网格',         'Grid',             'ref',      'review',    'V,T',           1, '',                 '',                  'grid',         '',   ''),
  ('household', 4,  'head_person_id',  '户主',             'Head',             'ref',      'review',    'V,T',           2, '',                 '',                  'person',       '',   ''),
  ('household', 5,  'address',         '住址',             'Address',          'text',     'lww',       'V,T',           2, '',                 'len:1:200',         '',             '',   ''),
  ('household', 6,  'door_token',      '门牌码',           'Door token',       'text',     'lww',       'V,T',           1, '',                 'token',             '',             '',   ''),
  ('household', 7,  'phone',           '户联系电话',       'Phone',            'text',     'lww',       'V,T',           2, '',                 'phone',             '',             '',   ''),
  ('household', 8,  'hh_type',         '户类型',           'Household type',   'code',     'authority', 'C:nc,C:mz,T,V', 3, 'ht',               '',                  '',             '',   ''),
  ('household', 9,  'relocated',       '易地搬迁户',       'Relocated',        'bool',     'authority', 'T,V',           2, '',                 '',                  '',             '',   ''),
  ('household', 10, 'relocated_from',  '迁出地',           'Relocated from',   'text',     'authority', 'T,V',           2, '',                 'division:3',        '',             '',   ''),
  ('household', 11, 'relocated_on',    '搬迁日期',         'Relocated on',     'date',     'authority', 'T,V',           2, '',                 'past',              '',             '',   ''),
  ('household', 12, 'relocation_site', '安置点',           'Relocation site',  'text',     'authority', 'T,V',           2, '',                 '',                  '',             '',   ''),
  ('household', 13, 'monitor_status',  '监测状态',         'Monitoring state', 'code',     'state',     'C:nc,T,V',      3, 'monitor_status',   '',                  '',             '',   '>1,>7,>8,1>2,2>3,3>4,4>5,5>6,6>7,7>8,8>9,9>10,10>11,11>12,12>1,2>12,3>12,5>4,6>5,9>8,11>8'),
  ('household', 14, 'monitor_risks',   '监测风险',         'Monitored risks',  'set_code', 'set',       'C:nc,T,V',      3, 'cause',            '',                  '',             '',   ''),
  ('household', 15, 'housing_grade',   '住房安全等级',     'Housing grade',    'code',     'authority', 'C,T,V',         2, 'housing_grade',    '',                  '',             '',   ''),
  ('household', 16, 'water_ok',        '饮水安全',         'Safe water',       'bool',     'lww',       'V,T',           1, '',                 '',                  '',             '',   ''),
  ('household', 17, 'road',            '入户路硬化',       'Paved road',       'bool',     'lww',       'V,T',           1, '',                 '',                  '',             '',   ''),
  ('household', 18, 'toilet',          '卫生厕所',         'Sanitary toilet',  'bool',     'lww',       'V,T',           1, '',                 '',                  '',             '',   ''),
  ('household', 19, 'net',             '宽带',             'Broadband',        'bool',     'lww',       'V,T',           1, '',                 '',                  '',             '',   ''),
  ('household', 20, 'land_mu',         '耕地面积',         'Farmland',         'decimal',  'lww',       'V,T',           1, '',                 'range:0:999999.99', '',             '亩', ''),
  ('household', 21, 'forest_mu',       '林地面积',         'Forest',           'decimal',  'lww',       'V,T',           1, '',                 'range:0:999999.99', '',             '亩', ''),
  ('household', 22, 'sheds',           '养殖棚',           'Sheds',            'int',      'lww',       'V,T',           1, '',                 'range:0:9999',      '',             '座', ''),
  ('household', 23, 'contact_officer', '包户网格员',       'Contact officer',  'ref',      'lww',       'V,T',           1, '',                 '',                  'grid_officer', '',   ''),
  ('household', 24, 'party_contact',   '联户党员',         'Party contact',    'ref',      'lww',       'V,T',           1, '',                 '',                  'person',       '',   ''),
  ('household', 25, 'consent',         '告知书版本及日期', 'Notice shown',     'text',     'lww',       'V,T',           1, '',                 '',                  '',             '',   ''),
  ('household', 26, 'status',          '户状态',           'Status',           'code',     'review',    'V,T',           1, 'household_status', '',                  '',             '',   '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('household', 1, 'needs',    'relocated 1 relocated_from', 'warn', '易地搬迁户应填迁出地',
   'A relocated household should name where it came from'),
  ('household', 2, 'requires', 'relocated_from relocated',   'warn', '填了迁出地,应注明是否易地搬迁户',
   'An origin is given but not whether the household was relocated'),
  ('household', 3, 'requires', 'household_code address',     'warn', '应填住址',
   'A household should have an address');

-- A type of its own and not a list inside household, so that joining and leaving have dates and authors.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (6, 'household_member', '户成员', 'Household member', 'record', 'village', 'relation');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, ref) VALUES
  ('household_member', 1, 'household_id', '户',         'Household',            'ref',  'append', 'V,T', 2, 1, '',              'household'),
  ('household_member', 2, 'person_id',    '人员',       'Person',               'ref',  'append', 'V,T', 2, 1, '',              'person'),
  ('household_member', 3, 'relation',     '与户主关系', 'Relation to the head', 'code', 'append', 'V,T', 2, 0, 'gb_t_4761',     ''),
  ('household_member', 4, 'from',         '入户日期',   'From',                 'date', 'append', 'V,T', 2, 0, '',              ''),
  ('household_member', 5, 'to',           '离户日期',   'To',                   'date', 'lww',    'V,T', 2, 0, '',              ''),
  ('household_member', 6, 'reason',       '变动原因',   'Reason',               'code', 'lww',    'V,T', 2, 0, 'member_reason', ''),
  ('household_member', 7, 'residence',    '居住情况',   'Residence',            'code', 'lww',    'V,T', 2, 0, 'residence',     '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('household_member', 1, 'order',    'from to',            'error', '离户日期不能早于入户日期',
   'The membership ends before it begins'),
  ('household_member', 2, 'requires', 'to reason',          'warn',  '离户应填原因',
   'Leaving should have a reason'),
  ('household_member', 3, 'requires', 'person_id relation', 'warn',  '应填与户主关系',
   'The relation to the head should be given');

-- Never keyed by the id number. id_hash joins records of one person across ledgers: a keyed hash that the desk
-- fills. Religion, biometrics, bank accounts and diagnoses are not collected.
INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (7, 'person', '人员', 'Person', 'record', 'village', 'name', 'id_no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, derive) VALUES
  ('person', 1,  'id_type',       '证件类型',   'Id type',              'code', 'authority', 'C:ga,V',        2, 0, 'id_type',       '',              ''),
  ('person', 2,  'id_no',         '身份证号',   'Id number',            'text', 'authority', 'C:ga,V',        3, 0, '',              'id18',          ''),
  ('person', 3,  'id_hash',       '证件哈希',   'Keyed hash of the id', 'text', 'authority', 'C:ga,V',        2, 0, '',              'hex:64',        ''),
  ('person', 4,  'name',          '姓名',       'Name',                 'text', 'authority', 'C:ga,V',        2, 1, '',              'name;len:1:50', ''),
  ('person', 5,  'sex',           '性别',       'Sex',                  'code', 'authority', 'C:ga,V',        2, 0, 'gb_t_2261_1',   '',              'id_sex:id_no'),
  ('person', 6,  'birth',         '出生日期',   'Birth',                'date', 'authority', 'C:ga,V',        2, 0, '',              'past',          'id_birth:id_no'),
  ('person', 7,  'ethnic',        '民族',       'Ethnic group',         'code', 'authority', 'C:ga,V',        3, 0, 'gb_t_3304',     '',              ''),
  ('person', 8,  'edu',           '文化程度',   'Education',            'code', 'lww',       'V,T',           2, 0, 'gb_t_4658',     '',              ''),
  ('person', 9,  'school_status', '在校状况',   'At school',            'code', 'lww',       'V,T',           3, 0, 'school_status', '',              ''),
  ('person', 10, 'marital',       '婚姻状况',   'Marital status',       'code', 'lww',       'V,T',           2, 0, 'gb_t_2261_2',   '',              ''),
  ('person', 11, 'health',        '健康状况',   'Health',               'code', 'lww',       'V,T',           3, 0, 'gb_t_2261_3',   '',              ''),
  ('person', 12, 'political',     '政治面貌',   'Political status',     'code', 'lww',       'V,T',           2, 0, 'gb_t_4762',     '',              ''),
  ('person', 13, 'phone',         '电话',       'Phone',                'text', 'lww',       'V,T',           2, 0, '',              'phone',         ''),
  ('person', 14, 'hukou_div',     '户籍地',     'Registered at',        'text', 'authority', 'C:ga,V',        2, 0, '',              'division:3',    ''),
  ('person', 15, 'hukou_kind',    '户口性质',   'Registration kind',    'code', 'authority', 'C:ga,V',        2, 0, 'hukou_kind',    '',              ''),
  ('person', 16, 'live_div',      '现住地',     'Lives at',             'text', 'authority', 'C:ga,V',        2, 0, '',              'division:3',    ''),
  ('person', 17, 'alive',         '在世状况',   'Living',               'code', 'review',    'C:mz,C:ga,T,V', 2, 0, 'life_state',    '',              ''),
  ('person', 18, 'death_date',    '死亡日期',   'Date of death',        'date', 'review',    'C:mz,C:ga,T,V', 2, 0, '',              'past',          ''),
  ('person', 19, 'mandarin',      '会讲普通话', 'Speaks Mandarin',      'bool', 'lww',       'V,T',           1, 0, '',              '',              ''),
  ('person', 20, 'insured_med',   '医疗保险',   'Medical insurance',    'code', 'authority', 'C:yb,V',        2, 0, 'insured_med',   '',              ''),
  ('person', 21, 'insured_pen',   '养老保险',   'Pension insurance',    'code', 'authority', 'C:yb,V',        2, 0, 'insured_pen',   '',              '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('person', 1,  'id_sex',   'id_no sex',          'error', '性别与身份证号不符(第17位单数为男、双数为女)',
   'Sex does not agree with the id number'),
  ('person', 2,  'id_birth', 'id_no birth',        'error', '出生日期与身份证号第7至14位不符',
   'Birth does not agree with the id number'),
  ('person', 3,  'order',    'birth death_date',   'error', '死亡日期不能早于出生日期',
   'Death before birth'),
  ('person', 4,  'one_of',   'edu school_status',  'warn',  '文化程度与在校状况应填且只填一项',
   'Exactly one of education and school status should be given'),
  ('person', 5,  'needs',    'alive 2 death_date', 'warn',  '已死亡的应填死亡日期',
   'A dead person should have a date of death'),
  ('person', 6,  'requires', 'death_date alive',   'warn',  '填了死亡日期,应填在世状况',
   'A date of death needs the state'),
  ('person', 7,  'needs',    'id_type 1|4 id_no',  'warn',  '应填身份证号',
   'The id number should be given'),
  ('person', 8,  'requires', 'name health',        'warn',  '应填健康状况',
   'Health should be given'),
  ('person', 9,  'requires', 'name insured_med',   'warn',  '应填医疗保险情况',
   'Medical insurance should be given'),
  ('person', 10, 'requires', 'name ethnic',        'warn',  '应填民族',
   'The ethnic group should be given');

-- One row per tag, so adding on two desks never loses one; ending it is decided by the highest rank.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (8, 'person_tag', '人员标签', 'Person tag', 'record', 'village', 'tag');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, ref) VALUES
  ('person_tag', 1, 'person_id', '人员',     'Person',   'ref',  'append',    'C:mz,C:cl,T,V', 3, 1, '',           'person'),
  ('person_tag', 2, 'tag',       '标签',     'Tag',      'code', 'append',    'C:mz,C:cl,T,V', 3, 1, 'person_tag', ''),
  ('person_tag', 3, 'from',      '起始日期', 'From',     'date', 'append',    'C:mz,C:cl,T,V', 3, 0, '',           ''),
  ('person_tag', 4, 'to',        '终止日期', 'To',       'date', 'authority', 'C:mz,C:cl,T,V', 3, 0, '',           ''),
  ('person_tag', 5, 'evidence',  '依据',     'Evidence', 'text', 'authority', 'C:mz,C:cl,T,V', 3, 0, '',           '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('person_tag', 1, 'order', 'from to', 'error', '终止日期不能早于起始日期',
   'The tag ends before it begins');
