-- SPDX-License-Identifier: MulanPSL-2.0
-- name: quality_list
-- zh: 数据质量疑点清单
-- en: Doubts about the records, one by one
-- about: 先是应改的，再是应核的，放得最久的在前。核对后改正记录，疑点自行消失；规则的汇总见 huce report quality。
-- about: 责任人：分派给谁就是谁，没有分派的是这一户的网格员。几天没动：这条记录最后一次改动到今天。
-- who: village grid township registrar auditor dept
-- none: 没有疑点。
-- hold: d_member d_family d_labour d_household
-- column: rule | 规则 | Rule | text
-- column: severity | 轻重 | Severity | text
-- column: zh | 疑点 | Doubt | text
-- column: household_code | 户编号 | Household | text
-- column: person | 人员或户主 | Person, or head | text mask=name
-- column: seen | 现状 | As recorded | text
-- column: owner | 责任人 | Who puts it right | text null=未定
-- column: days | 几天没动 | Days untouched | count
-- column: due | 期限 | Due | date file
-- column: field | 要改的项目 | Field | text file
-- column: type | 记录类型 | Type | text file
-- column: id | 记录编号 | Record | text file
-- column: unit | 单位 | Unit | text file
-- rows:
WITH i AS MATERIALIZED (SELECT q.*, s.name AS unit FROM quality_work q JOIN scope s USING (origin))
SELECT i.rule, iif(i.severity = 1, '应改', '应核') AS severity, i.zh, i.household_code, i.person, i.seen, i.owner, i.days, i.due,
       i.field, i.type, i.id, i.unit
  FROM i ORDER BY i.severity, i.days DESC, i.sort, i.unit, i.household_code, i.id;
