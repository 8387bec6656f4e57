-- SPDX-License-Identifier: MulanPSL-2.0
-- name: burden
-- zh: 数据质量与减负表
-- en: Quality of the data, and work that was spared
-- about: 疑点按规则的条数见 huce report quality。平均处理天：已改正或核实的疑点从分派到了结。
-- about: 自动生成报表：本月存档的报表数和其中免填的格数。自动填充：有身份证号的人，性别、出生日期由号码推出，占这些人已填项目的份额。
-- about: 拒绝未准入：本月登记的、没有准入而拒绝的表册。落后天数：这台电脑离这个账本最新入账的天数。
-- who: village township registrar auditor dept
-- none: 没有村级账本。
-- by: unit
-- hold: d_member d_family d_labour d_household d_issue
-- column: unit | 单位 | Unit | text
-- column: issues | 疑点 | Doubts | count
-- column: severe | 其中应改 | To be put right | count
-- column: rules | 涉及规则 | Rules | count file
-- column: conflicts | 冲突待决 | Conflicts | count
-- column: open_issues | 分派未了 | Given out, open | count
-- column: closed | 已了结 | Closed | count file
-- column: closed_days | 了结天数 | Days | count file
-- column: mean_days | 平均处理天 | Mean days | ratio of=closed_days/closed
-- column: runs | 自动生成报表 | Reports generated | count
-- column: cells | 免填格数 | Cells not typed | count
-- column: derived | 自动填充项 | Filled by itself | count file
-- column: filled | 已填项 | Filled | count file
-- column: derived_rate | 自动填充率 | Filled by itself | percent of=derived/filled
-- column: refused | 拒绝未准入 | Refused | count
-- column: days_behind | 同步落后天数 | Days behind | text
-- column: code | 区划代码 | Division | text file
-- rows:
WITH i AS MATERIALIZED (
  SELECT u.origin, count(*) AS issues, sum(q.severity = 1) AS severe, count(DISTINCT i.rule) AS rules
    FROM d_issue i JOIN unit u USING (ledger) JOIN quality_rule q USING (rule) GROUP BY u.origin),
c AS MATERIALIZED (SELECT l.origin, count(*) AS conflicts FROM conflict c JOIN ledger l ON l.no = c.ledger GROUP BY l.origin),
d AS MATERIALIZED (
  SELECT origin, sum(status = 'assigned') AS open_issues, sum(status IN ('fixed', 'dismissed') AND closed_on IS NOT NULL) AS closed,
         CAST(sum(iif(status IN ('fixed', 'dismissed'), julianday(closed_on) - julianday(opened_on), 0)) AS INTEGER) AS closed_days
    FROM data_issue GROUP BY origin),
r AS MATERIALIZED (
  SELECT origin, count(*) AS runs, sum(coalesce(cells, 0)) AS cells FROM report_run WHERE substr(made_at, 1, 7) = :month GROUP BY origin),
p AS MATERIALIZED (
  SELECT ledger, sum((sex IS NOT NULL) + (birth IS NOT NULL)) AS derived,
         sum((name IS NOT NULL) + (id_no IS NOT NULL) + (sex IS NOT NULL) + (birth IS NOT NULL) + (ethnic IS NOT NULL) + (edu IS NOT NULL)
           + (school_status IS NOT NULL) + (marital IS NOT NULL) + (health IS NOT NULL) + (political IS NOT NULL) + (phone IS NOT NULL)) AS filled
    FROM r_person WHERE _state & 133 = 1 AND id_no IS NOT NULL GROUP BY ledger),
b AS MATERIALIZED (SELECT origin, sum(coalesce(refused, 0)) AS refused FROM burden_report WHERE substr("on", 1, 7) = :month GROUP BY origin)
SELECT s.name AS unit, coalesce(i.issues, 0) AS issues, coalesce(i.severe, 0) AS severe, coalesce(i.rules, 0) AS rules,
       coalesce(c.conflicts, 0) AS conflicts, coalesce(d.open_issues, 0) AS open_issues, coalesce(d.closed, 0) AS closed,
       coalesce(d.closed_days, 0) AS closed_days, coalesce(r.runs, 0) AS runs, coalesce(r.cells, 0) AS cells,
       coalesce(p.derived, 0) AS derived, coalesce(p.filled, 0) AS filled, coalesce(b.refused, 0) AS refused,
       CASE WHEN s.own THEN '0' WHEN s.last_entry_ms IS NULL THEN NULL ELSE CAST(CAST(max(0, julianday(:today)
         - julianday(date(s.last_entry_ms / 1000 + 28800, 'unixepoch'))) AS INTEGER) AS TEXT) END AS days_behind, s.code
  FROM scope s JOIN unit u ON u.origin = s.origin LEFT JOIN i ON i.origin = s.origin LEFT JOIN c ON c.origin = s.origin
  LEFT JOIN d ON d.origin = s.origin LEFT JOIN r ON r.origin = s.origin LEFT JOIN p ON p.ledger = u.ledger
  LEFT JOIN b ON b.origin = s.origin ORDER BY s.code;
-- detail:
SELECT u.code, i.type, lower(hex(i.id)) AS id FROM d_issue i JOIN unit u USING (ledger) JOIN scope s ON s.origin = u.origin
  JOIN quality_rule q USING (rule)
 WHERE CASE :column WHEN 'issues' THEN 1 WHEN 'severe' THEN q.severity = 1 ELSE 0 END
UNION ALL SELECT s.code, 'report_run', r.id FROM report_run r JOIN scope s USING (origin) WHERE :column = 'runs' AND substr(made_at, 1, 7) = :month
UNION ALL SELECT s.code, 'burden_report', b.id FROM burden_report b JOIN scope s USING (origin) WHERE :column = 'refused' AND b.refused;
