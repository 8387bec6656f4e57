-- SPDX-License-Identifier: MulanPSL-2.0
-- name: suggestions
-- zh: 一户一策建议措施
-- en: Measures that fit
-- about: 按帮扶菜单的适用条件，这些户适用而今年的计划里还没有的措施。理由是条件所看的情况。
-- who: village township dept registrar
-- none: 没有建议：菜单没有适用条件，或适用的都已在计划里。
-- hold: d_labour d_household
-- column: household_code | 户编号 | Household | text
-- column: head | 户主 | Head | text mask=name
-- column: code | 菜单编码 | Menu code | text
-- column: name | 措施 | Measure | text
-- column: category | 类别 | Category | text
-- column: why | 理由 | Reasons | text
-- column: department | 主管部门 | Department | text
-- rows:
SELECT s.household_code, h.head, s.code, s.name, label('measure_category', s.category) AS category, s.why,
       label('department', s.department) AS department
  FROM measure_suggestion s
  JOIN household_state h ON h.id = s.household_id AND h.origin = s.origin
  JOIN scope ON scope.origin = s.origin
 WHERE h.target OR h.lacks_channel OR h.lacks_stable
 ORDER BY s.household_code, s.code;
