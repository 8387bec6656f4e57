-- SPDX-License-Identifier: MulanPSL-2.0
-- What people ask for, report and are told: requests from every source, whistles, patrols, tasks, directives.

INSERT INTO migration(number, name) VALUES (10, 'service');

INSERT INTO codes(list, code, zh, en) VALUES
  ('request_source', '1',     '网格群',   'Grid chat'),
  ('request_source', '2',     '随手拍',   'Snap report'),
  ('request_source', '3',     '说事墙',   'Wall post'),
  ('request_source', '4',     '走访',     'Visit'),
  ('request_source', '12345', '12345',    '12345 hotline'),
  ('request_source', '6',     '设备告警', 'Device alert'),
  ('request_source', '7',     '吹哨',     'Whistle'),
  ('request_source', '8',     '来访来电', 'Call or visit in person'),
  ('request_source', '9',     '民情账本', 'Folk ledger'),
  ('request_source', '10',    '议事会',   'Council');

INSERT INTO codes(list, code, zh, en) VALUES
  ('request_urgency', '1', '一般', 'Normal'),
  ('request_urgency', '2', '紧急', 'Urgent'),
  ('request_urgency', '3', '特急', 'Very urgent');

INSERT INTO codes(list, code, zh, en) VALUES
  ('request_level', 'grid',     '网格',       'Grid'),
  ('request_level', 'village',  '村（社区）', 'Village'),
  ('request_level', 'township', '乡镇',       'Township'),
  ('request_level', 'county',   '县',         'County');

INSERT INTO codes(list, code, zh, en) VALUES
  ('request_status', 'registered', '登记',   'Registered'),
  ('request_status', 'accepted',   '受理',   'Accepted'),
  ('request_status', 'assigned',   '已派单', 'Assigned'),
  ('request_status', 'handling',   '办理中', 'Being handled'),
  ('request_status', 'replied',    '已反馈', 'Replied'),
  ('request_status', 'called',     '已回访', 'Called back'),
  ('request_status', 'archived',   '归档',   'Archived'),
  ('request_status', 'returned',   '退回',   'Returned'),
  ('request_status', 'merged',     '已合并', 'Merged'),
  ('request_status', 'suspended',  '挂账',   'Suspended');

INSERT INTO codes(list, code, zh, en) VALUES
  ('request_step', '1',  '受理', 'Accepted'),
  ('request_step', '2',  '派单', 'Assigned'),
  ('request_step', '3',  '办理', 'Handled'),
  ('request_step', '4',  '反馈', 'Replied'),
  ('request_step', '5',  '回访', 'Called back'),
  ('request_step', '6',  '归档', 'Archived'),
  ('request_step', '7',  '退回', 'Returned'),
  ('request_step', '8',  '延期', 'Extended'),
  ('request_step', '9',  '上报', 'Passed up'),
  ('request_step', '10', '合并', 'Merged'),
  ('request_step', '11', '重开', 'Opened again'),
  ('request_step', '12', '挂账', 'Suspended'),
  ('request_step', '13', '会商', 'Consulted');

INSERT INTO codes(list, code, zh, en) VALUES
  ('whistle_status', 'blown',      '已吹',               'Blown'),
  ('whistle_status', 'checked_in', '已报到',             'Checked in'),
  ('whistle_status', 'refused',    '退回（吹不准）',     'Refused'),
  ('whistle_status', 'handling',   '处置中',             'Being handled'),
  ('whistle_status', 'done',       '完成',               'Done'),
  ('whistle_status', 'rated',      '街乡已评价',         'Rated'),
  ('whistle_status', 'archived',   '归档',               'Archived'),
  ('whistle_status', 'escalated',  '上级督办（吹不动）', 'Escalated');

INSERT INTO codes(list, code, zh, en) VALUES
  ('hazard_status', 'found',     '已发现', 'Found'),
  ('hazard_status', 'assigned',  '已派单', 'Assigned'),
  ('hazard_status', 'fixed',     '已消除', 'Fixed'),
  ('hazard_status', 'checked',   '已复查', 'Checked'),
  ('hazard_status', 'dismissed', '不属实', 'Not so');

INSERT INTO codes(list, code, zh, en) VALUES
  ('hazard_source', '1', '巡查',     'Patrol'),
  ('hazard_source', '2', '随手拍',   'Snap report'),
  ('hazard_source', '3', '设备告警', 'Device alert'),
  ('hazard_source', '4', '走访',     'Visit'),
  ('hazard_source', '5', '群众反映', 'Told by residents');

