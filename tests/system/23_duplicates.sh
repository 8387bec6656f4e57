#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# One person is entered at two offline laptops, with the same citizen id; another twice under names that differ
# a little; and there are twins. Every desk is told of the pairs, people say which are one, and from then on the
# person is counted once, everywhere and in every report, with what belongs to either record. Both histories
# stay, and it can be taken back.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101201
id=622924198001010029

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
desk_join c village 韩梅 $other && desk_join town township 王镇 622924101000 || finish

sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >/dev/null || return 1; done; }
value() { "$huce" sql "$2" --data "$1" --json | jq -r '.rows[0][0]'; }
people() { value "$1" "SELECT count(*) FROM person"; }
labour() { value "$1" "SELECT count(*) || ' ' || sum(is_labour) || ' ' || sum(jobs) FROM labour_state"; }
# pairs FOLDER [--all]: kind and the beginning of both titles
pairs() { "$huce" duplicates list "${@:2}" --data "$1" --json | jq -r '[.duplicates[] | .kind + ":" + (.records | map(.title) | join("/"))] | sort | join(" ")'; }
ids() { "$huce" duplicates list --data "$1" --json | jq -c '[.duplicates[].records | map(.id)]'; }
clashes() { "$huce" conflicts list --data "$1" --json | jq -r '[.conflicts[] | .label] | join(" ")'; }
ops() { "$huce" history person "$2" --data "$1" --json | jq -r '[.changes[].ops[].op] | join(" ")'; }
say() { "$huce" duplicates "$2" "$3" "$4" --note "${5:-看过户口簿}" --data "$1" --json | jq -r .changed; }
report() { "$huce" report "$2" --data "$1" --json --date 2026-06-30 | jq -c '[.summary, .rows]'; }

h1=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
h2=$(put a household household_code=622924101001010002 address="一社 2 号" status=1)
sync_all a b town a

# ---- both laptops are offline ----
county_stop
first=$(put a person name=马建英 id_type=1 id_no=$id)
second=$(put b person name=马建瑛 id_type=1 id_no=$id)
put a household_member household_id="$h1" person_id="$first" relation=02 from=2020-01-01 >/dev/null
put b household_member household_id="$h2" person_id="$second" relation=02 from=2021-01-01 >/dev/null
put a labour_profile person_id="$first" capability=1 >/dev/null
put b labour_profile person_id="$second" capability=1 >/dev/null
put b employment_spell person_id="$second" mode=3 place_scope=4 place_div=330106000000 start=2026-02-01 employer=杭州某厂 >/dev/null
dot=$(put a person name=买买提·艾力 birth=1985-03-04) plain=$(put b person name=买买提艾力 birth=1985-03-04)
twin1=$(put a person name=马小兰 birth=1999-09-09) twin2=$(put b person name=马小红 birth=1999-09-09)
put a person name=马军 birth=1985-03-04 >/dev/null
put b person name=马强 birth=1985-03-04 >/dev/null
check "alone, neither laptop has anything to ask" equal "$(pairs a)|$(pairs b)" "|"
county_serve || finish
sync_all a b town a b town

found="same_id:马建英/马建瑛 similar:买买提·艾力/买买提艾力 similar:马小兰/马小红"
check "all pairs are found" equal "$(pairs a)" "$found"
check "at the other laptop, too" equal "$(ids b)" "$(ids a)"
check "and at the township" equal "$(ids town)" "$(ids a)"
check "nobody has linked them: they are counted twice" equal "$(people a) $(labour town)" "8 2 2 1"
check "the list can be read" bash -c "'$huce' duplicates list --data a | grep -q '证件相同'"
check_fails 2 "a link needs a note" "$huce" duplicates link "$first" "$second" --data a
check_fails 2 "two ids are needed" "$huce" duplicates link "$first" 马建瑛 --note x --data a
check_fails 2 "a record is itself" "$huce" duplicates link "$first" "$first" --note x --data a
check_fails 1 "a household is no person" "$huce" duplicates link "$first" "$h1" --note x --data a
check_fails 1 "another village has nothing to say here" "$huce" duplicates link "$first" "$second" --note x --data c

# ---- one laptop says which are one ----
check "the same id is one person" equal "$(say a link "$second" "$first")" true
check "once is enough" equal "$(say a link "$first" "$second")" false
check "at once it is counted once" equal "$(people a) $(labour a)" "7 1 1 1"
sync_all a b town
check "at the other laptop, too" equal "$(people b) $(labour b)" "7 1 1 1"
check "at the township" equal "$(people town) $(labour town)" "7 1 1 1"
check "and at the county" equal "$("$huced" sql "SELECT count(*) FROM person" --data county --json | jq -r '.rows[0][0]')" 7
check "it is no longer asked" equal "$(pairs b)" "similar:买买提·艾力/买买提艾力 similar:马小兰/马小红"
check "the job that stands with the second record is the first's" equal \
  "$(value b "SELECT person_id FROM labour_state WHERE jobs = 1")" "$first"
