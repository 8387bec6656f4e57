-- SPDX-License-Identifier: MulanPSL-2.0
-- name: notice_board
-- zh: 网格员公示牌
-- en: Grid notice board
-- about: 由网格、任职和联络单生成，任职一变就过时，要重新打印。有话跟我说，有事找我办，有难找我帮。
-- who: village township grid
-- none: 没有网格，或没有上公示牌的网格员。
-- column: grid | 网格 | Grid | text
-- column: role | 职务 | Role | text
-- column: name | 姓名或单位 | Name | text
-- column: phone | 工作电话 | Work phone | text
-- column: until | 有效至 | Valid until | text
-- rows:
SELECT grid, role, name, phone, until FROM (
  SELECT g.grid_code, g.name AS grid, 1 AS place, label('officer_kind', coalesce(p.role, o.kind)) AS role, o.name, o.phone_work AS phone,
         min(coalesce(p."to", '长期'), coalesce(o.appointed_to, '长期')) AS until
    FROM grid g JOIN scope ON scope.origin = g.origin
    JOIN grid_post p ON p.grid_id = g.id AND p.origin = g.origin
    JOIN grid_officer o ON o.id = p.officer_id AND o.origin = g.origin
   WHERE o.public_board = 1 AND coalesce(p."to", '9') >= :today AND coalesce(o.appointed_to, '9') >= :today
  UNION ALL
  SELECT g.grid_code, g.name, 2, label('liaison_kind', n.kind), n.org || coalesce('（' || n.name || '）', ''), n.phone, '长期'
    FROM grid g JOIN scope ON scope.origin = g.origin JOIN liaison n ON n.grid_id = g.id AND n.origin = g.origin)
 ORDER BY grid_code, grid, place, role;
