-- SPDX-License-Identifier: MulanPSL-2.0
-- name: units
-- zh: 各村一览
-- en: Villages at a glance
-- about: 增收门路、稳定就业的口径同“零就业户·无增收门路户名单”；劳动力、在业的口径同劳务台账。
-- about: 两项都达到：有增收门路，并且有稳定就业或没有劳动力。已访：本月走访过的在册户。
-- about: 在几个账本里登记、已经连成一个的人和户只算一次，算在他现在所在的村。
-- who: village grid township registrar auditor dept
-- none: 没有村级账本。
-- hold: d_labour d_household
-- by: unit
-- column: unit | 单位 | Unit | text
-- column: households | 户数 | Households | count null=未上报
-- column: people | 人口 | People | count
-- column: labourers | 劳动力 | Labourers | count
-- column: employed | 在业 | At work | count
-- column: work_rate | 就业率 | At work | percent of=employed/labourers
-- column: no_channel | 缺增收门路 | No income channel | count
-- column: no_stable | 缺稳定就业 | No stable job | count
-- column: both | 两项都达到 | Both kept | count
-- column: both_rate | 达到率 | Both kept | percent of=both/households
-- column: visited | 本月已访 | Visited this month | count
-- column: coverage | 走访覆盖率 | Coverage | percent of=visited/households
-- column: code | 区划代码 | Division | text file
-- rows:
WITH v AS MATERIALIZED (SELECT DISTINCT household_id FROM visit_valid WHERE substr(at, 1, 7) = :month),
h AS MATERIALIZED (
  SELECT origin, count(*) AS households, sum(lacks_channel) AS no_channel, sum(lacks_stable) AS no_stable,
         sum(NOT lacks_channel AND NOT lacks_stable) AS both,
         sum(id IN (SELECT household_id FROM v)) AS visited
    FROM household_state GROUP BY origin),
l AS MATERIALIZED (
  SELECT origin, count(*) AS people, sum(is_labour) AS labourers, sum(is_labour AND jobs > 0) AS employed
    FROM labour_state GROUP BY origin)
SELECT s.name AS unit, coalesce(h.households, 0) AS households, coalesce(l.people, 0) AS people,
       coalesce(l.labourers, 0) AS labourers, coalesce(l.employed, 0) AS employed,
       coalesce(h.no_channel, 0) AS no_channel, coalesce(h.no_stable, 0) AS no_stable, coalesce(h.both, 0) AS both,
       coalesce(h.visited, 0) AS visited, s.code
  FROM scope s LEFT JOIN h USING (origin) LEFT JOIN l USING (origin) ORDER BY s.code, s.origin;
-- detail:
WITH v AS MATERIALIZED (SELECT DISTINCT household_id FROM visit_valid WHERE substr(at, 1, 7) = :month)
SELECT s.code, 'household' AS type, h.id FROM household_state h JOIN scope s USING (origin)
 WHERE CASE :column WHEN 'households' THEN 1 WHEN 'no_channel' THEN h.lacks_channel WHEN 'no_stable' THEN h.lacks_stable
       WHEN 'both' THEN NOT h.lacks_channel AND NOT h.lacks_stable
       WHEN 'visited' THEN h.id IN (SELECT household_id FROM v) ELSE 0 END
UNION ALL
SELECT s.code, 'person', l.person_id FROM labour_state l JOIN scope s USING (origin)
 WHERE CASE :column WHEN 'people' THEN 1 WHEN 'labourers' THEN l.is_labour
       WHEN 'employed' THEN l.is_labour AND l.jobs > 0 ELSE 0 END;
