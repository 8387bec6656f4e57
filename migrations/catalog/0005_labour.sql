-- SPDX-License-Identifier: MulanPSL-2.0
-- Labour profiles, employment, income, skills and training.

INSERT INTO migration(number, name) VALUES (5, 'labour');

-- One per person of working age. is_labour, surplus and emp_status may come with a roster; they are
-- derived from the spells later.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (9, 'labour_profile', '劳务档案', 'Labour profile', 'record', 'village', 'person_id');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('labour_profile', 1,  'person_id',         '人员',         'Person',              'ref',      'once',      'V,T',      2, 1, '',            '',              'person', ''),
  ('labour_profile', 2,  'capability',        '劳动能力',     'Capability',          'code',     'lww',       'V,T',      2, 0, 'lc',          '',              '',       ''),
  ('labour_profile', 3,  'is_labour',         '劳动力',       'Labourer',            'bool',     'lww',       'V,T',      2, 0, '',            '',              '',       ''),
  ('labour_profile', 4,  'surplus',           '剩余劳动力',   'Surplus labourer',    'bool',     'lww',       'V,T',      2, 0, '',            '',              '',       ''),
  ('labour_profile', 5,  'emp_status',        '就业状态',     'Employment state',    'code',     'lww',       'V,T',      2, 0, 'es',          '',              '',       ''),
  ('labour_profile', 6,  'emp_status_until',  '状态有效至',   'State valid until',   'date',     'lww',       'V,T',      1, 0, '',            '',              '',       ''),
  ('labour_profile', 7,  'skill_level',       '技能等级',     'Skill level',         'code',     'lww',       'V,T',      1, 0, 'skill_level', '',              '',       ''),
  ('labour_profile', 8,  'main_skill',        '主要技能',     'Main skill',          'text',     'lww',       'V,T',      1, 0, '',            'len:1:60',      '',       ''),
  ('labour_profile', 9,  'cert_no',           '技能证书号',   'Certificate number',  'text',     'authority', 'C:rs,T,V', 2, 0, '',            'len:1:40',      '',       ''),
  ('labour_profile', 10, 'wish_job',          '意向工作',     'Wished job',          'text',     'lww',       'V,T',      1, 0, '',            'len:1:60',      '',       ''),
  ('labour_profile', 11, 'wish_place',        '意向地点',     'Wished place',        'code',     'lww',       'V,T',      1, 0, 'ps',          '',              '',       ''),
  ('labour_profile', 12, 'wish_wage_min',     '意向最低月薪', 'Wished monthly wage', 'money',    'lww',       'V,T',      2, 0, '',            'range:0:60000', '',       '元'),
  ('labour_profile', 13, 'wish_training',     '培训意愿',     'Wished training',     'set_code', 'set',       'V,T',      1, 0, 'course',      '',              '',       ''),
  ('labour_profile', 14, 'no_job_reason',     '未就业原因',   'Reason for no job',   'code',     'lww',       'V,T',      2, 0, 'nr',          '',              '',       ''),
  ('labour_profile', 15, 'hardship',          '就业困难类别', 'Employment hardship', 'code',     'authority', 'C:rs,T,V', 3, 0, 'hardship',    '',              '',       ''),
  ('labour_profile', 16, 'station_id',        '劳务工作站',   'Labour station',      'ref',      'lww',       'V,T',      1, 0, '',            '',              '',       ''),
  ('labour_profile', 17, 'broker_id',         '劳务经纪人',   'Labour broker',       'ref',      'lww',       'V,T',      1, 0, '',            '',              'person', ''),
  ('labour_profile', 18, 'last_confirmed_at', '最近确认日期', 'Last confirmed',      'date',     'lww',       'V,T',      1, 0, '',            'past',          '',       '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('labour_profile', 1, 'forbids',  'emp_status 1|2|3 no_job_reason', 'warn', '已就业的不应填未就业原因',
   'An employed person has no reason for being without a job'),
  ('labour_profile', 2, 'requires', 'cert_no main_skill',             'warn', '有证书的应填主要技能',
   'A certificate should come with the skill'),
  ('labour_profile', 3, 'needs',    'emp_status 6|7 no_job_reason',   'warn', '未就业的应填原因',
   'The reason for being without a job should be given');

