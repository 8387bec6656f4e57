-- SPDX-License-Identifier: MulanPSL-2.0
-- Numbers that the county decides and that change with time: ages, wages, deadlines.

INSERT INTO migration(number, name) VALUES (7, 'parameters');

INSERT INTO codes(list, code, zh, en) VALUES
  ('parameter', 'work_age_from',      '劳动年龄起(周岁)',       'Working age from (years)'),
  ('parameter', 'work_age_to_male',   '男劳动年龄止(周岁,不含)', 'Working age to, men (years, exclusive)'),
  ('parameter', 'work_age_to_female', '女劳动年龄止(周岁,不含)', 'Working age to, women (years, exclusive)'),
  ('parameter', 'minimum_wage',       '最低工资(元/月)',        'Minimum wage (yuan a month)'),
  ('parameter', 'stable_days',        '灵活就业算稳定的天数',   'Days of flexible work that count as stable'),
  ('parameter', 'income_years',       '增收门路看几个年度',     'Years whose incomes count as a channel');

-- A number holds from its date until the next one of the same name. Without a row the program's own default holds
-- (migrations/derived).
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (18, 'parameter', '参数', 'Parameter', 'record', 'registry', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks) VALUES
  ('parameter', 1, 'name',       '参数',     'Parameter',  'code',    'once',      'C', 0, 1, 'parameter', ''),
  ('parameter', 2, 'valid_from', '起用日期', 'Valid from', 'date',    'once',      'C', 0, 1, '',          ''),
  ('parameter', 3, 'value',      '数值',     'Value',      'decimal', 'authority', 'C', 0, 1, '',          'range:0:999999999'),
  ('parameter', 4, 'basis',      '依据',     'Basis',      'text',    'authority', 'C', 0, 0, '',          'len:1:200');
