-- SPDX-License-Identifier: MulanPSL-2.0
-- name: plans_unsigned
-- zh: 一户一策未签名单
-- en: Households whose plan is not signed
-- about: 应有计划（易地搬迁户、三类户、在册监测户）而当年没有已签字计划的户。
-- who: village township registrar auditor dept
-- none: 应有计划的户都已签字。
-- hold: d_labour d_household
-- column: household_code | 户编号 | Household | text
-- column: head | 户主 | Head | text mask=name
-- column: grid | 网格 | Grid | text
-- column: members | 人口 | Members | count
-- column: plan | 计划状态 | Plan | text null=没有计划
-- column: helper | 帮扶责任人 | Helper | text
-- column: officer | 网格员 | Officer | text
-- column: unit | 单位 | Unit | text file
-- summary:
WITH h AS MATERIALIZED (SELECT id FROM household_state JOIN scope USING (origin) WHERE target),
s AS (SELECT DISTINCT household_id FROM plan WHERE year = CAST(substr(:today, 1, 4) AS INTEGER)
         AND status IN ('signed', 'running', 'reviewed', 'closed'))
SELECT 'target' AS name, '应有计划户' AS zh, count(*) AS value, '' AS note FROM h
UNION ALL SELECT 'unsigned', '未签', count(*), '' FROM h WHERE id NOT IN (SELECT household_id FROM s);
-- rows:
WITH p AS MATERIALIZED (
  SELECT household_id, max(status IN ('signed', 'running', 'reviewed', 'closed')) AS signed, max(status) AS status, helper
    FROM plan WHERE year = CAST(substr(:today, 1, 4) AS INTEGER) GROUP BY household_id)
SELECT h.household_code, h.head, h.grid, h.members,
       iif(p.household_id IS NULL, NULL, label('plan_status', p.status)) AS plan, p.helper, h.officer, s.name AS unit
  FROM household_state h JOIN scope s USING (origin) LEFT JOIN p ON p.household_id = h.id
 WHERE h.target AND NOT coalesce(p.signed, 0)
 ORDER BY h.origin, h.household_code;
