-- SPDX-License-Identifier: MulanPSL-2.0
-- name: muster
-- zh: 人员清点表
-- en: Roll call
-- about: 最近一次启动、还没有结束的应急事件；都结束了就看最近的一次。应到：在册户现有成员。未清点的不算安全。
-- about: 命令发到几个账本的，名称和启动时间相同就是一次。更新时间：本单位最近一条清点；一人有几条的，重的为准（失联、受伤、需药、需粮、转移、安全）。
-- who: village grid township registrar auditor dept
-- none: 没有村级账本。
-- by: unit
-- hold: d_member
-- column: unit | 村 | Village | text
-- column: due | 应到 | Due | count
-- column: safe | 安全 | Safe | count
-- column: missing | 失联 | Missing | count
-- column: injured | 受伤 | Injured | count
-- column: moved | 转移 | Moved | count
-- column: medicine | 需药 | Needs medicine | count
-- column: food | 需粮 | Needs food | count
-- column: unknown | 未清点 | Not heard of | count
-- column: counted | 已清点 | Counted | count file
-- column: counted_rate | 清点率 | Counted | percent of=counted/due
-- column: updated | 更新时间 | Updated | text
-- column: code | 区划代码 | Division | text file
-- summary:
WITH e AS (SELECT id, name, status, start, "end" FROM emergency_event ORDER BY "end" IS NOT NULL, start DESC, id DESC LIMIT 1)
SELECT 'event' AS name, '应急事件' AS zh, name AS value, coalesce('启动 ' || replace(start, 'T', ' '), '') AS note FROM e
UNION ALL SELECT 'end', '结束', replace("end", 'T', ' '), '' FROM e WHERE "end" IS NOT NULL;
-- rows:
WITH newest AS MATERIALIZED (SELECT name, start FROM emergency_event ORDER BY "end" IS NOT NULL, start DESC, id DESC LIMIT 1),
e AS MATERIALIZED (SELECT v.id FROM emergency_event v JOIN newest n ON n.name = v.name AND n.start IS v.start),
m AS MATERIALIZED (SELECT l.origin, count(*) AS due FROM d_member d JOIN ledger l ON l.no = d.ledger GROUP BY l.origin),
one AS MATERIALIZED (
  SELECT origin, person_id, min(CASE status WHEN 'missing' THEN 1 WHEN 'injured' THEN 2 WHEN 'medicine' THEN 3
           WHEN 'food' THEN 4 WHEN 'moved' THEN 5 ELSE 6 END) AS worst, max(at) AS at
    FROM muster_status WHERE event_id IN (SELECT id FROM e) GROUP BY origin, person_id),
g AS MATERIALIZED (
  SELECT origin, count(*) AS counted, sum(worst = 6) AS safe, sum(worst = 1) AS missing, sum(worst = 2) AS injured,
         sum(worst = 5) AS moved, sum(worst = 3) AS medicine, sum(worst = 4) AS food, max(at) AS updated FROM one GROUP BY origin)
SELECT s.name AS unit, coalesce(m.due, 0) AS due, coalesce(g.safe, 0) AS safe, coalesce(g.missing, 0) AS missing,
       coalesce(g.injured, 0) AS injured, coalesce(g.moved, 0) AS moved, coalesce(g.medicine, 0) AS medicine,
       coalesce(g.food, 0) AS food, max(0, coalesce(m.due, 0) - coalesce(g.counted, 0)) AS unknown,
       coalesce(g.counted, 0) AS counted, replace(g.updated, 'T', ' ') AS updated, s.code
  FROM scope s LEFT JOIN m ON m.origin = s.origin LEFT JOIN g ON g.origin = s.origin ORDER BY s.code;
-- detail:
SELECT substr(x.origin, instr(x.origin, '/') + 1, 12) AS code, 'muster_status' AS type, x.id
  FROM muster_status x JOIN scope USING (origin)
 WHERE x.status = :column AND x.event_id IN (SELECT v.id FROM emergency_event v JOIN (SELECT name, start FROM emergency_event
         ORDER BY "end" IS NOT NULL, start DESC, id DESC LIMIT 1) n ON n.name = v.name AND n.start IS v.start);