INSERT INTO codes(list, code, zh, en) VALUES
  ('task_kind', '1', '就业跟进', 'Employment follow-up'),
  ('task_kind', '2', '走访',     'Visit'),
  ('task_kind', '3', '回访',     'Call-back'),
  ('task_kind', '4', '定期探望', 'Regular check-in'),
  ('task_kind', '5', '应急',     'Emergency'),
  ('task_kind', '6', '帮扶',     'Help'),
  ('task_kind', '7', '整改',     'Put right'),
  ('task_kind', '8', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('task_status', 'open',      '待办',   'Open'),
  ('task_status', 'doing',     '进行中', 'Doing'),
  ('task_status', 'done',      '已完成', 'Done'),
  ('task_status', 'cancelled', '取消',   'Cancelled');

INSERT INTO codes(list, code, zh, en) VALUES
  ('repeat', '0', '不重复', 'Once'),
  ('repeat', '1', '每天',   'Daily'),
  ('repeat', '2', '每周',   'Weekly'),
  ('repeat', '3', '每月',   'Monthly'),
  ('repeat', '4', '每季',   'Quarterly');

INSERT INTO codes(list, code, zh, en) VALUES
  ('receipt_kind', '1', '已阅',   'Read'),
  ('receipt_kind', '2', '已办',   'Carried out'),
  ('receipt_kind', '3', '不能办', 'Cannot be done');

INSERT INTO codes(list, code, zh, en) VALUES
  ('contact_way', '1', '上门', 'At the door'),
  ('contact_way', '2', '电话', 'By phone'),
  ('contact_way', '3', '微信', 'By message'),
  ('contact_way', '4', '来访', 'Came in');

INSERT INTO codes(list, code, zh, en) VALUES
  ('service_kind', '1', '医保缴费', 'Medical insurance'),
  ('service_kind', '2', '养老保险', 'Pension insurance'),
  ('service_kind', '3', '高龄补贴', 'Old-age allowance'),
  ('service_kind', '4', '户口',     'Registration of residence'),
  ('service_kind', '5', '社会救助', 'Social relief'),
  ('service_kind', '6', '就业登记', 'Registration for work'),
  ('service_kind', '7', '证明',     'Certificate'),
  ('service_kind', '8', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('service_status', 'received', '已受理',   'Received'),
  ('service_status', 'passed',   '已递交',   'Passed on'),
  ('service_status', 'done',     '已办结',   'Done'),
  ('service_status', 'refused',  '不予办理', 'Refused');

INSERT INTO codes(list, code, zh, en) VALUES
  ('project_stage', '1', '提议', 'Proposed'),
  ('project_stage', '2', '立项', 'Approved'),
  ('project_stage', '3', '施工', 'Under way'),
  ('project_stage', '4', '完工', 'Finished'),
  ('project_stage', '5', '验收', 'Accepted'),
  ('project_stage', '6', '停用', 'Given up');

-- One thing that somebody wants to be done, wherever it came from. The text is what was said and never changes; due, steps and
-- call-back follow the rules of 0023_workflows.sql.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (20, 'request', '诉求', 'Request', 'record', 'village', 'no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('request', 1,  'no',               '编号',           'Number',                   'text',     'lww',       'V,T,C', 1, 0, '',                'len:1:40',   '',          '',    ''),
  ('request', 2,  'source',           '来源',           'Source',                   'code',     'once',      'V,T,C', 1, 1, 'request_source',  '',           '',          '',    ''),
  ('request', 3,  'kind',             '类别',           'Kind',                     'code',     'lww',       'V,T,C', 1, 1, 'request_kind',    '',           '',          '',    ''),
  ('request', 4,  'hazard',           '隐患种类',       'Kind of hazard',           'code',     'lww',       'V,T,C', 1, 0, 'hazard',          '',           '',          '',    ''),
  ('request', 5,  'urgency',          '紧急程度',       'Urgency',                  'code',     'lww',       'V,T,C', 1, 0, 'request_urgency', '',           '',          '',    ''),
  ('request', 6,  'level',            '办理层级',       'Level',                    'code',     'state',     'V,T,C', 1, 0, 'request_level',   '',           '',          '',    '>grid,>village,>township,>county,grid>village,village>township,township>county,village>grid,township>village,county>township'),
  ('request', 7,  'place',            '地点',           'Place',                    'text',     'lww',       'V,T,C', 1, 0, '',                'len:1:100',  '',          '',    ''),
  ('request', 8,  'grid_id',          '所在网格',       'Grid',                     'ref',      'lww',       'V,T,C', 1, 0, '',                '',           'grid',      '',    ''),
  ('request', 9,  'household_id',     '户',             'Household',                'ref',      'lww',       'V,T,C', 2, 0, '',                '',           'household', '',    ''),
  ('request', 10, 'reporter',         '反映人',         'Reporter',                 'text',     'lww',       'V,T,C', 2, 0, '',                'len:1:50',   '',          '',    ''),
  ('request', 11, 'reporter_phone',   '反映人电话',     'Reporter''s phone',        'text',     'lww',       'V,T,C', 2, 0, '',                'phone',      '',          '',    ''),
  ('request', 12, 'text',             '内容',           'Text',                     'text',     'append',    'V,T,C', 2, 1, '',                'len:1:1200', '',          '',    ''),
  ('request', 13, 'photo_refs',       '照片',           'Photos',                   'set_text', 'set',       'V,T,C', 2, 0, '',                'hex:64',     '',          '',    ''),
  ('request', 14, 'registered_at',    '登记时间',       'Registered at',            'time',     'once',      'V,T,C', 1, 0, '',                '',           '',          'now', ''),
  ('request', 15, 'due',              '办结期限',       'Due',                      'time',     'authority', 'T,V',   1, 0, '',                '',           '',          'due', ''),
  ('request', 16, 'extended_to',      '延期至',         'Extended to',              'time',     'once',      'V,T,C', 1, 0, '',                '',           '',          '',    ''),
  ('request', 17, 'extension_reason', '延期原因',       'Reason for the extension', 'text',     'once',      'V,T,C', 1, 0, '',                'len:1:200',  '',          '',    ''),
  ('request', 18, 'status',           '状态',           'Status',                   'code',     'state',     'V,T,C', 1, 0, 'request_status',  '',           '',          '',    '>registered,registered>accepted,registered>returned,accepted>assigned,accepted>handling,accepted>returned,assigned>handling,assigned>returned,returned>accepted,returned>archived,handling>replied,handling>suspended,handling>returned,suspended>handling,replied>called,called>archived,called>handling,archived>handling,registered>merged,accepted>merged'),
  ('request', 19, 'assigned_to',      '承办单位',       'Assigned to',              'text',     'lww',       'V,T,C', 1, 0, '',                'len:1:60',   '',          '',    ''),
  ('request', 20, 'handler',          '承办人',         'Handler',                  'text',     'lww',       'V,T,C', 1, 0, '',                'author',     '',          '',    ''),
  ('request', 21, 'reply',            '办理结果',       'Reply',                    'text',     'lww',       'V,T,C', 2, 0, '',                'len:1:1200', '',          '',    ''),
  ('request', 22, 'return_reason',    '退回原因',       'Reason for returning',     'text',     'lww',       'V,T,C', 1, 0, '',                'len:1:200',  '',          '',    ''),
  ('request', 23, 'merged_into',      '并入诉求',       'Merged into',              'ref',      'lww',       'V,T,C', 1, 0, '',                '',           'request',   '',    ''),
  ('request', 24, 'callback_by',      '回访人',         'Called back by',           'text',     'lww',       'V,T,C', 1, 0, '',                'author',     '',          '',    ''),
  ('request', 25, 'callback_at',      '回访时间',       'Called back at',           'time',     'lww',       'V,T,C', 1, 0, '',                '',           '',          '',    ''),
  ('request', 26, 'satisfied',        '满意度（1至5）', 'Satisfied (1 to 5)',       'int',      'lww',       'V,T,C', 1, 0, '',                'range:1:5',  '',          '',    ''),
  ('request', 27, 'outside_no',       '外部工单号',     'Outside number',           'text',     'once',      'V,T,C', 1, 0, '',                'len:1:40',   '',          '',    ''),
  ('request', 28, 'beyond_reach',     '难以化解',       'Cannot be solved here',    'bool',     'lww',       'V,T,C', 1, 0, '',                '',           '',          '',    ''),
  ('request', 29, 'wall_hidden',      '墙上不显示',     'Not shown on the wall',    'bool',     'lww',       'V,T,C', 1, 0, '',                '',           '',          '',    '');

-- Each step of its handling, with time and level, by whichever body took it.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (21, 'request_action', '办理记录', 'Request action', 'append', 'village', 'step');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('request_action', 1, 'request_id', '诉求',     'Request', 'ref',      'append', 'V,T,C', 1, 1, '',              '',          'request', ''),
  ('request_action', 2, 'step',       '步骤',     'Step',    'code',     'append', 'V,T,C', 1, 1, 'request_step',  '',          '',        ''),
  ('request_action', 3, 'by',         '办理人',   'By',      'text',     'append', 'V,T,C', 1, 0, '',              'author',    '',        'author'),
  ('request_action', 4, 'unit',       '办理单位', 'Unit',    'text',     'append', 'V,T,C', 1, 0, '',              'len:1:60',  '',        ''),
  ('request_action', 5, 'level',      '办理层级', 'Level',   'code',     'append', 'V,T,C', 1, 0, 'request_level', '',          '',        ''),
  ('request_action', 6, 'at',         '时间',     'At',      'time',     'append', 'V,T,C', 1, 1, '',              '',          '',        'now'),
  ('request_action', 7, 'note',       '办理情况', 'Note',    'text',     'append', 'V,T,C', 2, 0, '',              'len:1:800', '',        ''),
  ('request_action', 8, 'reason',     '原因',     'Reason',  'text',     'append', 'V,T,C', 1, 0, '',              'len:1:200', '',        ''),
  ('request_action', 9, 'photo_refs', '照片',     'Photos',  'set_text', 'set',    'V,T,C', 2, 0, '',              'hex:64',    '',        '');

-- Asked again, of a request or of how two neighbours get on after a mediation.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (22, 'callback', '回访', 'Call-back', 'append', 'village', 'at');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('callback', 1, 'request_id',   '诉求',           'Request',            'ref',  'append', 'V,T', 2, 0, '',            '',          'request',   ''),
  ('callback', 2, 'mediation_id', '调解',           'Mediation',          'ref',  'append', 'V,T', 2, 0, '',            '',          'mediation', ''),
  ('callback', 3, 'at',           '时间',           'At',                 'time', 'append', 'V,T', 2, 1, '',            '',          '',          'now'),
  ('callback', 4, 'by',           '回访人',         'By',                 'text', 'append', 'V,T', 2, 0, '',            'author',    '',          'author'),
  ('callback', 5, 'way',          '方式',           'Way',                'code', 'append', 'V,T', 2, 0, 'contact_way', '',          '',          ''),
  ('callback', 6, 'satisfied',    '满意度（1至5）', 'Satisfied (1 to 5)', 'int',  'append', 'V,T', 2, 0, '',            'range:1:5', '',          ''),
  ('callback', 7, 'relation_ok',  '关系良好',       'Relation is good',   'bool', 'append', 'V,T', 2, 0, '',            '',          '',          ''),
  ('callback', 8, 'note',         '回访记录',       'Note',               'text', 'append', 'V,T', 2, 0, '',            'len:1:400', '',          '');

-- A photo with place and kind, by somebody known only by a token.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (23, 'snap_report', '随手拍', 'Snap report', 'append', 'village', 'category');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('snap_report', 1, 'category',       '种类',             'Category',              'code', 'append', 'V,T', 2, 1, 'hazard', '',          ''),
  ('snap_report', 2, 'photo_hash',     '照片',             'Photo',                 'text', 'append', 'V,T', 2, 0, '',       'hex:64',    ''),
  ('snap_report', 3, 'taken_at',       '拍摄时间',         'Taken at',              'time', 'append', 'V,T', 2, 1, '',       '',          ''),
  ('snap_report', 4, 'place',          '地点',             'Place',                 'text', 'append', 'V,T', 2, 0, '',       'len:1:100', ''),
  ('snap_report', 5, 'geo',            '位置（约一公里）', 'Place, about 1 km',     'text', 'append', 'V,T', 3, 0, '',       'len:3:24',  ''),
  ('snap_report', 6, 'reporter_token', '随手拍号',         'Token of the reporter', 'text', 'append', 'V,T', 2, 0, '',       'token',     ''),
  ('snap_report', 7, 'note',           '说明',             'Note',                  'text', 'append', 'V,T', 2, 0, '',       'len:1:200', ''),
  ('snap_report', 8, 'request_id',     '诉求',             'Request',               'ref',  'append', 'V,T', 2, 0, '',       '',          'request');

-- 说事墙: what residents put up, and 回音壁: the answers.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (24, 'wall_post', '说事墙', 'Wall post', 'record', 'village', 'text');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, derive) VALUES
  ('wall_post', 1, 'text',          '内容',         'Text',              'text', 'append',    'V,T', 1, 1, 'len:1:400', '',        ''),
  ('wall_post', 2, 'shown_as',      '署名',         'Shown as',          'text', 'append',    'V,T', 1, 0, 'len:1:30',  '',        ''),
  ('wall_post', 3, 'posted_at',     '张贴时间',     'Posted at',         'time', 'append',    'V,T', 1, 1, '',          '',        'now'),
  ('wall_post', 4, 'reply_due',     '答复期限',     'Reply due',         'time', 'authority', 'T,V', 1, 0, '',          '',        'due'),
  ('wall_post', 5, 'hidden',        '不显示',       'Hidden',            'bool', 'lww',       'V,T', 1, 0, '',          '',        ''),
  ('wall_post', 6, 'hidden_reason', '不显示的原因', 'Reason for hiding', 'text', 'lww',       'V,T', 1, 0, 'len:1:100', '',        ''),
  ('wall_post', 7, 'request_id',    '诉求',         'Request',           'ref',  'lww',       'V,T', 1, 0, '',          'request', '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (25, 'wall_reply', '回音壁', 'Wall reply', 'append', 'village', 'text');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, derive) VALUES
  ('wall_reply', 1, 'post_id', '说事墙',   'Post',    'ref',  'append', 'V,T,C', 1, 1, '',          'wall_post', ''),
  ('wall_reply', 2, 'text',    '答复',     'Reply',   'text', 'append', 'V,T,C', 1, 1, 'len:1:400', '',          ''),
  ('wall_reply', 3, 'by',      '答复人',   'By',      'text', 'append', 'V,T,C', 1, 0, 'author',    '',          'author'),
  ('wall_reply', 4, 'unit',    '答复单位', 'Unit',    'text', 'append', 'V,T,C', 1, 0, 'len:1:60',  '',          ''),
  ('wall_reply', 5, 'at',      '时间',     'At',      'time', 'append', 'V,T,C', 1, 1, '',          '',          'now'),
  ('wall_reply', 6, 'final',   '已办结',   'Settled', 'bool', 'append', 'V,T,C', 1, 0, '',          '',          '');

-- 街乡吹哨、部门报到: blown by the township, answered by county departments.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (26, 'whistle', '吹哨', 'Whistle', 'record', 'township', 'no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('whistle', 1,  'no',             '编号',           'Number',              'text',     'lww',       'T,C', 1, 0, '',               'len:1:40',   '',        '',       ''),
  ('whistle', 2,  'kind',           '哨别',           'Kind',                'code',     'once',      'T,C', 1, 1, 'whistle_kind',   '',           '',        '',       ''),
  ('whistle', 3,  'text',           '事由',           'Matter',              'text',     'append',    'T,C', 1, 1, '',               'len:1:800',  '',        '',       ''),
  ('whistle', 4,  'place',          '地点',           'Place',               'text',     'lww',       'T,C', 1, 0, '',               'len:1:100',  '',        '',       ''),
  ('whistle', 5,  'village_code',   '所在村（社区）', 'Village',             'text',     'lww',       'T,C', 1, 0, '',               'division:5', '',        '',       ''),
  ('whistle', 6,  'request_ids',    '诉求',           'Requests',            'set_ref',  'set',       'T,C', 1, 0, '',               '',           'request', '',       ''),
  ('whistle', 7,  'departments',    '吹哨对象',       'Departments',         'set_code', 'set',       'T',   1, 0, 'department',     '',           '',        '',       ''),
  ('whistle', 8,  'blown_by',       '吹哨人',         'Blown by',            'text',     'once',      'T',   1, 0, '',               'author',     '',        'author', ''),
  ('whistle', 9,  'issued_at',      '吹哨时间',       'Issued at',           'time',     'once',      'T',   1, 0, '',               '',           '',        'now',    ''),
  ('whistle', 10, 'checkin_due',    '报到期限',       'Check-in due',        'time',     'authority', 'T',   1, 0, '',               '',           '',        'due',    ''),
  ('whistle', 11, 'solve_due',      '处置期限',       'Solve due',           'time',     'authority', 'T',   1, 0, '',               '',           '',        'due',    ''),
  ('whistle', 12, 'status',         '状态',           'Status',              'code',     'state',     'T,C', 1, 0, 'whistle_status', '',           '',        '',       '>blown,blown>checked_in,blown>refused,blown>escalated,refused>blown,refused>archived,escalated>checked_in,checked_in>handling,checked_in>refused,handling>done,handling>escalated,escalated>handling,done>rated,done>handling,rated>archived'),
  ('whistle', 13, 'checked_in_at',  '报到时间',       'Checked in at',       'time',     'lww',       'C,T', 1, 0, '',               '',           '',        '',       ''),
  ('whistle', 14, 'checked_in_by',  '报到人',         'Checked in by',       'text',     'lww',       'C,T', 1, 0, '',               'author',     '',        '',       ''),
  ('whistle', 15, 'plan',           '处置方案',       'Plan',                'text',     'lww',       'C,T', 1, 0, '',               'len:1:400',  '',        '',       ''),
  ('whistle', 16, 'refusal_reason', '退回原因',       'Reason for refusing', 'text',     'lww',       'C,T', 1, 0, '',               'len:1:200',  '',        '',       ''),
  ('whistle', 17, 'result',         '处置结果',       'Result',              'text',     'lww',       'C,T', 1, 0, '',               'len:1:800',  '',        '',       ''),
  ('whistle', 18, 'rating',         '评价（1至5）',   'Rating (1 to 5)',     'int',      'lww',       'T',   1, 0, '',               'range:1:5',  '',        '',       ''),
  ('whistle', 19, 'escalated_to',   '督办单位',       'Escalated to',        'text',     'lww',       'T,C', 1, 0, '',               'len:1:60',   '',        '',       '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (27, 'whistle_response', '吹哨报到', 'Whistle response', 'record', 'township', 'department');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('whistle_response', 1, 'whistle_id',     '吹哨',     'Whistle',             'ref',  'append', 'C,T', 1, 1, '',           '',          'whistle', ''),
  ('whistle_response', 2, 'department',     '部门',     'Department',          'code', 'append', 'C,T', 1, 1, 'department', '',          '',        ''),
  ('whistle_response', 3, 'person',         '报到人',   'Person',              'text', 'append', 'C,T', 1, 0, '',           'len:1:30',  '',        ''),
  ('whistle_response', 4, 'by',             '登记人',   'Entered by',          'text', 'append', 'C,T', 1, 0, '',           'author',    '',        'author'),
  ('whistle_response', 5, 'checkin_at',     '报到时间', 'Checked in at',       'time', 'append', 'C,T', 1, 0, '',           '',          '',        'now'),
  ('whistle_response', 6, 'plan',           '处置措施', 'Plan',                'text', 'lww',    'C,T', 1, 0, '',           'len:1:400', '',        ''),
  ('whistle_response', 7, 'done_at',        '完成时间', 'Done at',             'time', 'lww',    'C,T', 1, 0, '',           '',          '',        ''),
  ('whistle_response', 8, 'result',         '处置结果', 'Result',              'text', 'lww',    'C,T', 1, 0, '',           'len:1:400', '',        ''),
  ('whistle_response', 9, 'refusal_reason', '退回原因', 'Reason for refusing', 'text', 'append', 'C,T', 1, 0, '',           'len:1:200', '',        '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (28, 'patrol', '巡查', 'Patrol', 'append', 'village', 'route');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('patrol', 1, 'grid_id',    '网格',     'Grid',    'ref',      'append', 'V,T', 1, 0, '',          'grid'),
  ('patrol', 2, 'officer_id', '巡查人',   'Officer', 'ref',      'append', 'V,T', 1, 0, '',          'grid_officer'),
  ('patrol', 3, 'route',      '路线',     'Route',   'text',     'append', 'V,T', 1, 1, 'len:1:100', ''),
  ('patrol', 4, 'from',       '开始时间', 'From',    'time',     'append', 'V,T', 1, 1, '',          ''),
  ('patrol', 5, 'to',         '结束时间', 'To',      'time',     'append', 'V,T', 1, 0, '',          ''),
  ('patrol', 6, 'points',     '点位',     'Points',  'set_text', 'set',    'V,T', 1, 0, 'len:1:40',  ''),
  ('patrol', 7, 'found',      '发现情况', 'Found',   'text',     'append', 'V,T', 1, 0, 'len:1:400', '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (29, 'hazard', '隐患', 'Hazard', 'record', 'village', 'place');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('hazard', 1,  'kind',       '种类',     'Kind',     'code',     'once',  'V,T', 1, 1, 'hazard',        '',          '',        '',    ''),
  ('hazard', 2,  'source',     '来源',     'Source',   'code',     'once',  'V,T', 1, 0, 'hazard_source', '',          '',        '',    ''),
  ('hazard', 3,  'place',      '地点',     'Place',    'text',     'lww',   'V,T', 1, 1, '',              'len:1:100', '',        '',    ''),
  ('hazard', 4,  'grid_id',    '网格',     'Grid',     'ref',      'lww',   'V,T', 1, 0, '',              '',          'grid',    '',    ''),
  ('hazard', 5,  'patrol_id',  '巡查',     'Patrol',   'ref',      'lww',   'V,T', 1, 0, '',              '',          'patrol',  '',    ''),
  ('hazard', 6,  'device_no',  '设备号',   'Device',   'text',     'once',  'V,T', 1, 0, '',              'len:1:40',  '',        '',    ''),
  ('hazard', 7,  'found_at',   '发现时间', 'Found at', 'time',     'once',  'V,T', 1, 1, '',              '',          '',        'now', ''),
  ('hazard', 8,  'fixed_at',   '消除时间', 'Fixed at', 'time',     'lww',   'V,T', 1, 0, '',              '',          '',        '',    ''),
  ('hazard', 9,  'status',     '状态',     'Status',   'code',     'state', 'V,T', 1, 0, 'hazard_status', '',          '',        '',    '>found,found>assigned,found>fixed,found>dismissed,assigned>fixed,assigned>dismissed,fixed>checked,fixed>assigned'),
  ('hazard', 10, 'note',       '说明',     'Note',     'text',     'lww',   'V,T', 1, 0, '',              'len:1:400', '',        '',    ''),
  ('hazard', 11, 'photo_refs', '照片',     'Photos',   'set_text', 'set',   'V,T', 1, 0, '',              'hex:64',    '',        '',    ''),
  ('hazard', 12, 'request_id', '诉求',     'Request',  'ref',      'lww',   'V,T', 1, 0, '',              '',          'request', '',    '');

-- 一个本子一支笔: free words, ticked when done, each may become a request.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (30, 'folk_ledger_entry', '民情账本', 'Folk ledger entry', 'record', 'village', 'text');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, derive) VALUES
  ('folk_ledger_entry', 1, 'at',           '时间',   'At',        'time',     'append', 'V,T', 2, 1, '',          '',          'now'),
  ('folk_ledger_entry', 2, 'household_id', '户',     'Household', 'ref',      'append', 'V,T', 2, 0, '',          'household', ''),
  ('folk_ledger_entry', 3, 'text',         '记录',   'Text',      'text',     'append', 'V,T', 2, 1, 'len:1:800', '',          ''),
  ('folk_ledger_entry', 4, 'tags',         '标签',   'Tags',      'set_text', 'set',    'V,T', 2, 0, 'len:1:20',  '',          ''),
  ('folk_ledger_entry', 5, 'by',           '记录人', 'By',        'text',     'append', 'V,T', 2, 0, 'author',    '',          'author'),
  ('folk_ledger_entry', 6, 'ticked',       '已办',   'Done',      'bool',     'lww',    'V,T', 2, 0, '',          '',          ''),
  ('folk_ledger_entry', 7, 'request_id',   '诉求',   'Request',   'ref',      'lww',    'V,T', 2, 0, '',          'request',   '');

-- What somebody has to do by a day. Rules of the kind "opens" make tasks by themselves.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (31, 'task', '任务', 'Task', 'record', 'village', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, args) VALUES
  ('task', 1,  'title',        '任务',     'Title',      'text', 'lww',   'V,T,C', 1, 1, '',            'len:1:100', '',                ''),
  ('task', 2,  'kind',         '类别',     'Kind',       'code', 'lww',   'V,T,C', 1, 0, 'task_kind',   '',          '',                ''),
  ('task', 3,  'household_id', '户',       'Household',  'ref',  'lww',   'V,T,C', 2, 0, '',            '',          'household',       ''),
  ('task', 4,  'person_id',    '人员',     'Person',     'ref',  'lww',   'V,T,C', 2, 0, '',            '',          'person',          ''),
  ('task', 5,  'request_id',   '诉求',     'Request',    'ref',  'lww',   'V,T,C', 1, 0, '',            '',          'request',         ''),
  ('task', 6,  'event_id',     '应急事件', 'Emergency',  'ref',  'lww',   'V,T,C', 1, 0, '',            '',          'emergency_event', ''),
  ('task', 7,  'to',           '责任人',   'To',         'text', 'lww',   'V,T,C', 1, 0, '',            'len:1:60',  '',                ''),
  ('task', 8,  'grid_id',      '网格',     'Grid',       'ref',  'lww',   'V,T,C', 1, 0, '',            '',          'grid',            ''),
  ('task', 9,  'due',          '期限',     'Due',        'date', 'lww',   'V,T,C', 1, 0, '',            '',          '',                ''),
  ('task', 10, 'repeat',       '重复',     'Repeat',     'code', 'lww',   'V,T,C', 1, 0, 'repeat',      '',          '',                ''),
  ('task', 11, 'status',       '状态',     'Status',     'code', 'state', 'V,T,C', 1, 0, 'task_status', '',          '',                '>open,>done,open>doing,open>done,open>cancelled,doing>done,doing>cancelled,done>open'),
  ('task', 12, 'done_on',      '完成日期', 'Done on',    'date', 'lww',   'V,T,C', 1, 0, '',            '',          '',                ''),
  ('task', 13, 'result',       '结果',     'Result',     'text', 'lww',   'V,T,C', 2, 0, '',            'len:1:400', '',                ''),
  ('task', 14, 'because',      '由来',     'Because of', 'text', 'once',  'V,T,C', 1, 0, '',            'len:1:200', '',                '');

-- 政策民情上传下达: sent down with receipts, and letters sent up.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (32, 'directive', '指令', 'Directive', 'record', 'any', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('directive', 1,  'title',      '标题',       'Title',      'text',     'append', 'T,C', 1, 1, '',              'len:1:100',  '',          ''),
  ('directive', 2,  'text',       '内容',       'Text',       'text',     'append', 'T,C', 1, 1, '',              'len:1:2000', '',          ''),
  ('directive', 3,  'from_level', '发文层级',   'From level', 'code',     'append', 'T,C', 1, 1, 'request_level', '',           '',          ''),
  ('directive', 4,  'from_unit',  '发文单位',   'From',       'text',     'append', 'T,C', 1, 0, '',              'len:1:60',   '',          ''),
  ('directive', 5,  'to_units',   '收文单位',   'To',         'set_text', 'set',    'T,C', 1, 0, '',              'len:1:60',   '',          ''),
  ('directive', 6,  'issued_at',  '发文时间',   'Issued at',  'time',     'append', 'T,C', 1, 0, '',              '',           '',          'now'),
  ('directive', 7,  'issued_by',  '发文人',     'Issued by',  'text',     'append', 'T,C', 1, 0, '',              'author',     '',          'author'),
  ('directive', 8,  'due',        '办结期限',   'Due',        'date',     'lww',    'T,C', 1, 0, '',              '',           '',          ''),
  ('directive', 9,  'reply_to',   '答复的来文', 'Answers',    'ref',      'append', 'T,C', 1, 0, '',              '',           'directive', ''),
  ('directive', 10, 'withdrawn',  '已撤回',     'Withdrawn',  'bool',     'lww',    'T,C', 1, 0, '',              '',           '',          '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (33, 'receipt', '回执', 'Receipt', 'append', 'any', 'kind');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('receipt', 1, 'directive_id', '指令',   'Directive', 'ref',  'append', 'V,T,C', 1, 1, '',             '',          'directive', ''),
  ('receipt', 2, 'kind',         '回执',   'Receipt',   'code', 'append', 'V,T,C', 1, 1, 'receipt_kind', '',          '',          ''),
  ('receipt', 3, 'unit',         '单位',   'Unit',      'text', 'append', 'V,T,C', 1, 1, '',             'len:1:60',  '',          ''),
  ('receipt', 4, 'by',           '签收人', 'By',        'text', 'append', 'V,T,C', 1, 0, '',             'author',    '',          'author'),
  ('receipt', 5, 'read_at',      '时间',   'At',        'time', 'append', 'V,T,C', 1, 1, '',             '',          '',          'now'),
  ('receipt', 6, 'note',         '说明',   'Note',      'text', 'append', 'V,T,C', 1, 0, '',             'len:1:400', '',          '');

-- 一站办理、代办: an errand that the village runs for somebody.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (34, 'service_item', '代办事项', 'Errand', 'record', 'village', 'kind');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('service_item', 1, 'kind',         '事项',     'Kind',        'code', 'lww',   'V,T', 1, 1, 'service_kind',   '',          '',          '',       ''),
  ('service_item', 2, 'person_id',    '服务对象', 'Person',      'ref',  'lww',   'V,T', 2, 0, '',               '',          'person',    '',       ''),
  ('service_item', 3, 'household_id', '户',       'Household',   'ref',  'lww',   'V,T', 2, 0, '',               '',          'household', '',       ''),
  ('service_item', 4, 'received_at',  '受理时间', 'Received at', 'time', 'once',  'V,T', 1, 0, '',               '',          '',          'now',    ''),
  ('service_item', 5, 'by',           '受理人',   'By',          'text', 'once',  'V,T', 1, 0, '',               'author',    '',          'author', ''),
  ('service_item', 6, 'department',   '承办部门', 'Department',  'code', 'lww',   'V,T', 1, 0, 'department',     '',          '',          '',       ''),
  ('service_item', 7, 'status',       '状态',     'Status',      'code', 'state', 'V,T', 1, 0, 'service_status', '',          '',          '',       '>received,>done,received>passed,received>done,received>refused,passed>done,passed>refused'),
  ('service_item', 8, 'done_on',      '办结日期', 'Done on',     'date', 'lww',   'V,T', 1, 0, '',               '',          '',          '',       ''),
  ('service_item', 9, 'result',       '结果',     'Result',      'text', 'lww',   'V,T', 2, 0, '',               'len:1:200', '',          '',       '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (35, 'project', '民生实事', 'Livelihood project', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('project', 1,  'name',        '项目',       'Name',        'text',  'lww', 'V,T', 0, 1, '',              'len:1:60',            '',        ''),
  ('project', 2,  'stage',       '阶段',       'Stage',       'code',  'lww', 'V,T', 0, 0, 'project_stage', '',                    '',        ''),
  ('project', 3,  'place',       '地点',       'Place',       'text',  'lww', 'V,T', 0, 0, '',              'len:1:100',           '',        ''),
  ('project', 4,  'cost',        '投资',       'Cost',        'money', 'lww', 'V,T', 0, 0, '',              'range:0:10000000000', '',        '元'),
  ('project', 5,  'spent',       '已支出',     'Spent',       'money', 'lww', 'V,T', 0, 0, '',              'range:0:10000000000', '',        '元'),
  ('project', 6,  'start',       '开工日期',   'Start',       'date',  'lww', 'V,T', 0, 0, '',              '',                    '',        ''),
  ('project', 7,  'due',         '完工期限',   'Due',         'date',  'lww', 'V,T', 0, 0, '',              '',                    '',        ''),
  ('project', 8,  'finished',    '完工日期',   'Finished',    'date',  'lww', 'V,T', 0, 0, '',              '',                    '',        ''),
  ('project', 9,  'responsible', '责任单位',   'Responsible', 'text',  'lww', 'V,T', 0, 0, '',              'len:1:60',            '',        ''),
  ('project', 10, 'request_id',  '由来的诉求', 'Began as',    'ref',   'lww', 'V,T', 0, 0, '',              '',                    'request', '');

-- 每天上门看望老人或打电话询问: one line per check-in.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (36, 'contact_log', '联系记录', 'Contact', 'append', 'village', 'at');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('contact_log', 1, 'household_id', '户',     'Household', 'ref',  'append', 'V,T', 2, 1, '',            '',          'household', ''),
  ('contact_log', 2, 'person_id',    '人员',   'Person',    'ref',  'append', 'V,T', 2, 0, '',            '',          'person',    ''),
  ('contact_log', 3, 'at',           '时间',   'At',        'time', 'append', 'V,T', 1, 1, '',            '',          '',          'now'),
  ('contact_log', 4, 'way',          '方式',   'Way',       'code', 'append', 'V,T', 1, 1, 'contact_way', '',          '',          ''),
  ('contact_log', 5, 'by',           '联系人', 'By',        'text', 'append', 'V,T', 1, 0, '',            'author',    '',          'author'),
  ('contact_log', 6, 'well',         '平安',   'All well',  'bool', 'append', 'V,T', 1, 0, '',            '',          '',          ''),
  ('contact_log', 7, 'note',         '记录',   'Note',      'text', 'append', 'V,T', 2, 0, '',            'len:1:400', '',          ''),
  ('contact_log', 8, 'task_id',      '任务',   'Task',      'ref',  'append', 'V,T', 1, 0, '',            '',          'task',      '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (37, 'campaign', '大走访活动', 'Visiting campaign', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks) VALUES
  ('campaign', 1, 'name',   '名称',     'Name',   'text', 'lww', 'V,T', 1, 1, 'len:1:60'),
  ('campaign', 2, 'from',   '开始',     'From',   'date', 'lww', 'V,T', 1, 1, ''),
  ('campaign', 3, 'to',     '结束',     'To',     'date', 'lww', 'V,T', 1, 0, ''),
  ('campaign', 4, 'goal',   '要求',     'Goal',   'text', 'lww', 'V,T', 1, 0, 'len:1:400'),
  ('campaign', 5, 'led_by', '牵头单位', 'Led by', 'text', 'lww', 'V,T', 1, 0, 'len:1:60');

-- Whom to visit in a month, the must-contact households first. month: its first day.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (38, 'visit_plan', '走访计划', 'Visit plan', 'record', 'village', 'month');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('visit_plan', 1, 'month',        '月份',       'Month',     'date', 'once', 'V,T', 1, 1, '',   '',          ''),
  ('visit_plan', 2, 'household_id', '户',         'Household', 'ref',  'once', 'V,T', 2, 1, '',   '',          'household'),
  ('visit_plan', 3, 'officer_id',   '走访人',     'Officer',   'ref',  'lww',  'V,T', 1, 0, '',   '',          'grid_officer'),
  ('visit_plan', 4, 'kind',         '走访类别',   'Kind',      'code', 'lww',  'V,T', 1, 0, 'vk', '',          ''),
  ('visit_plan', 5, 'campaign_id',  '大走访活动', 'Campaign',  'ref',  'lww',  'V,T', 1, 0, '',   '',          'campaign'),
  ('visit_plan', 6, 'first',        '优先',       'First',     'bool', 'lww',  'V,T', 1, 0, '',   '',          ''),
  ('visit_plan', 7, 'reason',       '原因',       'Reason',    'text', 'lww',  'V,T', 2, 0, '',   'len:1:100', '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('request', 1, 'order', 'registered_at due', 'error', '办结期限不能早于登记时间',
   'Due before it was registered'),
  ('request', 2, 'requires', 'extended_to extension_reason', 'error', '延期要写明原因',
   'An extension needs a reason'),
  ('request', 3, 'order', 'due extended_to', 'error', '延期不能早于原期限',
   'The extension ends before the day it extends'),
  ('request', 4, 'belongs', '', 'error', '诉求留在受理的村',
   'A request stays where it was made'),
  ('request', 5, 'unique', 'outside_no settle status=merged', 'conflict', '一个外部工单登记了几次',
   'One outside order was entered several times'),
  ('request', 101, 'mask', 'reporter name V,T,C', 'error', '反映人:公示只露姓',
   'Reporter: the surname is posted'),
  ('request', 102, 'mask', 'reporter_phone phone V,T,C', 'error', '反映人电话:中间四位不公开',
   'Phone: the middle is not posted'),
  ('callback', 1, 'one_of', 'request_id mediation_id', 'error', '回访应指明诉求或调解，且只指一个',
   'A call-back is about a request or a mediation'),
  ('callback', 2, 'belongs', '', 'error', '回访留在受理的村',
   'A call-back stays'),
  ('whistle_response', 1, 'order', 'checkin_at done_at', 'error', '完成不能早于报到',
   'Done before the check-in'),
  ('patrol', 1, 'order', 'from to', 'error', '结束不能早于开始',
   'It ends before it begins'),
  ('hazard', 1, 'order', 'found_at fixed_at', 'error', '消除不能早于发现',
   'Fixed before it was found'),
  ('hazard', 2, 'needs', 'source 3 device_no', 'warn', '设备告警应填设备号',
   'A device alert should name its device'),
  ('project', 1, 'order', 'start finished', 'error', '完工不能早于开工',
   'It ends before it begins'),
  ('campaign', 1, 'order', 'from to', 'error', '结束不能早于开始',
   'It ends before it begins'),
  ('visit_plan', 1, 'unique', 'household_id month settle reason=', 'conflict', '一户一月有几份走访计划',
   'A household is planned twice in a month'),
  ('snap_report', 101, 'mask', 'geo hide V,T', 'error', '位置:不公开',
   'Place: not posted');
