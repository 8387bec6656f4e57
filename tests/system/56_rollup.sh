#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Upwards: two counties tell their prefecture how many they are, and of nobody anything. The prefecture checks who
# says so and adds it up; a number too small to hide in is withheld, with what would tell it. Altered figures,
# a stranger's, and a county twice are refused. SQL over the county's own tables says the same numbers.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village || finish
roster_make $village roster
for type in grid household person household_member labour_profile employment_spell; do "$huce" import $type roster/$type.csv --data a >/dev/null; done
"$huce" sync --data a >/dev/null
cell() { jq -r --arg m "$1" --arg c "$2" '.cells[] | select(.measure == $m and .cell == $c) | .'"$3"; }

check "a county makes its figures" "$huced" rollup make --day 2026-12-01 --out guanghe.rollup --data county
check "they are small and can be read" [ "$(stat -c %s guanghe.rollup)" -lt 2000 -a "$(head -n 1 guanghe.rollup)" = 622924.huce/622924000000 ]
check "with the day, and how many villages are in it" eval 'sed -n 3p guanghe.rollup | grep -q "^2026-12-01 10 " && sed -n 4p guanghe.rollup | grep -q "^[0-9]* 1 1 2"'
people=$(grep -c . roster/person.csv)
names=$(cut -d, -f1-6 roster/person.csv | grep -oP '[\x{4e00}-\x{9fff}]{2,4}|[0-9X]{15,18}' | sort -u | head -n 200)
check "no name and no number of anybody is in it" eval '! grep -qF "$names" guanghe.rollup && ! grep -qE "[0-9]{8,}" <(tail -n +5 guanghe.rollup | sed "/^—/d")'
check_fails 2 "two is no number to hide in" "$huced" rollup make --least 2 --data county
check_fails 2 "no day" "$huced" rollup make --day tomorrow --data county

# ---- at the prefecture ----
"$huced" witness init --name linxia.example/witness --data prefecture >/dev/null
check_fails 1 "an unknown county is not believed" "$huced" rollup check guanghe.rollup --data prefecture
"$huced" witness trust "$("$huced" witness verifier --data county)" --data prefecture
check "a known one is" "$huced" rollup check guanghe.rollup --data prefecture
check "its key can be given by hand, too" "$huced" rollup check guanghe.rollup --county "$("$huced" witness verifier --data county)" --data nowhere
sed 's/^persons_sex 1 .*/persons_sex 1 99999/' guanghe.rollup >altered.rollup
check_fails 4 "altered figures are no county's" "$huced" rollup check altered.rollup --data prefecture
check_fails 1 "nor is a text" "$huced" rollup check init.txt --data prefecture

# ---- two counties ----
"$huced" init --county 622925 --name 和政县 --data second >/dev/null
check "a county without anybody has figures of nobody" "$huced" rollup make --day 2026-11-30 --out hezheng.rollup --data second
check_fails 1 "it is unknown, so nothing is added" "$huced" rollup sum guanghe.rollup hezheng.rollup --data prefecture
"$huced" witness trust "$("$huced" witness verifier --data second)" --data prefecture
check "both are added" eval '"$huced" rollup sum guanghe.rollup hezheng.rollup --json --data prefecture >sum.json'
check "for people, too" grep -q '2 个县，截至 2026-11-30 到 2026-12-01' <<<"$("$huced" rollup sum guanghe.rollup hezheng.rollup --data prefecture)"
check_fails 1 "a county counts once" "$huced" rollup sum guanghe.rollup guanghe.rollup --data prefecture

# ---- the numbers, by other means ----
sex=$("$huced" sql "SELECT sex, count(*) FROM person WHERE id IN (SELECT person_id FROM household_member) GROUP BY sex ORDER BY sex" --data county --json | jq -c .rows)
check "men and women are as many as plain SQL says" equal "$(jq -c --argjson s "$sex" '[.cells[] | select(.measure == "persons_sex") | [.cell, .count]] == $s' sum.json)" true
all=$(jq '[.cells[] | select(.measure == "persons_sex") | .count] | add' sum.json)
check "of $people on the roster, $all live there; ages add up to them, with what is withheld" [ "$(jq '[.cells[] | select(.measure == "persons_age") | .count] | add' sum.json)" -le "$all" ]
check "no number below ten is told" equal "$(jq '[.cells[] | select(.count > 0 and .count < 10)] | length' sum.json)" 0
"$huced" rollup make --day 2026-12-01 --least 600 --out coarse.rollup --data county
"$huced" rollup sum coarse.rollup --json --data prefecture >coarse.json
check "where more is asked for, more is withheld" [ "$(jq '[.cells[].withheld] | add' coarse.json)" -gt "$(jq '[.cells[].withheld] | add' sum.json)" ]
check "never one alone" equal "$(jq -c '[.cells | group_by(.measure)[] | [.[] | select(.withheld > 0)] | length | select(. == 1)]' coarse.json)" "[]"
"$huced" key change --data county >/dev/null
"$huced" rollup make --out new.rollup --data county
check_fails 4 "under a new key it is not the county that is known" "$huced" rollup check new.rollup --data prefecture
"$huced" witness trust "$("$huced" witness verifier --data county)" --data prefecture
check "until that is told" "$huced" rollup check new.rollup --data prefecture
finish
