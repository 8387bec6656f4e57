-- SPDX-License-Identifier: MulanPSL-2.0
-- name: volunteers
-- zh: 志愿服务与积分表
-- en: Volunteers and points
-- about: 小时：本月登记、没有被更正的服务时长。积分发放、兑换：本月；余额：到截至日的全部。积分账户按志愿者或户归队；不属于队伍的单列。
-- about: 排行（姓名只露姓）：本月时长最多的前三名。
-- who: village township registrar auditor dept
-- none: 没有志愿服务队。
-- period: month
-- column: team | 队伍 | Team | text
-- column: volunteers | 志愿者 | Volunteers | count
-- column: activities | 活动 | Activities | count
-- column: minutes | 分钟 | Minutes | count file
-- column: sixty | 每小时分钟 | Minutes an hour | count file
-- column: hours | 小时 | Hours | ratio of=minutes/sixty
-- column: given | 积分发放 | Points given | count
-- column: redeemed | 兑换 | Redeemed | count
-- column: balance | 余额 | Balance | count
-- column: ranking | 排行 | Ranking | text
-- column: unit | 单位 | Unit | text
-- column: code | 区划代码 | Division | text file
-- rows:
WITH v AS MATERIALIZED (SELECT id, origin, coalesce(team_id, '') AS team, name FROM volunteer),
h AS MATERIALIZED (
  SELECT v.origin, v.team, v.id AS who, v.name, sum(x.minutes) AS minutes
    FROM volunteer_hours x JOIN v ON v.id = x.volunteer_id
   WHERE substr(x.day, 1, 7) = :month AND x.id NOT IN (SELECT corrects FROM volunteer_hours WHERE corrects IS NOT NULL)
   GROUP BY v.id),
best AS MATERIALIZED (
  SELECT origin, team, name, minutes, row_number() OVER (PARTITION BY origin, team ORDER BY minutes DESC, who) AS place FROM h),
a AS MATERIALIZED (
  SELECT p.id, p.origin, coalesce(v.team, '') AS team FROM points_account p LEFT JOIN v ON v.id = p.volunteer_id),
e AS MATERIALIZED (
  SELECT a.origin, a.team, sum(iif(substr(t.day, 1, 7) = :month AND t.points > 0 AND NOT t.spent, t.points, 0)) AS given,
         sum(iif(substr(t.day, 1, 7) = :month AND t.spent, -t.points, 0)) AS redeemed, sum(t.points) AS balance
    FROM (SELECT account_id, points, "on" AS day, 0 AS spent FROM points_entry
          UNION ALL SELECT account_id, -points, "on", 1 FROM redemption) t JOIN a ON a.id = t.account_id
   WHERE t.day <= :today GROUP BY a.origin, a.team),
t AS MATERIALIZED (
  SELECT origin, id AS team, name FROM volunteer_team
  UNION ALL SELECT origin, '', '（不属于队伍）' FROM scope s
   WHERE EXISTS (SELECT 1 FROM v WHERE v.origin = s.origin AND v.team = '') OR EXISTS (SELECT 1 FROM a WHERE a.origin = s.origin AND a.team = ''))
SELECT t.name AS team, (SELECT count(*) FROM v WHERE v.origin = t.origin AND v.team = t.team) AS volunteers,
       (SELECT count(*) FROM activity c WHERE c.origin = t.origin AND coalesce(c.team_id, '') = t.team
          AND substr(c.held_at, 1, 7) = :month) AS activities,
       coalesce((SELECT sum(minutes) FROM h WHERE h.origin = t.origin AND h.team = t.team), 0) AS minutes, 60 AS sixty,
       coalesce(e.given, 0) AS given, coalesce(e.redeemed, 0) AS redeemed, coalesce(e.balance, 0) AS balance,
       (SELECT group_concat(mask_name(name) || ' ' || round(minutes / 60.0, 1), '、') FROM (
         SELECT * FROM best b WHERE b.origin = t.origin AND b.team = t.team AND b.place <= 3 ORDER BY place)) AS ranking, s.name AS unit, s.code
  FROM t JOIN scope s ON s.origin = t.origin LEFT JOIN e ON e.origin = t.origin AND e.team = t.team
 ORDER BY s.code, t.team = '', t.name, t.team;
-- detail:
SELECT substr(x.origin, instr(x.origin, '/') + 1, 12) AS code, x.type, x.id FROM (
  SELECT origin, 'volunteer' AS type, id FROM volunteer WHERE :column = 'volunteers'
  UNION ALL SELECT origin, 'activity', id FROM activity WHERE :column = 'activities' AND substr(held_at, 1, 7) = :month
  UNION ALL SELECT origin, 'redemption', id FROM redemption WHERE :column = 'redeemed' AND substr("on", 1, 7) = :month
  UNION ALL SELECT origin, 'points_entry', id FROM points_entry WHERE :column = 'given' AND substr("on", 1, 7) = :month AND points > 0) x
  JOIN scope USING (origin);
