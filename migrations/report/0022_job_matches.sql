-- SPDX-License-Identifier: MulanPSL-2.0
-- name: job_matches
-- zh: 人岗匹配
-- en: Who fits which vacancy
-- about: 招聘中还有名额的岗位，和没有工作、年龄性别合适的劳动力；按技能、意向、地点、工资打分，理由逐条写明。
-- who: village township dept:rs registrar
-- none: 没有匹配的：没有招聘中的岗位，或没有人的意向、技能、地点、工资相合。
-- hold: d_labour
-- column: employer | 用人单位 | Employer | text
-- column: job | 岗位 | Job | text
-- column: name | 姓名 | Name | text mask=name
-- column: phone | 电话 | Phone | text mask=phone
-- column: age | 年龄 | Age | count
-- column: score | 得分 | Score | count
-- column: why | 理由 | Reasons | text
-- rows:
SELECT m.employer, m.job, m.name, m.phone, m.age, m.score, m.why
  FROM job_match m JOIN scope ON scope.origin = m.origin
 ORDER BY m.employer, m.job, m.score DESC, m.person_id LIMIT 5000;
