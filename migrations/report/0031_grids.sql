-- SPDX-License-Identifier: MulanPSL-2.0
-- name: grids
-- zh: 网格树
-- en: Grids
-- about: 上级网格的数含下级网格的。口径同“各村一览”；户没有写网格的，列在“（没有网格）”。
-- who: village grid township registrar auditor dept
-- none: 还没有网格。
-- hold: d_labour d_household
-- column: grid | 网格 | Grid | text
-- column: level | 级别 | Level | text
-- column: households | 户数 | Households | count
-- column: people | 人口 | People | count
-- column: labourers | 劳动力 | Labourers | count
-- column: no_channel | 缺增收门路 | No income channel | count
-- column: no_stable | 缺稳定就业 | No stable job | count
-- column: visited | 本月已访 | Visited this month | count
-- column: coverage | 走访覆盖率 | Coverage | percent of=visited/households
-- column: leader | 网格长 | Leader | text
-- column: unit | 单位 | Unit | text
-- column: code | 区划代码 | Division | text file
-- column: id | 编号 | Number | text file
-- column: parent | 上级网格 | Parent | text file
-- rows:
WITH RECURSIVE v AS MATERIALIZED (SELECT DISTINCT household_id FROM visit_valid WHERE substr(at, 1, 7) = :month),
g AS MATERIALIZED (
  SELECT g.*, s.code, s.name AS unit FROM grid_state g JOIN scope s USING (origin)),
up(id, at) AS (
  SELECT id, id FROM g UNION SELECT up.id, g.parent_id FROM up JOIN g ON g.id = up.at WHERE g.parent_id IS NOT NULL),
h AS MATERIALIZED (
  SELECT s.code, s.name AS unit, iif(h.grid_id IN (SELECT id FROM g), h.grid_id, NULL) AS grid_id, count(*) AS households,
         sum(members) AS people, sum(labourers) AS labourers, sum(lacks_channel) AS no_channel,
         sum(lacks_stable) AS no_stable, sum(h.id IN (SELECT household_id FROM v)) AS visited
    FROM household_state h JOIN scope s USING (origin) GROUP BY 1, 3),
lines AS (
  SELECT g.code, g.grid_code, g.name AS grid, label('grid_level', g.level) AS level, g.leader, g.unit, g.id,
         g.parent_id AS parent, h.households, h.people, h.labourers, h.no_channel, h.no_stable, h.visited
    FROM g LEFT JOIN up ON up.at = g.id LEFT JOIN h ON h.grid_id = up.id
  UNION ALL
  SELECT code, '9', '（没有网格）', '', NULL, unit, code, NULL, households, people, labourers, no_channel, no_stable, visited
    FROM h WHERE grid_id IS NULL)
SELECT grid, level, CAST(total(households) AS INTEGER) AS households, CAST(total(people) AS INTEGER) AS people,
       CAST(total(labourers) AS INTEGER) AS labourers, CAST(total(no_channel) AS INTEGER) AS no_channel,
       CAST(total(no_stable) AS INTEGER) AS no_stable, CAST(total(visited) AS INTEGER) AS visited,
       leader, unit, code, id, parent
  FROM lines GROUP BY code, id ORDER BY code, grid_code, id;
-- detail:
WITH RECURSIVE v AS MATERIALIZED (SELECT DISTINCT household_id FROM visit_valid WHERE substr(at, 1, 7) = :month),
g AS MATERIALIZED (SELECT g.* FROM grid_state g JOIN scope USING (origin)),
up(id, at) AS (
  SELECT id, id FROM g UNION SELECT up.id, g.parent_id FROM up JOIN g ON g.id = up.at WHERE g.parent_id IS NOT NULL),
h AS MATERIALIZED (
  SELECT h.*, coalesce(up.at, s.code) AS at
    FROM household_state h JOIN scope s USING (origin) LEFT JOIN up ON up.id = h.grid_id)
SELECT at AS code, 'household' AS type, id FROM h
 WHERE CASE :column WHEN 'households' THEN 1 WHEN 'no_channel' THEN lacks_channel WHEN 'no_stable' THEN lacks_stable
       WHEN 'visited' THEN id IN (SELECT household_id FROM v)
       WHEN 'unvisited' THEN id NOT IN (SELECT household_id FROM v) ELSE 0 END
UNION ALL
SELECT h.at, 'person', l.person_id FROM h JOIN labour_state l ON l.household_id = h.id
 WHERE CASE :column WHEN 'people' THEN 1 WHEN 'labourers' THEN l.is_labour ELSE 0 END;
