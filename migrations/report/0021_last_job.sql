-- SPDX-License-Identifier: MulanPSL-2.0
-- name: last_job
-- zh: 最后一份稳定就业到期预警
-- en: Last stable job about to end
-- about: 这些户的稳定就业都将在预警期内到期（参数 warn_days，默认30天）：到期以后，户里就没有人稳定就业了。
-- who: village township dept registrar
-- none: 没有就要到期的。
-- hold: d_labour d_household
-- column: household_code | 户编号 | Household | text
-- column: head | 户主 | Head | text mask=name
-- column: officer | 网格员 | Officer | text
-- column: stable_jobs | 稳定就业人数 | Stable jobs | count
-- column: ends_on | 最后到期 | Ends on | text
-- column: days_left | 还有几天 | Days left | count
-- rows:
SELECT w.household_code, h.head, h.officer, w.stable_jobs, w.ends_on, w.days_left
  FROM stable_warning w
  JOIN household_state h ON h.id = w.household_id AND h.origin = w.origin
  JOIN scope ON scope.origin = w.origin
 ORDER BY w.ends_on, w.household_code;
