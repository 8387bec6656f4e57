-- SPDX-License-Identifier: MulanPSL-2.0
-- name: quality
-- zh: 数据质量疑点表
-- en: Doubts about the records
-- about: 疑点是请网格员核对的问题，不是错误；逐条清单见 huce report quality_list。
-- about: 应改：内容一定有错或缺；应核：可能没错。Q10 从未公布；Q20 从计划签字日起算满六个月；Q24 按残疾标签依据里的残疾证号。
-- who: village grid township registrar auditor dept
-- none: 没有疑点。
-- hold: d_member d_family d_labour d_household d_issue
-- column: rule | 规则 | Rule | text
-- column: zh | 疑点 | Doubt | text
-- column: severity | 轻重 | Severity | text
-- column: count | 条数 | Count | count
-- column: example | 例 | Example | text
-- column: units | 涉及单位 | Units | count
-- summary:
SELECT 'rules' AS name, '检查的规则' AS zh, count(*) AS value,
       printf('其中 %d 条有疑点', (SELECT count(DISTINCT i.rule) FROM d_issue i JOIN unit u USING (ledger)
                                     JOIN scope s ON s.origin = u.origin)) AS note FROM quality_rule
UNION ALL
SELECT 'conflicts', '分歧待决', count(*), '见 huce conflicts list'
  FROM conflict c JOIN ledger l ON l.no = c.ledger JOIN scope s USING (origin)
UNION ALL
SELECT 'days_behind', '同步落后天数', CAST(max(0, julianday(:today) - julianday(min(last_sync_ms) / 1000 + 28800, 'unixepoch'))
                                             AS INTEGER),
       iif(sum(last_sync_ms IS NULL), '另有账本从未同步', '最早的一个账本')
  FROM scope;
-- rows:
WITH i AS MATERIALIZED (SELECT i.* FROM d_issue i JOIN unit u ON u.ledger = i.ledger JOIN scope s ON s.origin = u.origin),
n AS MATERIALIZED (SELECT rule, count(*) AS count, count(DISTINCT ledger) AS units, max(seen) AS example FROM i GROUP BY rule)
SELECT r.rule, r.zh, iif(r.severity = 1, '应改', '应核') AS severity, n.count, n.example, n.units FROM quality_rule r JOIN n USING (rule) ORDER BY r.sort;
-- detail:
SELECT u.code, i.type, lower(hex(i.id)) AS id FROM d_issue i JOIN unit u USING (ledger) JOIN scope s ON s.origin = u.origin
 WHERE i.rule = :column;
