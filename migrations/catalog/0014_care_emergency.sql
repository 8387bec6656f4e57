-- SPDX-License-Identifier: MulanPSL-2.0
-- One-to-one help, emergencies with their roll call and supplies.

INSERT INTO migration(number, name) VALUES (14, 'care_emergency');

INSERT INTO codes(list, code, zh, en) VALUES
  ('help_need', '1', '照料', 'Care'),
  ('help_need', '2', '陪伴', 'Company'),
  ('help_need', '3', '心理', 'Psychological'),
  ('help_need', '4', '康复', 'Rehabilitation'),
  ('help_need', '5', '创业', 'Own business'),
  ('help_need', '6', '就学', 'School'),
  ('help_need', '7', '其他', 'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('help_frequency', '1', '每天',   'Daily'),
  ('help_frequency', '2', '每周',   'Weekly'),
  ('help_frequency', '3', '每半月', 'Twice a month'),
  ('help_frequency', '4', '每月',   'Monthly'),
  ('help_frequency', '5', '每季',   'Quarterly');

INSERT INTO codes(list, code, zh, en) VALUES
  ('help_status', 'open',   '进行中', 'Open'),
  ('help_status', 'paused', '暂停',   'Paused'),
  ('help_status', 'closed', '已结束', 'Closed');

INSERT INTO codes(list, code, zh, en) VALUES
  ('emergency_level', '1', 'I级（特别重大）', 'Level I'),
  ('emergency_level', '2', 'II级（重大）',    'Level II'),
  ('emergency_level', '3', 'III级（较大）',   'Level III'),
  ('emergency_level', '4', 'IV级（一般）',    'Level IV');

INSERT INTO codes(list, code, zh, en) VALUES
  ('emergency_status', 'drafted',  '拟令',     'Drafted'),
  ('emergency_status', 'ordered',  '应急状态', 'In force'),
  ('emergency_status', 'lifted',   '恢复常态', 'Lifted'),
  ('emergency_status', 'reviewed', '已总结',   'Reviewed');

INSERT INTO codes(list, code, zh, en) VALUES
  ('muster', 'missing',  '失联',   'Missing'),
  ('muster', 'injured',  '受伤',   'Injured'),
  ('muster', 'medicine', '需药',   'Needs medicine'),
  ('muster', 'food',     '需粮',   'Needs food'),
  ('muster', 'moved',    '已转移', 'Moved'),
  ('muster', 'safe',     '安全',   'Safe');

INSERT INTO codes(list, code, zh, en) VALUES
  ('supply_kind', '1', '粮食',     'Food'),
  ('supply_kind', '2', '饮水',     'Water'),
  ('supply_kind', '3', '药品',     'Medicine'),
  ('supply_kind', '4', '帐篷',     'Tents'),
  ('supply_kind', '5', '棉被',     'Bedding'),
  ('supply_kind', '6', '燃料',     'Fuel'),
  ('supply_kind', '7', '防护用品', 'Protective gear'),
  ('supply_kind', '8', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('supply_status', 'asked', '待解决',   'Asked for'),
  ('supply_status', 'part',  '部分解决', 'Partly met'),
  ('supply_status', 'met',   '已解决',   'Met');

INSERT INTO codes(list, code, zh, en) VALUES
  ('emergency_role', '1', '指挥', 'Command'),
  ('emergency_role', '2', '清点', 'Roll call'),
  ('emergency_role', '3', '转移', 'Evacuation'),
  ('emergency_role', '4', '物资', 'Supplies'),
  ('emergency_role', '5', '医疗', 'Medical'),
  ('emergency_role', '6', '宣传', 'Information'),
  ('emergency_role', '7', '巡查', 'Patrol'),
  ('emergency_role', '8', '通信', 'Communication');

-- 失独、空巢、残疾人家庭: one person, one helper, a next date.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (70, 'help_case', '一对一帮扶', 'One-to-one help', 'record', 'village', 'need');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, args) VALUES
  ('help_case', 1,  'person_id',    '帮扶对象',   'Person',             'ref',  'once',  'V,T', 3, 1, '',               '',          'person', ''),
  ('help_case', 2,  'need',         '需求',       'Need',               'code', 'lww',   'V,T', 3, 1, 'help_need',      '',          '',       ''),
  ('help_case', 3,  'helper',       '帮扶人',     'Helper',             'text', 'lww',   'V,T', 2, 0, '',               'len:1:50',  '',       ''),
  ('help_case', 4,  'helper_phone', '帮扶人电话', 'Helper''s phone',    'text', 'lww',   'V,T', 2, 0, '',               'phone',     '',       ''),
  ('help_case', 5,  'frequency',    '频次',       'Frequency',          'code', 'lww',   'V,T', 2, 0, 'help_frequency', '',          '',       ''),
  ('help_case', 6,  'next_due',     '下次上门',   'Next due',           'date', 'lww',   'V,T', 2, 0, '',               '',          '',       ''),
  ('help_case', 7,  'goals',        '目标',       'Goals',              'text', 'lww',   'V,T', 3, 0, '',               'len:1:400', '',       ''),
  ('help_case', 8,  'progress',     '进展',       'Progress',           'text', 'lww',   'V,T', 3, 0, '',               'len:1:800', '',       ''),
  ('help_case', 9,  'status',       '状态',       'Status',             'code', 'state', 'V,T', 2, 0, 'help_status',    '',          '',       '>open,open>paused,paused>open,open>closed,paused>closed'),
  ('help_case', 10, 'closed_on',    '结束日期',   'Closed on',          'date', 'lww',   'V,T', 2, 0, '',               '',          '',       ''),
  ('help_case', 11, 'close_reason', '结束原因',   'Reason for closing', 'text', 'lww',   'V,T', 3, 0, '',               'len:1:200', '',       '');

-- 平战结合: between "ordered" and "lifted" everything that was signed here is in emergency mode.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (75, 'emergency_event', '应急事件', 'Emergency', 'record', 'any', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, args) VALUES
  ('emergency_event', 1,  'name',      '名称',     'Name',         'text', 'lww',   'C,T', 0, 1, '',                 'len:1:60',   ''),
  ('emergency_event', 2,  'kind',      '类别',     'Kind',         'code', 'once',  'C,T', 0, 1, 'emergency_kind',   '',           ''),
  ('emergency_event', 3,  'level',     '级别',     'Level',        'code', 'lww',   'C,T', 0, 0, 'emergency_level',  '',           ''),
  ('emergency_event', 4,  'area',      '范围',     'Area',         'text', 'lww',   'C,T', 0, 0, '',                 'len:1:200',  ''),
  ('emergency_event', 5,  'order_no',  '命令文号', 'Order number', 'text', 'lww',   'C,T', 0, 0, '',                 'len:1:60',   ''),
  ('emergency_event', 6,  'signed_by', '签发人',   'Signed by',    'text', 'once',  'C,T', 0, 0, '',                 'author',     ''),
  ('emergency_event', 7,  'start',     '启动时间', 'Start',        'time', 'lww',   'C,T', 0, 0, '',                 '',           ''),
  ('emergency_event', 8,  'end',       '结束时间', 'End',          'time', 'lww',   'C,T', 0, 0, '',                 '',           ''),
  ('emergency_event', 9,  'status',    '状态',     'Status',       'code', 'state', 'C,T', 0, 0, 'emergency_status', '',           '>drafted,>ordered,drafted>ordered,ordered>lifted,lifted>reviewed'),
  ('emergency_event', 10, 'review',    '总结',     'Review',       'text', 'lww',   'C,T', 0, 0, '',                 'len:1:2000', '');

-- Of two who did not know of each other the worse word stands, so that somebody is looked for.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (76, 'muster_status', '人员清点', 'Roll call', 'record', 'village', 'status');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('muster_status', 1, 'event_id',     '应急事件', 'Emergency', 'ref',  'once',  'V,T', 3, 1, '',       '',          'emergency_event', '',       ''),
  ('muster_status', 2, 'person_id',    '人员',     'Person',    'ref',  'once',  'V,T', 3, 1, '',       '',          'person',          '',       ''),
  ('muster_status', 3, 'household_id', '户',       'Household', 'ref',  'once',  'V,T', 2, 0, '',       '',          'household',       '',       ''),
  ('muster_status', 4, 'status',       '状况',     'Status',    'code', 'worst', 'V,T', 3, 1, 'muster', '',          '',                '',       'missing>injured>medicine>food>moved>safe'),
  ('muster_status', 5, 'place',        '所在位置', 'Where',     'text', 'lww',   'V,T', 3, 0, '',       'len:1:100', '',                '',       ''),
  ('muster_status', 6, 'at',           '时间',     'At',        'time', 'lww',   'V,T', 3, 0, '',       '',          '',                'now',    ''),
  ('muster_status', 7, 'by',           '清点人',   'By',        'text', 'lww',   'V,T', 3, 0, '',       'author',    '',                'author', ''),
  ('muster_status', 8, 'note',         '说明',     'Note',      'text', 'lww',   'V,T', 3, 0, '',       'len:1:200', '',                '',       '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (77, 'supply_need', '物资需求', 'Supply need', 'record', 'village', 'item');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('supply_need', 1, 'event_id',     '应急事件', 'Emergency', 'ref',  'lww',   'V,T', 1, 0, '',              '',               'emergency_event', '',    ''),
  ('supply_need', 2, 'household_id', '户',       'Household', 'ref',  'lww',   'V,T', 2, 0, '',              '',               'household',       '',    ''),
  ('supply_need', 3, 'item',         '物品',     'Item',      'code', 'lww',   'V,T', 1, 1, 'supply_kind',   '',               '',                '',    ''),
  ('supply_need', 4, 'n',            '数量',     'Number',    'int',  'lww',   'V,T', 1, 1, '',              'range:1:100000', '',                '',    ''),
  ('supply_need', 5, 'unit',         '单位',     'Unit',      'text', 'lww',   'V,T', 1, 0, '',              'len:1:10',       '',                '',    ''),
  ('supply_need', 6, 'at',           '时间',     'At',        'time', 'lww',   'V,T', 1, 0, '',              '',               '',                'now', ''),
  ('supply_need', 7, 'status',       '状态',     'Status',    'code', 'state', 'V,T', 1, 0, 'supply_status', '',               '',                '',    '>asked,>met,asked>part,asked>met,part>met'),
  ('supply_need', 8, 'note',         '说明',     'Note',      'text', 'lww',   'V,T', 2, 0, '',              'len:1:200',      '',                '',    '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (78, 'supply_move', '物资收发', 'Supply movement', 'append', 'village', 'item');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('supply_move', 1, 'event_id',     '应急事件', 'Emergency',    'ref',  'append', 'V,T', 1, 0, '',            '',               'emergency_event', ''),
  ('supply_move', 2, 'item',         '物品',     'Item',         'code', 'append', 'V,T', 1, 1, 'supply_kind', '',               '',                ''),
  ('supply_move', 3, 'in',           '收入',     'In',           'int',  'append', 'V,T', 1, 0, '',            'range:0:100000', '',                ''),
  ('supply_move', 4, 'out',          '发出',     'Out',          'int',  'append', 'V,T', 1, 0, '',            'range:0:100000', '',                ''),
  ('supply_move', 5, 'unit',         '单位',     'Unit',         'text', 'append', 'V,T', 1, 0, '',            'len:1:10',       '',                ''),
  ('supply_move', 6, 'household_id', '领取户',   'To household', 'ref',  'append', 'V,T', 2, 0, '',            '',               'household',       ''),
  ('supply_move', 7, 'need_id',      '物资需求', 'Need',         'ref',  'append', 'V,T', 1, 0, '',            '',               'supply_need',     ''),
  ('supply_move', 8, 'at',           '时间',     'At',           'time', 'append', 'V,T', 1, 1, '',            '',               '',                'now'),
  ('supply_move', 9, 'by',           '经手人',   'By',           'text', 'append', 'V,T', 1, 0, '',            'author',         '',                'author');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (79, 'emergency_duty', '应急分工', 'Emergency duty', 'record', 'village', 'role');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('emergency_duty', 1, 'event_id', '应急事件', 'Emergency', 'ref',  'lww', 'V,T', 1, 1, '',               '',          'emergency_event'),
  ('emergency_duty', 2, 'role',     '职责',     'Role',      'code', 'lww', 'V,T', 1, 1, 'emergency_role', '',          ''),
  ('emergency_duty', 3, 'person',   '责任人',   'Person',    'text', 'lww', 'V,T', 1, 1, '',               'len:1:50',  ''),
  ('emergency_duty', 4, 'phone',    '电话',     'Phone',     'text', 'lww', 'V,T', 2, 0, '',               'phone',     ''),
  ('emergency_duty', 5, 'grid_id',  '网格',     'Grid',      'ref',  'lww', 'V,T', 1, 0, '',               '',          'grid'),
  ('emergency_duty', 6, 'tasks',    '任务',     'Tasks',     'text', 'lww', 'V,T', 1, 0, '',               'len:1:400', ''),
  ('emergency_duty', 7, 'done',     '已完成',   'Done',      'bool', 'lww', 'V,T', 1, 0, '',               '',          '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('emergency_event', 1, 'order', 'start end', 'error', '结束不能早于启动',
   'It ends before it begins'),
  ('muster_status', 1, 'belongs', '', 'error', '清点留在当地',
   'The roll stays'),
  ('muster_status', 2, 'unique', 'event_id person_id settle note=重复', 'conflict', '一人在一次清点中有几条',
   'A person is on one roll several times'),
  ('supply_need', 1, 'belongs', '', 'error', '物资需求留在当地',
   'The need stays'),
  ('supply_move', 1, 'one_of', 'in out', 'error', '收入和发出应填且只填一项',
   'Either in or out'),
  ('supply_move', 2, 'belongs', '', 'error', '物资收发留在当地',
   'The movement stays'),
  ('help_case', 101, 'mask', 'need hide V,T', 'error', '需求:不公开',
   'Need: not posted'),
  ('help_case', 102, 'mask', 'goals hide V,T', 'error', '目标:不公开',
   'Goals: not posted'),
  ('help_case', 103, 'mask', 'progress hide V,T', 'error', '进展:不公开',
   'Progress: not posted'),
  ('muster_status', 101, 'mask', 'status hide V,T,C:yj', 'error', '状况:不公开',
   'Status: not posted'),
  ('help_case', 104, 'mask', 'helper_phone phone V,T', 'error', '电话:中间四位不公开',
   'Phone: the middle is not posted');
