-- SPDX-License-Identifier: MulanPSL-2.0
-- name: visits
-- zh: 网格走访覆盖表
-- en: Visits per grid
-- about: 每月最小单元全覆盖：网格内在册户都应走访，走访一次算已访；被更正的走访不算。
-- about: 必联户：有空巢、留守、失独、孤儿等标签成员的户。四必掌握：走访内容含党员、流动人口、房屋出租、喜事丧事。
-- who: village grid township registrar auditor dept
-- none: 没有网格。
-- period: month
-- hold: d_labour d_household labour_state
-- column: grid | 网格 | Grid | text
-- column: households | 户数 | Households | count
-- column: due | 本月应访 | Due this month | count
-- column: visited | 已访 | Visited | count
-- column: coverage | 覆盖率 | Coverage | percent
-- column: must_left | 必联未访 | Must contact, not visited | count
-- column: must_know | 四必掌握 | Registers refreshed | count
-- column: needs | 发现需求 | Needs | count
-- column: requests | 转办 | Passed on | count
-- column: officer | 网格长 | Leader | text
-- column: unit | 单位 | Unit | text file
-- column: code | 区划代码 | Division | text file
-- summary:
WITH h AS MATERIALIZED (SELECT id, grid_id FROM household_state JOIN scope USING (origin)),
v AS MATERIALIZED (SELECT DISTINCT household_id FROM visit_valid WHERE substr(at, 1, 7) = :month),
t AS (SELECT count(*) AS n, coalesce(sum(id IN (SELECT household_id FROM v)), 0) AS visited,
             coalesce(sum(grid_id IS NULL), 0) AS nowhere FROM h)
SELECT 'month' AS name, '月份' AS zh, :month AS value, '' AS note
UNION ALL SELECT 'due', '应访户', n, '' FROM t
UNION ALL SELECT 'visited', '已访户', visited, iif(n, printf('%.1f%%', 100.0 * visited / n), '') FROM t
UNION ALL SELECT 'nowhere', '没有网格的户', nowhere, '' FROM t WHERE nowhere;
-- rows:
WITH must AS MATERIALIZED (
  SELECT DISTINCT l.household_id FROM person_tag t JOIN labour_state l ON l.person_id = t.person_id
   WHERE t.tag IN ('105', '106', '107', '108', '109', '110', '117') AND coalesce(t."to", '9') > :today),
v AS MATERIALIZED (
  SELECT household_id, count(*) AS visits,
         sum(EXISTS (SELECT 1 FROM json_each(topics) WHERE value IN ('1', '2', '3', '4'))) AS must_know,
         sum(needs IS NOT NULL) AS needs, sum(coalesce(json_array_length(request_ids), 0) > 0) AS requests
    FROM visit_valid WHERE substr(at, 1, 7) = :month GROUP BY household_id),
h AS MATERIALIZED (
  SELECT h.origin, h.grid_id, count(*) AS households, count(v.visits) AS visited,
         sum(h.id IN (SELECT household_id FROM must) AND v.visits IS NULL) AS must_left,
         sum(coalesce(v.must_know, 0)) AS must_know, sum(coalesce(v.needs, 0)) AS needs,
         sum(coalesce(v.requests, 0)) AS requests
    FROM household_state h LEFT JOIN v ON v.household_id = h.id GROUP BY h.origin, h.grid_id),
lines AS (
  SELECT s.code, g.grid_code, g.name AS grid, coalesce(h.households, 0) AS households, coalesce(h.visited, 0) AS visited,
         coalesce(h.must_left, 0) AS must_left, coalesce(h.must_know, 0) AS must_know, coalesce(h.needs, 0) AS needs,
         coalesce(h.requests, 0) AS requests, g.leader, s.name AS unit
    FROM grid_state g JOIN scope s USING (origin) LEFT JOIN h ON h.grid_id = g.id
   WHERE g.level = '3'
  UNION ALL
  SELECT s.code, '9', '（没有网格）', h.households, h.visited, h.must_left, h.must_know, h.needs, h.requests, NULL, s.name
    FROM h JOIN scope s USING (origin) WHERE h.grid_id IS NULL OR h.grid_id NOT IN (SELECT id FROM grid_state WHERE level = '3'))
SELECT grid, households, households AS due, visited, round(100.0 * visited / nullif(households, 0), 1) AS coverage,
       must_left, must_know, needs, requests, leader AS officer, unit, code
  FROM lines ORDER BY code, grid_code;
