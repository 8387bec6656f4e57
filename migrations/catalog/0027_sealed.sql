-- SPDX-License-Identifier: MulanPSL-2.0
-- Cases for named readers (shared/FORMAT.md §7b). Their ledger has the suffix "s-…"; the types below live nowhere else, and
-- what they hold is an age file to the readers' devices, cut into pieces. Which items a case has is the list `sealed_item`.

INSERT INTO migration(number, name) VALUES (27, 'sealed');

INSERT INTO codes(list, code, zh, en) VALUES
  ('sealed_kind', '1', '严重精神障碍', 'Severe mental disorder'),
  ('sealed_kind', '2', '社区矫正',     'Community correction'),
  ('sealed_kind', '3', '观护帮教',     'Juvenile supervision'),
  ('sealed_kind', '4', '吸毒康复',     'Drug rehabilitation'),
  ('sealed_kind', '9', '其他',         'Other'),
  ('sealed_item', 'kind',     '类别',     'Kind'),
  ('sealed_item', 'name',     '姓名',     'Name'),
  ('sealed_item', 'place',    '住处',     'Place'),
  ('sealed_item', 'guardian', '监护人',   'Guardian'),
  ('sealed_item', 'helper',   '帮教人',   'Helper'),
  ('sealed_item', 'from',     '开始日期', 'From'),
  ('sealed_item', 'to',       '期满日期', 'To'),
  ('sealed_item', 'plan',     '方案',     'Plan'),
  ('sealed_item', 'next_due', '下次日期', 'Next visit'),
  ('sealed_item', 'note',     '情况',     'Note'),
  ('sealed_item', 'closed',   '了结',     'Closed');

INSERT INTO tables(no, name, zh, en, kind, home, title, sort) VALUES
  (211, 'sealed_case',   '封存个案', 'Sealed case',   'record', 'sealed', '',     900),
  (212, 'sealed_reader', '封存读者', 'Sealed reader', 'record', 'sealed', 'name', 901);

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, conflict_group) VALUES
  ('sealed_case', 1, 'part_1', '内容一', 'Part 1', 'text', 'review', 'V,T,C', 4, 1, 'base64', 'sealed'),
  ('sealed_case', 2, 'part_2', '内容二', 'Part 2', 'text', 'review', 'V,T,C', 4, 0, 'base64', 'sealed'),
  ('sealed_case', 3, 'part_3', '内容三', 'Part 3', 'text', 'review', 'V,T,C', 4, 0, 'base64', 'sealed'),
  ('sealed_case', 4, 'part_4', '内容四', 'Part 4', 'text', 'review', 'V,T,C', 4, 0, 'base64', 'sealed'),

  ('sealed_reader', 1, 'person', '人员', 'Person', 'text', 'once', 'V,T,C', 4, 1, 'hex:32',   ''),
  ('sealed_reader', 2, 'name',   '姓名', 'Name',   'text', 'lww',  'V,T,C', 4, 1, 'len:1:60', '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  (212, 1, 'unique', 'person', 'conflict', '同一位读者登记了两次', 'A reader is named twice');
