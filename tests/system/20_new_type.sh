#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county adds a record type while everything runs: one SQL file, no program. Desks that were offline
# meanwhile learn of it at their next exchange; it is used through CLI, import, merge and SQL.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish

cat >rehousing.sql <<'SQL'
INSERT INTO migration(number, name) VALUES (10090, 'rehousing');
INSERT INTO tables(no, name, zh, en, title, paper_key) VALUES
  (30090, 'rehousing', '分散安置', 'Rehousing', 'to_site', 'dwelling_no');
INSERT INTO codes(list, code, zh, en) VALUES
  ('site_kind', '1', '集中安置', 'Built-up site'), ('site_kind', '2', '分散安置', 'Scattered');
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, list, checks, ref, conflict_group) VALUES
  ('rehousing', 1, 'household', '户',       'Household', 'ref',     'once',      'T,V', '',          '',            'household', ''),
  ('rehousing', 2, 'to_site',   '安置点',   'Site',      'text',    'authority', 'T,V', '',          'len:1:40',    '', ''),
  ('rehousing', 3, 'kind',      '安置方式', 'Kind',      'code',    'review',    'T,V', 'site_kind', '',            '', ''),
  ('rehousing', 4, 'move_date', '搬入日期', 'Moved on',  'date',    'lww',       'T,V', '',          'past',        '', ''),
  ('rehousing', 5, 'dwelling_no', '房号',   'Dwelling',  'text',    'lww',       'T,V', '',          'len:1:20',    '', ''),
  ('rehousing', 6, 'helpers',   '帮助搬迁人次', 'Helpers', 'int',   'counter',   'T,V', '',          '',            '', '');
INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('rehousing', 1, 'requires', 'to_site move_date', 'error', '填了安置点,应填搬入日期', 'A site needs a date');
SQL

check_fails 1 "before, nobody knows the type" "$huce" put rehousing to_site=x move_date=2025-05-01 --data a
"$huce" put household household_code=622924101001010001 address="一社 1 号" --data a >/dev/null
"$huce" sync --data a >/dev/null && "$huce" sync --data b >/dev/null

sed 's/(30090, .rehousing., .分散安置/(30090, "rehousing", 分散安置/' rehousing.sql >broken.sql
check_fails 1 "a file with a mistake is refused and changes nothing" "$huced" catalog apply broken.sql --data county
check "the county adds the type while it serves" "$huced" catalog apply rehousing.sql --data county
check "twice is once" "$huced" catalog apply rehousing.sql --data county

check_fails 1 "a desk that has not been online does not know it yet" "$huce" put rehousing to_site=x move_date=2025-05-01 --data a
"$huce" sync --data a >/dev/null
id=$(put a rehousing household=622924101001010001 to_site=三甲集安置点 kind=集中安置 move_date=2025-05-01 dwelling_no=3-2-501 helpers=+2)
check "after an exchange it saves a record" test "${#id}" = 32
check_fails 1 "with the type's own code list" "$huce" put rehousing "$id" kind=7 --data a
check_fails 1 "and rules" "$huce" put rehousing to_site=另一处 --data a
cat >more.csv <<'CSV'
房号,安置点,安置方式,搬入日期
3-2-501,三甲集安置点,1,2025/5/2
3-2-502,三甲集安置点,分散安置,2025年6月1日
CSV
check "import finds its columns by the labels, and records by their key on paper" equal \
  "$("$huce" import rehousing more.csv --data a --json | jq -c '[.created, .updated, .bad]')" '[1,1,0]'
"$huce" sync --data a >/dev/null

# b has been offline all the time: changes arrive together with what describes them
check "another desk receives it" "$huce" sync --data b
check "with readable tables" equal \
  "$("$huce" sql "SELECT to_site, kind, move_date, helpers FROM rehousing WHERE dwelling_no = '3-2-501'" --data b | tail -n 1)" \
  "$(printf '三甲集安置点\t1\t2025-05-02\t2')"
put a rehousing "$id" kind=2 helpers=+3 >/dev/null
put b rehousing "$id" kind=1 helpers=+4 >/dev/null
put b rehousing "$id" kind=2 >/dev/null
put b rehousing "$id" kind=1 --note "看过合同" >/dev/null
for desk in a b a; do "$huce" sync --data $desk >/dev/null; done
check "its counter adds up" equal "$(field a rehousing "$id" helpers) $(field b rehousing "$id" helpers)" "9 9"
check "its reviewed field asks a person" equal "$("$huce" conflicts list --data a --json | jq -r '[.conflicts[] | .field] | join(",")')" kind
check "both show the same" equal "$(state_of a)" "$(state_of b)"
check "its history is told" equal "$("$huce" history rehousing "$id" --data b --json | jq '.changes | length')" 6
"$huce" list rehousing --csv out.csv --data a >/dev/null
check "a list of it goes out as a file" bash -c "head -n 1 out.csv | grep -q 安置点 && [ \$(grep -c 三甲集安置点 out.csv) = 2 ]"
"$huce" serve --listen 127.0.0.1:0 --sync-every 0 --lock-after 0 --data a >service.txt 2>&1 </dev/null &
service=$!
for _ in $(seq 200); do grep -q http service.txt && break; sleep 0.05; done
api=$(grep -oE 'http://127.0.0.1:[0-9]+' service.txt)
token=$(curl -s -H "Content-Type: application/json" -d '{"pin":"135246"}' "$api/api/unlock" | jq -r .session)
page() { curl -s -H "Huce-Session: $token" -H "Content-Type: application/json" "$@"; }
check "the page has a form for it: labels, choices, who may write" equal \
  "$(page "$api/api/types" | jq -c '[.types[] | select(.name == "rehousing") | .fields[] | [.zh, .type, .writable]] | .[1:3]')" \
  '[["安置点","text",true],["安置方式","code",true]]'
check "and saves one" equal "$(page -d '{"fields":{"to_site":"另一处","move_date":"2025-07-01"}}' "$api/api/records/rehousing" -o saved -w '%{http_code}'; jq -r '.id | length' saved)" 20132
kill "$service" && wait "$service" 2>/dev/null
"$huce" sync --data a >/dev/null; "$huce" sync --data b >/dev/null
check "a third desk that joins now has it at once" desk_join c village 海明 $village
check "and the records" equal "$("$huce" sql "SELECT count(*) FROM rehousing" --data c | tail -n 1)" 3
for desk in a b c; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
  check "audit at $desk" "$huce" audit --data $desk
done
finish