check "references follow" equal "$(value town "SELECT count(DISTINCT person_id) || ' ' || count(*) FROM household_member")" "1 2"
check "so it is in two households, which a person decides" equal "$(clashes b)" "一人同时在几户"
check "the second record can be read, and says so" equal "$("$huce" get person "$second" --data b --json | jq -r '.fields.name + " " + .same_as')" "马建瑛 $first"
check "the first says so, too" equal "$("$huce" get person "$first" --data b --json | jq -r '.also | join(" ")')" "$second"
check "the number leads to the first" equal "$("$huce" get person $id --data b --json | jq -r .id)" "$first"
check "a list has one of them" equal "$("$huce" list person --where "name LIKE '马建%'" --data b --json | jq -r '[.records[].id] | join(" ")')" "$first"
check "both histories tell of it" equal "$(ops b "$first")|$(ops town "$second")" "put link|put link"
check "each with the other one" equal "$("$huce" history person "$second" --data b --json | jq -r '.changes[].ops[] | select(.op == "link") | .other')" "$first"

check "a candidate is linked like the other" equal "$(say b link "$dot" "$plain" 本人说的)" true
check "twins are two, and that is remembered" equal "$(say b unlink "$twin1" "$twin2" 双胞胎)" true
sync_all b a town
check "nothing is left to ask" equal "$(pairs a)|$(pairs b)|$(pairs town)" "||"
check "what was said can be looked up" equal "$(pairs a --all)" "apart:马小兰/马小红 linked:买买提·艾力/买买提艾力 linked:马建英/马建瑛"
check "all are counted once" equal "$(people a) $(people b) $(people town)" "6 6 6"
for name in $("$huce" report --json | jq -r '.reports[].name'); do report town "$name" >"$name.linked"; done

# ---- it is taken back, and said again ----
check "the link is taken back" equal "$(say town unlink "$first" "$second" 看错了)" true
sync_all town a b
check "there are two of them again" equal "$(people a) $(labour b)" "7 2 2 1"
check "each with its own household" equal "$(clashes a)|$(value b "SELECT count(DISTINCT person_id) FROM household_member")" "|2"
check "and nobody asks again" equal "$(pairs b)" ""
check "both histories tell of that, too" equal "$(ops a "$first")|$(ops b "$second")" "put link unlink|put link unlink"
say a link "$first" "$second" >/dev/null
sync_all a b town
for name in $("$huce" report --json | jq -r '.reports[].name'); do
  check "the report $name says what it said" equal "$(report town "$name")" "$(cat "$name.linked")"
done

county_stop
say a unlink "$first" "$second" 弄错了 >/dev/null
say b unlink "$first" "$second" 再看看 >/dev/null
say b link "$first" "$second" 是一个人 >/dev/null
county_serve || finish
sync_all b a town b a
check "a link wins over an unlink that did not know of it" equal "$(people a) $(people b) $(people town)" "6 6 6"

# ---- over two villages: who reads both counts once ----
third=$(put c person name=马建英 id_type=1 id_no=$id)
h3=$(put c household household_code=622924101201010001 address="新村 1 号" status=1)
put c household_member household_id="$h3" person_id="$third" relation=02 from=2019-01-01 >/dev/null
sync_all c town
check "the township is told" equal "$(pairs town)" "same_id:马建英/马建英"
check "a village is not: it knows one of them only" equal "$(pairs c)|$(pairs a)" "|"
check "the township links them" equal "$(say town link "$third" "$first" 迁来的)" true
sync_all town a c
check "who reads both counts one, who reads one counts that" equal "$(people town) $(people a) $(people c)" "6 6 1"
check "as a labourer, too: where the earliest membership is" equal "$(labour town)" "1 1 1"
check "the profile and the job of the other village count there" equal \
  "$(value town "SELECT substr(origin, -12) FROM labour_state WHERE is_labour AND jobs = 1")" $other
check "the third history tells of it, out of the other ledger" equal "$(ops town "$third")" "put link"

for desk in a b c town; do
  check "$desk: all of it can be made anew" "$huce" rebuild --check --data $desk
done
check "the twins' note is in the history" equal "$("$huce" history person "$twin2" --data town --json | jq -r '.changes[-1].note')" 双胞胎
finish
