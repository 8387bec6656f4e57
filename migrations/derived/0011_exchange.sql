-- SPDX-License-Identifier: MulanPSL-2.0
-- Labour exchange: who fits which vacancy, and why. Age and sex are conditions of the vacancy; skill, wish, place and
-- wage are reasons, each told in words.

CREATE TEMP VIEW job_match AS
  SELECT origin, vacancy_id, employer, job, place_scope, wage_month, left_over, person_id, household_id, name, phone, age,
         3 * (skill IS NOT NULL) + 3 * (wish IS NOT NULL) + 2 * (place IS NOT NULL) + 2 * (wage IS NOT NULL) AS score,
         ltrim(coalesce('；' || skill, '') || coalesce('；' || wish, '') || coalesce('；' || place, '')
               || coalesce('；' || wage, ''), '；') AS why
    FROM (SELECT l.origin, lower(hex(v.id)) AS vacancy_id, v.employer, v.job, v.place_scope, v.wage_month,
                 lower(hex(w.person_id)) AS person_id, lower(hex(w.household_id)) AS household_id, p.name, p.phone, w.age,
                 v.n - (SELECT count(*) FROM r_placement t WHERE t.vacancy_id = v.id AND t._state & 133 = 1
                           AND t.stage IN ('hired', 'started')) AS left_over,
                 CASE WHEN v.skill <> '' AND f.main_skill <> ''
                       AND (instr(v.skill, f.main_skill) OR instr(f.main_skill, v.skill)) THEN '会' || f.main_skill END AS skill,
                 CASE WHEN f.wish_job <> '' AND (instr(v.job, f.wish_job) OR instr(f.wish_job, v.job))
                      THEN '想做' || f.wish_job END AS wish,
                 CASE WHEN f.wish_place = v.place_scope THEN '愿意在' || label('ps', v.place_scope) END AS place,
                 CASE WHEN f.wish_wage_min <= v.wage_month
                      THEN printf('月工资%d元，不低于所要的%d元', v.wage_month / 100, f.wish_wage_min / 100) END AS wage
            FROM asked a, d_labour w
            JOIN ledger l ON l.no = w.ledger
            JOIN r_person p ON p.ledger = w.ledger AND p.id = w.person_id
            LEFT JOIN r_labour_profile f ON f.person_id = w.person_id AND f.ledger = w.ledger AND f._state & 133 = 1
            JOIN r_job_vacancy v ON v._state & 133 = 1 AND coalesce(v.status, 'open') = 'open'
             AND coalesce(v.until, '9') >= a.today AND w.age >= coalesce(v.age_from, 16) AND w.age <= coalesce(v.age_to, 99)
             AND (coalesce(v.sex, '0') NOT IN ('1', '2') OR v.sex = w.sex)
           WHERE w.is_labour AND w.jobs = 0 AND w.state NOT IN ('7', '9')
             AND NOT EXISTS (SELECT 1 FROM r_placement t WHERE t.vacancy_id = v.id AND t.person_id = w.person_id
                                AND t._state & 133 = 1))
   WHERE left_over > 0 AND coalesce(skill, wish, place, wage) IS NOT NULL;

-- Where each surplus labourer has been brought to, or why not.
CREATE TEMP VIEW placement_state AS
  SELECT l.origin, lower(hex(w.person_id)) AS person_id, w.household_id, p.name, w.mode, w.surplus,
         CASE WHEN w.jobs > 0 THEN '已就业' WHEN t.stage IS NOT NULL THEN label('placement_stage', t.stage)
              WHEN w.no_job_reason IS NOT NULL THEN label('nr', w.no_job_reason) ELSE '未安置' END AS state
    FROM d_labour w
    JOIN ledger l ON l.no = w.ledger
    JOIN r_person p ON p.ledger = w.ledger AND p.id = w.person_id
    LEFT JOIN (SELECT person_id, stage, max(coalesce(referred_on, '') || hex(id)) FROM r_placement
                WHERE _state & 133 = 1 GROUP BY person_id) t ON t.person_id = w.person_id
   WHERE w.is_labour;

-- Points: what was given, what was taken, what the county has confirmed. overdrawn: two desks without a line took
-- more together than there was.
CREATE TEMP VIEW points_balance AS
  SELECT l.origin, lower(hex(a.id)) AS account_id, a.name, coalesce(e.points, 0) AS given, coalesce(r.points, 0) AS taken,
         coalesce(e.points, 0) - coalesce(r.points, 0) AS balance,
         coalesce(e.points, 0) < coalesce(r.points, 0) AS overdrawn
    FROM r_points_account a
    JOIN ledger l ON l.no = a.ledger
    LEFT JOIN (SELECT account_id, sum(points) AS points FROM r_points_entry WHERE _state & 133 = 1 GROUP BY account_id) e
      ON e.account_id = a.id
    LEFT JOIN (SELECT account_id, sum(points) AS points FROM r_redemption WHERE _state & 133 = 1 GROUP BY account_id) r
      ON r.account_id = a.id
   WHERE a._state & 133 = 1;
