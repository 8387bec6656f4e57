-- SPDX-License-Identifier: MulanPSL-2.0
-- name: invariants
-- zh: 零就业户·无增收门路户名单
-- en: Households without a stable job or an income channel
-- about: 增收门路：有人在业，或今年、上一年有工资性、生产经营性、财产性收入；只有转移性收入不算。
-- about: 稳定就业：合同一年及以上，或有执照的自主创业，或12个月内做满180天，或养殖种植月收入不低于最低工资。
-- about: 无劳动力的户不要求稳定就业。自何时：最近一份稳定工作（或最近一条门路）结束的次日；空白为登记以来没有。
-- who: village grid township registrar auditor dept
-- none: 没有缺项的户：每户至少一项增收门路，每户至少一人稳定就业。
-- hold: d_labour d_household
-- column: household_code | 户编号 | Household | text
-- column: head | 户主 | Head | text mask=name
-- column: grid | 网格 | Grid | text
-- column: members | 人口 | Members | count
-- column: labourers | 劳力 | Labourers | count
-- column: workers | 在业 | At work | count
-- column: missing | 缺项 | Missing | text
-- column: since | 自何时 | Since | date
-- column: reason | 原因 | Reason | text
-- column: measures | 现措施 | Measures | text file
-- column: officer | 责任人 | Officer | text
-- column: next_visit | 下次走访 | Next visit | date file
-- column: unit | 单位 | Unit | text file
-- summary:
WITH h AS MATERIALIZED (
  SELECT labourers, lacks_channel, lacks_stable FROM household_state JOIN scope USING (origin)),
t AS (
  SELECT count(*) AS n, coalesce(sum(labourers > 0), 0) AS labour, coalesce(sum(lacks_channel), 0) AS no_channel,
         coalesce(sum(lacks_stable), 0) AS no_stable,
         coalesce(sum(NOT lacks_channel AND NOT lacks_stable), 0) AS both_kept
    FROM h)
SELECT 'households' AS name, '在册户' AS zh, n AS value, printf('其中有劳动力的 %d 户', labour) AS note FROM t
UNION ALL SELECT 'both', '两项都达到', both_kept, iif(n, printf('%.1f%%', 100.0 * both_kept / n), '') FROM t
UNION ALL SELECT 'lacks_channel', '缺增收门路', no_channel, '底线：每户至少一项增收门路' FROM t
UNION ALL SELECT 'lacks_stable', '缺稳定就业', no_stable, '底线：每户至少一人稳定就业' FROM t;
-- rows:
WITH bad AS MATERIALIZED (
  SELECT s.name AS unit, h.* FROM household_state h JOIN scope s USING (origin)
   WHERE h.lacks_channel OR h.lacks_stable),
why AS MATERIALIZED (
  SELECT household_id, group_concat(text, '、') AS reason
    FROM (SELECT household_id, iif(n > 1, n || '人', '') || text AS text
            FROM (SELECT l.household_id, count(*) AS n,
                         CASE WHEN l.jobs > 0 THEN '在业不稳定'
                              WHEN l.no_job_reason IS NOT NULL THEN label('nr', l.no_job_reason)
                              ELSE label('es', l.state) END AS text
                    FROM labour_state l WHERE l.is_labour AND NOT l.stable
                   GROUP BY 1, 3 ORDER BY 1, 2 DESC, 3))
   GROUP BY household_id),
help AS MATERIALIZED (
  SELECT p.household_id, group_concat(DISTINCT coalesce(u.name, m.menu_code)) AS measures
    FROM plan_measure m JOIN plan p ON p.id = m.plan_id
    LEFT JOIN (SELECT code, name FROM measure_menu GROUP BY code) u ON u.code = m.menu_code
   WHERE coalesce(m.status, '1') IN ('1', '2') GROUP BY p.household_id)
SELECT b.household_code, b.head, b.grid, b.members, b.labourers, b.workers,
       CASE WHEN b.lacks_channel AND b.lacks_stable THEN '门路、就业'
            WHEN b.lacks_channel THEN '门路' ELSE '就业' END AS missing,
       coalesce(CASE WHEN b.lacks_channel THEN b.no_channel_since END,
                CASE WHEN b.lacks_stable THEN b.no_stable_since END) AS since,
       coalesce(w.reason, iif(b.labourers, '', '无劳动力')) AS reason, m.measures, b.officer, b.next_visit, b.unit
  FROM bad b
  LEFT JOIN why w ON w.household_id = b.id
  LEFT JOIN help m ON m.household_id = b.id
 ORDER BY b.lacks_channel DESC, b.origin, b.household_code;
