-- SPDX-License-Identifier: MulanPSL-2.0
-- Labour stations, vacancies, referrals to placement, batches sent out, subsidies.

INSERT INTO migration(number, name) VALUES (17, 'labour_exchange');

INSERT INTO codes(list, code, zh, en) VALUES
  ('vacancy_status', 'open',   '招聘中', 'Open'),
  ('vacancy_status', 'filled', '已招满', 'Filled'),
  ('vacancy_status', 'closed', '已停止', 'Closed');

INSERT INTO codes(list, code, zh, en) VALUES
  ('placement_stage', 'referred',  '推荐',     'Referred'),
  ('placement_stage', 'interview', '面试',     'Interview'),
  ('placement_stage', 'hired',     '录用',     'Hired'),
  ('placement_stage', 'started',   '上岗',     'Started'),
  ('placement_stage', 'left',      '离职',     'Left'),
  ('placement_stage', 'refused',   '未录用',   'Not taken'),
  ('placement_stage', 'declined',  '本人不去', 'Declined');

INSERT INTO codes(list, code, zh, en) VALUES
  ('batch_status', 'planned',   '组织中', 'Planned'),
  ('batch_status', 'sent',      '已输出', 'Sent out'),
  ('batch_status', 'returned',  '已返回', 'Returned'),
  ('batch_status', 'cancelled', '取消',   'Cancelled');

