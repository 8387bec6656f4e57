-- SPDX-License-Identifier: MulanPSL-2.0
-- Household plans, their measures, the menu of measures, and visits.

INSERT INTO migration(number, name) VALUES (6, 'plans_visits');

-- Built from a menu of measures with the consent of the household. Causes and measures are sets: two drafts made
-- apart become one by keeping both.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (14, 'plan', '一户一策', 'Household plan', 'record', 'village', 'year');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, args) VALUES
  ('plan', 1,  'household_id',        '户',               'Household',           'ref',      'once',  'T,V', 2, 1, '',            '',                  'household', '',   ''),
  ('plan', 2,  'year',                '年度',             'Year',                'int',      'once',  'T,V', 1, 1, '',            'range:2000:2100',   '',          '',   ''),
  ('plan', 3,  'version',             '版本',             'Version',             'int',      'lww',   'T,V', 1, 0, '',            'range:1:99',        '',          '',   ''),
  ('plan', 4,  'cause',               '致困原因',         'Causes',              'set_code', 'set',   'T,V', 3, 0, 'cause',       '',                  '',          '',   ''),
  ('plan', 5,  'goal_income',         '目标年收入',       'Income goal',         'money',    'lww',   'T,V', 3, 0, '',            'range:0:100000000', '',          '元', ''),
  ('plan', 6,  'goal_stable_jobs',    '目标稳定就业人数', 'Goal of stable jobs', 'int',      'lww',   'T,V', 1, 0, '',            'range:1:20',        '',          '人', ''),
  ('plan', 7,  'leader',              '责任领导',         'Leader',              'text',     'lww',   'T,V', 1, 0, '',            'len:1:50',          '',          '',   ''),
  ('plan', 8,  'helper',              '帮扶责任人',       'Helper',              'text',     'lww',   'T,V', 1, 0, '',            'len:1:50',          '',          '',   ''),
  ('plan', 9,  'household_signature', '户主签字',         'Household signature', 'text',     'lww',   'T,V', 2, 0, '',            'hex:64',            '',          '',   ''),
  ('plan', 10, 'status',              '状态',             'Status',              'code',     'state', 'T,V', 1, 0, 'plan_status', '',                  '',          '',   '>draft,>running,draft>discussed,discussed>draft,discussed>signed,signed>running,running>reviewed,reviewed>running,reviewed>closed,running>closed,draft>closed'),
  ('plan', 11, 'signed_on',           '签字日期',         'Signed on',           'date',     'lww',   'T,V', 1, 0, '',            'past',              '',          '',   '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('plan', 1, 'needs',    'status signed|running|reviewed household_signature', 'warn', '已签字的计划应有户主签字',
   'A signed plan should hold the signature'),
  ('plan', 2, 'needs',    'status signed|running|reviewed signed_on',           'warn', '已签字的计划应填签字日期',
   'A signed plan should have the date'),
  ('plan', 3, 'requires', 'household_signature signed_on',                      'warn', '有签字应填签字日期',
   'A signature should have a date');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (15, 'plan_measure', '帮扶措施', 'Plan measure', 'record', 'village', 'menu_code');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('plan_measure', 1,  'plan_id',       '计划',             'Plan',          'ref',     'append',    'C,T,V', 2, 1, '',               '',                        'plan',   ''),
  ('plan_measure', 2,  'menu_code',     '菜单编码',         'Menu code',     'text',    'append',    'C,T,V', 1, 1, '',               'len:1:20',                '',       ''),
  ('plan_measure', 3,  'person_id',     '受益人',           'Person',        'ref',     'append',    'C,T,V', 2, 0, '',               '',                        'person', ''),
  ('plan_measure', 4,  'quantity',      '数量',             'Quantity',      'decimal', 'lww',       'C,T,V', 1, 0, '',               'range:0:999999.99',       '',       ''),
  ('plan_measure', 5,  'unit',          '单位',             'Unit',          'text',    'lww',       'C,T,V', 1, 0, '',               'len:1:10',                '',       ''),
  ('plan_measure', 6,  'fund',          '资金',             'Fund',          'money',   'lww',       'C,T,V', 2, 0, '',               'range:0:100000000',       '',       '元'),
  ('plan_measure', 7,  'responsible',   '责任单位或责任人', 'Responsible',   'text',    'lww',       'C,T,V', 1, 0, '',               'len:1:60',                '',       ''),
  ('plan_measure', 8,  'start',         '开始日期',         'Start',         'date',    'lww',       'C,T,V', 1, 0, '',               '',                        '',       ''),
  ('plan_measure', 9,  'due',           '完成期限',         'Due',           'date',    'lww',       'C,T,V', 1, 0, '',               '',                        '',       ''),
  ('plan_measure', 10, 'progress',      '进度',             'Progress',      'int',     'lww',       'C,T,V', 1, 0, '',               'range:0:100',             '',       '%'),
  ('plan_measure', 11, 'result',        '成效',             'Result',        'text',    'lww',       'C,T,V', 1, 0, '',               '',                        '',       ''),
  ('plan_measure', 12, 'income_effect', '增收额',           'Income effect', 'money',   'lww',       'C,T,V', 3, 0, '',               'range:-1000000:10000000', '',       '元'),
  ('plan_measure', 13, 'status',        '状态',             'Status',        'code',    'authority', 'C,T,V', 1, 0, 'measure_status', '',                        '',       '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('plan_measure', 1, 'order',    'start due',     'error', '完成期限不能早于开始日期',
   'The measure is due before it begins'),
  ('plan_measure', 2, 'requires', 'quantity unit', 'warn',  '填了数量,应填单位',
   'A quantity should have its unit');

INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (16, 'measure_menu', '帮扶菜单', 'Measure menu', 'record', 'registry', 'name', 'code');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('measure_menu', 1,  'code',        '编码',     'Code',            'text',    'once',      'C', 0, 1, '',                 'len:1:20'),
  ('measure_menu', 2,  'category',    '类别',     'Category',        'code',    'authority', 'C', 0, 1, 'measure_category', ''),
  ('measure_menu', 3,  'name',        '名称',     'Name',            'text',    'authority', 'C', 0, 1, '',                 'len:1:60'),
  ('measure_menu', 4,  'unit',        '单位',     'Unit',            'text',    'authority', 'C', 0, 0, '',                 'len:1:10'),
  ('measure_menu', 5,  'limit',       '上限',     'Limit',           'decimal', 'authority', 'C', 0, 0, '',                 'range:0:999999999'),
  ('measure_menu', 6,  'department',  '主管部门', 'Department',      'code',    'authority', 'C', 0, 0, 'department',       ''),
  ('measure_menu', 7,  'policy_doc',  '政策依据', 'Policy document', 'text',    'authority', 'C', 0, 0, '',                 ''),
  ('measure_menu', 8,  'valid_from',  '有效期起', 'Valid from',      'date',    'authority', 'C', 0, 0, '',                 ''),
  ('measure_menu', 9,  'valid_to',    '有效期止', 'Valid to',        'date',    'authority', 'C', 0, 0, '',                 ''),
  ('measure_menu', 10, 'eligibility', '适用条件', 'Eligibility',     'text',    'authority', 'C', 0, 0, '',                 '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('measure_menu', 1, 'order', 'valid_from valid_to', 'error', '有效期止不能早于有效期起',
   'The measure ends before it begins');

-- A correction is a new visit that names the one it corrects.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (17, 'visit', '走访', 'Visit', 'append', 'village', 'at');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('visit', 1,  'household_id', '户',             'Household',         'ref',      'append', 'V,T', 2, 1, '',            '',          'household'),
  ('visit', 2,  'person_ids',   '走访对象',       'People visited',    'set_ref',  'set',    'V,T', 2, 0, '',            '',          'person'),
  ('visit', 3,  'kind',         '走访类别',       'Kind',              'code',     'append', 'V,T', 1, 1, 'vk',          '',          ''),
  ('visit', 4,  'planned_from', '计划日期',       'Planned from',      'date',     'append', 'V,T', 1, 0, '',            '',          ''),
  ('visit', 5,  'at',           '走访时间',       'At',                'time',     'append', 'V,T', 2, 1, '',            '',          ''),
  ('visit', 6,  'officer_id',   '走访人',         'Officer',           'ref',      'append', 'V,T', 1, 0, '',            '',          'grid_officer'),
  ('visit', 7,  'officers',     '同行人员',       'Other officers',    'set_ref',  'set',    'V,T', 1, 0, '',            '',          'grid_officer'),
  ('visit', 8,  'present',      '见到本人',       'Present',           'bool',     'append', 'V,T', 2, 0, '',            '',          ''),
  ('visit', 9,  'wellbeing',    '生活状况',       'Wellbeing',         'int',      'append', 'V,T', 3, 0, '',            'range:1:5', ''),
  ('visit', 10, 'topics',       '走访内容',       'Topics',            'set_code', 'set',    'V,T', 1, 0, 'visit_topic', '',          ''),
  ('visit', 11, 'changes_made', '更新的记录',     'Changes made',      'set_text', 'set',    'V,T', 1, 0, '',            'len:1:100', ''),
  ('visit', 12, 'needs',        '反映的需求',     'Needs',             'text',     'append', 'V,T', 2, 0, '',            '',          ''),
  ('visit', 13, 'request_ids',  '转办诉求',       'Requests',          'set_ref',  'set',    'V,T', 1, 0, '',            '',          ''),
  ('visit', 14, 'next_due',     '下次走访',       'Next due',          'date',     'append', 'V,T', 1, 0, '',            '',          ''),
  ('visit', 15, 'geo',          '位置(约一公里)', 'Place, about 1 km', 'text',     'append', 'V,T', 3, 0, '',            'len:3:24',  ''),
  ('visit', 16, 'note',         '走访记录',       'Note',              'text',     'append', 'V,T', 2, 0, '',            '',          ''),
  ('visit', 17, 'photo_refs',   '照片',           'Photos',            'set_text', 'set',    'V,T', 3, 0, '',            'hex:64',    ''),
  ('visit', 18, 'corrects',     '更正的走访',     'Corrects',          'ref',      'append', 'V,T', 1, 0, '',            '',          'visit');
