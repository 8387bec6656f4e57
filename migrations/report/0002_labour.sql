-- SPDX-License-Identifier: MulanPSL-2.0
-- name: labour
-- zh: 劳动力就业台账统计表
-- en: Labour and employment
-- about: 劳动力：到劳动年龄、不在校、劳动能力为普通、技能或弱（半）劳动力。劳动年龄等参数由县里按日期登记。
-- about: 剩余劳动力：劳务档案登记的；档案没有登记的，为未就业有意愿的人。已安置：其中在业的。
-- about: 模式和地点按在业劳动力的主要工作；就业率：在业劳动力占全部劳动力；环比：在业人数比上月末。
-- who: village grid township registrar auditor dept
-- none: 没有村级账本。
-- hold: d_labour
-- column: unit | 单位 | Unit | text
-- column: households | 户数 | Households | count null=未上报
-- column: people | 人口 | People | count
-- column: labourers | 劳动力 | Labourers | count
-- column: stable | 稳定就业 | Stable | count
-- column: unstable | 不稳定 | Unstable | count
-- column: willing | 未就业有意愿 | Willing | count
-- column: unwilling | 未就业无意愿 | Unwilling | count
-- column: others | 其他 | Army, school, out of contact | count file
-- column: surplus | 剩余劳动力 | Surplus | count
-- column: placed | 已安置 | Placed | count
-- column: mode_1 | 畜牧养殖 | Animal husbandry | count
-- column: mode_2 | 开发区企业 | Development zone | count
-- column: mode_3 | 劳务输转 | Organised transfer | count
-- column: mode_4 | 公益岗位 | Public-welfare post | count
-- column: mode_5 | 就业工厂 | Workshop near home | count
-- column: mode_6 | 自主灵活 | Own business, flexible | count
-- column: mode_9 | 其他模式 | Other modes | count file
-- column: place_1 | 乡内 | In the township | count
-- column: place_2 | 县内 | In the county | count
-- column: place_3 | 省内 | In the province | count
-- column: place_4 | 省外 | In the country | count
-- column: place_5 | 境外 | Abroad | count
-- column: place_0 | 地点不明 | Place unknown | count file
-- column: rate | 就业率 | Employed | percent
-- column: change | 环比 | Change on last month | percent
-- column: code | 区划代码 | Division | text file
-- summary:
WITH l AS MATERIALIZED (SELECT d.* FROM labour_state d JOIN scope USING (origin) WHERE d.is_labour),
t AS (SELECT count(*) AS n, coalesce(sum(jobs > 0), 0) AS employed, coalesce(sum(surplus), 0) AS surplus,
             coalesce(sum(surplus AND jobs > 0), 0) AS placed FROM l)
SELECT 'labourers' AS name, '劳动力' AS zh, n AS value, printf('在业 %d 人', employed) AS note FROM t
UNION ALL
SELECT 'surplus', '剩余劳动力', surplus, printf('已安置 %d 人', placed) FROM t
UNION ALL
SELECT * FROM (
  SELECT 'placed_' || c.code, '　' || c.zh, count(l.mode), '' FROM code_list c
    LEFT JOIN l ON l.mode = c.code AND l.surplus AND l.jobs > 0
   WHERE c.list = 'em' GROUP BY c.code HAVING count(l.mode) > 0 ORDER BY c.sort);
-- rows:
WITH l AS MATERIALIZED (SELECT * FROM labour_state),
before AS MATERIALIZED ( -- at work on the last day of last month, of those who are labourers now
  SELECT s.origin, count(DISTINCT s.person_id) AS employed
    FROM asked a, spell_state s JOIN l ON l.person_id = s.person_id AND l.is_labour
   WHERE coalesce(s.start, '') < a.month || '-01' AND coalesce(s."end", '9') >= date(a.month || '-01', '-1 day')
   GROUP BY s.origin),
one AS MATERIALIZED (
  SELECT s.origin, s.name AS unit, s.code, s.reported, count(DISTINCT l.household_id) AS households,
         count(l.person_id) AS people,
         total(l.is_labour) AS labourers,
         total(l.is_labour AND l.state = '1') AS stable,
         total(l.is_labour AND l.state IN ('2', '3')) AS unstable,
         total(l.is_labour AND l.state = '6') AS willing,
         total(l.is_labour AND l.state = '7') AS unwilling,
         total(l.is_labour AND l.state NOT IN ('1', '2', '3', '6', '7')) AS others,
         total(l.surplus) AS surplus, total(l.surplus AND l.jobs > 0) AS placed,
         total(l.is_labour AND l.jobs > 0) AS employed,
         total(l.is_labour AND l.jobs > 0 AND l.mode = '1') AS mode_1,
         total(l.is_labour AND l.jobs > 0 AND l.mode = '2') AS mode_2,
         total(l.is_labour AND l.jobs > 0 AND l.mode = '3') AS mode_3,
         total(l.is_labour AND l.jobs > 0 AND l.mode = '4') AS mode_4,
         total(l.is_labour AND l.jobs > 0 AND l.mode = '5') AS mode_5,
         total(l.is_labour AND l.jobs > 0 AND l.mode = '6') AS mode_6,
         total(l.is_labour AND l.jobs > 0 AND l.mode NOT IN ('1', '2', '3', '4', '5', '6')) AS mode_9,
         total(l.is_labour AND l.jobs > 0 AND l.place_scope = '1') AS place_1,
         total(l.is_labour AND l.jobs > 0 AND l.place_scope = '2') AS place_2,
         total(l.is_labour AND l.jobs > 0 AND l.place_scope = '3') AS place_3,
         total(l.is_labour AND l.jobs > 0 AND l.place_scope = '4') AS place_4,
         total(l.is_labour AND l.jobs > 0 AND l.place_scope = '5') AS place_5,
         total(l.is_labour AND l.jobs > 0 AND l.place_scope IS NULL) AS place_0,
         total(DISTINCT b.employed) AS before
    FROM scope s LEFT JOIN l ON l.origin = s.origin LEFT JOIN before b ON b.origin = s.origin
   GROUP BY s.origin),
