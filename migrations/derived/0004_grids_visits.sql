-- SPDX-License-Identifier: MulanPSL-2.0
-- Grids in use with their leaders, and visits that stand.

CREATE TEMP VIEW grid_state AS
  SELECT l.origin, lower(hex(g.id)) AS id, g.grid_code, g.level, g.name, lower(nullif(hex(g.parent_id), '')) AS parent_id,
         (SELECT o.name FROM asked a, r_grid_post t
            JOIN r_grid_officer o ON o.ledger = t.ledger AND o.id = t.officer_id
           WHERE t.grid_id = g.id AND t.ledger = g.ledger AND t._state & 133 = 1 AND o._state & 133 = 1
             AND t.role IN ('4', '5') AND coalesce(t."to", '9') >= a.today
           ORDER BY t."from" DESC, t.id LIMIT 1) AS leader
    FROM r_grid g JOIN ledger l ON l.no = g.ledger
   WHERE g._state & 133 = 1 AND coalesce(g.status, '1') = '1';

-- A visit that a later one corrects no longer counts.
CREATE TEMP VIEW visit_valid AS
  SELECT l.origin, lower(hex(v.id)) AS id, lower(hex(v.household_id)) AS household_id, v.kind, v.at,
         lower(nullif(hex(v.officer_id), '')) AS officer_id, v.present, v.topics, v.needs, v.request_ids, v.next_due
    FROM r_visit v JOIN ledger l ON l.no = v.ledger
   WHERE v._state & 133 = 1
     AND NOT EXISTS (SELECT 1 FROM r_visit c WHERE c.corrects = v.id AND c.ledger = v.ledger AND c._state & 133 = 1);
