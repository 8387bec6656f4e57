-- SPDX-License-Identifier: MulanPSL-2.0
-- Volunteers, their hours, points and what they are redeemed for; honours.

INSERT INTO migration(number, name) VALUES (13, 'volunteers');

INSERT INTO codes(list, code, zh, en) VALUES
  ('volunteer_status', '1', '在册', 'Registered'),
  ('volunteer_status', '2', '暂停', 'Paused'),
  ('volunteer_status', '3', '退出', 'Left');

INSERT INTO codes(list, code, zh, en) VALUES
  ('points_kind', '1', '志愿时长', 'Volunteer hours'),
  ('points_kind', '2', '环境卫生', 'Clean household'),
  ('points_kind', '3', '移风易俗', 'Customs'),
  ('points_kind', '4', '参与议事', 'Took part'),
  ('points_kind', '5', '见义勇为', 'Courage'),
  ('points_kind', '6', '扣分',     'Deduction'),
  ('points_kind', '7', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('activity_theme', '1',  '便民服务', 'Service'),
  ('activity_theme', '2',  '敬老助残', 'For the old and disabled'),
  ('activity_theme', '3',  '环境',     'Environment'),
  ('activity_theme', '4',  '普法',     'Law'),
  ('activity_theme', '5',  '家庭教育', 'Family education'),
  ('activity_theme', '6',  '禁毒反诈', 'Drugs and fraud'),
  ('activity_theme', '7',  '防火用电', 'Fire and electricity'),
  ('activity_theme', '8',  '垃圾分类', 'Waste'),
  ('activity_theme', '9',  '文体',     'Culture and sport'),
  ('activity_theme', '10', '护学',     'School run'),
  ('activity_theme', '11', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('skill_kind', '1',  '理发', 'Hair'),
  ('skill_kind', '2',  '医疗', 'Medicine'),
  ('skill_kind', '3',  '法律', 'Law'),
  ('skill_kind', '4',  '维修', 'Repairs'),
  ('skill_kind', '5',  '教育', 'Teaching'),
  ('skill_kind', '6',  '心理', 'Psychology'),
  ('skill_kind', '7',  '驾驶', 'Driving'),
  ('skill_kind', '8',  '翻译', 'Translation'),
  ('skill_kind', '9',  '文艺', 'Arts'),
  ('skill_kind', '10', '其他', 'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('allowance_kind', '1', '通讯补助', 'Phone'),
  ('allowance_kind', '2', '餐补',     'Meals'),
  ('allowance_kind', '3', '交通',     'Travel');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (60, 'volunteer_team', '志愿服务队', 'Volunteer team', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('volunteer_team', 1, 'name',       '名称',     'Name',    'text',     'lww', 'V,T', 0, 1, '',               'len:1:60', ''),
  ('volunteer_team', 2, 'leader',     '队长',     'Leader',  'text',     'lww', 'V,T', 0, 0, '',               'len:1:50', ''),
  ('volunteer_team', 3, 'founded',    '成立日期', 'Founded', 'date',     'lww', 'V,T', 0, 0, '',               '',         ''),
  ('volunteer_team', 4, 'field',      '服务方向', 'Field',   'set_code', 'set', 'V,T', 0, 0, 'activity_theme', '',         ''),
  ('volunteer_team', 5, 'partner_id', '所属单位', 'Partner', 'ref',      'lww', 'V,T', 0, 0, '',               '',         'partner_org');

-- Known by a number of its own, never by the id number.
INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (61, 'volunteer', '志愿者', 'Volunteer', 'record', 'village', 'name', 'volunteer_no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('volunteer', 1, 'volunteer_no', '志愿者编号', 'Volunteer number', 'text',     'lww', 'V,T', 1, 0, '',                 'len:1:30',      ''),
  ('volunteer', 2, 'name',         '姓名',       'Name',             'text',     'lww', 'V,T', 2, 1, '',                 'name;len:1:50', ''),
  ('volunteer', 3, 'person_id',    '人员',       'Person',           'ref',      'lww', 'V,T', 2, 0, '',                 '',              'person'),
  ('volunteer', 4, 'team_id',      '队伍',       'Team',             'ref',      'lww', 'V,T', 1, 0, '',                 '',              'volunteer_team'),
  ('volunteer', 5, 'skills',       '专长',       'Skills',           'set_code', 'set', 'V,T', 1, 0, 'skill_kind',       '',              ''),
  ('volunteer', 6, 'interests',    '意愿',       'Interests',        'set_code', 'set', 'V,T', 1, 0, 'activity_theme',   '',              ''),
  ('volunteer', 7, 'phone',        '电话',       'Phone',            'text',     'lww', 'V,T', 2, 0, '',                 'phone',         ''),
  ('volunteer', 8, 'joined',       '注册日期',   'Joined',           'date',     'lww', 'V,T', 1, 0, '',                 '',              ''),
  ('volunteer', 9, 'status',       '状态',       'Status',           'code',     'lww', 'V,T', 1, 0, 'volunteer_status', '',              '');

-- “1+N+50”: projects that are matched to interests and skills.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (62, 'volunteer_project', '志愿项目', 'Volunteer project', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('volunteer_project', 1, 'name',    '项目',     'Name',          'text',     'lww', 'V,T', 0, 1, '',               'len:1:60', ''),
  ('volunteer_project', 2, 'theme',   '主题',     'Theme',         'code',     'lww', 'V,T', 0, 0, 'activity_theme', '',         ''),
  ('volunteer_project', 3, 'skills',  '所需专长', 'Skills needed', 'set_code', 'set', 'V,T', 0, 0, 'skill_kind',     '',         ''),
  ('volunteer_project', 4, 'team_id', '队伍',     'Team',          'ref',      'lww', 'V,T', 0, 0, '',               '',         'volunteer_team'),
  ('volunteer_project', 5, 'from',    '开始',     'From',          'date',     'lww', 'V,T', 0, 0, '',               '',         ''),
  ('volunteer_project', 6, 'to',      '结束',     'To',            'date',     'lww', 'V,T', 0, 0, '',               '',         '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (63, 'activity', '活动', 'Activity', 'record', 'village', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('activity', 1, 'title',      '活动',     'Title',          'text',     'lww', 'V,T', 0, 1, '',               'len:1:60',       '',                  ''),
  ('activity', 2, 'theme',      '主题',     'Theme',          'code',     'lww', 'V,T', 0, 0, 'activity_theme', '',               '',                  ''),
  ('activity', 3, 'team_id',    '队伍',     'Team',           'ref',      'lww', 'V,T', 0, 0, '',               '',               'volunteer_team',    ''),
  ('activity', 4, 'project_id', '项目',     'Project',        'ref',      'lww', 'V,T', 0, 0, '',               '',               'volunteer_project', ''),
  ('activity', 5, 'held_at',    '时间',     'Held at',        'time',     'lww', 'V,T', 0, 1, '',               '',               '',                  ''),
  ('activity', 6, 'place',      '地点',     'Place',          'text',     'lww', 'V,T', 0, 0, '',               'len:1:100',      '',                  ''),
  ('activity', 7, 'people_n',   '受益人次', 'People reached', 'int',      'lww', 'V,T', 0, 0, '',               'range:0:100000', '',                  '人'),
  ('activity', 8, 'note',       '小结',     'Note',           'text',     'lww', 'V,T', 0, 0, '',               'len:1:400',      '',                  ''),
  ('activity', 9, 'photo_refs', '照片',     'Photos',         'set_text', 'set', 'V,T', 2, 0, '',               'hex:64',         '',                  '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (64, 'volunteer_hours', '服务时长', 'Volunteer hours', 'append', 'village', 'day');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit, derive) VALUES
  ('volunteer_hours', 1, 'volunteer_id', '志愿者', 'Volunteer',    'ref',  'append', 'V,T', 1, 1, '',             'volunteer',       '',     ''),
  ('volunteer_hours', 2, 'activity_id',  '活动',   'Activity',     'ref',  'append', 'V,T', 1, 0, '',             'activity',        '',     ''),
  ('volunteer_hours', 3, 'day',          '日期',   'Day',          'date', 'append', 'V,T', 1, 1, '',             '',                '',     ''),
  ('volunteer_hours', 4, 'minutes',      '分钟',   'Minutes',      'int',  'append', 'V,T', 1, 1, 'range:1:1440', '',                '分钟', ''),
  ('volunteer_hours', 5, 'confirmed_by', '确认人', 'Confirmed by', 'text', 'append', 'V,T', 1, 0, 'author',       '',                '',     'author'),
  ('volunteer_hours', 6, 'corrects',     '更正',   'Corrects',     'ref',  'append', 'V,T', 1, 0, '',             'volunteer_hours', '',     '');

INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (65, 'points_rule', '积分规则', 'Points rule', 'record', 'registry', 'name', 'code');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, unit) VALUES
  ('points_rule', 1, 'code',       '编码', 'Code',       'text', 'once',      'C', 0, 1, '',            'len:1:20',         ''),
  ('points_rule', 2, 'name',       '名称', 'Name',       'text', 'authority', 'C', 0, 1, '',            'len:1:60',         ''),
  ('points_rule', 3, 'kind',       '类别', 'Kind',       'code', 'authority', 'C', 0, 0, 'points_kind', '',                 ''),
  ('points_rule', 4, 'points',     '分值', 'Points',     'int',  'authority', 'C', 0, 1, '',            'range:-1000:1000', '分'),
  ('points_rule', 5, 'per',        '每',   'Per',        'text', 'authority', 'C', 0, 0, '',            'len:1:20',         ''),
  ('points_rule', 6, 'valid_from', '起用', 'Valid from', 'date', 'authority', 'C', 0, 0, '',            '',                 ''),
  ('points_rule', 7, 'valid_to',   '止用', 'Valid to',   'date', 'authority', 'C', 0, 0, '',            '',                 '');

-- A household or a volunteer that collects points. The balance is counted from entries, never stored.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (66, 'points_account', '积分账户', 'Points account', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, derive) VALUES
  ('points_account', 1, 'name',         '户名',     'Name',      'text', 'lww',  'V,T', 2, 1, 'len:1:50', '',          ''),
  ('points_account', 2, 'household_id', '户',       'Household', 'ref',  'once', 'V,T', 2, 0, '',         'household', ''),
  ('points_account', 3, 'volunteer_id', '志愿者',   'Volunteer', 'ref',  'once', 'V,T', 1, 0, '',         'volunteer', ''),
  ('points_account', 4, 'opened',       '开户日期', 'Opened',    'date', 'lww',  'V,T', 1, 0, '',         '',          'today');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (67, 'points_entry', '积分', 'Points', 'append', 'village', 'reason');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, derive) VALUES
  ('points_entry', 1, 'account_id', '积分账户', 'Account', 'ref',  'append', 'V,T', 1, 1, '',            '',                 'points_account',  '',   ''),
  ('points_entry', 2, 'rule_id',    '积分规则', 'Rule',    'ref',  'append', 'V,T', 1, 0, '',            '',                 'points_rule',     '',   ''),
  ('points_entry', 3, 'kind',       '类别',     'Kind',    'code', 'append', 'V,T', 1, 0, 'points_kind', '',                 '',                '',   ''),
  ('points_entry', 4, 'points',     '分',       'Points',  'int',  'append', 'V,T', 1, 1, '',            'range:-1000:1000', '',                '分', ''),
  ('points_entry', 5, 'reason',     '事由',     'Reason',  'text', 'append', 'V,T', 1, 1, '',            'len:1:100',        '',                '',   ''),
  ('points_entry', 6, 'on',         '日期',     'On',      'date', 'append', 'V,T', 1, 1, '',            '',                 '',                '',   'today'),
  ('points_entry', 7, 'by',         '登记人',   'By',      'text', 'append', 'V,T', 1, 0, '',            'author',           '',                '',   'author'),
  ('points_entry', 8, 'hours_id',   '服务时长', 'Hours',   'ref',  'append', 'V,T', 1, 0, '',            '',                 'volunteer_hours', '',   '');

-- Never above what the account held when this desk last heard of it.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (68, 'redemption', '兑换', 'Redemption', 'append', 'village', 'goods');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit, derive) VALUES
  ('redemption', 1, 'account_id', '积分账户', 'Account', 'ref',  'append', 'V,T', 1, 1, '',               'points_account', '',   ''),
  ('redemption', 2, 'goods',      '物品',     'Goods',   'text', 'append', 'V,T', 1, 1, 'len:1:60',       '',               '',   ''),
  ('redemption', 3, 'n',          '数量',     'Number',  'int',  'append', 'V,T', 1, 0, 'range:1:999',    '',               '',   ''),
  ('redemption', 4, 'points',     '分',       'Points',  'int',  'append', 'V,T', 1, 1, 'range:1:100000', '',               '分', ''),
  ('redemption', 5, 'on',         '日期',     'On',      'date', 'append', 'V,T', 1, 1, '',               '',               '',   'today'),
  ('redemption', 6, 'by',         '登记人',   'By',      'text', 'append', 'V,T', 1, 0, 'author',         '',               '',   'author');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (69, 'allowance', '补助', 'Allowance', 'append', 'village', 'kind');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, derive) VALUES
  ('allowance', 1, 'volunteer_id', '志愿者', 'Volunteer', 'ref',   'append', 'V,T', 2, 1, '',               '',              'volunteer', '',   ''),
  ('allowance', 2, 'kind',         '类别',   'Kind',      'code',  'append', 'V,T', 2, 1, 'allowance_kind', '',              '',          '',   ''),
  ('allowance', 3, 'amount',       '金额',   'Amount',    'money', 'append', 'V,T', 2, 1, '',               'range:0:10000', '',          '元', ''),
  ('allowance', 4, 'month',        '月份',   'Month',     'date',  'append', 'V,T', 2, 1, '',               '',              '',          '',   ''),
  ('allowance', 5, 'by',           '登记人', 'By',        'text',  'append', 'V,T', 2, 0, '',               'author',        '',          '',   'author');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('volunteer', 101, 'mask', 'name name V,T,C', 'error', '姓名:公示只露姓',
   'Name: the surname is posted'),
  ('volunteer', 102, 'mask', 'phone phone V,T,C', 'error', '电话:中间四位不公开',
   'Phone: the middle is not posted'),
  ('points_account', 101, 'mask', 'name name V,T,C', 'error', '户名:公示只露姓',
   'Name: the surname is posted'),
  ('volunteer', 1, 'unique', 'volunteer_no settle volunteer_no=', 'conflict', '几名志愿者用了同一个编号',
   'Volunteers have the same number'),
  ('points_account', 1, 'not_both', 'household_id volunteer_id', 'error', '积分账户属于户或志愿者，不能同时属于两者',
   'An account is a household''s or a volunteer''s'),
  ('points_account', 2, 'unique', 'household_id settle household_id=', 'conflict', '一户有几个积分账户',
   'A household has several accounts'),
  ('points_account', 3, 'belongs', 'household_id', 'error', '积分随户迁移',
   'Points move with the household'),
  ('volunteer_project', 1, 'order', 'from to', 'error', '结束不能早于开始',
   'It ends before it begins');
