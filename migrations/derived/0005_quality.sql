-- SPDX-License-Identifier: MulanPSL-2.0
-- Doubts about the records: rules Q1 … Q30 of the national rule sets as far as the core types can answer them, and
-- P1 … P11 of this project. A doubt is a question to an officer, not a refusal.
--
-- Not here: Q10 (never published). Q20 counts from the day on which the household's plan was signed: the day of listing
-- is not on record. Q24 reads kind and grade from the number of the disability card, where a tag names it as its evidence.

-- severity 1: to be put right; 2: to be looked at. field: where it is put right, of a record of the type.
CREATE TEMP VIEW quality_rule(rule, sort, severity, field, zh) AS VALUES
  ('Q1',  1,   1, 'id_no',             '身份证号缺失或不合规则'),
  ('Q2',  2,   1, 'id_no',             '身份证号重复'),
  ('Q3',  3,   1, 'relation',          '与户主关系缺失或不在代码表'),
  ('Q4',  4,   1, 'edu',               '文化程度与在校状况都填或都没填'),
  ('Q5',  5,   1, 'head_person_id',    '一户有两个户主'),
  ('Q6',  6,   2, 'head_person_id',    '户主有两个配偶'),
  ('Q7',  7,   1, 'head_person_id',    '户内没有户主'),
  ('Q8',  8,   1, 'political',         '政治面貌不在代码表'),
  ('Q9',  9,   1, 'edu',               '文化程度不在代码表'),
  ('Q11', 11,  1, 'health',            '健康状况没填'),
  ('Q12', 12,  1, 'capability',        '劳动能力没填或不在代码表'),
  ('Q13', 13,  1, 'months_this_year',  '就业地和务工月数只填了一项'),
  ('Q14', 14,  1, 'place_div',         '境内就业地没有填到县'),
  ('Q15', 15,  1, 'post_months',       '公益岗没有月数，或有月数不是公益岗'),
  ('Q16', 16,  2, 'capability',        '在县外务工却登记为弱劳动力或无劳动力'),
  ('Q17', 17,  2, 'capability',        '健康、到劳动年龄、不在校，却登记为无劳动能力'),
  ('Q18', 18,  2, 'monitor_risks',     '风险为缺劳动力，但户内劳动力不少'),
  ('Q19', 19,  2, 'menu_code',         '有就业或公益岗措施，户内却没人就过业'),
  ('Q20', 20,  2, 'monitor_status',    '有劳动力、风险没消除，满六个月没有发展类措施'),
  ('Q21', 21,  2, 'wage_month',        '月工资低于400元'),
  ('Q22', 22,  2, 'phone',             '同户在不同县务工的人电话相同'),
  ('Q23', 23,  2, 'item',              '领残疾人补贴，户内却没有残疾人'),
  ('Q24', 24,  2, 'capability',        '重度肢体残疾却登记为普通或技能劳动力'),
  ('Q25', 25,  1, 'monitor_risks',     '监测对象没有填风险'),
  ('Q26', 26,  2, 'insured_med',       '没有医疗保险或没填'),
  ('Q27', 27,  2, 'head_person_id',    '户主与配偶性别相同'),
  ('Q28', 28,  1, 'phone',             '电话号码不对'),
  ('Q29', 29,  2, 'water_ok',          '风险已消除，但饮水或住房不安全'),
  ('Q30', 30,  1, 'school_status',     '6至15岁没有在校状况'),
  ('P1',  101, 2, 'mode',              '村干部或其家属在公益岗'),
  ('P2',  102, 1, 'end',               '已死亡的人还在业'),
  ('P3',  103, 1, 'signed_on',         '已签字的计划没有签字或日期'),
  ('P4',  104, 2, 'status',            '措施过了期限没有完成'),
  ('P5',  105, 2, 'officer_id',        '由别的网格的网格员走访'),
  ('P6',  106, 2, 'status',            '一户有两份当年计划'),
  ('P7',  107, 1, 'alive',             '一人同时在两户'),
  ('P8',  108, 1, 'status',            '网格没有网格长'),
  ('P9',  109, 1, 'end',               '就业结束日期早于开始日期'),
  ('P10', 110, 2, 'stable',            '登记的稳定就业与合同、月数、执照、收入不符'),
  ('P11', 111, 2, 'is_labour',         '登记的劳动力与年龄、在校、劳动能力不符');

