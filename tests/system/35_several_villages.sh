#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# One officer covers three villages from one laptop: one grant, three ledgers. What is new says where it
# belongs, what there is knows it; lists, counts and imports are for one village or for all. One village is
# taken away again and another given, without the rest being touched.
set -u
. "$(dirname "$0")/lib.sh"
one=622924101201 two=622924101202 three=622924101203 four=622924101001
county_found && county_serve || finish
desk_join a grid 马建国 $one $two $three && desk_join b village 丁丽 $one && desk_join c village 何平 $two || finish
sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >"$desk.sync" 2>&1 || return 1; done; }
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
ledgers() { "$huce" status --data "$1" --json | jq -r '[.ledgers[] | select(.readable) | .origin[-12:]] | sort | .[1:] | join(" ")'; }
count() { "$huce" sql "SELECT count(*) FROM household ${2:-}" --data "$1" --json | jq -r '.rows[0][0]'; }

check "he has all three" equal "$(ledgers a)" "622924101201 622924101202 622924101203"
check_fails 2 "a new household must say where it belongs" "$huce" put household household_code=622924101201010001 address="一社" --data a
check "and is told what there is to choose" says "$one、$two、$three" "$huce" put household household_code=622924101201010001 address="一社" --data a
check_fails 2 "not a village that he does not have" "$huce" put household household_code=622924101001010001 address="一社" --ledger $four --data a
first=$(put a household household_code=622924101201010001 address="一社 1 号" status=1 --ledger $one)
second=$(put a household household_code=622924101202010001 address="二社 1 号" status=1 --ledger $two)
put a household household_code=622924101203010001 address="三社 1 号" status=1 --ledger $three >/dev/null
sync_all a b c a
check "each village has its own" equal "$("$huce" list household --data b --json | jq -r '.records[0].fields.address') $("$huce" list household --data c --json | jq -r '.records[0].fields.address')" "一社 1 号 二社 1 号"
check "and no other" equal "$(count a) $(count b) $(count c)" "3 1 1"
check "an edit finds its village by itself" equal "$(put a household "$second" sheds=3 >/dev/null; sync_all a c; field c household "$second" sheds)" 3
check "a query can ask for one" equal "$(count a "WHERE origin LIKE '%$two'")" 1
check "the history, too" equal "$("$huce" history household --ledger $two --data a --json | jq '.changes | length')" 2

printf '户编号,住址,户状态\n%s010002,导入 1,1\n%s010003,导入 2,1\n' $three $three >import.csv
check_fails 2 "an import says where" "$huce" import household import.csv --data a
check "and goes there" "$huce" import household import.csv --ledger $three --data a
check "all of it" equal "$(count a "WHERE origin LIKE '%$three'")" 3

# ---- without a network he works in all of them; both neighbours too ----
county_stop
put a household "$first" status=2 >/dev/null
put b household "$first" status=3 >/dev/null
put a household "$second" phone=15400000001 >/dev/null
put c household "$second" address="二社 9 号" >/dev/null
county_serve || finish
sync_all a b c a
check "one list of what he must decide, over all" equal "$("$huce" conflicts list --data a --json | jq -r '[.conflicts[] | .ledger[-12:] + " " + .field] | join(",")')" "$one status"
check "elsewhere both count" equal "$(field a household "$second" phone) $(field a household "$second" address)" "15400000001 二社 9 号"
"$huce" conflicts resolve "$("$huce" conflicts list --data a --json | jq -r '.conflicts[0].id')" --take A --note "去看过了" --data a >/dev/null
check "a household moves between two of his villages in one step" "$huce" transfer household "$first" --to $two --data a
sync_all a b c
check "the one has lost it, the other has it" equal "$(count b) $(count c)" "0 2"
check "at his desk it counts once" equal "$(count a)" 5
check "each village's record is open for decision where it now is" equal "$(field c household "$first" address)" "一社 1 号"

# ---- the villages are dealt out anew: the third goes, another comes ----
put a household household_code=622924101203010009 address="走之前" --ledger $three >/dev/null
sync_all a
old_kid=$("$huced" member show 马建国 --data county --json | jq -r .kid)
check "he is invited for the new round" "$huced" invite --for 马建国 --ledger $one --ledger $two --ledger $four --revoke --url "$url" --out a2.invite --data county
check "on the same laptop" "$huce" join a2.invite --data a
sync_all a
check "he now has these" equal "$(ledgers a)" "622924101001 622924101201 622924101202"
check "writes where he could, and where he now can" equal "$(put a household "$second" sheds=5 >/dev/null
  put a household household_code=622924101001010001 address="四社 1 号" --ledger $four >/dev/null
  sync_all a c; field c household "$second" sheds)" 5
check_fails 1 "no longer where he cannot" "$huce" put household household_code=622924101203010010 address="走之后" --ledger $three --data a
check "what is new for the choice" says "$one、$two、$four" "$huce" put household household_code=622924101201010005 address="一社" --data a
check "what he did in the third stays his" equal "$("$huced" sql "SELECT count(*) FROM household WHERE address = '走之前'" --data county --json | jq -r '.rows[0][0]')" 1
check "no key is left over" equal "$("$huced" member list --data county --json | jq -r --arg k "$old_kid" '.members[] | select(.kid == $k) | .state')" revoked

for desk in a b c; do
  check "audit at $desk" "$huce" audit --data $desk
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "audit at the county" "$huced" audit --data county
finish
