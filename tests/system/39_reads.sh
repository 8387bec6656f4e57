#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Who looks at a sensitive field leaves a trace: at a desk, offline too, noted once an hour with a count; told to the
# county with the next exchange, signed by the laptop, in a chain that nobody can thin out unnoticed. What is masked or
# not sensitive leaves none.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b auditor 白审 $village || finish
person=$(put a person name=马小兰 id_type=1 id_no=990000198001010012 phone=15412345678 health=1)
house=$(put a household household_code=${village}010001 address="一社 1 号" phone=15400000001)
"$huce" sync --data a >/dev/null; "$huce" sync --data b >/dev/null
reads() { "$huced" reads --data county --json "$@" | jq -c '[.reads[] | [.person, .command, .type, .record, .times]]'; }
check "nobody has looked" equal "$(reads)" '[]'

county_stop
for _ in 1 2 3; do "$huce" get person "$person" --data a >/dev/null; done
"$huce" get household "$house" --data a >/dev/null
"$huce" list household --data a >/dev/null
"$huce" history person "$person" --data a >/dev/null
"$huce" sql "SELECT name, id_no FROM person" --data a >/dev/null
"$huce" sql "SELECT count(*) FROM person" --data a >/dev/null
"$huce" get person "$person" --data b >/dev/null
county_serve || finish
check "an exchange tells the county" "$huce" sync --data a
"$huce" sync --data b >/dev/null
check "three looks in an hour are one with a count" equal "$("$huced" reads --data county --json | jq -c '[.reads[] | select(.command == "get")] | [length, ([.[].times] | add), .[0].person, .[0].record == "'"$person"'"]')" '[1,3,"马建国",true]'
check "with the fields" equal "$("$huced" reads --data county --json | jq -c '[.reads[] | select(.command == "get")][0].fields | [index("id_no") != null, index("health") != null, index("name") != null]')" '[true,true,false]'
check "the history and the query are there" equal "$("$huced" reads --data county --json | jq -c '[.reads[].command] | sort | unique')" '["get","history","sql"]'
check "the household is not, nor the auditor's masked look" equal "$("$huced" reads --data county --json | jq -c '[.reads[] | select(.type == "household" or .person == "白审")] | length')" 0
check "by person" equal "$(reads --person 白审)" '[]'
check "by record" equal "$("$huced" reads --record "$person" --data county --json | jq '.reads | length')" 2
check "by day" equal "$(reads --to 2020-01-01)" '[]'
check "told to people" grep -q "马建国.*get  person $person" <<<"$("$huced" reads --data county)"
check "each desk's chain is whole" bash -c '"$0" reads --check --data county --json | jq -e ".ok and .batches == 1"' "$huced"

"$huce" list person --data a >/dev/null
"$huce" get person "$person" --at "$(TZ=CST-8 date +%F)" --data a >/dev/null
"$huce" proof person "$person" --out x.proof --data a >/dev/null
"$huce" proof person "$person" --out y.proof --withhold --data a >/dev/null
"$huce" history person --by 马建国 --data a >/dev/null
"$huce" list person --csv masked.csv --data a >/dev/null
"$huce" list person --csv whole.csv --unmask --reason "送县医院核对医保" --data a >/dev/null
"$huce" sync --data a >/dev/null
check "lists, the past, proofs and files that are whole" equal "$("$huced" reads --data county --json | jq -c '[.reads[] | [.command, .times]] | sort')" '[["get",1],["get",3],["history",1],["history, search",1],["list",1],["list, file",1],["proof",1],["sql",1]]'
check "two batches" bash -c '"$0" reads --check --data county --json | jq -e ".batches == 2"' "$huced"

cp -r a old
"$huce" get person "$person" --data a >/dev/null && "$huce" sync --data a >/dev/null
rm -r a && mv old a
"$huce" get person "$person" --data a >/dev/null && "$huce" sync --data a >/dev/null
check "a desk that was put back goes on where the county's chain ends" bash -c '"$0" reads --check --data county --json | jq -e ".batches == 4"' "$huced"

county_stop
sqlite3 county/huced.db "DELETE FROM _read_batch WHERE number = 2" 2>/dev/null
check "what is there stays" bash -c '"$0" reads --check --data county --json | jq -e ".batches == 4"' "$huced"
sqlite3 county/huced.db "DROP TRIGGER _read_batch_goes; DELETE FROM _read_batch WHERE number = 2"
check_fails 4 "and if it does not, that is noticed" "$huced" reads --check --data county
finish