CREATE TEMP VIEW d_person AS SELECT * FROM r_person WHERE _state & 133 = 1 AND coalesce(alive, '1') <> '2';
CREATE TEMP VIEW d_profile AS SELECT * FROM r_labour_profile WHERE _state & 133 = 1;

-- Heads and spouses of each household.
CREATE TEMP VIEW d_family AS
  SELECT ledger, household_id, sum(coalesce(relation, '') IN ('01', '02')) AS heads,
         sum(coalesce(relation, '') IN ('10', '11', '12')) AS spouses
    FROM d_member GROUP BY ledger, household_id;

-- rule, ledger, type and record, and what is seen there. One record may raise several doubts.
CREATE TEMP VIEW d_issue(rule, ledger, type, id, household_id, person_id, seen) AS
  SELECT 'Q1', ledger, 'person', id, NULL, id, coalesce(id_fault(id_no, (SELECT today FROM asked)), '没有身份证号')
    FROM d_person WHERE (id_no IS NULL AND coalesce(id_type, '1') IN ('1', '4'))
                     OR id_fault(id_no, (SELECT today FROM asked)) IS NOT NULL
  UNION ALL
  SELECT 'Q2', p.ledger, 'person', p.id, NULL, p.id, t.n || '条记录同号'
    FROM (SELECT coalesce(id_hash, id_no) AS number, count(*) AS n FROM d_person GROUP BY 1 HAVING count(*) > 1) t
    JOIN d_person p ON coalesce(p.id_hash, p.id_no) = t.number
  UNION ALL
  SELECT 'Q3', m.ledger, 'household_member', m.member_id, m.household_id, m.person_id, coalesce(m.relation, '没填')
    FROM d_member m
   WHERE m.relation IS NULL OR m.relation NOT IN (SELECT code FROM code_list WHERE list = 'gb_t_4761')
  UNION ALL
  SELECT 'Q4', ledger, 'person', id, NULL, id, iif(edu IS NULL, '都没填', '都填了')
    FROM d_person WHERE (edu IS NULL) = (school_status IS NULL)
  UNION ALL
  SELECT 'Q5', ledger, 'household', household_id, household_id, NULL, heads || '个户主' FROM d_family WHERE heads > 1
  UNION ALL
  SELECT 'Q6', ledger, 'household', household_id, household_id, NULL, spouses || '个配偶' FROM d_family WHERE spouses > 1
  UNION ALL
  SELECT 'Q7', ledger, 'household', household_id, household_id, NULL, '没有户主' FROM d_family WHERE heads = 0
  UNION ALL
  SELECT 'Q8', ledger, 'person', id, NULL, id, political
    FROM d_person WHERE political NOT IN (SELECT code FROM code_list WHERE list = 'gb_t_4762')
  UNION ALL
  SELECT 'Q9', ledger, 'person', id, NULL, id, edu
    FROM d_person WHERE edu NOT IN (SELECT code FROM code_list WHERE list = 'gb_t_4658')
  UNION ALL
  SELECT 'Q11', ledger, 'person', id, NULL, id, '没填' FROM d_person WHERE health IS NULL
  UNION ALL
  SELECT 'Q12', ledger, 'labour_profile', id, NULL, person_id, coalesce(capability, '没填')
    FROM d_profile WHERE capability IS NULL OR capability NOT IN (SELECT code FROM code_list WHERE list = 'lc')
  UNION ALL
  SELECT 'Q13', ledger, 'employment_spell', id, NULL, person_id, iif(place_div IS NULL, '有月数没有就业地', '有就业地没有月数')
    FROM r_employment_spell
   WHERE _state & 133 = 1 AND (place_div IS NULL) <> (months_this_year IS NULL) AND coalesce(place_scope, '') <> '5'
  UNION ALL
  SELECT 'Q14', ledger, 'employment_spell', id, NULL, person_id, place_div
    FROM r_employment_spell
   WHERE _state & 133 = 1 AND coalesce(place_scope, '') <> '5' AND substr(place_div, 5, 2) = '00'
  UNION ALL
  SELECT 'Q15', ledger, 'employment_spell', id, NULL, person_id, iif(post_months IS NULL, '没有公益岗月数', '有公益岗月数')
    FROM r_employment_spell WHERE _state & 133 = 1 AND (mode = '4') = (post_months IS NULL)
  UNION ALL
  SELECT 'Q16', s.ledger, 'employment_spell', s.id, NULL, s.person_id, label('lc', p.capability)
    FROM d_spell s JOIN d_profile p ON p.person_id = s.person_id AND p.ledger = s.ledger
   WHERE s.running AND s.place_scope >= '3' AND p.capability IN ('3', '4', '5')
  UNION ALL
  SELECT 'Q17', m.ledger, 'labour_profile', p.id, m.household_id, m.person_id, label('lc', p.capability)
    FROM d_member m JOIN d_profile p ON p.person_id = m.person_id AND p.ledger = m.ledger
    JOIN r_person r ON r.ledger = m.ledger AND r.id = m.person_id
   WHERE p.capability IN ('4', '5') AND r.health = '1' AND m.age_months BETWEEN 16 * 12 AND 60 * 12 - 1
     AND NOT coalesce(m.school_status BETWEEN '0' AND '8', 0)
  UNION ALL
  SELECT 'Q18', h.ledger, 'household', h.id, h.id, NULL, d.members || '人中' || d.labourers || '个劳动力'
    FROM r_household h CROSS JOIN d_household d ON d.ledger = h.ledger AND d.id = h.id
   WHERE h._state & 133 = 1 AND h.monitor_risks LIKE '%"6"%'
     AND iif(d.members >= 4, d.labourers * 2 >= d.members, d.labourers * 4 > d.members)
  UNION ALL
  SELECT 'Q19', p.ledger, 'plan_measure', m.id, p.household_id, NULL, m.menu_code
    FROM r_plan_measure m JOIN r_plan p ON p.ledger = m.ledger AND p.id = m.plan_id
   WHERE m._state & 133 = 1 AND p._state & 133 = 1
     AND coalesce((SELECT u.category FROM r_measure_menu u WHERE u.code = m.menu_code AND u._state & 133 = 1 LIMIT 1),
                  substr(m.menu_code, 1, 1)) IN ('C', 'D')
     AND NOT EXISTS (SELECT 1 FROM r_household_member b JOIN r_employment_spell s ON s.person_id = b.person_id
                      WHERE b.household_id = p.household_id AND b._state & 133 = 1 AND s._state & 133 = 1)
  UNION ALL
  SELECT 'Q20', h.ledger, 'household', h.id, h.id, NULL, label('monitor_status', h.monitor_status)
    FROM r_household h CROSS JOIN d_household d ON d.ledger = h.ledger AND d.id = h.id, asked a
   WHERE h._state & 133 = 1 AND h.monitor_status IN ('7', '8', '9') AND d.labourers > 0
     AND EXISTS (SELECT 1 FROM r_plan p WHERE p.ledger = h.ledger AND p.household_id = h.id AND p._state & 133 = 1
                    AND p.signed_on <= date(a.today, '-6 months'))
     AND NOT EXISTS (SELECT 1 FROM r_plan p JOIN r_plan_measure m ON m.ledger = p.ledger AND m.plan_id = p.id
                      WHERE p.ledger = h.ledger AND p.household_id = h.id AND p._state & 133 = 1 AND m._state & 133 = 1
                        AND coalesce(m.status, '1') <> '5'
                        AND coalesce((SELECT u.category FROM r_measure_menu u WHERE u.code = m.menu_code AND u._state & 133 = 1 LIMIT 1),
                                     substr(m.menu_code, 1, 1)) IN ('A', 'B', 'C', 'D', 'E', 'F'))
  UNION ALL
  SELECT 'Q21', s.ledger, 'employment_spell', s.id, NULL, s.person_id, s.wage_month / 100 || '元'
    FROM r_employment_spell s WHERE s._state & 133 = 1 AND s.wage_month < 40000 AND s."end" IS NULL
  UNION ALL
  SELECT 'Q22', ledger, 'person', id, household_id, id, counties || '个县'
    FROM (SELECT m.ledger, m.household_id, min(p.id) AS id, count(DISTINCT substr(s.place_div, 1, 6)) AS counties
            FROM d_spell s JOIN r_person p ON p.ledger = s.ledger AND p.id = s.person_id
            JOIN r_household_member m ON m.person_id = p.id AND m.ledger = p.ledger AND m._state & 133 = 1
           WHERE s.running AND p.phone IS NOT NULL AND s.place_div IS NOT NULL
           GROUP BY m.ledger, m.household_id, p.phone HAVING count(DISTINCT p.id) > 1) WHERE counties > 1
  UNION ALL
  SELECT 'Q23', s.ledger, 'subsidy', s.id, s.household_id, s.person_id, label('subsidy_item', s.item)
    FROM r_subsidy s
   WHERE s._state & 133 = 1 AND s.item IN ('21', '22') AND coalesce(s.status, '') <> 'refused'
     AND NOT EXISTS (SELECT 1 FROM r_household_member m JOIN r_person p ON p.ledger = m.ledger AND p.id = m.person_id
                      WHERE m.ledger = s.ledger AND m._state & 133 = 1 AND m."to" IS NULL
                        AND m.household_id = coalesce(s.household_id, (SELECT n.household_id FROM r_household_member n
                              WHERE n.ledger = s.ledger AND n.person_id = s.person_id AND n._state & 133 = 1 AND n."to" IS NULL LIMIT 1))
                        AND (p.health = '6' OR EXISTS (SELECT 1 FROM r_person_tag t WHERE t.ledger = p.ledger AND t.person_id = p.id
                                                          AND t.tag = '103' AND t._state & 133 = 1 AND t."to" IS NULL)))
  UNION ALL
  SELECT 'Q24', p.ledger, 'labour_profile', p.id, NULL, p.person_id, label('lc', p.capability)
    FROM r_person_tag t JOIN d_profile p ON p.person_id = t.person_id AND p.ledger = t.ledger
   WHERE t._state & 133 = 1 AND t.tag = '103' AND t."to" IS NULL AND p.capability IN ('1', '2')
     AND t.evidence GLOB '[1-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9X]4[12]*'
  UNION ALL
  SELECT 'Q25', ledger, 'household', id, id, NULL, coalesce(label('monitor_status', monitor_status), label('ht', hh_type))
    FROM r_household
   WHERE _state & 133 = 1 AND coalesce(status, '1') = '1' AND coalesce(monitor_risks, '[]') = '[]'
     AND (hh_type IN ('2', '3', '4') OR monitor_status IN ('7', '8', '9', '10', '11'))
  UNION ALL
  SELECT 'Q26', ledger, 'person', id, NULL, id, coalesce(label('insured_med', insured_med), '没填')
    FROM d_person WHERE coalesce(insured_med, '0') = '0'
  UNION ALL
  SELECT 'Q27', m.ledger, 'household', m.household_id, m.household_id, NULL, '都是' || label('gb_t_2261_1', p.sex)
    FROM r_household h
    JOIN r_household_member m ON m.household_id = h.id AND m.ledger = h.ledger AND m._state & 133 = 1
                              AND m.relation IN ('10', '11', '12') AND m."to" IS NULL
    JOIN r_person p ON p.ledger = m.ledger AND p.id = m.person_id
    JOIN r_person q ON q.ledger = h.ledger AND q.id = h.head_person_id
   WHERE h._state & 133 = 1 AND p.sex = q.sex AND p.sex IN ('1', '2') AND p.id <> q.id
  UNION ALL
  SELECT 'Q28', ledger, 'person', id, NULL, id, mask_phone(phone)
    FROM d_person WHERE phone NOT GLOB '1[3-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'
  UNION ALL
  SELECT 'Q29', ledger, 'household', id, id, NULL, iif(water_ok = 0, '饮水不安全', '住房' || housing_grade || '级')
    FROM r_household WHERE _state & 133 = 1 AND monitor_status = '12' AND (water_ok = 0 OR housing_grade IN ('C', 'D'))
  UNION ALL
  SELECT 'Q30', ledger, 'person', person_id, household_id, person_id, age_months / 12 || '岁'
    FROM d_member WHERE school_status IS NULL AND age_months BETWEEN 6 * 12 AND 16 * 12 - 1
  UNION ALL
  SELECT 'P1', s.ledger, 'employment_spell', s.id, NULL, s.person_id, label('person_tag', t.tag)
    FROM r_person_tag t JOIN d_spell s ON s.person_id = t.person_id AND s.ledger = t.ledger
   WHERE t._state & 133 = 1 AND t.tag IN ('119', '120') AND t."to" IS NULL AND s.running AND s.mode = '4'
  UNION ALL
  SELECT 'P2', s.ledger, 'employment_spell', s.id, NULL, s.person_id, coalesce(p.death_date, '死亡')
    FROM r_person p JOIN d_spell s ON s.person_id = p.id AND s.ledger = p.ledger
   WHERE p._state & 133 = 1 AND p.alive = '2' AND s.running
  UNION ALL
  SELECT 'P3', ledger, 'plan', id, household_id, NULL, iif(signed_on IS NULL, '没有签字日期', '没有签字')
    FROM r_plan WHERE _state & 133 = 1 AND status IN ('signed', 'running', 'reviewed')
                  AND (signed_on IS NULL OR household_signature IS NULL)
  UNION ALL
  SELECT 'P4', m.ledger, 'plan_measure', m.id, p.household_id, NULL, '期限' || m.due
    FROM r_plan_measure m JOIN r_plan p ON p.ledger = m.ledger AND p.id = m.plan_id, asked a
   WHERE m._state & 133 = 1 AND p._state & 133 = 1 AND m.due < a.today AND coalesce(m.status, '1') IN ('1', '2')
  UNION ALL
  SELECT 'P5', v.ledger, 'visit', v.id, v.household_id, NULL, substr(v.at, 1, 10)
    FROM r_visit v JOIN r_household h ON h.ledger = v.ledger AND h.id = v.household_id
    LEFT JOIN r_grid g ON g.ledger = h.ledger AND g.id = h.grid_id
   WHERE v._state & 133 = 1 AND h.grid_id IS NOT NULL
     AND EXISTS (SELECT 1 FROM r_grid_post t WHERE t.officer_id = v.officer_id AND t._state & 133 = 1)
     AND NOT EXISTS (SELECT 1 FROM r_grid_post t WHERE t.officer_id = v.officer_id AND t._state & 133 = 1
                        AND t.grid_id IN (h.grid_id, g.parent_id))
  UNION ALL
  SELECT 'P6', ledger, 'household', household_id, household_id, NULL, count(*) || '份' || year || '年计划'
    FROM r_plan WHERE _state & 133 = 1 AND coalesce(status, 'draft') <> 'closed'
   GROUP BY ledger, household_id, year HAVING count(*) > 1
  UNION ALL
  SELECT 'P7', m.ledger, 'person', m.person_id, min(m.household_id), m.person_id, count(*) || '户'
    FROM r_household_member m JOIN r_household h ON h.ledger = m.ledger AND h.id = m.household_id, asked a
   WHERE m._state & 133 = 1 AND h._state & 133 = 1 AND coalesce(h.status, '1') = '1'
     AND coalesce(m."from", '') <= a.today AND coalesce(m."to", '9') > a.today
   GROUP BY m.ledger, m.person_id HAVING count(DISTINCT m.household_id) > 1
  UNION ALL
  SELECT 'P8', g.ledger, 'grid', g.id, NULL, NULL, g.name
    FROM r_grid g, asked a
   WHERE g._state & 133 = 1 AND coalesce(g.status, '1') = '1' AND g.level = '3'
     AND NOT EXISTS (SELECT 1 FROM r_grid_post t WHERE t.grid_id = g.id AND t.ledger = g.ledger AND t._state & 133 = 1
                        AND t.role = '4' AND coalesce(t."to", '9') >= a.today)
  UNION ALL
  SELECT 'P9', ledger, 'employment_spell', id, NULL, person_id, start || '至' || "end"
    FROM r_employment_spell WHERE _state & 133 = 1 AND "end" < start
  UNION ALL
  SELECT 'P10', s.ledger, 'employment_spell', s.id, NULL, s.person_id, iif(s.stable, '登记为稳定', '登记为不稳定')
    FROM r_employment_spell s JOIN d_spell d ON d.ledger = s.ledger AND d.id = s.id
   WHERE s.stable IS NOT NULL AND d.running
     AND s.stable <> (d.firm OR d.days >= (SELECT value FROM parameter_value WHERE name = 'stable_days'))
  UNION ALL
  SELECT 'P11', l.ledger, 'labour_profile', l.id, d.household_id, l.person_id, iif(l.is_labour, '登记为劳动力', '登记为非劳动力')
    FROM d_profile l JOIN d_labour d ON d.ledger = l.ledger AND d.person_id = l.person_id
   WHERE l.is_labour IS NOT NULL AND l.is_labour <> d.is_labour;

