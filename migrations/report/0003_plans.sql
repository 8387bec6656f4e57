-- SPDX-License-Identifier: MulanPSL-2.0
-- name: plans
-- zh: 一户一策进度表
-- en: Plans per household
-- about: 应有计划：易地搬迁户、三类户和在册监测户。已签：当年计划已签字或在实施；已启动：在实施或已评估。
-- about: 逾期：过了期限没有完成的措施。预计增收：未取消措施的增收额；实际增收：已完成措施的增收额（元）。
-- who: village township registrar auditor dept
-- none: 没有村级账本。
-- hold: d_labour d_household
-- column: unit | 单位 | Unit | text
-- column: target | 应有计划户 | Households to plan for | count null=未上报
-- column: planned | 有计划 | Planned | count
-- column: signed | 已签 | Signed | count
-- column: running | 已启动 | Running | count
-- column: unsigned | 未签 | Not signed | count
-- column: measures | 措施数 | Measures | count
-- column: m_a | 产业养殖 | Animal husbandry | count
-- column: m_b | 产业种植 | Planting | count
-- column: m_c | 务工就业 | Work | count
-- column: m_d | 公益岗位 | Public-welfare post | count
-- column: m_e | 技能培训 | Training | count
-- column: m_f | 创业贷款 | Business loan | count
-- column: m_g | 教育资助 | Schooling | count
-- column: m_h | 医疗帮扶 | Medical help | count
-- column: m_i | 住房饮水 | Housing and water | count
-- column: m_j | 社会保障 | Social security | count
-- column: m_k | 残疾照护 | Care for the disabled | count
-- column: m_l | 搬迁后续 | After relocation | count
-- column: m_m | 扫盲普通话 | Literacy and Mandarin | count
-- column: m_n | 精神帮扶 | One-to-one support | count
-- column: m_other | 未分类 | No category | count file
-- column: done | 完成 | Done | count
-- column: overdue | 逾期 | Overdue | count
-- column: expected | 预计增收 | Expected income | money
-- column: reached | 实际增收 | Reached income | money
-- column: code | 区划代码 | Division | text file
-- summary:
SELECT 'year' AS name, '年度' AS zh, substr(today, 1, 4) AS value, '未签名单见 huce report plans_unsigned' AS note FROM asked;
-- rows:
WITH p AS MATERIALIZED (
  SELECT origin, household_id, max(status IN ('signed', 'running', 'reviewed', 'closed')) AS signed,
         max(status IN ('running', 'reviewed')) AS running
    FROM plan WHERE year = CAST(substr(:today, 1, 4) AS INTEGER) GROUP BY origin, household_id),
h AS MATERIALIZED (
  SELECT s.origin, count(*) AS target, count(p.household_id) AS planned, coalesce(sum(p.signed), 0) AS signed,
         coalesce(sum(p.running), 0) AS running
    FROM household_state s LEFT JOIN p ON p.household_id = s.id WHERE s.target GROUP BY s.origin),
m AS MATERIALIZED (
  SELECT m.origin, coalesce(u.category, upper(substr(m.menu_code, 1, 1))) AS category, coalesce(m.status, '1') AS status,
         m.due, m.income_effect
    FROM plan_measure m JOIN plan ON plan.id = m.plan_id AND plan.year = CAST(substr(:today, 1, 4) AS INTEGER)
    LEFT JOIN (SELECT code, max(category) AS category FROM measure_menu GROUP BY code) u ON u.code = m.menu_code
   WHERE coalesce(m.status, '1') <> '5'),
