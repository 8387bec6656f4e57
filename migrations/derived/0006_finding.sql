-- SPDX-License-Identifier: MulanPSL-2.0
-- What people look for, by what they remember of it (agent/core/find.h). A column is named after the field that
-- it shows, so that nobody finds by what is masked on their screen. home: the household where somebody lives.

CREATE TEMP VIEW findable AS
  SELECT 'person' AS type, p.id, p.name, p.id_no, p.phone, NULL AS household_code, NULL AS address
    FROM r_person p WHERE p._state & 133 = 1
  UNION ALL
  SELECT 'household', h.id, NULL, NULL, h.phone, h.household_code, h.address
    FROM r_household h WHERE h._state & 133 = 1;

CREATE TEMP VIEW home AS
  SELECT m.person_id AS person, lower(hex(h.id)) AS household, h.address, h.household_code
    FROM r_household_member m JOIN r_household h ON h.ledger = m.ledger AND h.id = m.household_id
   WHERE m._state & 133 = 1 AND h._state & 133 = 1 AND m."to" IS NULL;