-- For queries: the person is the one concerned, or the head of the household.
CREATE TEMP VIEW quality_issue AS
  SELECT l.origin, i.rule, i.type, lower(hex(i.id)) AS id, i.seen, p.name AS person, h.household_code,
         i.ledger, i.id AS record, h.id AS household_id
    FROM (SELECT *, coalesce(household_id, (SELECT m.household_id FROM r_household_member m
                                             WHERE m.person_id = d_issue.person_id AND m.ledger = d_issue.ledger
                                               AND m._state & 133 = 1 ORDER BY m."to" IS NULL DESC LIMIT 1)) AS home
            FROM d_issue) i
    JOIN ledger l ON l.no = i.ledger
    LEFT JOIN r_household h ON h.ledger = i.ledger AND h.id = i.home
    LEFT JOIN r_person p ON p.ledger = i.ledger AND p.id = coalesce(i.person_id, h.head_person_id);

-- Who can put it right: who was given the doubt, else the household's officer, else the leader of its grid.
CREATE TEMP VIEW d_officer AS
  SELECT h.ledger, h.id AS household_id,
         coalesce((SELECT o.name FROM r_grid_officer o
                    WHERE o.ledger = h.ledger AND o.id = h.contact_officer AND o._state & 133 = 1),
                  (SELECT o.name FROM asked a, r_grid_post t
                     JOIN r_grid_officer o ON o.ledger = t.ledger AND o.id = t.officer_id
                    WHERE t.grid_id = h.grid_id AND t.ledger = h.ledger AND t._state & 133 = 1 AND o._state & 133 = 1
                      AND t.role = '4' AND coalesce(t."to", '9') >= a.today
                    ORDER BY t."from" DESC, t.id LIMIT 1)) AS officer
    FROM r_household h;