-- Work as spells with dates, so that "without work since" can be answered. What identifies a spell (person, mode,
-- start) is written once; another job is another spell.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (10, 'employment_spell', '就业记录', 'Employment spell', 'record', 'village', 'employer');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('employment_spell', 1,  'person_id',        '人员',             'Person',             'ref',     'append',    'C:rs,V,T', 2, 1, '',         '',              'person', ''),
  ('employment_spell', 2,  'mode',             '就业模式',         'Mode',               'code',    'append',    'C:rs,V,T', 2, 1, 'em',       '',              '',       ''),
  ('employment_spell', 3,  'place_scope',      '就业地点范围',     'Place scope',        'code',    'lww',       'C:rs,V,T', 2, 0, 'ps',       '',              '',       ''),
  ('employment_spell', 4,  'place_div',        '就业地区划',       'Place division',     'text',    'lww',       'C:rs,V,T', 2, 0, '',         'division:3',    '',       ''),
  ('employment_spell', 5,  'employer',         '用人单位',         'Employer',           'text',    'lww',       'C:rs,V,T', 2, 0, '',         'len:1:100',     '',       ''),
  ('employment_spell', 6,  'credit_code',      '统一社会信用代码', 'Credit code',        'text',    'lww',       'C:rs,V,T', 1, 0, '',         'credit',        '',       ''),
  ('employment_spell', 7,  'job',              '岗位工种',         'Job',                'text',    'lww',       'C:rs,V,T', 1, 0, '',         'len:1:60',      '',       ''),
  ('employment_spell', 8,  'industry',         '行业',             'Industry',           'text',    'lww',       'C:rs,V,T', 1, 0, '',         'len:1:60',      '',       ''),
  ('employment_spell', 9,  'organised',        '有组织输出',       'Organised',          'bool',    'authority', 'C:rs,T,V', 1, 0, '',         '',              '',       ''),
  ('employment_spell', 10, 'batch_id',         '输出批次',         'Dispatch batch',     'ref',     'lww',       'C:rs,V,T', 1, 0, '',         '',              '',       ''),
  ('employment_spell', 11, 'start',            '开始日期',         'Start',              'date',    'append',    'C:rs,V,T', 1, 0, '',         '',              '',       ''),
  ('employment_spell', 12, 'end',              '结束日期',         'End',                'date',    'lww',       'C:rs,V,T', 1, 0, '',         '',              '',       ''),
  ('employment_spell', 13, 'months_this_year', '本年务工月数',     'Months this year',   'decimal', 'lww',       'C:rs,V,T', 1, 0, '',         'range:0:12',    '',       '月'),
  ('employment_spell', 14, 'wage_month',       '月工资',           'Monthly wage',       'money',   'lww',       'C:rs,V,T', 3, 0, '',         'range:0:60000', '',       '元'),
  ('employment_spell', 15, 'contract',         '劳动合同',         'Contract',           'code',    'lww',       'C:rs,V,T', 2, 0, 'contract', '',              '',       ''),
  ('employment_spell', 16, 'post_type',        '公益岗类型',       'Public post',        'code',    'authority', 'C:rs,T,V', 1, 0, 'ep',       '',              '',       ''),
  ('employment_spell', 17, 'post_months',      '公益岗月数',       'Months in the post', 'decimal', 'authority', 'C:rs,T,V', 1, 0, '',         'range:0:12',    '',       '月'),
  ('employment_spell', 18, 'subsidy',          '岗位补贴',         'Post subsidy',       'money',   'authority', 'C:rs,T,V', 3, 0, '',         'range:0:60000', '',       '元'),
  ('employment_spell', 19, 'stable',           '稳定就业',         'Stable',             'bool',    'lww',       'C:rs,V,T', 2, 0, '',         '',              '',       ''),
  ('employment_spell', 20, 'evidence',         '佐证材料',         'Evidence',           'text',    'lww',       'C:rs,V,T', 2, 0, '',         '',              '',       '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('employment_spell', 1,  'order',    'start end',                     'error', '结束日期不能早于开始日期',
   'The spell ends before it begins'),
  ('employment_spell', 2,  'needs',    'mode 4 post_type',              'warn',  '公益性岗位应填公益岗类型',
   'A public-welfare post should have its type'),
  ('employment_spell', 3,  'needs',    'mode 4 post_months',            'warn',  '公益性岗位应填月数',
   'A public-welfare post should have its months'),
  ('employment_spell', 4,  'only',     'post_type mode 4',              'warn',  '填了公益岗类型,就业模式应为公益性岗位',
   'A post type is only for public-welfare posts'),
  ('employment_spell', 5,  'requires', 'post_months post_type',         'warn',  '填了公益岗月数,应填公益岗类型',
   'Months in a post need the type of post'),
  ('employment_spell', 6,  'requires', 'place_div months_this_year',    'warn',  '填了就业地,应填务工月数',
   'A place of work should come with months'),
  ('employment_spell', 7,  'requires', 'months_this_year place_div',    'warn',  '填了务工月数,应填就业地',
   'Months of work should come with a place'),
  ('employment_spell', 8,  'needs',    'place_scope 1|2|3|4 place_div', 'warn',  '境内就业应填到县的区划代码',
   'Work in the country should name the county'),
  ('employment_spell', 9,  'forbids',  'place_scope 5 place_div',       'warn',  '境外就业不填国内区划',
   'Work abroad has no division'),
  ('employment_spell', 10, 'range',    'wage_month 400 60000',          'warn',  '月工资低于400元,请核对',
   'A wage below 400 yuan should be checked'),
  ('employment_spell', 11, 'needs',    'contract 2|3 employer',         'warn',  '有书面合同的应填用人单位',
   'A written contract should name the employer');

