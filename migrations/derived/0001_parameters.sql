-- SPDX-License-Identifier: MulanPSL-2.0
-- Numbers in force on the day asked for: the county's newest row up to that day, else the default.

CREATE TEMP VIEW parameter_default(name, value, basis) AS VALUES
  ('work_age_from',      16,   '劳动法:年满16周岁'),
  ('work_age_to_male',   60,   '统计口径:16至59周岁;随法定退休年龄改变的,由县里按日期另立'),
  ('work_age_to_female', 60,   '统计口径:16至59周岁;随法定退休年龄改变的,由县里按日期另立'),
  ('minimum_wage',       1850, '由县里按本地公布的标准另立'),
  ('stable_days',        180,  '零转移就业家庭退出标准:12个月内灵活就业满180天'),
  ('income_years',       2,    '今年和上一年的收入'),
  ('warn_days',          30,   '最后一份稳定就业到期前一个月');

CREATE TEMP VIEW parameter_value AS
  SELECT d.name,
         coalesce((SELECT CAST(p.value AS REAL) FROM parameter p
                    WHERE p.name = d.name AND p.valid_from <= a.today
                    ORDER BY p.valid_from DESC, p.id DESC LIMIT 1), d.value) AS value
    FROM parameter_default d, asked a;
