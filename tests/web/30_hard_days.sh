#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# What goes wrong on a desk: somebody else writes the field that is open, the service and the browser are
# killed in the middle of a form, a change comes back, the county adds a type that no page knows.
set -u
. "$(dirname "$0")/lib.sh"
county_found && county_serve && desk_join ma village 马建国 $village && desk_join ding village 丁丽 $village ||
  { echo "not ok - a village is founded"; finish; }
house=$(put ma household household_code=622924101001010001 address="一社 1 号" status=1)
for desk in ma ding; do "$huce" sync --data $desk >/dev/null; done
cat >types.sql <<'SQL'
INSERT INTO migration(number, name) VALUES (10090, 'sheep');
INSERT INTO tables(no, name, zh, en, title, paper_key) VALUES (30090, 'sheep_shed', '羊棚', 'Sheep shed', 'shed_no', 'shed_no');
INSERT INTO codes(list, code, zh, en) VALUES ('shed_kind', '1', '砖棚', 'Brick'), ('shed_kind', '2', '彩钢棚', 'Steel');
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, list, checks, ref, required) VALUES
  ('sheep_shed', 1, 'shed_no',   '棚号',     'Number',    'text', 'lww',    'T,V', '',          'len:1:20', '',          1),
  ('sheep_shed', 2, 'household', '户',       'Household', 'ref',  'lww',    'T,V', '',          '',         'household', 0),
  ('sheep_shed', 3, 'kind',      '棚型',     'Kind',      'code', 'review', 'T,V', 'shed_kind', '',         '',          0),
  ('sheep_shed', 4, 'sheep',     '羊(只)', 'Sheep',     'int',  'lww',    'T,V', '',          'range:0:999', '',       0);
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, checks) VALUES
  (5, 19, 'net', '宽带', 'Broadband', 'bool', 'lww', 'T', 1, '');
SQL
# While ma is away the county adds a type and decides that broadband is for the township to fill in.
put ma household "$house" net=1 --note "刚通的" >/dev/null
"$huced" catalog apply types.sql --data county >/dev/null
service_start --sync-every 0
export HUCE_HOUSE=$house HUCE_BIN=$huce HUCE_SERVICE=$service
browser hard_days
check "what was decided is in the desk" equal "$(field ma household "$house" address)" "一社 3 号"
check "so is the record of the new type" equal "$("$huce" list sheep_shed --data ma --json | jq -c '[.records[].fields | .shed_no, .kind, .sheep]')" '["A-7","2",31]'
check "nothing is left to do" equal "$("$huce" tasks --data ma --json | jq '.tasks | length')" 0
check "audit" "$huce" audit --data ma
finish
