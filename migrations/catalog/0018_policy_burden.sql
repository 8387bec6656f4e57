-- SPDX-License-Identifier: MulanPSL-2.0
-- What is told to whom, legal advice, and the burden of forms: what may be asked of a village at all.

INSERT INTO migration(number, name) VALUES (18, 'policy_burden');

INSERT INTO codes(list, code, zh, en) VALUES
  ('policy_topic', '1',  '就业',     'Work'),
  ('policy_topic', '2',  '社保',     'Social security'),
  ('policy_topic', '3',  '医保',     'Medical insurance'),
  ('policy_topic', '4',  '养老',     'Pension'),
  ('policy_topic', '5',  '教育',     'Education'),
  ('policy_topic', '6',  '住房',     'Housing'),
  ('policy_topic', '7',  '防火用电', 'Fire and electricity'),
  ('policy_topic', '8',  '垃圾分类', 'Waste'),
  ('policy_topic', '9',  '禁毒反诈', 'Drugs and fraud'),
  ('policy_topic', '10', '创业',     'Own business'),
  ('policy_topic', '11', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('delivery_way', '1', '上门',     'At the door'),
  ('delivery_way', '2', '外卖小哥', 'By courier'),
  ('delivery_way', '3', '微信群',   'In a chat group'),
  ('delivery_way', '4', '会议',     'At a meeting'),
  ('delivery_way', '5', '宣传单',   'Leaflet'),
  ('delivery_way', '6', '广播',     'Loudspeaker');

INSERT INTO codes(list, code, zh, en) VALUES
  ('consult_field', '1', '婚姻家庭', 'Family'),
  ('consult_field', '2', '劳动',     'Work'),
  ('consult_field', '3', '土地',     'Land'),
  ('consult_field', '4', '债务',     'Debts'),
  ('consult_field', '5', '赔偿',     'Damages'),
  ('consult_field', '6', '法律援助', 'Legal aid'),
  ('consult_field', '7', '心理',     'Psychology'),
  ('consult_field', '8', '政策',     'Policy'),
  ('consult_field', '9', '其他',     'Other');

INSERT INTO codes(list, code, zh, en) VALUES
  ('admission_status', 'asked',    '申请准入', 'Asked'),
  ('admission_status', 'admitted', '准入',     'Admitted'),
  ('admission_status', 'refused',  '不予准入', 'Refused'),
  ('admission_status', 'ended',    '已到期',   'Ended');

INSERT INTO codes(list, code, zh, en) VALUES
  ('burden_kind', '1', '牌子',   'Plates'),
  ('burden_kind', '2', '制度',   'Rules on walls'),
  ('burden_kind', '3', '展板',   'Boards'),
  ('burden_kind', '4', '报表',   'Forms'),
  ('burden_kind', '5', '台账',   'Ledgers'),
  ('burden_kind', '6', '证明',   'Certificates'),
  ('burden_kind', '7', '微信群', 'Chat groups');

INSERT INTO codes(list, code, zh, en) VALUES
  ('cert_status', 'asked',   '已申请',       'Asked'),
  ('cert_status', 'derived', '系统直接提供', 'Derived'),
  ('cert_status', 'given',   '已开具',       'Given'),
  ('cert_status', 'refused', '不应由村开具', 'Refused');

INSERT INTO codes(list, code, zh, en) VALUES
  ('target_indicator', '1', '就业率',     'Share employed'),
  ('target_indicator', '2', '零就业户',   'Households without work'),
  ('target_indicator', '3', '走访覆盖率', 'Visits'),
  ('target_indicator', '4', '按时办结率', 'Settled in time'),
  ('target_indicator', '5', '满意率',     'Satisfied'),
  ('target_indicator', '6', '调解成功率', 'Mediations'),
  ('target_indicator', '7', '培训人次',   'Trained'),
  ('target_indicator', '8', '数据质量',   'Quality');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (130, 'policy_item', '政策', 'Policy', 'record', 'registry', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('policy_item', 1, 'title',       '名称',     'Title',       'text', 'authority', 'C', 0, 1, '',             'len:1:100'),
  ('policy_item', 2, 'topic',       '主题',     'Topic',       'code', 'authority', 'C', 0, 0, 'policy_topic', ''),
  ('policy_item', 3, 'for_whom',    '适用对象', 'For whom',    'text', 'authority', 'C', 0, 0, '',             'len:1:200'),
  ('policy_item', 4, 'eligibility', '适用条件', 'Eligibility', 'text', 'authority', 'C', 0, 0, '',             'len:1:400'),
  ('policy_item', 5, 'body',        '内容',     'Body',        'text', 'authority', 'C', 0, 0, '',             'len:1:3900'),
  ('policy_item', 6, 'department',  '部门',     'Department',  'code', 'authority', 'C', 0, 0, 'department',   ''),
  ('policy_item', 7, 'from',        '起',       'From',        'date', 'authority', 'C', 0, 0, '',             ''),
  ('policy_item', 8, 'until',       '止',       'Until',       'date', 'authority', 'C', 0, 0, '',             '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (131, 'policy_delivery', '政策送达', 'Policy delivery', 'append', 'village', 'at');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive) VALUES
  ('policy_delivery', 1, 'policy_id',    '政策',   'Policy',         'ref',  'append', 'V,T', 1, 1, '',             '',       'policy_item', ''),
  ('policy_delivery', 2, 'household_id', '户',     'Household',      'ref',  'append', 'V,T', 2, 0, '',             '',       'household',   ''),
  ('policy_delivery', 3, 'person_id',    '人员',   'Person',         'ref',  'append', 'V,T', 2, 0, '',             '',       'person',      ''),
  ('policy_delivery', 4, 'way',          '方式',   'Way',            'code', 'append', 'V,T', 1, 1, 'delivery_way', '',       '',            ''),
  ('policy_delivery', 5, 'at',           '时间',   'At',             'time', 'append', 'V,T', 1, 1, '',             '',       '',            'now'),
  ('policy_delivery', 6, 'by',           '送达人', 'By',             'text', 'append', 'V,T', 1, 0, '',             'author', '',            'author'),
  ('policy_delivery', 7, 'applied',      '已申请', 'Applied for it', 'bool', 'append', 'V,T', 1, 0, '',             '',       '',            '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (132, 'consultation', '咨询', 'Consultation', 'append', 'village', 'at');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, derive) VALUES
  ('consultation', 1, 'expert_id', '专家',   'Expert',  'ref',  'append', 'V,T', 1, 0, '',              '',            'expert',     '',     ''),
  ('consultation', 2, 'shift_id',  '值班',   'Shift',   'ref',  'append', 'V,T', 1, 0, '',              '',            'duty_shift', '',     ''),
  ('consultation', 3, 'field',     '领域',   'Field',   'code', 'append', 'V,T', 1, 1, 'consult_field', '',            '',           '',     ''),
  ('consultation', 4, 'at',        '时间',   'At',      'time', 'append', 'V,T', 1, 1, '',              '',            '',           '',     'now'),
  ('consultation', 5, 'minutes',   '时长',   'Minutes', 'int',  'append', 'V,T', 1, 0, '',              'range:1:600', '',           '分钟', ''),
  ('consultation', 6, 'person',    '咨询人', 'Person',  'text', 'append', 'V,T', 2, 0, '',              'len:1:50',    '',           '',     ''),
  ('consultation', 7, 'result',    '结果',   'Result',  'text', 'append', 'V,T', 2, 0, '',              'len:1:400',   '',           '',     '');

-- 村（居）准入事项: what is not on this list need not be answered.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (135, 'admission_item', '准入事项', 'Admitted item', 'record', 'registry', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, args) VALUES
  ('admission_item', 1, 'name',           '表册或事项',     'Form or item',   'text', 'once',      'C', 0, 1, '',                 'len:1:100',   ''),
  ('admission_item', 2, 'department',     '部门',           'Department',     'code', 'authority', 'C', 0, 1, 'department',       '',            ''),
  ('admission_item', 3, 'class',          '类别',           'Class',          'code', 'authority', 'C', 0, 0, 'duty_class',       '',            ''),
  ('admission_item', 4, 'basis',          '依据',           'Basis',          'text', 'authority', 'C', 0, 0, '',                 'len:1:200',   ''),
  ('admission_item', 5, 'approved_until', '批准至',         'Approved until', 'date', 'authority', 'C', 0, 0, '',                 '',            ''),
  ('admission_item', 6, 'times_a_year',   '每年次数',       'Times a year',   'int',  'authority', 'C', 0, 0, '',                 'range:1:400', ''),
  ('admission_item', 7, 'derivable',      '系统可直接生成', 'Can be derived', 'bool', 'authority', 'C', 0, 0, '',                 '',            ''),
  ('admission_item', 8, 'status',         '状态',           'Status',         'code', 'state',     'C', 0, 0, 'admission_status', '',            '>asked,>admitted,asked>admitted,asked>refused,admitted>ended,ended>admitted'),
  ('admission_item', 9, 'reason',         '理由',           'Reason',         'text', 'authority', 'C', 0, 0, '',                 'len:1:200',   '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (136, 'burden_count', '负担清点', 'Burden count', 'append', 'village', 'kind');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, derive) VALUES
  ('burden_count', 1, 'kind',   '种类',   'Kind',   'code', 'append', 'V,T', 0, 1, 'burden_kind', '',               ''),
  ('burden_count', 2, 'on',     '日期',   'On',     'date', 'append', 'V,T', 0, 1, '',            '',               'today'),
  ('burden_count', 3, 'before', '清理前', 'Before', 'int',  'append', 'V,T', 0, 1, '',            'range:0:100000', ''),
  ('burden_count', 4, 'after',  '清理后', 'After',  'int',  'append', 'V,T', 0, 0, '',            'range:0:100000', ''),
  ('burden_count', 5, 'note',   '说明',   'Note',   'text', 'append', 'V,T', 0, 0, '',            'len:1:200',      '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (137, 'burden_report', '减负观察', 'Burden report', 'append', 'village', 'form');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit, derive) VALUES
  ('burden_report', 1, 'form',         '表册或事项', 'Form or item',  'text', 'append', 'V,T', 0, 1, 'len:1:100',      '',               '',     ''),
  ('burden_report', 2, 'asked_by',     '要求单位',   'Asked by',      'text', 'append', 'V,T', 0, 1, 'len:1:60',       '',               '',     ''),
  ('burden_report', 3, 'on',           '日期',       'On',            'date', 'append', 'V,T', 0, 1, '',               '',               '',     'today'),
  ('burden_report', 4, 'admission_id', '准入事项',   'Admitted item', 'ref',  'append', 'V,T', 0, 0, '',               'admission_item', '',     ''),
  ('burden_report', 5, 'refused',      '已拒绝',     'Refused',       'bool', 'append', 'V,T', 0, 0, '',               '',               '',     ''),
  ('burden_report', 6, 'minutes',      '耗时',       'Minutes',       'int',  'append', 'V,T', 0, 0, 'range:0:100000', '',               '分钟', ''),
  ('burden_report', 7, 'observer',     '观察员',     'Observer',      'text', 'append', 'V,T', 0, 0, 'len:1:50',       '',               '',     ''),
  ('burden_report', 8, 'note',         '说明',       'Note',          'text', 'append', 'V,T', 0, 0, 'len:1:400',      '',               '',     '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (138, 'cert_request', '证明事项', 'Certificate asked for', 'record', 'village', 'what');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('cert_request', 1, 'what',      '证明',     'Certificate',  'text', 'append', 'V,T', 1, 1, '',            'len:1:100', '',       '',      ''),
  ('cert_request', 2, 'person_id', '人员',     'Person',       'ref',  'append', 'V,T', 2, 0, '',            '',          'person', '',      ''),
  ('cert_request', 3, 'asked_by',  '要求单位', 'Asked by',     'text', 'append', 'V,T', 1, 0, '',            'len:1:60',  '',       '',      ''),
  ('cert_request', 4, 'on',        '日期',     'On',           'date', 'append', 'V,T', 1, 0, '',            '',          '',       'today', ''),
  ('cert_request', 5, 'status',    '状态',     'Status',       'code', 'state',  'V,T', 1, 0, 'cert_status', '',          '',       '',      '>asked,>derived,>refused,asked>derived,asked>given,asked>refused'),
  ('cert_request', 6, 'source',    '由何得出', 'Derived from', 'text', 'lww',    'V,T', 1, 0, '',            'len:1:200', '',       '',      '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (139, 'target', '目标任务', 'Target', 'record', 'registry', 'indicator');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('target', 1, 'unit',      '单位',     'Unit',       'text',    'once',      'C', 1, 1, '',                 'division:3'),
  ('target', 2, 'year',      '年度',     'Year',       'int',     'once',      'C', 1, 1, '',                 'range:2000:2100'),
  ('target', 3, 'indicator', '指标',     'Indicator',  'code',    'once',      'C', 1, 1, 'target_indicator', ''),
  ('target', 4, 'value',     '目标值',   'Value',      'decimal', 'authority', 'C', 1, 1, '',                 'range:0:999999999'),
  ('target', 5, 'model',     '示范',     'Model unit', 'bool',    'authority', 'C', 1, 0, '',                 ''),
  ('target', 6, 'leader',    '责任领导', 'Leader',     'text',    'authority', 'C', 1, 0, '',                 'len:1:50');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('policy_item', 1, 'order', 'from until', 'error', '止不能早于起',
   'It ends before it begins'),
  ('policy_delivery', 1, 'belongs', '', 'error', '送达留在当地',
   'Stays'),
  ('admission_item', 1, 'needs', 'status refused reason', 'error', '不予准入要写明理由',
   'A refusal needs a reason'),
  ('burden_report', 1, 'belongs', '', 'error', '观察留在当地',
   'Stays'),
  ('target', 1, 'unique', 'unit year indicator settle value=0', 'conflict', '同一目标有几条',
   'A target stands several times'),
  ('consultation', 101, 'mask', 'person name V,T', 'error', '咨询人:公示只露姓',
   'Person: the surname is posted');
