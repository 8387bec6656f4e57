-- SPDX-License-Identifier: MulanPSL-2.0
-- What must be true of records together, and what moves with a household.

INSERT INTO migration(number, name) VALUES (8, 'structure');

-- A relation that was entered wrongly is corrected like any other value; it was written once only before.
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, list) VALUES
  (6, 3, 'relation', '与户主关系', 'Relation to the head', 'code', 'review', 'V,T', 2, 'gb_t_4761');

INSERT INTO rules(tbl, no, kind, args, zh, en) VALUES
  (6, 4, 'brings', 'person_id to', '现有成员随户迁移', 'Present members move with the household');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  (2, 2, 'acyclic', 'parent_id settle parent_id=', 'conflict',
   '网格互为上级', 'Grids are each other''s parent'),
  (2, 3, 'unique', 'grid_code settle grid_code=', 'conflict',
   '几个网格用了同一个编码', 'Grids have the same code'),
  (5, 4, 'unique', 'household_code settle household_code=', 'conflict',
   '几户用了同一个户编号', 'Households have the same code'),
  (6, 5, 'unique', 'person_id to= first from settle to=today reason=8', 'conflict',
   '一人同时在几户', 'A person is active in several households'),
  (6, 6, 'unique', 'household_id relation=02 to= first from settle relation=', 'conflict',
   '一户有几个户主', 'A household has several heads'),
  (14, 4, 'unique', 'household_id year status=running settle status=reviewed', 'conflict',
   '一户同一年有几个实施中的计划', 'A household has several running plans for one year');
