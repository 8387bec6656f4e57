-- SPDX-License-Identifier: MulanPSL-2.0
-- What a department's own register says of people here, and what the village answers (agent/FEEDS.md).

INSERT INTO migration(number, name) VALUES (25, 'feeds');

INSERT INTO codes(list, code, zh, en) VALUES
  ('feed_status', 'open',      '待村里核对',   'To be checked'),
  ('feed_status', 'confirmed', '村里确认',     'Confirmed'),
  ('feed_status', 'disputed',  '村里有异议',   'Disputed'),
  ('feed_status', 'accepted',  '部门采纳异议', 'Objection taken'),
  ('feed_status', 'upheld',    '部门维持原值', 'Upheld');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (209, 'dept_feed',       '部门比对', 'Department feed',   'append', 'village', 'source'),
  (210, 'feed_difference', '比对差异', 'Feed difference',   'record', 'village', 'field');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, args) VALUES
  ('dept_feed', 1, 'source',      '部门',     'Department',   'code', 'append', 'C', 1, 1, 'department', '',                  '', ''),
  ('dept_feed', 2, 'day',         '数据日期', 'Day of data',  'date', 'append', 'C', 1, 1, '',           '',                  '', ''),
  ('dept_feed', 3, 'hash',        '文件指纹', 'Hash of file', 'text', 'append', 'C', 1, 1, '',           'hex:64',            '', ''),
  ('dept_feed', 4, 'matched',     '比中',     'Matched',      'int',  'append', 'C', 1, 1, '',           'range:0:100000000', '', ''),
  ('dept_feed', 5, 'agreed',      '一致项',   'Agreed',       'int',  'append', 'C', 1, 1, '',           'range:0:100000000', '', ''),
  ('dept_feed', 6, 'differences', '差异项',   'Differences',  'int',  'append', 'C', 1, 1, '',           'range:0:100000000', '', ''),

  ('feed_difference', 1,  'source',      '部门',     'Department',    'code',     'once',  'C',   1, 1, 'department',  '',          '',       ''),
  ('feed_difference', 2,  'day',         '数据日期', 'Day of data',   'date',     'once',  'C',   1, 1, '',            '',          '',       ''),
  ('feed_difference', 3,  'person_id',   '人员',     'Person',        'ref',      'once',  'C',   2, 1, '',            '',          'person', ''),
  ('feed_difference', 4,  'field',       '项目',     'Field',         'text',     'once',  'C',   1, 1, '',            'len:1:60',  '',       ''),
  ('feed_difference', 5,  'said',        '部门的值', 'Department',    'text',     'once',  'C',   3, 0, '',            'len:1:400', '',       ''),
  ('feed_difference', 6,  'held',        '村里的值', 'Village',       'text',     'once',  'C',   3, 0, '',            'len:1:400', '',       ''),
  ('feed_difference', 7,  'status',      '状态',     'Status',        'code',     'state', 'V,C', 1, 0, 'feed_status', '',          '',       '>open,open>confirmed,open>disputed,disputed>confirmed,confirmed>disputed,disputed>accepted,disputed>upheld,upheld>disputed'),
  ('feed_difference', 8,  'reason',      '异议理由', 'Reason',        'text',     'lww',   'V',   2, 0, '',            'len:1:400', '',       ''),
  ('feed_difference', 9,  'evidence',    '佐证',     'Evidence',      'set_text', 'set',   'V',   2, 0, '',            'hex:64',    '',       ''),
  ('feed_difference', 10, 'answer',      '部门答复', 'Answer',        'text',     'lww',   'C',   2, 0, '',            'len:1:400', '',       '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  (210, 1, 'needs', 'status disputed reason', 'error', '有异议要写明理由', 'An objection needs its reason'),
  (210, 2, 'needs', 'status upheld answer', 'error', '维持原值要答复', 'Upholding needs an answer');