g AS MATERIALIZED (
  SELECT origin, count(*) AS measures, sum(category = 'A') AS m_a, sum(category = 'B') AS m_b,
         sum(category = 'C') AS m_c, sum(category = 'D') AS m_d, sum(category = 'E') AS m_e, sum(category = 'F') AS m_f,
         sum(category = 'G') AS m_g, sum(category = 'H') AS m_h, sum(category = 'I') AS m_i, sum(category = 'J') AS m_j,
         sum(category = 'K') AS m_k, sum(category = 'L') AS m_l, sum(category = 'M') AS m_m, sum(category = 'N') AS m_n,
         sum(category NOT BETWEEN 'A' AND 'N') AS m_other, sum(status = '3') AS done,
         coalesce(sum(status <> '3' AND due < :today), 0) AS overdue, coalesce(sum(income_effect), 0) AS expected,
         coalesce(sum(iif(status = '3', income_effect, 0)), 0) AS reached
    FROM m GROUP BY origin),
one AS MATERIALIZED (
  SELECT s.name AS unit, s.code, s.reported, coalesce(h.target, 0) AS target, coalesce(h.planned, 0) AS planned,
         coalesce(h.signed, 0) AS signed, coalesce(h.running, 0) AS running, g.*
    FROM scope s LEFT JOIN h ON h.origin = s.origin LEFT JOIN g ON g.origin = s.origin),
lines AS (
  SELECT 0 AS place, printf('合计（%d/%d 已上报）', sum(reported), count(*)) AS unit, '' AS code, max(reported) AS reported, sum(target) AS target,
         sum(planned) AS planned, sum(signed) AS signed, sum(running) AS running, sum(measures) AS measures,
         sum(m_a) AS m_a, sum(m_b) AS m_b, sum(m_c) AS m_c, sum(m_d) AS m_d, sum(m_e) AS m_e, sum(m_f) AS m_f,
         sum(m_g) AS m_g, sum(m_h) AS m_h, sum(m_i) AS m_i, sum(m_j) AS m_j, sum(m_k) AS m_k, sum(m_l) AS m_l,
         sum(m_m) AS m_m, sum(m_n) AS m_n, sum(m_other) AS m_other, sum(done) AS done, sum(overdue) AS overdue,
         sum(expected) AS expected, sum(reached) AS reached
    FROM one HAVING count(*) > 1
  UNION ALL
  SELECT 1, unit, code, reported, target, planned, signed, running, measures, m_a, m_b, m_c, m_d, m_e, m_f, m_g, m_h,
         m_i, m_j, m_k, m_l, m_m, m_n, m_other, done, overdue, expected, reached
    FROM one)
SELECT unit, iif(reported, target, NULL) AS target, iif(reported, planned, NULL) AS planned,
       iif(reported, signed, NULL) AS signed, iif(reported, running, NULL) AS running,
       iif(reported, target - signed, NULL) AS unsigned, iif(reported, coalesce(measures, 0), NULL) AS measures,
       iif(reported, coalesce(m_a, 0), NULL) AS m_a, iif(reported, coalesce(m_b, 0), NULL) AS m_b,
       iif(reported, coalesce(m_c, 0), NULL) AS m_c, iif(reported, coalesce(m_d, 0), NULL) AS m_d,
       iif(reported, coalesce(m_e, 0), NULL) AS m_e, iif(reported, coalesce(m_f, 0), NULL) AS m_f,
       iif(reported, coalesce(m_g, 0), NULL) AS m_g, iif(reported, coalesce(m_h, 0), NULL) AS m_h,
       iif(reported, coalesce(m_i, 0), NULL) AS m_i, iif(reported, coalesce(m_j, 0), NULL) AS m_j,
       iif(reported, coalesce(m_k, 0), NULL) AS m_k, iif(reported, coalesce(m_l, 0), NULL) AS m_l,
       iif(reported, coalesce(m_m, 0), NULL) AS m_m, iif(reported, coalesce(m_n, 0), NULL) AS m_n,
       iif(reported, coalesce(m_other, 0), NULL) AS m_other, iif(reported, coalesce(done, 0), NULL) AS done,
       iif(reported, coalesce(overdue, 0), NULL) AS overdue, iif(reported, coalesce(expected, 0), NULL) AS expected,
       iif(reported, coalesce(reached, 0), NULL) AS reached, code
  FROM lines ORDER BY place, code;
