-- SPDX-License-Identifier: MulanPSL-2.0
-- name: mediation
-- zh: 矛盾纠纷调解表
-- en: Disputes and mediation
-- about: 受理：本月受理的纠纷。调成：达成协议（含已履行、已回访、归档）。30日内：受理到签协议不超过30天。
-- about: 上行：由乡镇、县里办理，或已移交。金额：协议金额（元）。一件纠纷调解几次的，有一次达成就算调成。
-- who: village township registrar auditor dept
-- none: 本月没有受理纠纷。
-- column: kind | 类别 | Kind | text
-- column: accepted | 受理 | Accepted | count
-- column: agreed | 调成 | Agreed | count
-- column: agreed_rate | 调成率 | Agreed | percent of=agreed/accepted
-- column: handshake | 握手言和 | Handshake | count
-- column: on_the_spot | 当场履行 | Performed on the spot | count
-- column: amount | 金额 | Sum | money
-- column: within_30 | 30日内 | Within 30 days | count
-- column: followed | 已回访 | Followed up | count file
-- column: good | 回访关系良好 | Relation is good | count
-- column: passed_up | 上行 | Passed up | count
-- summary:
WITH d AS MATERIALIZED (SELECT d.* FROM dispute d JOIN scope USING (origin)),
n AS (SELECT count(*) AS ledgers, sum(reported) AS reported FROM scope)
SELECT 'month' AS name, '月份' AS zh, :month AS value, printf('%d/%d 个村级账本已上报', reported, ledgers) AS note FROM n
UNION ALL SELECT 'accepted', '受理', sum(substr(accepted_at, 1, 7) = :month), '' FROM d
UNION ALL SELECT 'late', '超过30天未调成', coalesce(sum(status IN ('accepted', 'investigating', 'mediating')
  AND julianday(:today) - julianday(substr(accepted_at, 1, 10)) > 30), 0), '不论哪个月受理' FROM d;
-- rows:
WITH m AS MATERIALIZED (
  SELECT dispute_id, max(coalesce(agreed, 0)) AS agreed, max(coalesce(handshake, 0)) AS handshake,
         max(coalesce(on_the_spot, 0)) AS on_the_spot, max(amount) AS amount, min(signed_on) AS signed_on, min(held_at) AS held_at
    FROM mediation GROUP BY dispute_id),
b AS MATERIALIZED (
  SELECT m.dispute_id, max(c.relation_ok) AS relation_ok FROM callback c JOIN mediation m ON m.id = c.mediation_id
   GROUP BY m.dispute_id),
d AS MATERIALIZED (
  SELECT d.kind, d.level, d.status, d.accepted_at, coalesce(m.agreed, 0) OR coalesce(d.status IN ('agreed', 'performed', 'followed'), 0) AS agreed,
         m.handshake, m.on_the_spot, m.amount, coalesce(m.signed_on, substr(m.held_at, 1, 10)) AS agreed_on,
         coalesce(b.relation_ok, d.relation_ok) AS relation_ok, d.passed_to
    FROM dispute d JOIN scope s ON s.origin = d.origin LEFT JOIN m ON m.dispute_id = d.id LEFT JOIN b ON b.dispute_id = d.id
   WHERE substr(d.accepted_at, 1, 7) = :month AND coalesce(d.status, '') <> 'withdrawn'),
g AS MATERIALIZED (
  SELECT kind, count(*) AS accepted, sum(agreed) AS agreed, coalesce(sum(handshake), 0) AS handshake,
         coalesce(sum(on_the_spot), 0) AS on_the_spot, coalesce(sum(iif(agreed, amount, 0)), 0) AS amount,
         sum(coalesce(agreed AND julianday(agreed_on) - julianday(substr(accepted_at, 1, 10)) <= 30, 0)) AS within_30,
         sum(relation_ok IS NOT NULL) AS followed, coalesce(sum(relation_ok), 0) AS good,
         sum(coalesce(level IN ('township', 'county'), 0) OR coalesce(status = 'passed', 0)) AS passed_up
    FROM d GROUP BY kind)
SELECT kind, accepted, agreed, handshake, on_the_spot, amount, within_30, followed, good, passed_up FROM (
  SELECT 0 AS place, '' AS sort, '合计' AS kind, sum(accepted) AS accepted, sum(agreed) AS agreed, sum(handshake) AS handshake,
         sum(on_the_spot) AS on_the_spot, sum(amount) AS amount, sum(within_30) AS within_30, sum(followed) AS followed,
         sum(good) AS good, sum(passed_up) AS passed_up FROM g HAVING count(*) > 1
  UNION ALL SELECT 1, kind, label('dispute_kind', kind), accepted, agreed, handshake, on_the_spot, amount, within_30, followed,
         good, passed_up FROM g) ORDER BY place, sort;
-- detail:
SELECT substr(d.origin, instr(d.origin, '/') + 1, 12) AS code, 'dispute' AS type, d.id
  FROM dispute d JOIN scope s ON s.origin = d.origin
 WHERE substr(d.accepted_at, 1, 7) = :month AND coalesce(d.status, '') <> 'withdrawn'
   AND CASE :column WHEN 'accepted' THEN 1 WHEN 'passed_up' THEN d.level IN ('township', 'county') OR d.status = 'passed'
       WHEN 'agreed' THEN EXISTS (SELECT 1 FROM mediation m WHERE m.dispute_id = d.id AND m.agreed)
       WHEN 'handshake' THEN EXISTS (SELECT 1 FROM mediation m WHERE m.dispute_id = d.id AND m.handshake) ELSE 0 END;
