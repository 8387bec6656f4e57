-- SPDX-License-Identifier: MulanPSL-2.0
-- name: quality_list
-- zh: 数据质量疑点清单
-- en: Doubts about the records, one by one
-- about: 核对后改正记录，疑点自行消失；规则的汇总见 huce report quality。
-- who: village grid township registrar auditor dept
-- none: 没有疑点。
-- hold: d_member d_family d_labour d_household
-- column: rule | 规则 | Rule | text
-- column: zh | 疑点 | Doubt | text
-- column: household_code | 户编号 | Household | text
-- column: person | 人员或户主 | Person, or head | text mask=name
-- column: seen | 现状 | As recorded | text
-- column: type | 记录类型 | Type | text file
-- column: id | 记录编号 | Record | text file
-- column: unit | 单位 | Unit | text file
-- rows:
WITH i AS MATERIALIZED (SELECT q.*, s.name AS unit FROM quality_issue q JOIN scope s USING (origin))
SELECT i.rule, r.zh, i.household_code, i.person, i.seen, i.type, i.id, i.unit
  FROM i JOIN quality_rule r USING (rule) ORDER BY r.sort, i.unit, i.household_code, i.id;
