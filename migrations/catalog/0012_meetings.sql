-- SPDX-License-Identifier: MulanPSL-2.0
-- Assemblies, councils and their procedures, resolutions, public notices, village rules.

INSERT INTO migration(number, name) VALUES (12, 'meetings');

INSERT INTO codes(list, code, zh, en) VALUES
  ('meeting_status', 'planned',   '筹备',         'Planned'),
  ('meeting_status', 'noticed',   '已通知',       'Noticed'),
  ('meeting_status', 'held',      '已召开',       'Held'),
  ('meeting_status', 'closed',    '已结束',       'Closed'),
  ('meeting_status', 'cancelled', '取消',         'Cancelled'),
  ('meeting_status', 'failed',    '未达法定人数', 'No quorum');

INSERT INTO codes(list, code, zh, en) VALUES
  ('item_status', 'proposed', '提出',     'Proposed'),
  ('item_status', 'pooled',   '入池',     'In the pool'),
  ('item_status', 'listed',   '列入议程', 'On the agenda'),
  ('item_status', 'decided',  '已议决',   'Decided'),
  ('item_status', 'doing',    '办理中',   'Being carried out'),
  ('item_status', 'done',     '已办结',   'Done'),
  ('item_status', 'dropped',  '不议',     'Dropped');

INSERT INTO codes(list, code, zh, en) VALUES
  ('notice_kind', '1', '村务', 'Village affairs'),
  ('notice_kind', '2', '财务', 'Finances'),
  ('notice_kind', '3', '分配', 'Allotment'),
  ('notice_kind', '4', '评议', 'Review'),
  ('notice_kind', '5', '监测', 'Monitoring'),
  ('notice_kind', '6', '积分', 'Points'),
  ('notice_kind', '7', '决定', 'Decision'),
  ('notice_kind', '8', '其他', 'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('notice_status', 'draft',     '拟稿',     'Draft'),
  ('notice_status', 'posted',    '公示中',   'Posted'),
  ('notice_status', 'ended',     '公示期满', 'Ended'),
  ('notice_status', 'withdrawn', '撤下',     'Taken down');

INSERT INTO codes(list, code, zh, en) VALUES
  ('objection_status', 'received', '已收到', 'Received'),
  ('objection_status', 'upheld',   '成立',   'Upheld'),
  ('objection_status', 'rejected', '不成立', 'Rejected');

INSERT INTO codes(list, code, zh, en) VALUES
  ('attendee_role', '1', '村民',     'Villager'),
  ('attendee_role', '2', '户代表',   'Delegate of a household'),
  ('attendee_role', '3', '村民代表', 'Representative'),
  ('attendee_role', '4', '列席',     'Guest'),
  ('attendee_role', '5', '主持',     'Chair'),
  ('attendee_role', '6', '记录',     'Recorder'),
  ('attendee_role', '7', '监督',     'Supervisor');

INSERT INTO codes(list, code, zh, en) VALUES
  ('life_event_kind', '1', '婚嫁', 'Wedding'),
  ('life_event_kind', '2', '丧事', 'Funeral'),
  ('life_event_kind', '3', '满月', 'Birth feast'),
  ('life_event_kind', '4', '寿宴', 'Birthday'),
  ('life_event_kind', '5', '乔迁', 'Moving house'),
  ('life_event_kind', '6', '升学', 'School'),
  ('life_event_kind', '7', '其他', 'Other');

-- How a kind of meeting goes, as the county says: conditions in the words of rules of the kind "check", steps line by line.
-- Local practice such as 村代会55124 is a row here; nothing claims what its digits mean.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (45, 'meeting_procedure', '会议规程', 'Meeting procedure', 'record', 'registry', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, unit) VALUES
  ('meeting_procedure', 1, 'name',         '规程',           'Name',                    'text', 'once',      'C', 0, 1, '',             'len:1:40',   ''),
  ('meeting_procedure', 2, 'kind',         '会议类别',       'Kind of meeting',         'code', 'authority', 'C', 0, 1, 'meeting_kind', '',           ''),
  ('meeting_procedure', 3, 'quorum',       '法定人数条件',   'Quorum',                  'text', 'authority', 'C', 0, 0, '',             'len:1:200',  ''),
  ('meeting_procedure', 4, 'majority',     '通过条件',       'Majority',                'text', 'authority', 'C', 0, 0, '',             'len:1:200',  ''),
  ('meeting_procedure', 5, 'notice_days',  '提前通知天数',   'Days of notice',          'int',  'authority', 'C', 0, 0, '',             'range:0:90', '天'),
  ('meeting_procedure', 6, 'every_months', '至少几个月一次', 'At least every … months', 'int',  'authority', 'C', 0, 0, '',             'range:1:24', ''),
  ('meeting_procedure', 7, 'steps',        '步骤',           'Steps',                   'text', 'authority', 'C', 0, 0, '',             'len:1:1000', ''),
  ('meeting_procedure', 8, 'basis',        '依据',           'Basis',                   'text', 'authority', 'C', 0, 0, '',             'len:1:200',  '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (46, 'meeting', '会议', 'Meeting', 'record', 'village', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, args) VALUES
  ('meeting', 1,  'title',              '名称',         'Title',                  'text',     'lww',   'V,T', 1, 1, '',               'len:1:60',       '',                  '',   ''),
  ('meeting', 2,  'kind',               '类别',         'Kind',                   'code',     'once',  'V,T', 1, 1, 'meeting_kind',   '',               '',                  '',   ''),
  ('meeting', 3,  'procedure_id',       '规程',         'Procedure',              'ref',      'lww',   'V,T', 1, 0, '',               '',               'meeting_procedure', '',   ''),
  ('meeting', 4,  'venue_id',           '地点',         'Venue',                  'ref',      'lww',   'V,T', 1, 0, '',               '',               'venue',             '',   ''),
  ('meeting', 5,  'noticed_at',         '通知时间',     'Noticed at',             'time',     'lww',   'V,T', 1, 0, '',               '',               '',                  '',   ''),
  ('meeting', 6,  'held_at',            '召开时间',     'Held at',                'time',     'lww',   'V,T', 1, 0, '',               '',               '',                  '',   ''),
  ('meeting', 7,  'chair',              '主持人',       'Chair',                  'text',     'lww',   'V,T', 1, 0, '',               'len:1:50',       '',                  '',   ''),
  ('meeting', 8,  'recorder',           '记录人',       'Recorder',               'text',     'lww',   'V,T', 1, 0, '',               'len:1:50',       '',                  '',   ''),
  ('meeting', 9,  'eligible_n',         '应到人数',     'Entitled to attend',     'int',      'lww',   'V,T', 1, 0, '',               'range:1:100000', '',                  '人', ''),
  ('meeting', 10, 'present_n',          '实到人数',     'Present',                'int',      'lww',   'V,T', 1, 0, '',               'range:0:100000', '',                  '人', ''),
  ('meeting', 11, 'households_n',       '总户数',       'Households',             'int',      'lww',   'V,T', 1, 0, '',               'range:1:100000', '',                  '户', ''),
  ('meeting', 12, 'delegates_n',        '到会户代表',   'Households represented', 'int',      'lww',   'V,T', 1, 0, '',               'range:0:100000', '',                  '户', ''),
  ('meeting', 13, 'speeches',           '发言摘要',     'Speeches',               'text',     'lww',   'V,T', 1, 0, '',               'len:1:2000',     '',                  '',   ''),
  ('meeting', 14, 'supervisor_opinion', '监督意见',     'Supervision opinion',    'text',     'lww',   'V,T', 1, 0, '',               'len:1:400',      '',                  '',   ''),
  ('meeting', 15, 'supervisor',         '监督人',       'Supervisor',             'text',     'lww',   'V,T', 1, 0, '',               'len:1:50',       '',                  '',   ''),
  ('meeting', 16, 'photo_refs',         '照片',         'Photos',                 'set_text', 'set',   'V,T', 2, 0, '',               'hex:64',         '',                  '',   ''),
  ('meeting', 17, 'status',             '状态',         'Status',                 'code',     'state', 'V,T', 1, 0, 'meeting_status', '',               '',                  '',   '>planned,planned>noticed,>noticed,noticed>held,noticed>failed,held>closed,planned>cancelled,noticed>cancelled,failed>noticed'),
  ('meeting', 18, 'steps_done',         '已完成的步骤', 'Steps done',             'set_text', 'set',   'V,T', 1, 0, '',               'len:1:40',       '',                  '',   '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (47, 'meeting_attendance', '到会', 'Attendance', 'append', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('meeting_attendance', 1, 'meeting_id',   '会议',     'Meeting',               'ref',  'append', 'V,T', 1, 1, '',              '',         'meeting'),
  ('meeting_attendance', 2, 'person_id',    '人员',     'Person',                'ref',  'append', 'V,T', 2, 0, '',              '',         'person'),
  ('meeting_attendance', 3, 'name',         '姓名',     'Name',                  'text', 'append', 'V,T', 2, 1, '',              'len:1:50', ''),
  ('meeting_attendance', 4, 'role',         '身份',     'Role',                  'code', 'append', 'V,T', 1, 0, 'attendee_role', '',         ''),
  ('meeting_attendance', 5, 'household_id', '代表的户', 'Household represented', 'ref',  'append', 'V,T', 2, 0, '',              '',         'household'),
  ('meeting_attendance', 6, 'signed',       '已签到',   'Signed in',             'bool', 'append', 'V,T', 1, 0, '',              '',         '');

-- The pool of what is to be talked about, each traced to its result.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (48, 'agenda_item', '议题', 'Agenda item', 'record', 'village', 'text');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('agenda_item', 1,  'text',        '议题',       'Item',                'text',     'append', 'V,T', 1, 1, '',            'len:1:400', '',        '',    ''),
  ('agenda_item', 2,  'proposer',    '提出人',     'Proposer',            'text',     'append', 'V,T', 2, 0, '',            'len:1:50',  '',        '',    ''),
  ('agenda_item', 3,  'proposed_at', '提出时间',   'Proposed at',         'time',     'append', 'V,T', 1, 0, '',            '',          '',        'now', ''),
  ('agenda_item', 4,  'request_id',  '诉求',       'Request',             'ref',      'lww',    'V,T', 1, 0, '',            '',          'request', '',    ''),
  ('agenda_item', 5,  'meeting_id',  '会议',       'Meeting',             'ref',      'lww',    'V,T', 1, 0, '',            '',          'meeting', '',    ''),
  ('agenda_item', 6,  'venue_id',    '议事点',     'Venue',               'ref',      'lww',    'V,T', 1, 0, '',            '',          'venue',   '',    ''),
  ('agenda_item', 7,  'urgent',      '小、急、难', 'Small, urgent, hard', 'set_text', 'set',    'V,T', 1, 0, '',            'len:1:10',  '',        '',    ''),
  ('agenda_item', 8,  'status',      '状态',       'Status',              'code',     'state',  'V,T', 1, 0, 'item_status', '',          '',        '',    '>proposed,>pooled,>listed,proposed>pooled,proposed>listed,pooled>listed,proposed>dropped,pooled>dropped,listed>decided,listed>pooled,decided>doing,decided>done,doing>done'),
  ('agenda_item', 9,  'result',      '结果',       'Result',              'text',     'lww',    'V,T', 1, 0, '',            'len:1:400', '',        '',    ''),
  ('agenda_item', 10, 'done_on',     '办结日期',   'Done on',             'date',     'lww',    'V,T', 1, 0, '',            '',          '',        '',    '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (49, 'resolution', '决议', 'Resolution', 'record', 'village', 'text');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit) VALUES
  ('resolution', 1,  'meeting_id',   '会议',     'Meeting',        'ref',  'append', 'V,T', 1, 1, '',               'meeting',     ''),
  ('resolution', 2,  'item_id',      '议题',     'Agenda item',    'ref',  'append', 'V,T', 1, 0, '',               'agenda_item', ''),
  ('resolution', 3,  'text',         '决议',     'Resolution',     'text', 'append', 'V,T', 1, 1, 'len:1:800',      '',            ''),
  ('resolution', 4,  'present_n',    '到会人数', 'Present',        'int',  'append', 'V,T', 1, 1, 'range:1:100000', '',            '人'),
  ('resolution', 5,  'for',          '赞成',     'For',            'int',  'append', 'V,T', 1, 1, 'range:0:100000', '',            ''),
  ('resolution', 6,  'against',      '反对',     'Against',        'int',  'append', 'V,T', 1, 1, 'range:0:100000', '',            ''),
  ('resolution', 7,  'abstain',      '弃权',     'Abstained',      'int',  'append', 'V,T', 1, 0, 'range:0:100000', '',            ''),
  ('resolution', 8,  'passed',       '通过',     'Passed',         'bool', 'append', 'V,T', 1, 1, '',               '',            ''),
  ('resolution', 9,  'publish_from', '公示起',   'Published from', 'date', 'lww',    'V,T', 1, 0, '',               '',            ''),
  ('resolution', 10, 'publish_to',   '公示止',   'Published to',   'date', 'lww',    'V,T', 1, 0, '',               '',            ''),
  ('resolution', 11, 'executed_at',  '执行日期', 'Carried out on', 'date', 'lww',    'V,T', 1, 0, '',               '',            ''),
  ('resolution', 12, 'executed_by',  '执行人',   'Carried out by', 'text', 'lww',    'V,T', 1, 0, 'len:1:60',       '',            '');

-- 户推—签字—公示—建档: 5 to 15 households push one.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (50, 'representative', '村民代表', 'Representative', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('representative', 1, 'person_id',  '人员',       'Person',     'ref',      'lww', 'V,T', 2, 0, '',              'person'),
  ('representative', 2, 'name',       '姓名',       'Name',       'text',     'lww', 'V,T', 1, 1, 'name;len:1:50', ''),
  ('representative', 3, 'households', '所代表的户', 'Households', 'set_ref',  'set', 'V,T', 2, 0, '',              'household'),
  ('representative', 4, 'from',       '任期起',     'From',       'date',     'lww', 'V,T', 1, 1, '',              ''),
  ('representative', 5, 'to',         '任期止',     'To',         'date',     'lww', 'V,T', 1, 0, '',              ''),
  ('representative', 6, 'signatures', '推选签字',   'Signatures', 'set_text', 'set', 'V,T', 2, 0, 'hex:64',        ''),
  ('representative', 7, 'filed',      '已建档',     'Filed',      'bool',     'lww', 'V,T', 1, 0, '',              '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (51, 'notice', '公示', 'Public notice', 'record', 'village', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, args) VALUES
  ('notice', 1,  'title',        '标题',               'Title',          'text', 'lww',   'V,T', 0, 1, '',              'len:1:100',  '',          ''),
  ('notice', 2,  'kind',         '类别',               'Kind',           'code', 'lww',   'V,T', 0, 1, 'notice_kind',   '',           '',          ''),
  ('notice', 3,  'body',         '内容',               'Body',           'text', 'lww',   'V,T', 2, 0, '',              'len:1:2000', '',          ''),
  ('notice', 4,  'masked_body',  '公示内容（已遮盖）', 'Body as posted', 'text', 'lww',   'V,T', 0, 0, '',              'len:1:2000', '',          ''),
  ('notice', 5,  'from',         '公示起',             'From',           'date', 'lww',   'V,T', 0, 0, '',              '',           '',          ''),
  ('notice', 6,  'to',           '公示止',             'To',             'date', 'lww',   'V,T', 0, 0, '',              '',           '',          ''),
  ('notice', 7,  'place',        '张贴地点',           'Posted at',      'text', 'lww',   'V,T', 0, 0, '',              'len:1:100',  '',          ''),
  ('notice', 8,  'meeting_id',   '会议',               'Meeting',        'ref',  'lww',   'V,T', 0, 0, '',              '',           'meeting',   ''),
  ('notice', 9,  'household_id', '户',                 'Household',      'ref',  'lww',   'V,T', 2, 0, '',              '',           'household', ''),
  ('notice', 10, 'status',       '状态',               'Status',         'code', 'state', 'V,T', 0, 0, 'notice_status', '',           '',          '>draft,>posted,draft>posted,posted>ended,posted>withdrawn,draft>withdrawn');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (52, 'objection', '异议', 'Objection', 'record', 'village', 'text');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('objection', 1, 'notice_id',   '公示',     'Notice',      'ref',  'append', 'V,T', 1, 1, '',                 '',          'notice', '',    ''),
  ('objection', 2, 'text',        '异议',     'Objection',   'text', 'append', 'V,T', 2, 1, '',                 'len:1:800', '',       '',    ''),
  ('objection', 3, 'by',          '提出人',   'By',          'text', 'append', 'V,T', 2, 0, '',                 'len:1:50',  '',       '',    ''),
  ('objection', 4, 'at',          '提出时间', 'At',          'time', 'append', 'V,T', 1, 0, '',                 '',          '',       'now', ''),
  ('objection', 5, 'status',      '状态',     'Status',      'code', 'state',  'V,T', 1, 0, 'objection_status', '',          '',       '',    '>received,received>upheld,received>rejected'),
  ('objection', 6, 'answer',      '答复',     'Answer',      'text', 'lww',    'V,T', 1, 0, '',                 'len:1:800', '',       '',    ''),
  ('objection', 7, 'answered_on', '答复日期', 'Answered on', 'date', 'lww',    'V,T', 1, 0, '',                 '',          '',       '',    '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (53, 'supervision', '监督记录', 'Supervision record', 'append', 'village', 'matter');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, derive) VALUES
  ('supervision', 1, 'matter',        '事项',   'Matter',      'text',     'append', 'V,T', 1, 1, 'len:1:200', '',           ''),
  ('supervision', 2, 'meeting_id',    '会议',   'Meeting',     'ref',      'append', 'V,T', 1, 0, '',          'meeting',    ''),
  ('supervision', 3, 'resolution_id', '决议',   'Resolution',  'ref',      'append', 'V,T', 1, 0, '',          'resolution', ''),
  ('supervision', 4, 'at',            '时间',   'At',          'time',     'append', 'V,T', 1, 1, '',          '',           'now'),
  ('supervision', 5, 'supervisors',   '监督人', 'Supervisors', 'set_text', 'set',    'V,T', 1, 0, 'len:1:50',  '',           ''),
  ('supervision', 6, 'opinion',       '意见',   'Opinion',     'text',     'append', 'V,T', 1, 1, 'len:1:800', '',           ''),
  ('supervision', 7, 'ok',            '同意',   'Agreed',      'bool',     'append', 'V,T', 1, 0, '',          '',           '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (54, 'village_rule', '村规民约', 'Village rule', 'record', 'village', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('village_rule', 1, 'title',      '名称',       'Title',      'text', 'lww', 'V,T', 0, 1, 'len:1:60',   ''),
  ('village_rule', 2, 'version',    '版本',       'Version',    'int',  'lww', 'V,T', 0, 0, 'range:1:99', ''),
  ('village_rule', 3, 'text',       '内容',       'Text',       'text', 'lww', 'V,T', 0, 0, 'len:1:3900', ''),
  ('village_rule', 4, 'adopted_on', '通过日期',   'Adopted on', 'date', 'lww', 'V,T', 0, 0, '',           ''),
  ('village_rule', 5, 'meeting_id', '通过的会议', 'Adopted at', 'ref',  'lww', 'V,T', 0, 0, '',           'meeting'),
  ('village_rule', 6, 'valid_to',   '废止日期',   'Valid to',   'date', 'lww', 'V,T', 0, 0, '',           '');

-- Weddings and funerals as they were filed. Sums of bride-price are never stored.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (55, 'life_event', '喜事丧事', 'Life event', 'append', 'village', 'date');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('life_event', 1, 'kind',         '类别',         'Kind',                     'code', 'append', 'V,T', 2, 1, 'life_event_kind', '',            ''),
  ('life_event', 2, 'date',         '日期',         'Date',                     'date', 'append', 'V,T', 2, 1, '',                '',            ''),
  ('life_event', 3, 'household_id', '户',           'Household',                'ref',  'append', 'V,T', 2, 0, '',                '',            'household'),
  ('life_event', 4, 'place',        '地点',         'Place',                    'text', 'append', 'V,T', 2, 0, '',                'len:1:100',   ''),
  ('life_event', 5, 'filed_with',   '报备人',       'Filed with',               'text', 'append', 'V,T', 2, 0, '',                'len:1:50',    ''),
  ('life_event', 6, 'tables',       '桌数',         'Tables',                   'int',  'append', 'V,T', 2, 0, '',                'range:0:500', ''),
  ('life_event', 7, 'within_rules', '符合村规民约', 'Within the village rules', 'bool', 'append', 'V,T', 2, 0, '',                '',            ''),
  ('life_event', 8, 'rule_id',      '村规民约',     'Village rule',             'ref',  'append', 'V,T', 2, 0, '',                '',            'village_rule'),
  ('life_event', 9, 'note',         '说明',         'Note',                     'text', 'append', 'V,T', 2, 0, '',                'len:1:200',   '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (56, 'venue', '议事点', 'Venue', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('venue', 1, 'name',    '名称',     'Name',     'text', 'lww', 'V,T', 0, 1, 'len:1:40',  ''),
  ('venue', 2, 'brand',   '品牌',     'Known as', 'text', 'lww', 'V,T', 0, 0, 'len:1:40',  ''),
  ('venue', 3, 'address', '地址',     'Address',  'text', 'lww', 'V,T', 0, 0, 'len:1:100', ''),
  ('venue', 4, 'opened',  '启用日期', 'Opened',   'date', 'lww', 'V,T', 0, 0, '',          ''),
  ('venue', 5, 'hours',   '开放时间', 'Hours',    'text', 'lww', 'V,T', 0, 0, 'len:1:60',  ''),
  ('venue', 6, 'keeper',  '负责人',   'Keeper',   'text', 'lww', 'V,T', 0, 0, 'len:1:50',  ''),
  ('venue', 7, 'grid_id', '网格',     'Grid',     'ref',  'lww', 'V,T', 0, 0, '',          'grid');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('meeting', 1, 'order', 'noticed_at held_at', 'error', '召开不能早于通知',
   'Held before it was noticed'),
  ('meeting_attendance', 1, 'belongs', 'meeting_id', 'error', '到会记录随会议',
   'Attendance belongs to the meeting'),
  ('resolution', 1, 'order', 'publish_from publish_to', 'error', '公示止不能早于公示起',
   'It ends before it begins'),
  ('representative', 1, 'order', 'from to', 'error', '任期止不能早于任期起',
   'It ends before it begins'),
  ('notice', 1, 'order', 'from to', 'error', '公示止不能早于公示起',
   'It ends before it begins'),
  ('notice', 2, 'belongs', '', 'error', '公示留在张贴的村',
   'A notice stays where it was posted'),
  ('meeting_attendance', 101, 'mask', 'name name V,T,C', 'error', '姓名:公示只露姓',
   'Name: the surname is posted'),
  ('objection', 101, 'mask', 'by name V,T', 'error', '提出人:公示只露姓',
   'By: the surname is posted');
