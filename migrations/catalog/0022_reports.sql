-- SPDX-License-Identifier: MulanPSL-2.0
-- What was generated and fixed as it was, instead of being asked of a village; doubts that somebody looks after.

INSERT INTO migration(number, name) VALUES (22, 'reports');

INSERT INTO codes(list, code, zh, en) VALUES
  ('data_issue_status', 'assigned',  '已分派',   'Assigned'),
  ('data_issue_status', 'fixed',     '已改正',   'Put right'),
  ('data_issue_status', 'dismissed', '核实无误', 'Is as it is'),
  ('subsidy_item', '21', '困难残疾人生活补贴', 'Living allowance of the disabled'),
  ('subsidy_item', '22', '重度残疾人护理补贴', 'Care allowance of the severely disabled');

-- A run of a report that went out: which question, on what it stood, and the hash of what it said. Never changed.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (206, 'report_run', '报表存档', 'Frozen report', 'append', 'any', 'title');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('report_run', 1,  'name',         '报表',       'Report',          'text', 'append', 'V,T,C', 0, 1, '', 'len:1:60',        ''),
  ('report_run', 2,  'title',        '名称',       'Title',           'text', 'append', 'V,T,C', 0, 1, '', 'len:1:100',       ''),
  ('report_run', 3,  'day',          '截至',       'Day',             'date', 'append', 'V,T,C', 0, 1, '', '',                ''),
  ('report_run', 4,  'month',        '月份',       'Month',           'text', 'append', 'V,T,C', 0, 0, '', 'len:7:7',         ''),
  ('report_run', 5,  'scope',        '范围',       'Scope',           'text', 'append', 'V,T,C', 0, 0, '', 'len:1:160',       ''),
  ('report_run', 6,  'bases',        '依据的账本', 'Ledgers',         'text', 'append', 'V,T,C', 0, 1, '', 'len:1:60000',     ''),
  ('report_run', 7,  'hash',         '指纹',       'Hash',            'text', 'append', 'V,T,C', 0, 1, '', 'hex:64',          ''),
  ('report_run', 8,  'rows',         '行数',       'Rows',            'int',  'append', 'V,T,C', 0, 1, '', 'range:0:1000000', ''),
  ('report_run', 9,  'cells',        '免填格数',   'Cells not typed', 'int',  'append', 'V,T,C', 0, 0, '', 'range:0:9999999', ''),
  ('report_run', 10, 'asked_by',     '要求单位',   'Asked by',        'text', 'append', 'V,T,C', 0, 0, '', 'len:1:60',        ''),
  ('report_run', 11, 'admission_id', '准入事项',   'Admitted item',   'ref',  'append', 'V,T,C', 0, 0, '', '',                'admission_item'),
  ('report_run', 12, 'made_at',      '制表时间',   'Made at',         'time', 'append', 'V,T,C', 0, 1, '', '',                '');

-- Whom a doubt was given to, and what came of it. Whether it is still there, the records say.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (207, 'data_issue', '数据疑点', 'Doubt', 'record', 'village', 'rule');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, args) VALUES
  ('data_issue', 1, 'rule',      '规则',     'Rule',     'text', 'once',  'V,T', 1, 1, '',                  'len:1:40',  '', ''),
  ('data_issue', 2, 'type',      '记录类型', 'Type',     'text', 'once',  'V,T', 1, 1, '',                  'len:1:60',  '', ''),
  ('data_issue', 3, 'record',    '记录编号', 'Record',   'text', 'once',  'V,T', 1, 1, '',                  'hex:32',    '', ''),
  ('data_issue', 4, 'opened_on', '发现日期', 'Found on', 'date', 'once',  'V,T', 1, 1, '',                  '',          '', ''),
  ('data_issue', 5, 'owner',     '责任人',   'Owner',    'text', 'lww',   'V,T', 1, 0, '',                  'len:1:50',  '', ''),
  ('data_issue', 6, 'due',       '期限',     'Due',      'date', 'lww',   'V,T', 1, 0, '',                  '',          '', ''),
  ('data_issue', 7, 'status',    '状态',     'Status',   'code', 'state', 'V,T', 1, 0, 'data_issue_status', '',          '', '>assigned,>dismissed,>fixed,assigned>fixed,assigned>dismissed,fixed>assigned,dismissed>assigned'),
  ('data_issue', 8, 'closed_on', '了结日期', 'Closed',   'date', 'lww',   'V,T', 1, 0, '',                  '',          '', ''),
  ('data_issue', 9, 'reason',    '说明',     'Reason',   'text', 'lww',   'V,T', 1, 0, '',                  'len:1:400', '', '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('data_issue', 1, 'needs', 'status dismissed reason', 'error', '核实无误的要写明依据', 'Dismissed needs its reason'),
  ('data_issue', 2, 'unique', 'rule record settle status=fixed', 'conflict', '一个疑点分派了几次', 'A doubt was given out several times');
