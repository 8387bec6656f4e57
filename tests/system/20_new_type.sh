#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county adds a record type while everything runs: one SQL file, no program. Desks that were offline
# meanwhile learn of it at their next exchange; it is used through CLI, import, merge and SQL.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish

cat >relocation.sql <<'SQL'
INSERT INTO migration(number, name) VALUES (10090, 'relocation');
INSERT INTO tables(no, name, zh, en, title, paper_key) VALUES
  (30090, 'relocation', '搬迁', 'Relocation', 'to_site', 'dwelling_no');
INSERT INTO codes(list, code, zh, en) VALUES
  ('site_kind', '1', '集中安置', 'Built-up site'), ('site_kind', '2', '分散安置', 'Scattered');
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, list, checks, ref, conflict_group) VALUES
  ('relocation', 1, 'household', '户',       'Household', 'ref',     'once',      'T,V', '',          '',            'household', ''),
  ('relocation', 2, 'to_site',   '安置点',   'Site',      'text',    'authority', 'T,V', '',          'len:1:40',    '', ''),
  ('relocation', 3, 'kind',      '安置方式', 'Kind',      'code',    'review',    'T,V', 'site_kind', '',            '', ''),
  ('relocation', 4, 'move_date', '搬迁日期', 'Moved on',  'date',    'lww',       'T,V', '',          'past',        '', ''),
  ('relocation', 5, 'dwelling_no', '房号',   'Dwelling',  'text',    'lww',       'T,V', '',          'len:1:20',    '', ''),
  ('relocation', 6, 'helpers',   '帮助搬迁人次', 'Helpers', 'int',   'counter',   'T,V', '',          '',            '', '');
INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('relocation', 1, 'requires', 'to_site move_date', 'error', '填了安置点,应填搬迁日期', 'A site needs a date');
SQL

check_fails 1 "before, nobody knows the type" "$huce" put relocation to_site=x move_date=2025-05-01 --data a
"$huce" put household household_code=622924101001010001 address="一社 1 号" --data a >/dev/null
"$huce" sync --data a >/dev/null && "$huce" sync --data b >/dev/null

sed 's/(30090, .relocation., .搬迁/(30090, "relocation", 搬迁/' relocation.sql >broken.sql
check_fails 1 "a file with a mistake is refused and changes nothing" "$huced" catalog apply broken.sql --data county
check "the county adds the type while it serves" "$huced" catalog apply relocation.sql --data county
check "twice is once" "$huced" catalog apply relocation.sql --data county

check_fails 1 "a desk that has not been online does not know it yet" "$huce" put relocation to_site=x move_date=2025-05-01 --data a
"$huce" sync --data a >/dev/null
id=$(put a relocation household=622924101001010001 to_site=三甲集安置点 kind=集中安置 move_date=2025-05-01 dwelling_no=3-2-501 helpers=+2)
check "after an exchange it saves a record" test "${#id}" = 32
check_fails 1 "with the type's own code list" "$huce" put relocation "$id" kind=7 --data a
check_fails 1 "and rules" "$huce" put relocation to_site=另一处 --data a
cat >more.csv <<'CSV'
房号,安置点,安置方式,搬迁日期
3-2-501,三甲集安置点,1,2025/5/2
3-2-502,三甲集安置点,分散安置,2025年6月1日
CSV
check "import finds its columns by the labels, and records by their key on paper" equal \
  "$("$huce" import relocation more.csv --data a --json | jq -c '[.created, .updated, .bad]')" '[1,1,0]'
"$huce" sync --data a >/dev/null

# b has been offline all the time: changes arrive together with what describes them
check "another desk receives it" "$huce" sync --data b
check "with readable tables" equal \
  "$("$huce" sql "SELECT to_site, kind, move_date, helpers FROM relocation WHERE dwelling_no = '3-2-501'" --data b | tail -n 1)" \
  "$(printf '三甲集安置点\t1\t2025-05-02\t2')"
put a relocation "$id" kind=2 helpers=+3 >/dev/null
put b relocation "$id" kind=1 helpers=+4 >/dev/null
put b relocation "$id" kind=2 >/dev/null
put b relocation "$id" kind=1 --note "看过合同" >/dev/null
for desk in a b a; do "$huce" sync --data $desk >/dev/null; done
check "its counter adds up" equal "$(field a relocation "$id" helpers) $(field b relocation "$id" helpers)" "9 9"
check "its reviewed field asks a person" equal "$("$huce" conflicts list --data a --json | jq -r '[.conflicts[] | .field] | join(",")')" kind
check "both show the same" equal "$(state_of a)" "$(state_of b)"
check "its history is told" equal "$("$huce" history relocation "$id" --data b --json | jq '.changes | length')" 6
check "a third desk that joins now has it at once" desk_join c village 海明 $village
check "and the records" equal "$("$huce" sql "SELECT count(*) FROM relocation" --data c | tail -n 1)" 2
for desk in a b c; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
  check "audit at $desk" "$huce" audit --data $desk
done
finish
