-- SPDX-License-Identifier: MulanPSL-2.0
-- Who serves in a grid and how: duties, letters of appointment, shifts, experts, partners, training, appraisal.

INSERT INTO migration(number, name) VALUES (15, 'officers');

INSERT INTO codes(list, code, zh, en) VALUES
  ('duty_line', '1', '综治', 'Public order'),
  ('duty_line', '2', '民政', 'Civil affairs'),
  ('duty_line', '3', '人社', 'Work and social security'),
  ('duty_line', '4', '卫健', 'Health'),
  ('duty_line', '5', '应急', 'Emergency'),
  ('duty_line', '6', '环境', 'Environment'),
  ('duty_line', '7', '党建', 'Party building'),
  ('duty_line', '8', '宣传', 'Information'),
  ('duty_line', '9', '其他', 'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('duty_class', '1', '自治', 'Self-government'),
  ('duty_class', '2', '协助', 'Assistance'),
  ('duty_class', '3', '取消', 'Abolished');

INSERT INTO codes(list, code, zh, en) VALUES
  ('appointment_kind', '1', '聘任', 'Appointment'),
  ('appointment_kind', '2', '续聘', 'Renewal'),
  ('appointment_kind', '3', '解聘', 'Dismissal');

INSERT INTO codes(list, code, zh, en) VALUES
  ('officer_role', '1', '社情民意信息员', 'Informant'),
  ('officer_role', '2', '基层治理监督员', 'Supervisor'),
  ('officer_role', '3', '文明风尚传递员', 'Bringer of good customs'),
  ('officer_role', '4', '网格管理',       'Grid management');

INSERT INTO codes(list, code, zh, en) VALUES
  ('commendation_kind', '1', '表扬信',   'Letter of praise'),
  ('commendation_kind', '2', '通报表扬', 'Public praise'),
  ('commendation_kind', '3', '最美系列', 'Most beautiful'),
  ('commendation_kind', '4', '先锋个人', 'Pioneer'),
  ('commendation_kind', '5', '先锋楼道', 'Pioneer stairwell'),
  ('commendation_kind', '6', '荣誉证书', 'Certificate');

INSERT INTO codes(list, code, zh, en) VALUES
  ('appraisal_object', '1', '网格员', 'Officer'),
  ('appraisal_object', '2', '楼道',   'Stairwell'),
  ('appraisal_object', '3', '网格',   'Grid'),
  ('appraisal_object', '4', '队伍',   'Team'),
  ('appraisal_object', '5', '个人',   'Person');

INSERT INTO codes(list, code, zh, en) VALUES
  ('post_place', '1', '护学岗',   'School run'),
  ('post_place', '2', '值班律师', 'Lawyer on duty'),
  ('post_place', '3', '法官坐班', 'Judge on duty'),
  ('post_place', '4', '心理咨询', 'Counselling'),
  ('post_place', '5', '便民窗口', 'Service window'),
  ('post_place', '6', '夜间巡逻', 'Night patrol'),
  ('post_place', '7', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('expert_field', '1', '法律', 'Law'),
  ('expert_field', '2', '心理', 'Psychology'),
  ('expert_field', '3', '医疗', 'Medicine'),
  ('expert_field', '4', '调解', 'Mediation'),
  ('expert_field', '5', '农技', 'Farming'),
  ('expert_field', '6', '金融', 'Finance'),
  ('expert_field', '7', '教育', 'Education'),
  ('expert_field', '8', '其他', 'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('expert_kind', '1', '法官',       'Judge'),
  ('expert_kind', '2', '检察官',     'Prosecutor'),
  ('expert_kind', '3', '警官',       'Police officer'),
  ('expert_kind', '4', '律师',       'Lawyer'),
  ('expert_kind', '5', '人民调解员', 'Mediator'),
  ('expert_kind', '6', '心理咨询师', 'Counsellor'),
  ('expert_kind', '7', '其他',       'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('liaison_kind', '1', '派出所',     'Police station'),
  ('liaison_kind', '2', '业主委员会', 'Owners'' committee'),
  ('liaison_kind', '3', '物业',       'Property company'),
  ('liaison_kind', '4', '司法所',     'Justice office'),
  ('liaison_kind', '5', '卫生院',     'Health centre'),
  ('liaison_kind', '6', '学校',       'School'),
  ('liaison_kind', '7', '其他',       'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('partner_kind', '1', '企业',       'Company'),
  ('partner_kind', '2', '机关单位',   'Public body'),
  ('partner_kind', '3', '社会组织',   'Social organisation'),
  ('partner_kind', '4', '物业公司',   'Property company'),
  ('partner_kind', '5', '新就业平台', 'Platform');

INSERT INTO codes(list, code, zh, en) VALUES
  ('responsibility_level', '1', '区领导包街',         'District leader, street'),
  ('responsibility_level', '2', '街包社',             'Street, community'),
  ('responsibility_level', '3', '社区包小区（网格）', 'Community, grid'),
  ('responsibility_level', '4', '党员干部包户',       'Member, household');

INSERT INTO codes(list, code, zh, en) VALUES
  ('cert_kind', '1', '社会工作者', 'Social worker'),
  ('cert_kind', '2', '人民调解员', 'Mediator'),
  ('cert_kind', '3', '心理咨询师', 'Counsellor'),
  ('cert_kind', '4', '急救',       'First aid'),
  ('cert_kind', '5', '其他',       'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('course_tier', '1', '自治区示范', 'Region'),
  ('course_tier', '2', '市级重点',   'Prefecture'),
  ('course_tier', '3', '县级骨干',   'County'),
  ('course_tier', '4', '乡镇全员',   'Township');

INSERT INTO codes(list, code, zh, en) VALUES
  ('class_kind', '1', '扫盲班',     'Literacy'),
  ('class_kind', '2', '四点半课堂', 'After school'),
  ('class_kind', '3', '普通话',     'Mandarin'),
  ('class_kind', '4', '家庭教育',   'Family education'),
  ('class_kind', '5', '银龄学堂',   'For the old'),
  ('class_kind', '6', '技能班',     'Skills');

INSERT INTO codes(list, code, zh, en) VALUES
  ('enrolment_result', '1', '能读写', 'Can read and write'),
  ('enrolment_result', '2', '有进步', 'Better'),
  ('enrolment_result', '3', '未达到', 'Not yet'),
  ('enrolment_result', '4', '退出',   'Left');

-- All lines of work on one list, by post; partners claim items of it.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (80, 'duty_item', '责任清单', 'Duty', 'record', 'any', 'text');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('duty_item', 1,  'line',       '条线',     'Line',       'code', 'lww', 'C,T',   0, 1, 'duty_line',    '',          ''),
  ('duty_item', 2,  'text',       '责任',     'Duty',       'text', 'lww', 'C,T',   0, 1, '',             'len:1:200', ''),
  ('duty_item', 3,  'basis',      '依据',     'Basis',      'text', 'lww', 'C,T',   0, 0, '',             'len:1:200', ''),
  ('duty_item', 4,  'class',      '类别',     'Class',      'code', 'lww', 'C,T',   0, 0, 'duty_class',   '',          ''),
  ('duty_item', 5,  'grid_level', '网格层级', 'Grid level', 'code', 'lww', 'C,T',   0, 0, 'grid_level',   '',          ''),
  ('duty_item', 6,  'post',       '岗位',     'Post',       'code', 'lww', 'C,T',   0, 0, 'officer_kind', '',          ''),
  ('duty_item', 7,  'from',       '起',       'From',       'date', 'lww', 'C,T',   0, 0, '',             '',          ''),
  ('duty_item', 8,  'to',         '止',       'To',         'date', 'lww', 'C,T',   0, 0, '',             '',          ''),
  ('duty_item', 9,  'claimed_by', '认领单位', 'Claimed by', 'ref',  'lww', 'V,T,C', 0, 0, '',             '',          'partner_org'),
  ('duty_item', 10, 'claimed_on', '认领日期', 'Claimed on', 'date', 'lww', 'V,T,C', 0, 0, '',             '',          '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (81, 'appointment', '聘书', 'Letter of appointment', 'append', 'village', 'no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('appointment', 1,  'no',         '编号',     'Number',     'text',     'append', 'T,V', 1, 1, '',                 'len:1:40',  ''),
  ('appointment', 2,  'kind',       '类别',     'Kind',       'code',     'append', 'T,V', 1, 0, 'appointment_kind', '',          ''),
  ('appointment', 3,  'officer_id', '网格员',   'Officer',    'ref',      'append', 'T,V', 1, 0, '',                 '',          'grid_officer'),
  ('appointment', 4,  'name',       '姓名',     'Name',       'text',     'append', 'T,V', 1, 1, '',                 'len:1:50',  ''),
  ('appointment', 5,  'role',       '职责',     'Role',       'set_code', 'set',    'T,V', 1, 0, 'officer_role',     '',          ''),
  ('appointment', 6,  'from',       '聘期起',   'From',       'date',     'append', 'T,V', 1, 1, '',                 '',          ''),
  ('appointment', 7,  'to',         '聘期止',   'To',         'date',     'append', 'T,V', 1, 0, '',                 '',          ''),
  ('appointment', 8,  'given_on',   '颁发日期', 'Given on',   'date',     'append', 'T,V', 1, 0, '',                 '',          ''),
  ('appointment', 9,  'ceremony',   '仪式',     'Ceremony',   'text',     'append', 'T,V', 1, 0, '',                 'len:1:100', ''),
  ('appointment', 10, 'kit',        '发放物品', 'Kit issued', 'set_text', 'set',    'T,V', 1, 0, '',                 'len:1:20',  ''),
  ('appointment', 11, 'given_by',   '颁发单位', 'Given by',   'text',     'append', 'T,V', 1, 0, '',                 'len:1:60',  '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (82, 'commendation', '表扬', 'Commendation', 'append', 'village', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('commendation', 1,  'kind',           '类别',       'Kind',           'code', 'append', 'T,V', 1, 1, 'commendation_kind', '',         ''),
  ('commendation', 2,  'title',          '荣誉',       'Title',          'text', 'append', 'T,V', 1, 1, '',                  'len:1:60', ''),
  ('commendation', 3,  'officer_id',     '网格员',     'Officer',        'ref',  'append', 'T,V', 1, 0, '',                  '',         'grid_officer'),
  ('commendation', 4,  'volunteer_id',   '志愿者',     'Volunteer',      'ref',  'append', 'T,V', 1, 0, '',                  '',         'volunteer'),
  ('commendation', 5,  'person_id',      '人员',       'Person',         'ref',  'append', 'T,V', 2, 0, '',                  '',         'person'),
  ('commendation', 6,  'name',           '姓名或单位', 'Name',           'text', 'append', 'T,V', 1, 1, '',                  'len:1:60', ''),
  ('commendation', 7,  'employer',       '所在单位',   'Employer',       'text', 'append', 'T,V', 1, 0, '',                  'len:1:60', ''),
  ('commendation', 8,  'letter_sent_on', '致函日期',   'Letter sent on', 'date', 'append', 'T,V', 1, 0, '',                  '',         ''),
  ('commendation', 9,  'on',             '日期',       'On',             'date', 'append', 'T,V', 1, 1, '',                  '',         ''),
  ('commendation', 10, 'by',             '授予单位',   'By',             'text', 'append', 'T,V', 1, 0, '',                  'len:1:60', '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (83, 'reward', '奖励', 'Reward', 'append', 'village', 'reason');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit) VALUES
  ('reward', 1, 'officer_id', '网格员', 'Officer', 'ref',   'append', 'T', 1, 1, '',               'grid_officer', ''),
  ('reward', 2, 'reason',     '事由',   'Reason',  'text',  'append', 'T', 1, 1, 'len:1:100',      '',             ''),
  ('reward', 3, 'amount',     '金额',   'Amount',  'money', 'append', 'T', 2, 0, 'range:0:100000', '',             '元'),
  ('reward', 4, 'points',     '积分',   'Points',  'int',   'append', 'T', 1, 0, 'range:0:1000',   '',             ''),
  ('reward', 5, 'on',         '日期',   'On',      'date',  'append', 'T', 1, 1, '',               '',             '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (84, 'appraisal', '考核评价', 'Appraisal', 'append', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('appraisal', 1,  'object',     '对象类别', 'Kind of object', 'code',    'append', 'T,V', 1, 1, 'appraisal_object', '',               ''),
  ('appraisal', 2,  'name',       '对象',     'Object',         'text',    'append', 'T,V', 1, 1, '',                 'len:1:60',       ''),
  ('appraisal', 3,  'officer_id', '网格员',   'Officer',        'ref',     'append', 'T,V', 1, 0, '',                 '',               'grid_officer'),
  ('appraisal', 4,  'grid_id',    '网格',     'Grid',           'ref',     'append', 'T,V', 1, 0, '',                 '',               'grid'),
  ('appraisal', 5,  'from',       '考核期起', 'From',           'date',    'append', 'T,V', 1, 1, '',                 '',               ''),
  ('appraisal', 6,  'to',         '考核期止', 'To',             'date',    'append', 'T,V', 1, 0, '',                 '',               ''),
  ('appraisal', 7,  'indicator',  '指标',     'Indicator',      'text',    'append', 'T,V', 1, 0, '',                 'len:1:60',       ''),
  ('appraisal', 8,  'score',      '得分',     'Score',          'decimal', 'append', 'T,V', 1, 0, '',                 'range:0:100',    ''),
  ('appraisal', 9,  'stars',      '星级',     'Stars',          'int',     'append', 'T,V', 1, 0, '',                 'range:1:5',      ''),
  ('appraisal', 10, 'votes',      '票数',     'Votes',          'int',     'append', 'T,V', 1, 0, '',                 'range:0:100000', ''),
  ('appraisal', 11, 'by',         '评定单位', 'By',             'text',    'append', 'T,V', 1, 0, '',                 'len:1:60',       '');

-- Fixed post, fixed person, planned and real times; who has none in time has missed it.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (85, 'duty_shift', '值班', 'Duty shift', 'record', 'village', 'day');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('duty_shift', 1,  'post',        '岗位',     'Post',        'code', 'lww', 'V,T', 1, 1, 'post_place', '',            ''),
  ('duty_shift', 2,  'place',       '定岗位置', 'Place',       'text', 'lww', 'V,T', 1, 0, '',           'len:1:60',    ''),
  ('duty_shift', 3,  'person',      '值班人',   'Person',      'text', 'lww', 'V,T', 1, 1, '',           'len:1:50',    ''),
  ('duty_shift', 4,  'day',         '日期',     'Day',         'date', 'lww', 'V,T', 1, 1, '',           '',            ''),
  ('duty_shift', 5,  'planned_in',  '应到',     'Planned in',  'time', 'lww', 'V,T', 1, 1, '',           '',            ''),
  ('duty_shift', 6,  'planned_out', '应离',     'Planned out', 'time', 'lww', 'V,T', 1, 0, '',           '',            ''),
  ('duty_shift', 7,  'in',          '实到',     'In',          'time', 'lww', 'V,T', 1, 0, '',           '',            ''),
  ('duty_shift', 8,  'out',         '实离',     'Out',         'time', 'lww', 'V,T', 1, 0, '',           '',            ''),
  ('duty_shift', 9,  'expert_id',   '专家',     'Expert',      'ref',  'lww', 'V,T', 1, 0, '',           '',            'expert'),
  ('duty_shift', 10, 'consults_n',  '接待人次', 'Consults',    'int',  'lww', 'V,T', 1, 0, '',           'range:0:500', ''),
  ('duty_shift', 11, 'note',        '记录',     'Note',        'text', 'lww', 'V,T', 1, 0, '',           'len:1:200',   '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (86, 'expert', '专家', 'Expert', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('expert', 1, 'name',  '姓名',     'Name',         'text',     'lww', 'T,V', 1, 1, '',             'name;len:1:50', ''),
  ('expert', 2, 'kind',  '身份',     'Kind',         'code',     'lww', 'T,V', 1, 1, 'expert_kind',  '',              ''),
  ('expert', 3, 'field', '领域',     'Field',        'set_code', 'set', 'T,V', 1, 0, 'expert_field', '',              ''),
  ('expert', 4, 'org',   '单位',     'Organisation', 'text',     'lww', 'T,V', 1, 0, '',             'len:1:60',      ''),
  ('expert', 5, 'phone', '联系电话', 'Phone',        'text',     'lww', 'T,V', 1, 0, '',             'len:5:20',      ''),
  ('expert', 6, 'hours', '坐班时间', 'Hours',        'text',     'lww', 'T,V', 1, 0, '',             'len:1:60',      ''),
  ('expert', 7, 'grids', '所联网格', 'Grids',        'set_ref',  'set', 'T,V', 1, 0, '',             '',              'grid'),
  ('expert', 8, 'from',  '聘任起',   'From',         'date',     'lww', 'T,V', 1, 0, '',             '',              ''),
  ('expert', 9, 'to',    '聘任止',   'To',           'date',     'lww', 'T,V', 1, 0, '',             '',              '');

-- 四位一体: party building, police, owners or property company, grid officer.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (87, 'liaison', '联络单', 'Liaison', 'record', 'village', 'org');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('liaison', 1, 'grid_id', '网格',   'Grid',         'ref',  'lww', 'T,V', 1, 1, '',             '',         'grid'),
  ('liaison', 2, 'kind',    '类别',   'Kind',         'code', 'lww', 'T,V', 1, 1, 'liaison_kind', '',         ''),
  ('liaison', 3, 'org',     '单位',   'Organisation', 'text', 'lww', 'T,V', 1, 1, '',             'len:1:60', ''),
  ('liaison', 4, 'name',    '联系人', 'Name',         'text', 'lww', 'T,V', 1, 0, '',             'len:1:50', ''),
  ('liaison', 5, 'phone',   '电话',   'Phone',        'text', 'lww', 'T,V', 1, 0, '',             'len:5:20', '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (88, 'partner_org', '共建单位', 'Partner', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('partner_org', 1, 'name',        '名称',               'Name',                          'text', 'lww', 'T,V', 1, 1, '',             'len:1:60'),
  ('partner_org', 2, 'kind',        '类别',               'Kind',                          'code', 'lww', 'T,V', 1, 0, 'partner_kind', ''),
  ('partner_org', 3, 'credit_code', '统一社会信用代码',   'Credit code',                   'text', 'lww', 'T,V', 1, 0, '',             'credit'),
  ('partner_org', 4, 'contact',     '联系人',             'Contact',                       'text', 'lww', 'T,V', 1, 0, '',             'len:1:50'),
  ('partner_org', 5, 'phone',       '电话',               'Phone',                         'text', 'lww', 'T,V', 1, 0, '',             'len:5:20'),
  ('partner_org', 6, 'committee',   '大工委、大党委成员', 'Member of the joint committee', 'bool', 'lww', 'T,V', 1, 0, '',             ''),
  ('partner_org', 7, 'joined',      '加入日期',           'Joined',                        'date', 'lww', 'T,V', 1, 0, '',             '');

-- Exactly three, all different.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (89, 'stairwell_team', '一长二员', 'Stairwell team', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('stairwell_team', 1,  'grid_id',     '楼道',   'Stairwell',   'ref',  'authority', 'T,V', 1, 1, '',              'grid'),
  ('stairwell_team', 2,  'name',        '名称',   'Name',        'text', 'authority', 'T,V', 1, 0, 'len:1:40',      ''),
  ('stairwell_team', 3,  'leader',      '楼道长', 'Leader',      'text', 'authority', 'T,V', 1, 1, 'name;len:1:50', ''),
  ('stairwell_team', 4,  'informant',   '信息员', 'Informant',   'text', 'authority', 'T,V', 1, 1, 'name;len:1:50', ''),
  ('stairwell_team', 5,  'guarantor',   '保障员', 'Guarantor',   'text', 'authority', 'T,V', 1, 1, 'name;len:1:50', ''),
  ('stairwell_team', 6,  'from',        '任期起', 'From',        'date', 'authority', 'T,V', 1, 0, '',              ''),
  ('stairwell_team', 7,  'to',          '任期止', 'To',          'date', 'authority', 'T,V', 1, 0, '',              ''),
  ('stairwell_team', 8,  'respected',   '有威信', 'Respected',   'bool', 'authority', 'T,V', 1, 0, '',              ''),
  ('stairwell_team', 9,  'uses_wechat', '懂微信', 'Uses WeChat', 'bool', 'authority', 'T,V', 1, 0, '',              ''),
  ('stairwell_team', 10, 'honest',      '重诚信', 'Honest',      'bool', 'authority', 'T,V', 1, 0, '',              '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (90, 'responsibility', '包保责任', 'Responsibility', 'record', 'any', 'holder');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('responsibility', 1, 'level',        '层级',     'Level',     'code', 'authority', 'C,T,V', 1, 1, 'responsibility_level', '',           ''),
  ('responsibility', 2, 'holder',       '包保人',   'Holder',    'text', 'authority', 'C,T,V', 1, 1, '',                     'len:1:50',   ''),
  ('responsibility', 3, 'grid_id',      '网格',     'Grid',      'ref',  'authority', 'C,T,V', 1, 0, '',                     '',           'grid'),
  ('responsibility', 4, 'household_id', '户',       'Household', 'ref',  'authority', 'C,T,V', 2, 0, '',                     '',           'household'),
  ('responsibility', 5, 'division',     '所包区划', 'Division',  'text', 'authority', 'C,T,V', 1, 0, '',                     'division:4', ''),
  ('responsibility', 6, 'from',         '起',       'From',      'date', 'authority', 'C,T,V', 1, 0, '',                     '',           ''),
  ('responsibility', 7, 'to',           '止',       'To',        'date', 'authority', 'C,T,V', 1, 0, '',                     '',           '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (91, 'party_group', '党小组', 'Party group', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('party_group', 1, 'name',      '名称',       'Name',     'text',    'lww', 'V,T', 1, 1, 'len:1:60', ''),
  ('party_group', 2, 'parent_id', '上级党组织', 'Above',    'ref',     'lww', 'V,T', 1, 0, '',         'party_group'),
  ('party_group', 3, 'grid_id',   '网格',       'Grid',     'ref',     'lww', 'V,T', 1, 0, '',         'grid'),
  ('party_group', 4, 'building',  '楼栋',       'Building', 'text',    'lww', 'V,T', 1, 0, 'len:1:40', ''),
  ('party_group', 5, 'head',      '组长',       'Head',     'text',    'lww', 'V,T', 1, 0, 'len:1:50', ''),
  ('party_group', 6, 'members',   '党员',       'Members',  'set_ref', 'set', 'V,T', 2, 0, '',         'person'),
  ('party_group', 7, 'founded',   '成立日期',   'Founded',  'date',    'lww', 'V,T', 1, 0, '',         '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (92, 'household_contact', '党员联系户', 'Household contact', 'record', 'village', 'from');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, ref) VALUES
  ('household_contact', 1, 'household_id', '户',       'Household', 'ref',  'append', 'V,T', 2, 1, 'household'),
  ('household_contact', 2, 'member_id',    '联户党员', 'Member',    'ref',  'append', 'V,T', 2, 0, 'person'),
  ('household_contact', 3, 'officer_id',   '网格员',   'Officer',   'ref',  'append', 'V,T', 2, 0, 'grid_officer'),
  ('household_contact', 4, 'from',         '起',       'From',      'date', 'append', 'V,T', 2, 0, ''),
  ('household_contact', 5, 'to',           '止',       'To',        'date', 'lww',    'V,T', 2, 0, '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (93, 'officer_cert', '网格员证书', 'Officer certificate', 'record', 'village', 'cert_no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('officer_cert', 1, 'officer_id', '网格员',   'Officer',     'ref',  'append', 'T,V', 1, 1, '',          '',         'grid_officer'),
  ('officer_cert', 2, 'kind',       '证书',     'Certificate', 'code', 'append', 'T,V', 1, 1, 'cert_kind', '',         ''),
  ('officer_cert', 3, 'level',      '等级',     'Level',       'text', 'append', 'T,V', 1, 0, '',          'len:1:20', ''),
  ('officer_cert', 4, 'cert_no',    '证书号',   'Number',      'text', 'append', 'T,V', 1, 0, '',          'len:1:40', ''),
  ('officer_cert', 5, 'issued_on',  '发证日期', 'Issued on',   'date', 'append', 'T,V', 1, 0, '',          '',         ''),
  ('officer_cert', 6, 'valid_to',   '有效期至', 'Valid to',    'date', 'lww',    'T,V', 1, 0, '',          '',         '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (94, 'training_course', '培训班', 'Training course', 'record', 'any', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('training_course', 1, 'title',     '名称', 'Title', 'text',    'lww', 'C,T,V', 0, 1, '',            'len:1:60'),
  ('training_course', 2, 'tier',      '层级', 'Tier',  'code',    'lww', 'C,T,V', 0, 1, 'course_tier', ''),
  ('training_course', 3, 'held_from', '开始', 'From',  'date',    'lww', 'C,T,V', 0, 1, '',            ''),
  ('training_course', 4, 'held_to',   '结束', 'To',    'date',    'lww', 'C,T,V', 0, 0, '',            ''),
  ('training_course', 5, 'hours',     '学时', 'Hours', 'decimal', 'lww', 'C,T,V', 0, 0, '',            'range:0:1000'),
  ('training_course', 6, 'place',     '地点', 'Place', 'text',    'lww', 'C,T,V', 0, 0, '',            'len:1:100');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (95, 'officer_training', '网格员培训', 'Officer training', 'append', 'village', 'result');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('officer_training', 1, 'officer_id', '网格员',   'Officer', 'ref',     'append', 'T,V', 1, 1, '',              '',             'grid_officer'),
  ('officer_training', 2, 'course_id',  '培训班',   'Course',  'ref',     'append', 'T,V', 1, 0, '',              '',             'training_course'),
  ('officer_training', 3, 'title',      '培训名称', 'Title',   'text',    'append', 'T,V', 1, 1, '',              'len:1:60',     ''),
  ('officer_training', 4, 'tier',       '层级',     'Tier',    'code',    'append', 'T,V', 1, 0, 'course_tier',   '',             ''),
  ('officer_training', 5, 'on',         '日期',     'On',      'date',    'append', 'T,V', 1, 1, '',              '',             ''),
  ('officer_training', 6, 'hours',      '学时',     'Hours',   'decimal', 'append', 'T,V', 1, 0, '',              'range:0:1000', ''),
  ('officer_training', 7, 'result',     '结果',     'Result',  'code',    'append', 'T,V', 1, 0, 'course_result', '',             '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (96, 'officer_pay', '网格员报酬', 'Officer pay', 'append', 'village', 'month');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit) VALUES
  ('officer_pay', 1, 'officer_id', '网格员',       'Officer',  'ref',   'append', 'T', 2, 1, '',              'grid_officer', ''),
  ('officer_pay', 2, 'month',      '月份',         'Month',    'date',  'append', 'T', 2, 1, '',              '',             ''),
  ('officer_pay', 3, 'workload',   '工作量（件）', 'Workload', 'int',   'append', 'T', 2, 0, 'range:0:10000', '',             '件'),
  ('officer_pay', 4, 'band',       '报酬档次',     'Band',     'int',   'append', 'T', 2, 0, 'range:1:9',     '',             ''),
  ('officer_pay', 5, 'amount',     '报酬',         'Pay',      'money', 'append', 'T', 3, 0, 'range:0:60000', '',             '元'),
  ('officer_pay', 6, 'paid_on',    '发放日期',     'Paid on',  'date',  'append', 'T', 2, 0, '',              '',             '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (97, 'department_power', '事权清单', 'Department power', 'record', 'registry', 'power');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('department_power', 1, 'power',           '事权',     'Power',           'text', 'once',      'C', 0, 1, '',           'len:1:100'),
  ('department_power', 2, 'department',      '部门',     'Department',      'code', 'authority', 'C', 0, 1, 'department', ''),
  ('department_power', 3, 'delegated_to',    '下放至',   'Delegated to',    'text', 'authority', 'C', 0, 0, '',           'len:1:60'),
  ('department_power', 4, 'concurrent_post', '兼任职务', 'Concurrent post', 'text', 'authority', 'C', 0, 0, '',           'len:1:60'),
  ('department_power', 5, 'basis',           '依据',     'Basis',           'text', 'authority', 'C', 0, 0, '',           'len:1:200'),
  ('department_power', 6, 'from',            '起',       'From',            'date', 'authority', 'C', 0, 0, '',           '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (98, 'class_course', '班期', 'Class', 'record', 'village', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, unit) VALUES
  ('class_course', 1, 'title',   '名称',     'Title',   'text', 'lww', 'V,T', 0, 1, '',           'len:1:60',    ''),
  ('class_course', 2, 'kind',    '类别',     'Kind',    'code', 'lww', 'V,T', 0, 1, 'class_kind', '',            ''),
  ('class_course', 3, 'no',      '期次',     'Number',  'int',  'lww', 'V,T', 0, 0, '',           'range:1:999', '期'),
  ('class_course', 4, 'place',   '地点',     'Place',   'text', 'lww', 'V,T', 0, 0, '',           'len:1:100',   ''),
  ('class_course', 5, 'teacher', '教师',     'Teacher', 'text', 'lww', 'V,T', 0, 0, '',           'len:1:50',    ''),
  ('class_course', 6, 'from',    '开班日期', 'From',    'date', 'lww', 'V,T', 0, 1, '',           '',            ''),
  ('class_course', 7, 'to',      '结班日期', 'To',      'date', 'lww', 'V,T', 0, 0, '',           '',            '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (99, 'class_session', '课次', 'Class session', 'append', 'village', 'day');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit) VALUES
  ('class_session', 1, 'course_id', '班期', 'Class',    'ref',     'append', 'V,T', 1, 1, '',             'class_course',    ''),
  ('class_session', 2, 'day',       '日期', 'Day',      'date',    'append', 'V,T', 1, 1, '',             '',                ''),
  ('class_session', 3, 'hours',     '课时', 'Hours',    'decimal', 'append', 'V,T', 1, 1, 'range:0.5:12', '',                '小时'),
  ('class_session', 4, 'topic',     '内容', 'Topic',    'text',    'append', 'V,T', 1, 0, 'len:1:100',    '',                ''),
  ('class_session', 5, 'attended',  '到课', 'Attended', 'set_ref', 'set',    'V,T', 2, 0, '',             'class_enrolment', '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (100, 'class_enrolment', '学员', 'Class enrolment', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('class_enrolment', 1, 'course_id',   '班期',       'Class',           'ref',  'append', 'V,T', 2, 1, '',                 '',         'class_course'),
  ('class_enrolment', 2, 'person_id',   '人员',       'Person',          'ref',  'append', 'V,T', 2, 0, '',                 '',         'person'),
  ('class_enrolment', 3, 'name',        '姓名',       'Name',            'text', 'append', 'V,T', 2, 1, '',                 'len:1:50', ''),
  ('class_enrolment', 4, 'under_14',    '不满14岁',   'Under 14',        'bool', 'append', 'V,T', 3, 0, '',                 '',         ''),
  ('class_enrolment', 5, 'guardian_ok', '监护人同意', 'Guardian agreed', 'bool', 'lww',    'V,T', 3, 0, '',                 '',         ''),
  ('class_enrolment', 6, 'result',      '学习结果',   'Result',          'code', 'lww',    'V,T', 2, 0, 'enrolment_result', '',         ''),
  ('class_enrolment', 7, 'finished_on', '结业日期',   'Finished on',     'date', 'lww',    'V,T', 2, 0, '',                 '',         '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('duty_item', 1, 'order', 'from to', 'error', '止不能早于起',
   'It ends before it begins'),
  ('duty_item', 2, 'requires', 'claimed_on claimed_by', 'error', '填了认领日期应填认领单位',
   'A claim needs a partner'),
  ('appointment', 1, 'order', 'from to', 'error', '聘期止不能早于聘期起',
   'It ends before it begins'),
  ('appraisal', 1, 'order', 'from to', 'error', '考核期止不能早于考核期起',
   'It ends before it begins'),
  ('duty_shift', 1, 'order', 'planned_in planned_out', 'error', '应离不能早于应到',
   'It ends before it begins'),
  ('duty_shift', 2, 'order', 'in out', 'error', '实离不能早于实到',
   'It ends before it begins'),
  ('stairwell_team', 1, 'differ', 'leader informant guarantor', 'error', '楼道长、信息员、保障员应是三个人',
   'The three must be different people'),
  ('stairwell_team', 2, 'order', 'from to', 'error', '任期止不能早于任期起',
   'It ends before it begins'),
  ('stairwell_team', 3, 'unique', 'grid_id to= first from settle to=today', 'conflict', '一个楼道有几个小组',
   'A stairwell has several teams'),
  ('responsibility', 1, 'order', 'from to', 'error', '止不能早于起',
   'It ends before it begins'),
  ('responsibility', 2, 'belongs', '', 'error', '包保责任不随户迁移',
   'Stays where it is'),
  ('household_contact', 1, 'order', 'from to', 'error', '止不能早于起',
   'It ends before it begins'),
  ('party_group', 1, 'acyclic', 'parent_id settle parent_id=', 'conflict', '党小组互为上级',
   'Groups are each other''s parent'),
  ('class_enrolment', 1, 'needs', 'under_14 1 guardian_ok', 'error', '不满14岁应有监护人同意',
   'A guardian must agree for a child under 14'),
  ('class_enrolment', 2, 'belongs', 'course_id', 'error', '学员随班期',
   'Belongs to the class'),
  ('class_enrolment', 101, 'mask', 'name name V,T', 'error', '姓名:公示只露姓',
   'Name: the surname is posted'),
  ('class_course', 1, 'order', 'from to', 'error', '结班不能早于开班',
   'It ends before it begins');
