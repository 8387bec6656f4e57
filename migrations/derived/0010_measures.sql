-- SPDX-License-Identifier: MulanPSL-2.0
-- 一户一策: what is known of a household as facts for conditions, which measures of the menu fit it and why, and
-- whose last stable job is about to end.

-- Names that a measure's `eligibility` may ask for, with their labels (shared/db/derived.h: holds, because).
CREATE TEMP VIEW d_facts AS
  SELECT h.ledger, h.id, h.household_code, d.members,
         printf('members:人口=%d;labourers:劳动力=%d;workers:就业人数=%d;stable:稳定就业=%d;willing:未就业有意愿=%d;channels:增收门路=%d;',
                d.members, d.labourers, d.workers, d.stable_jobs, d.willing, d.channels)
         || printf('disabled:残疾人=%d;students:在校生=%d;elders:60岁以上=%d;children:6岁以下=%d;illiterate:不识字=%d;no_mandarin:不会普通话=%d;',
                   m.disabled, m.students, m.elders, m.children, m.illiterate, m.no_mandarin)
         || printf('relocated:搬迁户=%d;land:耕地亩数=%d;sheds:养殖棚=%d;hh_type:户类型=%s;monitor:监测状态=%s;housing:住房等级=%s;water:饮水安全=%s',
                   coalesce(h.relocated, 0), CAST(coalesce(h.land_mu, 0) AS INTEGER), coalesce(h.sheds, 0),
                   coalesce(h.hh_type, ''), coalesce(h.monitor_status, ''), coalesce(h.housing_grade, ''),
                   coalesce(h.water_ok, '')) AS facts
    FROM d_household d
    JOIN r_household h ON h.ledger = d.ledger AND h.id = d.id
    JOIN (SELECT m.ledger, m.household_id,
                 sum(EXISTS (SELECT 1 FROM r_person_tag t WHERE t.person_id = m.person_id AND t.tag = '103'
                               AND t."to" IS NULL AND t._state & 133 = 1)) AS disabled,
                 sum(coalesce(m.school_status BETWEEN '0' AND '8', 0)) AS students,
                 sum(coalesce(m.age_months >= 60 * 12, 0)) AS elders,
                 sum(coalesce(m.age_months < 6 * 12, 0)) AS children,
                 sum(coalesce(p.edu = '91', 0)) AS illiterate, sum(coalesce(p.mandarin = 0, 0)) AS no_mandarin
            FROM d_member m JOIN r_person p ON p.ledger = m.ledger AND p.id = m.person_id
           GROUP BY m.ledger, m.household_id) m
      ON m.ledger = d.ledger AND m.household_id = d.id;

-- Measures that fit a household by the county's condition and are in none of its plans of this year.
CREATE TEMP VIEW measure_suggestion AS
  SELECT l.origin, lower(hex(f.id)) AS household_id, f.household_code, u.code, u.name, u.category, u.unit, u."limit",
         u.department, u.policy_doc, because(u.eligibility, f.facts) AS why
    FROM asked a, d_facts f
    JOIN ledger l ON l.no = f.ledger
    JOIN r_measure_menu u ON holds(u.eligibility, f.facts) = '1'
   WHERE u._state & 133 = 1 AND coalesce(u.valid_from, '') <= a.today AND coalesce(u.valid_to, '9') >= a.today
     AND NOT EXISTS (SELECT 1 FROM r_plan p JOIN r_plan_measure m ON m.plan_id = p.id AND m.ledger = p.ledger
                      WHERE p.household_id = f.id AND p.ledger = f.ledger AND p._state & 133 = 1 AND m._state & 133 = 1
                        AND p.year = CAST(substr(a.today, 1, 4) AS INTEGER) AND m.menu_code = u.code
                        AND coalesce(m.status, '1') <> '5');

-- Households in which every stable job is known to end within warn_days: ends_on is the last day of the last one.
CREATE TEMP VIEW stable_warning AS
  SELECT l.origin, lower(hex(w.household_id)) AS household_id, h.household_code, w.stable_jobs, w.ends_on,
         CAST(julianday(w.ends_on) - julianday(a.today) AS INTEGER) AS days_left
    FROM asked a,
         (SELECT d.ledger, d.household_id, count(*) AS stable_jobs, max(j.until) AS ends_on
            FROM d_labour d
            JOIN (SELECT person_id, max(coalesce("end", '9')) AS until FROM d_spell WHERE running GROUP BY person_id) j
              ON j.person_id = d.person_id
           WHERE d.stable GROUP BY d.ledger, d.household_id) w
    JOIN r_household h ON h.ledger = w.ledger AND h.id = w.household_id
    JOIN ledger l ON l.no = w.ledger
   WHERE w.ends_on <= date(a.today, printf('+%d days', (SELECT value FROM parameter_value WHERE name = 'warn_days')));