INSERT INTO codes(list, code, zh, en) VALUES
  ('subsidy_item', '1', '交通补助',   'Travel'),
  ('subsidy_item', '2', '稳岗补助',   'Staying in work'),
  ('subsidy_item', '3', '培训补贴',   'Training'),
  ('subsidy_item', '4', '公益岗补贴', 'Public post'),
  ('subsidy_item', '5', '创业补贴',   'Own business'),
  ('subsidy_item', '6', '养殖奖补',   'Husbandry'),
  ('subsidy_item', '7', '生活补贴',   'Living'),
  ('subsidy_item', '8', '其他',       'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('subsidy_status', 'applied',    '申请',     'Applied'),
  ('subsidy_status', 'village_ok', '村级初审', 'Village checked'),
  ('subsidy_status', 'reviewed',   '乡镇审核', 'Township reviewed'),
  ('subsidy_status', 'approved',   '县级审批', 'County approved'),
  ('subsidy_status', 'paid',       '已发放',   'Paid'),
  ('subsidy_status', 'refused',    '不通过',   'Refused');

INSERT INTO codes(list, code, zh, en) VALUES
  ('pay_channel', '1', '一卡通', 'One-card'),
  ('pay_channel', '2', '现金',   'Cash'),
  ('pay_channel', '3', '转账',   'Transfer');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (120, 'labour_station', '劳务工作站', 'Labour station', 'record', 'any', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('labour_station', 1, 'name',    '名称',     'Name',         'text',    'lww', 'V,T,C:rs', 0, 1, 'len:1:60',  ''),
  ('labour_station', 2, 'address', '地址',     'Address',      'text',    'lww', 'V,T,C:rs', 0, 0, 'len:1:100', ''),
  ('labour_station', 3, 'head',    '负责人',   'Head',         'text',    'lww', 'V,T,C:rs', 0, 0, 'len:1:50',  ''),
  ('labour_station', 4, 'phone',   '电话',     'Phone',        'text',    'lww', 'V,T,C:rs', 0, 0, 'len:5:20',  ''),
  ('labour_station', 5, 'opened',  '设立日期', 'Opened',       'date',    'lww', 'V,T,C:rs', 0, 0, '',          ''),
  ('labour_station', 6, 'grids',   '服务网格', 'Grids served', 'set_ref', 'set', 'V,T,C:rs', 0, 0, '',          'grid');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (121, 'job_vacancy', '招聘岗位', 'Vacancy', 'record', 'any', 'job');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, derive, args) VALUES
  ('job_vacancy', 1,  'station_id',  '劳务工作站',       'Station',           'ref',   'lww',   'V,T,C:rs', 0, 0, '',               '',              'labour_station', '',   '',      ''),
  ('job_vacancy', 2,  'employer',    '用人单位',         'Employer',          'text',  'lww',   'V,T,C:rs', 0, 1, '',               'len:1:100',     '',               '',   '',      ''),
  ('job_vacancy', 3,  'credit_code', '统一社会信用代码', 'Credit code',       'text',  'lww',   'V,T,C:rs', 0, 0, '',               'credit',        '',               '',   '',      ''),
  ('job_vacancy', 4,  'job',         '岗位工种',         'Job',               'text',  'lww',   'V,T,C:rs', 0, 1, '',               'len:1:60',      '',               '',   '',      ''),
  ('job_vacancy', 5,  'skill',       '技能要求',         'Skill wanted',      'text',  'lww',   'V,T,C:rs', 0, 0, '',               'len:1:60',      '',               '',   '',      ''),
  ('job_vacancy', 6,  'place_scope', '地点范围',         'Place scope',       'code',  'lww',   'V,T,C:rs', 0, 1, 'ps',             '',              '',               '',   '',      ''),
  ('job_vacancy', 7,  'place_div',   '地点区划',         'Place division',    'text',  'lww',   'V,T,C:rs', 0, 0, '',               'division:3',    '',               '',   '',      ''),
  ('job_vacancy', 8,  'wage_month',  '月工资',           'Monthly wage',      'money', 'lww',   'V,T,C:rs', 0, 1, '',               'range:0:60000', '',               '元', '',      ''),
  ('job_vacancy', 9,  'n',           '招聘人数',         'Posts',             'int',   'lww',   'V,T,C:rs', 0, 1, '',               'range:1:10000', '',               '人', '',      ''),
  ('job_vacancy', 10, 'age_from',    '年龄起',           'Age from',          'int',   'lww',   'V,T,C:rs', 0, 0, '',               'range:16:80',   '',               '',   '',      ''),
  ('job_vacancy', 11, 'age_to',      '年龄止',           'Age to',            'int',   'lww',   'V,T,C:rs', 0, 0, '',               'range:16:80',   '',               '',   '',      ''),
  ('job_vacancy', 12, 'sex',         '性别要求',         'Sex wanted',        'code',  'lww',   'V,T,C:rs', 0, 0, 'gb_t_2261_1',    '',              '',               '',   '',      ''),
  ('job_vacancy', 13, 'mode',        '就业模式',         'Mode',              'code',  'lww',   'V,T,C:rs', 0, 0, 'em',             '',              '',               '',   '',      ''),
  ('job_vacancy', 14, 'housing',     '包吃住',           'Board and lodging', 'bool',  'lww',   'V,T,C:rs', 0, 0, '',               '',              '',               '',   '',      ''),
  ('job_vacancy', 15, 'posted_on',   '发布日期',         'Posted on',         'date',  'lww',   'V,T,C:rs', 0, 0, '',               '',              '',               '',   'today', ''),
  ('job_vacancy', 16, 'until',       '截止',             'Until',             'date',  'lww',   'V,T,C:rs', 0, 0, '',               '',              '',               '',   '',      ''),
  ('job_vacancy', 17, 'status',      '状态',             'Status',            'code',  'state', 'V,T,C:rs', 0, 0, 'vacancy_status', '',              '',               '',   '',      '>open,open>filled,open>closed,filled>open,filled>closed,closed>open');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (122, 'dispatch_batch', '输出批次', 'Dispatch batch', 'record', 'any', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, args) VALUES
  ('dispatch_batch', 1, 'name',        '名称',     'Name',        'text',    'lww',   'V,T,C:rs', 1, 1, '',             'len:1:60',  '',            ''),
  ('dispatch_batch', 2, 'date',        '出发日期', 'Date',        'date',    'lww',   'V,T,C:rs', 1, 0, '',             '',          '',            ''),
  ('dispatch_batch', 3, 'route',       '路线',     'Route',       'text',    'lww',   'V,T,C:rs', 1, 0, '',             'len:1:100', '',            ''),
  ('dispatch_batch', 4, 'vehicle',     '车辆',     'Vehicle',     'text',    'lww',   'V,T,C:rs', 1, 0, '',             'len:1:60',  '',            ''),
  ('dispatch_batch', 5, 'vacancy_id',  '岗位',     'Vacancy',     'ref',     'lww',   'V,T,C:rs', 1, 0, '',             '',          'job_vacancy', ''),
  ('dispatch_batch', 6, 'led_by',      '带队人',   'Led by',      'text',    'lww',   'V,T,C:rs', 1, 0, '',             'len:1:50',  '',            ''),
  ('dispatch_batch', 7, 'people',      '人员',     'People',      'set_ref', 'set',   'V,T,C:rs', 2, 0, '',             '',          'person',      ''),
  ('dispatch_batch', 8, 'returned_on', '返回日期', 'Returned on', 'date',    'lww',   'V,T,C:rs', 1, 0, '',             '',          '',            ''),
  ('dispatch_batch', 9, 'status',      '状态',     'Status',      'code',    'state', 'V,T,C:rs', 1, 0, 'batch_status', '',          '',            '>planned,>sent,planned>sent,planned>cancelled,sent>returned');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (123, 'placement', '推荐就业', 'Placement', 'record', 'village', 'stage');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('placement', 1,  'person_id',        '人员',           'Person',                  'ref',  'once',  'V,T,C:rs', 2, 1, '',                '',          'person',           '',       ''),
  ('placement', 2,  'vacancy_id',       '岗位',           'Vacancy',                 'ref',  'once',  'V,T,C:rs', 2, 1, '',                '',          'job_vacancy',      '',       ''),
  ('placement', 3,  'station_id',       '劳务工作站',     'Station',                 'ref',  'lww',   'V,T,C:rs', 2, 0, '',                '',          'labour_station',   '',       ''),
  ('placement', 4,  'why',              '推荐理由',       'Reasons',                 'text', 'once',  'V,T,C:rs', 2, 0, '',                'len:1:400', '',                 '',       ''),
  ('placement', 5,  'referred_on',      '推荐日期',       'Referred on',             'date', 'lww',   'V,T,C:rs', 2, 0, '',                '',          '',                 'today',  ''),
  ('placement', 6,  'interview_at',     '面试时间',       'Interview',               'time', 'lww',   'V,T,C:rs', 2, 0, '',                '',          '',                 '',       ''),
  ('placement', 7,  'interview_result', '面试结果',       'Result of the interview', 'text', 'lww',   'V,T,C:rs', 2, 0, '',                'len:1:200', '',                 '',       ''),
  ('placement', 8,  'started_on',       '上岗日期',       'Started on',              'date', 'lww',   'V,T,C:rs', 2, 0, '',                '',          '',                 '',       ''),
  ('placement', 9,  'left_on',          '离职日期',       'Left on',                 'date', 'lww',   'V,T,C:rs', 2, 0, '',                '',          '',                 '',       ''),
  ('placement', 10, 'left_reason',      '未成或离职原因', 'Why not, or why left',    'text', 'lww',   'V,T,C:rs', 2, 0, '',                'len:1:200', '',                 '',       ''),
  ('placement', 11, 'spell_id',         '就业记录',       'Employment spell',        'ref',  'lww',   'V,T,C:rs', 2, 0, '',                '',          'employment_spell', '',       ''),
  ('placement', 12, 'batch_id',         '输出批次',       'Batch',                   'ref',  'lww',   'V,T,C:rs', 2, 0, '',                '',          'dispatch_batch',   '',       ''),
  ('placement', 13, 'by',               '经办人',         'By',                      'text', 'once',  'V,T,C:rs', 2, 0, '',                'author',    '',                 'author', ''),
  ('placement', 14, 'stage',            '进展',           'Stage',                   'code', 'state', 'V,T,C:rs', 2, 0, 'placement_stage', '',          '',                 '',       '>referred,referred>interview,referred>hired,referred>declined,referred>refused,interview>hired,interview>refused,interview>declined,hired>started,hired>declined,started>left');

-- Applied for by the village, reviewed by the township, paid by the county. No account numbers.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (124, 'subsidy', '补贴', 'Subsidy', 'record', 'village', 'item');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, args) VALUES
  ('subsidy', 1,  'item',          '项目',       'Item',                'code',     'once',  'C,T,V', 2, 1, 'subsidy_item',   '',                '',          '',   ''),
  ('subsidy', 2,  'year',          '年度',       'Year',                'int',      'once',  'C,T,V', 2, 1, '',               'range:2000:2100', '',          '',   ''),
  ('subsidy', 3,  'household_id',  '户',         'Household',           'ref',      'once',  'C,T,V', 2, 0, '',               '',                'household', '',   ''),
  ('subsidy', 4,  'person_id',     '人员',       'Person',              'ref',      'once',  'C,T,V', 2, 0, '',               '',                'person',    '',   ''),
  ('subsidy', 5,  'amount',        '金额',       'Amount',              'money',    'lww',   'C,T,V', 3, 1, '',               'range:0:1000000', '',          '元', ''),
  ('subsidy', 6,  'basis',         '依据',       'Basis',               'text',     'lww',   'C,T,V', 2, 0, '',               'len:1:200',       '',          '',   ''),
  ('subsidy', 7,  'evidence',      '佐证',       'Evidence',            'set_text', 'set',   'C,T,V', 3, 0, '',               'hex:64',          '',          '',   ''),
  ('subsidy', 8,  'status',        '状态',       'Status',              'code',     'state', 'C,T,V', 2, 0, 'subsidy_status', '',                '',          '',   '>applied,applied>village_ok,applied>refused,village_ok>reviewed,village_ok>refused,reviewed>approved,reviewed>refused,approved>paid,refused>applied'),
  ('subsidy', 9,  'reviewed_by',   '审核人',     'Reviewed by',         'text',     'lww',   'C,T,V', 2, 0, '',               'author',          '',          '',   ''),
  ('subsidy', 10, 'approved_by',   '审批人',     'Approved by',         'text',     'lww',   'C,T,V', 2, 0, '',               'author',          '',          '',   ''),
  ('subsidy', 11, 'refuse_reason', '不通过原因', 'Reason for refusing', 'text',     'lww',   'C,T,V', 2, 0, '',               'len:1:200',       '',          '',   ''),
  ('subsidy', 12, 'paid_on',       '发放日期',   'Paid on',             'date',     'lww',   'C',     2, 0, '',               '',                '',          '',   ''),
  ('subsidy', 13, 'channel',       '发放方式',   'Paid through',        'code',     'lww',   'C',     2, 0, 'pay_channel',    '',                '',          '',   '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (125, 'training_wish', '培训意愿登记', 'Training wish', 'append', 'village', 'course');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, ref, derive) VALUES
  ('training_wish', 1, 'person_id', '人员', 'Person', 'ref',  'append', 'V,T', 2, 1, '',       'person', ''),
  ('training_wish', 2, 'course',    '课程', 'Course', 'code', 'append', 'V,T', 1, 1, 'course', '',       ''),
  ('training_wish', 3, 'on',        '日期', 'On',     'date', 'append', 'V,T', 1, 1, '',       '',       'today');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('job_vacancy', 1, 'order', 'posted_on until', 'error', '截止不能早于发布',
   'It ends before it begins'),
  ('job_vacancy', 2, 'order', 'age_from age_to', 'error', '年龄止不能小于年龄起',
   'The ages are the wrong way round'),
  ('job_vacancy', 3, 'belongs', '', 'error', '岗位不迁移',
   'A vacancy stays'),
  ('dispatch_batch', 1, 'order', 'date returned_on', 'error', '返回不能早于出发',
   'Returned before leaving'),
  ('placement', 1, 'order', 'started_on left_on', 'error', '离职不能早于上岗',
   'Left before starting'),
  ('placement', 2, 'unique', 'person_id vacancy_id stage=referred settle stage=declined', 'conflict', '一人在一个岗位推荐了几次',
   'A person was referred several times'),
  ('subsidy', 1, 'unique', 'item year household_id person_id settle status=refused', 'conflict', '同一项补贴申请了几次',
   'A subsidy was applied for several times'),
  ('subsidy', 2, 'belongs', 'household_id', 'error', '补贴随户迁移',
   'Moves with the household');