-- Rows add up on all desks; amounts are corrected in place. Transfer income alone is no channel.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (11, 'income_source', '增收门路', 'Income source', 'record', 'village', 'item');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('income_source', 1, 'household_id', '户',       'Household',     'ref',   'append', 'V,T', 2, 1, '',            '',                  'household', ''),
  ('income_source', 2, 'kind',         '收入类别', 'Kind',          'code',  'append', 'V,T', 3, 1, 'income_kind', '',                  '',          ''),
  ('income_source', 3, 'item',         '收入项目', 'Item',          'text',  'append', 'V,T', 3, 0, '',            'len:1:60',          '',          ''),
  ('income_source', 4, 'year',         '年度',     'Year',          'int',   'append', 'V,T', 1, 0, '',            'range:2000:2100',   '',          ''),
  ('income_source', 5, 'amount_year',  '年收入',   'Yearly amount', 'money', 'lww',    'V,T', 3, 0, '',            'range:0:100000000', '',          '元'),
  ('income_source', 6, 'stable',       '稳定',     'Stable',        'bool',  'lww',    'V,T', 2, 0, '',            '',                  '',          ''),
  ('income_source', 7, 'evidence',     '佐证材料', 'Evidence',      'text',  'lww',    'V,T', 2, 0, '',            '',                  '',          '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('income_source', 1, 'requires', 'amount_year year', 'warn', '填了年收入,应填年度',
   'An amount should have its year');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (12, 'skill', '技能', 'Skill', 'append', 'village', 'occupation');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('skill', 1, 'person_id',  '人员',     'Person',             'ref',  'append', 'C:rs,T,V', 2, 1, '',            '',          'person'),
  ('skill', 2, 'occupation', '职业工种', 'Occupation',         'text', 'append', 'C:rs,T,V', 1, 1, '',            'len:1:60',  ''),
  ('skill', 3, 'level',      '技能等级', 'Level',              'code', 'append', 'C:rs,T,V', 1, 0, 'skill_level', '',          ''),
  ('skill', 4, 'cert_no',    '证书号',   'Certificate number', 'text', 'append', 'C:rs,T,V', 2, 0, '',            'len:1:40',  ''),
  ('skill', 5, 'issuer',     '发证单位', 'Issuer',             'text', 'append', 'C:rs,T,V', 1, 0, '',            'len:1:100', ''),
  ('skill', 6, 'date',       '发证日期', 'Date',               'date', 'append', 'C:rs,T,V', 1, 0, '',            'past',      '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('skill', 1, 'requires', 'cert_no issuer', 'warn', '有证书号的应填发证单位',
   'A certificate should name its issuer');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (13, 'training_record', '培训记录', 'Training record', 'append', 'village', 'course');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('training_record', 1, 'person_id',   '人员',     'Person',      'ref',     'append', 'C:rs,T,V', 2, 1, '',              '',             'person', ''),
  ('training_record', 2, 'course',      '培训课程', 'Course',      'code',    'append', 'C:rs,T,V', 1, 1, 'course',        '',             '',       ''),
  ('training_record', 3, 'hours',       '课时',     'Hours',       'decimal', 'append', 'C:rs,T,V', 1, 0, '',              'range:0:2000', '',       '课时'),
  ('training_record', 4, 'from',        '开始日期', 'From',        'date',    'append', 'C:rs,T,V', 1, 0, '',              '',             '',       ''),
  ('training_record', 5, 'to',          '结束日期', 'To',          'date',    'append', 'C:rs,T,V', 1, 0, '',              '',             '',       ''),
  ('training_record', 6, 'result',      '结果',     'Result',      'code',    'append', 'C:rs,T,V', 1, 0, 'course_result', '',             '',       ''),
  ('training_record', 7, 'certificate', '证书',     'Certificate', 'text',    'append', 'C:rs,T,V', 2, 0, '',              'len:1:60',     '',       '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('training_record', 1, 'order', 'from to', 'error', '结束日期不能早于开始日期',
   'The course ends before it begins');
