-- SPDX-License-Identifier: MulanPSL-2.0
-- Who lives where, who can work, who works, and how firmly: derived from the records, for the day asked for.
--
-- Views d_NAME stand on the record tables themselves (r_NAME), whose ids are indexed; the last ones are for
-- queries and reports and show ids as hex, as the record views do. A row counts when it is live, not in transit
-- and not told under another id: _state & 133 = 1. References lead to the record that is shown (follow.h): of a
-- person who was entered twice and linked, jobs and memberships of both come together, and one profile counts.

-- Members on that day, each person once: of two households the earlier counts until someone decides.
CREATE TEMP VIEW d_member AS
  SELECT m.ledger, m.household_id, m.person_id, m.id AS member_id, m.relation, m.residence, p.sex, p.school_status,
         (substr(a.today, 1, 4) - substr(p.birth, 1, 4)) * 12 + substr(a.today, 6, 2) - substr(p.birth, 6, 2)
           - (substr(a.today, 9, 2) < substr(p.birth, 9, 2)) AS age_months
    FROM asked a, r_household_member m
    JOIN r_household h ON h.ledger = m.ledger AND h.id = m.household_id
    JOIN r_person p ON p.ledger = m.ledger AND p.id = m.person_id
   WHERE m._state & 133 = 1 AND h._state & 133 = 1 AND p._state & 5 = 1 -- who is counted elsewhere may live here
     AND coalesce(h.status, '1') = '1' AND coalesce(p.alive, '1') <> '2'
     AND coalesce(m."from", '') <= a.today AND coalesce(m."to", '9') > a.today
     AND NOT EXISTS (SELECT 1 FROM r_household_member n
                       JOIN r_household k ON k.ledger = n.ledger AND k.id = n.household_id
                      WHERE n.person_id = m.person_id AND n._state & 133 = 1
                        AND k._state & 133 = 1 AND coalesce(k.status, '1') = '1'
                        AND coalesce(n."from", '') <= a.today AND coalesce(n."to", '9') > a.today
                        AND (coalesce(n."from", ''), n.id) < (coalesce(m."from", ''), m.id));

-- Jobs. days: worked in the twelve months up to the day; months that were written down say more than the dates,
-- which know nothing of the breaks. firm: stable by itself (contract, licence, or a herder's income).
CREATE TEMP VIEW d_spell AS
  SELECT ledger, id, person_id, mode, place_scope, place_div, start, "end", running,
         max(0, min(coalesce(by_dates, by_months, 0), coalesce(by_months, by_dates, 0))) AS days, firm
    FROM (SELECT s.ledger, s.id, s.person_id, s.mode, s.place_scope, s.place_div, s.start, s."end",
                 coalesce(s.start, '') <= a.today AND coalesce(s."end", '9') >= a.today AS running,
                 julianday(min(a.today, coalesce(s."end", a.today)))
                   - julianday(max(s.start, a.year_before)) + 1 AS by_dates,
                 round(CAST(s.months_this_year AS REAL) * 30) AS by_months,
                 coalesce(s.contract, '') = '3'
                   OR (s.mode = '6' AND s.credit_code IS NOT NULL)
                   OR (s.mode = '1' AND coalesce(s.wage_month, 0) >= a.minimum_wage * 100) AS firm
            FROM r_employment_spell s,
                 (SELECT today, date(today, '-1 year', '+1 day') AS year_before,
                         (SELECT value FROM parameter_value WHERE name = 'minimum_wage') AS minimum_wage
                    FROM asked) a
           WHERE s._state & 133 = 1);

-- One row per person who ever had a job. Stable: one job is firm, or flexible work adds up to enough days.
CREATE TEMP VIEW d_work AS
  SELECT person_id, jobs, days, mode, place_scope, since,
         jobs > 0 AND (firm OR days >= (SELECT value FROM parameter_value WHERE name = 'stable_days')) AS stable
    FROM (SELECT person_id, sum(running) AS jobs, sum(days) AS days, max(running AND firm) AS firm,
                 mode, place_scope, start AS since,
                 max(printf('%d%d%04d%s', running, firm, days, coalesce(start, ''))) -- the job that says most
            FROM d_spell GROUP BY person_id);

-- One row per member. state is of list es. What an office wrote as emp_status holds while it is dated, and where
-- no job says otherwise. surplus: as the archive classified, else whoever could work, wants to and does not.
CREATE TEMP VIEW d_labour AS
  SELECT ledger, household_id, person_id, relation, sex, age, capability, no_job_reason, is_labour, jobs, stable,
         mode, place_scope, state,
         is_labour AND coalesce(surplus, state = '6') AS surplus
    FROM (SELECT *,
                 CASE WHEN dated_state IS NOT NULL THEN dated_state
                      WHEN stable THEN '1'
                      WHEN jobs > 0 THEN CASE WHEN stated = '3' THEN '3' ELSE '2' END
                      WHEN at_school THEN '4'
                      WHEN NOT is_labour THEN '8'
                      WHEN stated IN ('5', '7', '9') THEN stated
                      WHEN no_job_reason = '9' THEN '7'
                      ELSE '6' END AS state
            FROM (SELECT m.ledger, m.household_id, m.person_id, m.relation, m.sex, m.age_months / 12 AS age,
                         l.capability, l.no_job_reason, l.surplus, l.emp_status AS stated,
                         CASE WHEN l.emp_status_until >= a.today THEN l.emp_status END AS dated_state,
                         coalesce(w.jobs, 0) AS jobs, coalesce(w.stable, 0) AS stable, w.mode, w.place_scope,
                         m.school_status BETWEEN '0' AND '8' AS at_school,
                         coalesce(l.capability IN ('1', '2', '3')
                           AND m.age_months >= a.age_from * 12
                           AND m.age_months < CASE m.sex WHEN '2' THEN a.age_to_female ELSE a.age_to_male END * 12
                           AND NOT coalesce(m.school_status BETWEEN '0' AND '8', 0), 0) AS is_labour
                    FROM (SELECT today,
                                 (SELECT value FROM parameter_value WHERE name = 'work_age_from') AS age_from,
                                 (SELECT value FROM parameter_value WHERE name = 'work_age_to_male') AS age_to_male,
                                 (SELECT value FROM parameter_value WHERE name = 'work_age_to_female')
                                   AS age_to_female
                            FROM asked) a
                    CROSS JOIN d_member m
                    LEFT JOIN r_labour_profile l
                      ON l.person_id = m.person_id AND l._state & 133 = 1
                     AND NOT EXISTS (SELECT 1 FROM r_labour_profile k
                                      WHERE k.person_id = l.person_id AND k._state & 133 = 1 AND k.id < l.id)
                    LEFT JOIN d_work w ON w.person_id = m.person_id));

CREATE TEMP VIEW labour_state AS
  SELECT l.origin, lower(hex(d.household_id)) AS household_id, lower(hex(d.person_id)) AS person_id, d.relation,
         d.sex, d.age, d.capability, d.no_job_reason, d.is_labour, d.jobs, d.stable, d.mode, d.place_scope, d.state,
         d.surplus
    FROM d_labour d JOIN ledger l ON l.no = d.ledger;

CREATE TEMP VIEW spell_state AS
  SELECT l.origin, lower(hex(d.id)) AS id, lower(hex(d.person_id)) AS person_id, d.mode, d.place_scope, d.place_div,
         d.start, d."end", d.running, d.days, d.firm
    FROM d_spell d JOIN ledger l ON l.no = d.ledger;
