-- SPDX-License-Identifier: MulanPSL-2.0
-- The two invariants of a household: 每户至少一项增收门路, 每户至少一人稳定就业.

-- Village ledgers by their names. Sealed ledgers (with a suffix) belong to their readers only.
CREATE TEMP VIEW unit AS
  SELECT u.ledger, u.origin, u.code, coalesce(d.name, u.code) AS name
    FROM (SELECT no AS ledger, origin, substr(origin, instr(origin, '/') + 1, 12) AS code
            FROM ledger WHERE origin NOT LIKE '%/%/%') u
    LEFT JOIN r_admin_division d ON d.code = u.code AND d._state & 133 = 1
   WHERE substr(u.code, 10) <> '000';

-- A channel of income is a job that runs, or an income that was noted for one of the last years and is not a
-- transfer (kind 4): what the state pays is no channel of one's own.
CREATE TEMP VIEW d_income AS
  SELECT i.ledger, i.household_id, count(*) AS channels
    FROM r_income_source i,
         (SELECT CAST(substr(today, 1, 4) AS INTEGER) AS year,
                 (SELECT value FROM parameter_value WHERE name = 'income_years') AS years FROM asked) a
   WHERE i._state & 133 = 1 AND i.kind IN ('1', '2', '3') AND coalesce(i.amount_year, 1) > 0
     AND coalesce(i.year, a.year) > a.year - a.years
   GROUP BY i.ledger, i.household_id;

CREATE TEMP VIEW d_household AS
  SELECT h.ledger, h.id, m.members, m.labourers, m.workers, m.stable_jobs, m.willing,
         m.workers + coalesce(i.channels, 0) AS channels
    FROM (SELECT ledger, household_id, count(*) AS members, sum(is_labour) AS labourers, sum(jobs > 0) AS workers,
                 sum(stable) AS stable_jobs, sum(is_labour AND state = '6') AS willing
            FROM d_labour GROUP BY ledger, household_id) m
    CROSS JOIN r_household h ON h.ledger = m.ledger AND h.id = m.household_id
    LEFT JOIN d_income i ON i.ledger = m.ledger AND i.household_id = m.household_id;

-- Households that are registered and lived in. target: whom the plan per household is for.
-- no_channel_since, no_stable_since: the day after the last that is known of; NULL: there never was one on record.
CREATE TEMP VIEW household_state AS
  SELECT l.origin, lower(hex(h.id)) AS id, h.household_code, p.name AS head, lower(nullif(hex(h.grid_id), '')) AS grid_id,
         g.name AS grid, d.members, d.labourers, d.workers, d.stable_jobs, d.willing, d.channels,
         d.channels = 0 AS lacks_channel,
         d.labourers > 0 AND d.stable_jobs = 0 AS lacks_stable,
         coalesce(h.relocated, 0) OR coalesce(h.hh_type IN ('2', '3', '4'), 0)
           OR coalesce(h.monitor_status IN ('7', '8', '9', '10', '11'), 0) AS target,
         coalesce((SELECT o.name FROM r_grid_officer o
                    WHERE o.ledger = h.ledger AND o.id = h.contact_officer AND o._state & 133 = 1),
                  (SELECT o.name FROM asked a, r_grid_post t
                     JOIN r_grid_officer o ON o.ledger = t.ledger AND o.id = t.officer_id
                    WHERE t.grid_id = h.grid_id AND t.ledger = h.ledger AND t._state & 133 = 1 AND o._state & 133 = 1
                      AND t.role = '4' AND coalesce(t."to", '9') >= a.today
                    ORDER BY t."from" DESC, t.id LIMIT 1)) AS officer,
         (SELECT date(max(s."end"), '+1 day') FROM r_household_member m
            JOIN d_spell s ON s.person_id = m.person_id
           WHERE m.household_id = h.id AND m.ledger = h.ledger AND m._state & 133 = 1 AND NOT s.running
             AND (s.firm OR julianday(s."end") - julianday(s.start) + 1
                            >= (SELECT value FROM parameter_value WHERE name = 'stable_days'))) AS no_stable_since,
         (SELECT max(day) FROM (
            SELECT date(max(s."end"), '+1 day') AS day FROM r_household_member m
              JOIN d_spell s ON s.person_id = m.person_id
             WHERE m.household_id = h.id AND m.ledger = h.ledger AND m._state & 133 = 1 AND NOT s.running
            UNION ALL
            SELECT CASE WHEN max(i.year) IS NOT NULL THEN
                     printf('%d-01-01', max(i.year) + (SELECT value FROM parameter_value WHERE name = 'income_years')) END
              FROM r_income_source i
             WHERE i.household_id = h.id AND i.ledger = h.ledger AND i._state & 133 = 1
               AND i.kind IN ('1', '2', '3') AND i.amount_year > 0 AND i.year IS NOT NULL)) AS no_channel_since,
         (SELECT max(v.next_due) FROM r_visit v
           WHERE v.household_id = h.id AND v.ledger = h.ledger AND v._state & 133 = 1
             AND v.at = (SELECT max(w.at) FROM r_visit w WHERE w.household_id = h.id AND w.ledger = h.ledger
                            AND w._state & 133 = 1)) AS next_visit
    FROM d_household d
    JOIN r_household h ON h.ledger = d.ledger AND h.id = d.id
    JOIN ledger l ON l.no = h.ledger
    LEFT JOIN r_person p ON p.ledger = h.ledger AND p.id = h.head_person_id
    LEFT JOIN r_grid g ON g.ledger = h.ledger AND g.id = h.grid_id;