-- As a list of work: severity, the field, who, until when, and for how many days nobody has written the record: so
-- long the doubt has been left as it is, or it came up since by the calendar.
CREATE TEMP VIEW quality_work AS
  SELECT q.origin, q.rule, r.sort, r.severity, r.zh, q.type, q.id, r.field, q.seen, q.person, q.household_code,
         coalesce(g.owner, d.officer) AS owner, g.due,
         CAST(max(0, julianday(a.today) - julianday(date(q.written_ms / 1000 + 28800, 'unixepoch'))) AS INTEGER) AS days
    FROM asked a, (SELECT i.*, CASE i.type
           WHEN 'person' THEN (SELECT written_ms(_v) FROM r_person r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'household' THEN (SELECT written_ms(_v) FROM r_household r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'household_member' THEN (SELECT written_ms(_v) FROM r_household_member r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'labour_profile' THEN (SELECT written_ms(_v) FROM r_labour_profile r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'employment_spell' THEN (SELECT written_ms(_v) FROM r_employment_spell r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'plan' THEN (SELECT written_ms(_v) FROM r_plan r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'plan_measure' THEN (SELECT written_ms(_v) FROM r_plan_measure r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'subsidy' THEN (SELECT written_ms(_v) FROM r_subsidy r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'visit' THEN (SELECT written_ms(_v) FROM r_visit r WHERE r.ledger = i.ledger AND r.id = i.record)
           WHEN 'grid' THEN (SELECT written_ms(_v) FROM r_grid r WHERE r.ledger = i.ledger AND r.id = i.record)
         END AS written_ms FROM quality_issue i) q
    JOIN quality_rule r USING (rule)
    LEFT JOIN (SELECT ledger, rule, type, record, max(owner) AS owner, max(due) AS due FROM r_data_issue
                WHERE _state & 133 = 1 AND status = 'assigned' GROUP BY ledger, rule, type, record) g
           ON g.ledger = q.ledger AND g.rule = q.rule AND g.type = q.type AND g.record = q.id
    LEFT JOIN d_officer d ON d.ledger = q.ledger AND d.household_id = q.household_id;
