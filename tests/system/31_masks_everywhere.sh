#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Whoever may see the records and not the people behind them gets no citizen id, phone, name or door from anything that
# can be asked: every command that reads, every GET of the page's API. The village, which works with them, gets them
# from the same walk; so the walk looks where they are.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
here=$(dirname "$(readlink -f "$0")")
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b auditor 白审 $village && desk_join c township 丁镇 622924101000 || finish
id=990000198001010012
person=$(put a person name=马小兰 id_type=1 id_no=$id phone=15412345678 ethnic=03 health=1 hukou_div=$village)
house=$(put a household household_code=622924101001010001 address="一社 1 号" phone=15400000001)
put a household_member household_id=$house person_id=$person relation=02 status=1 >/dev/null 2>&1
put a person name=马小兰 id_type=1 birth=1980-01-01 phone=15433334444 >/dev/null
visit=$(put a visit household_id=$house visited_on=2026-11-20 method=1 2>/dev/null)
for desk in a c b a c; do "$huce" sync --data $desk >/dev/null; done
# A conflict, one that a rule decided, somebody on the way, a change that came back.
put a person "$person" phone=15488881111 >/dev/null
put c person "$person" phone=15488882222 >/dev/null
put a household "$house" phone=15477771111 >/dev/null
put c household "$house" phone=15477772222 >/dev/null
for desk in a c a c b; do "$huce" sync --data $desk >/dev/null; done
"$huce" transfer household "$house" --to 622924101002 --data c >/dev/null 2>&1
for desk in c a b; do "$huce" sync --data $desk >/dev/null; done
secret='990000198001010012|马小兰|15412345678|1548888|1547777|15400000001|15433334444|1980-01-01|一社 1 号'
leaks() { grep -aE "$secret" "$1" | cut -c1-300; }

walk() { # DESK: everything that its commands read
  local type=$1
  for type in person household household_member visit; do
    "$huce" list $type --data $1
    "$huce" list $type --json --data $1
    "$huce" list $type --deleted --data $1
    "$huce" history $type --data $1
  done
  for type in "person $person" "household $house" "visit $visit"; do
    "$huce" get $type --data $1
    "$huce" get $type --json --data $1
    "$huce" get $type --at 3 --data $1
    "$huce" history $type --data $1
    "$huce" history $type --json --data $1
  done
  "$huce" history --by 马建国 --data $1
  "$huce" history --field phone --json --data $1
  for what in "conflicts list" "conflicts list --reported" "transfers list" "duplicates list" "duplicates list --all" "tasks list" \
    "attachment list" status grants audit "feed list" "lottery list" "door print --out door.html"; do
    "$huce" $what --data $1
    "$huce" $what --json --data $1
  done
  for what in conflicts transfers tasks; do
    for one in $("$huce" $what list --json --data $1 | jq -r ".$what[]?.id"); do "$huce" $what show "$one" --data $1; done
  done
  "$huce" sql "SELECT * FROM person" --data $1
  "$huce" sql "SELECT * FROM household" --json --data $1
  "$huce" sql "SELECT name || id_no || phone AS a FROM person" --data $1
  for one in $("$huce" report --json --data $1 | jq -r '.reports[].name'); do
    "$huce" report "$one" --data $1
    "$huce" report "$one" --json --data $1
  done
  "$huce" proof person "$person" --out proof.$1 --data $1
  cat door.html
}
walk a >commands.a 2>&1
walk b >commands.b 2>&1
check "the village's commands show ids, phones, names, doors" equal \
  "$(for one in $id 马小兰 1548888 1547777 "一社 1 号"; do grep -acq "$one" commands.a && echo yes; done | sort | uniq -c | tr -d ' ')" 5yes
check "no command shows an auditor any" equal "$(leaks commands.b)" ""
check "in files neither" equal "$(for type in person household; do "$huce" list $type --csv $type.csv --data b; "$huce" history $type --csv h$type.csv --data b; done >/dev/null 2>&1; cat ./*.csv >files.b; leaks files.b)" ""

api_walk() {
  "$huce" serve --listen 127.0.0.1:0 --sync-every 3600 --data "$1" >"serve.$1" 2>&1 &
  local service=$! url
  for _ in $(seq 400); do grep -q http "serve.$1" && break; sleep 0.05; done
  url=$(grep -o 'http://[0-9.:]*' "serve.$1" | head -n 1)
  "$here/masks.py" "$root/agent/api/openapi.json" "$url" 2026-01-01 person="$person" household="$house" visit="$visit" >"api.$1" 2>&1
  kill $service
  wait $service 2>/dev/null
}
api_walk a
api_walk b
check "the page's API answers a great deal" test "$(grep -c ' 200 ' api.a)" -gt 60
check "the village gets them there" equal "$(for one in $id 马小兰 1548888 1547777 "一社 1 号"; do grep -acq "$one" api.a && echo yes; done | sort | uniq -c | tr -d ' ')" 5yes
check "an auditor's page asks the same" test "$(grep -c ' 200 ' api.b)" -gt 50
check "and gets none of them" equal "$(leaks api.b)" ""
finish