lines AS (
  SELECT 0 AS place, printf('合计（%d/%d 已上报）', sum(reported), count(*)) AS unit, '' AS code, max(reported) AS reported, sum(households) AS households,
         sum(people) AS people, sum(labourers) AS labourers, sum(stable) AS stable, sum(unstable) AS unstable,
         sum(willing) AS willing, sum(unwilling) AS unwilling, sum(others) AS others, sum(surplus) AS surplus,
         sum(placed) AS placed, sum(employed) AS employed, sum(mode_1) AS mode_1, sum(mode_2) AS mode_2,
         sum(mode_3) AS mode_3, sum(mode_4) AS mode_4, sum(mode_5) AS mode_5, sum(mode_6) AS mode_6,
         sum(mode_9) AS mode_9, sum(place_1) AS place_1, sum(place_2) AS place_2, sum(place_3) AS place_3,
         sum(place_4) AS place_4, sum(place_5) AS place_5, sum(place_0) AS place_0, sum(before) AS before
    FROM one HAVING count(*) > 1
  UNION ALL
  SELECT 1, unit, code, reported, households, people, labourers, stable, unstable, willing, unwilling, others,
         surplus, placed, employed, mode_1, mode_2, mode_3, mode_4, mode_5, mode_6, mode_9, place_1, place_2,
         place_3, place_4, place_5, place_0, before
    FROM one)
SELECT unit, iif(reported, households, NULL) AS households, iif(reported, people, NULL) AS people,
       iif(reported, labourers, NULL) AS labourers, iif(reported, stable, NULL) AS stable,
       iif(reported, unstable, NULL) AS unstable, iif(reported, willing, NULL) AS willing,
       iif(reported, unwilling, NULL) AS unwilling, iif(reported, others, NULL) AS others,
       iif(reported, surplus, NULL) AS surplus, iif(reported, placed, NULL) AS placed,
       iif(reported, mode_1, NULL) AS mode_1, iif(reported, mode_2, NULL) AS mode_2,
       iif(reported, mode_3, NULL) AS mode_3, iif(reported, mode_4, NULL) AS mode_4,
       iif(reported, mode_5, NULL) AS mode_5, iif(reported, mode_6, NULL) AS mode_6,
       iif(reported, mode_9, NULL) AS mode_9, iif(reported, place_1, NULL) AS place_1,
       iif(reported, place_2, NULL) AS place_2, iif(reported, place_3, NULL) AS place_3,
       iif(reported, place_4, NULL) AS place_4, iif(reported, place_5, NULL) AS place_5,
       iif(reported, place_0, NULL) AS place_0,
       round(100.0 * employed / nullif(labourers, 0), 1) AS rate,
       round(100.0 * (employed - before) / nullif(before, 0), 1) AS change, code
  FROM lines ORDER BY place, code;
-- detail:
SELECT s.code, 'person' AS type, l.person_id AS id FROM labour_state l JOIN scope s USING (origin)
 WHERE CASE WHEN :column = 'people' THEN 1 WHEN NOT l.is_labour THEN 0
       WHEN :column GLOB 'mode_[0-9]' THEN l.jobs > 0 AND CASE :column WHEN 'mode_9' THEN l.mode NOT IN ('1', '2', '3', '4', '5', '6')
         ELSE l.mode = substr(:column, 6) END
       WHEN :column GLOB 'place_[0-9]' THEN l.jobs > 0 AND CASE :column WHEN 'place_0' THEN l.place_scope IS NULL
         ELSE l.place_scope = substr(:column, 7) END
       ELSE CASE :column WHEN 'labourers' THEN 1 WHEN 'stable' THEN l.state = '1' WHEN 'unstable' THEN l.state IN ('2', '3')
         WHEN 'willing' THEN l.state = '6' WHEN 'unwilling' THEN l.state = '7'
         WHEN 'others' THEN l.state NOT IN ('1', '2', '3', '6', '7') WHEN 'surplus' THEN l.surplus
         WHEN 'placed' THEN l.surplus AND l.jobs > 0 WHEN 'employed' THEN l.jobs > 0 ELSE 0 END
       END;
