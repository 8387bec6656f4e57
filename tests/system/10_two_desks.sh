#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Two laptops of one community and the township, all offline, edit the same household. After they have
# all been online again they show the same: one conflict where a person must decide, the later-seen
# value elsewhere whatever the clocks say, the township's word where it has the say.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
desk_join town township 王镇 622924101000 || finish

sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >/dev/null || return 1; done; }
conflicts() { "$huce" conflicts list --data "$1" --json | jq -r '.conflicts | length'; }
conflict() { "$huce" conflicts list --data "$1" --json | jq -c '.conflicts[0] | [.field, .in_force, [.candidates[] | [.value, .author]]]'; }
state() { "$huce" get household "$1" --data "$2" --json | jq -r .state; }

house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1 relocated=0)
check "a record that was only saved says so" equal "$(state "$house" a)" saved
sync_all a b town
check "after the exchange it is confirmed" equal "$(state "$house" a)" confirmed
check "the other laptop has it" equal "$(field b household "$house" address)" "一社 1 号"

# ---- all three are offline now ----
county_stop
check_fails 3 "without the county a sync says it cannot reach it (exit 3)" "$huce" sync --data a
put a household "$house" status=2 --note "去了三次，门锁着" >/dev/null
put b household "$house" status=3 --note "听邻居说已经搬走" >/dev/null
put a household "$house" phone=15400000001 >/dev/null
put b household "$house" water_ok=1 >/dev/null
put a household "$house" relocated=0 relocation_site=三甲集安置点 >/dev/null
HUCE_CLOCK_OFFSET_MS=-220000000000 put town household "$house" relocated=1 --ledger $village >/dev/null
county_serve || finish
sync_all a b town a b town

check "one conflict at a" equal "$(conflicts a)" 1
check "one conflict at b" equal "$(conflicts b)" 1
check "one conflict at the township" equal "$(conflicts town)" 1
check "with the old value in force and both candidates with their authors" equal "$(conflict a)" \
  '["status","1",[["2","马建国"],["3","丁丽"]]]'
check "the same at b" equal "$(conflict b)" "$(conflict a)"
check "and that both knew the same of the ledger, and nothing of each other" equal \
  "$("$huce" conflicts list --data a --json | jq -c '.conflicts[0].candidates | [.[0].base == .[1].base, .[0].base > 0, .[0].seen, .[1].seen]')" \
  '[true,true,[],[]]'
check "other fields of both laptops stand side by side" equal \
  "$(field b household "$house" phone) $(field a household "$house" water_ok)" "15400000001 1"
check "the township has the say, seven years behind by its clock" equal \
  "$(field a household "$house" relocated)" 1
check "all three show the same records" equal "$(state_of a) $(state_of b)" "$(state_of town) $(state_of town)"

check "people read of which house, and the words for both values" bash -c '"$0" conflicts list --data a | grep -q "一社.*的“户状态”：现在按" && ! "$0" conflicts list --data a | grep -qE "户 6229|[0-9] (空户|迁出)"' "$huce"
id=$("$huce" conflicts list --data b --json | jq -r '.conflicts[0].id')
check "conflicts show tells one" "$huce" conflicts show "$id" --data b
check_fails 2 "a letter that is not there is refused" "$huce" conflicts resolve "$id" --take Z --data b
check_fails 1 "a value outside the list is refused" "$huce" conflicts resolve "$id" --take value=77 --data b
check "a person decides on b" "$huce" conflicts resolve "$id" --take A --note "一起上门看过" --data b
sync_all b a town
check "which clears it everywhere" equal "$(conflicts a)$(conflicts b)$(conflicts town)" 000
check "with the value that was taken" equal "$(field a household "$house" status)" 2

# ---- later-seen wins, also when its author's clock is years behind ----
put a household "$house" address="一社 2 号" >/dev/null
sync_all a b
HUCE_CLOCK_OFFSET_MS=-220000000000 put b household "$house" address="一社 3 号" >/dev/null
sync_all b a
check "lww: who had seen the other value is later, whatever the clocks" equal \
  "$(field a household "$house" address)" "一社 3 号"
put a household "$house" status=4 >/dev/null
put b household "$house" status=4 >/dev/null
sync_all a b town a
check "both wrote the same: no conflict" equal "$(conflicts a)$(conflicts b)" 00

history() { "$huce" history household "$house" --data town --json; }
check "the history names everyone" equal \
  "$(history | jq -r '[.changes[].author] | unique | join(" ")')" "$(printf '%s\n' 马建国 丁丽 王镇 | jq -Rn '[inputs] | unique | join(" ")' -r)"
check "and is complete" equal "$(history | jq '.changes | length')" 12

for desk in a b town; do
  check "audit at $desk" "$huce" audit --data $desk
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "audit at the county" "$huced" audit --data county
finish
