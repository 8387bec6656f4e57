#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Two years later somebody asks what the county knew on a certain day. Any desk that has the ledger answers,
# and so does the county: the same as desks showed on that day, with the people, rules and moves of
# then, whatever has become of it since.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
day_ms=86400000

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1 relocated=0)
other=$(put a household household_code=622924101001010002 address="一社 2 号" status=1 relocated=0)
"$huce" sync --data a >/dev/null
"$huce" sync --data b >/dev/null
put a household "$house" status=2 --note "门锁着" >/dev/null
put b household "$house" status=3 --note "听说搬走了" >/dev/null
for desk in a b a; do "$huce" sync --data $desk >/dev/null; done

# what a desk shows, on the day: records, conflicts
shown() { "$huce" sql "SELECT id, household_code, address, status FROM household ORDER BY id" --data "$1" "${@:2}" --json | jq -c .rows; }
then=$(shown a)
sizes=$("$huce" status --data a --json | jq -c '[.ledgers[].confirmed]')
at=$(date -u -d "+8 hours" +%Y-%m-%d)
leaves=3

# ---- later: clocks and records have moved on ----
county_stop
export HUCE_CLOCK_OFFSET_MS=$((400 * day_ms))
county_serve || finish
conflict=$("$huce" conflicts list --data a --json | jq -r '.conflicts[0].id')
"$huce" conflicts resolve "$conflict" --take B --note "确实搬走了" --data a >/dev/null
put a household "$other" address="二社 9 号" >/dev/null
put a household household_code=622924101001010003 address="三社 3 号" status=1 >/dev/null
"$huce" sync --data a >/dev/null
"$huce" sync --data b >/dev/null
put b household "$other" address="还没送出" >/dev/null

check "the desk has moved on" [ "$(shown a)" != "$then" ]
check "on the day it was as it was" equal "$(shown a --at "$at")" "$then"
check "at the other desk too, which has something unsent on top" equal "$(shown b --at "$at")" "$then"
check "the same by the number of leaves" equal "$(shown b --at $leaves)" "$then"
check "one leaf before" equal "$(shown b --at 1 | jq -c '[.[][3]]')" '["1","1"]'
check "by the minute" equal "$(shown a --at "${at}T23:59")" "$then"
get() { "$huce" get household "$house" --data a --json "$@"; }
check "a record shows its conflict of then" equal "$(get --at "$at" | jq -c '[.fields.status, (.conflicts | length), .state]')" '["1",1,"confirmed"]'
check "and none now" equal "$(get | jq -c '[.fields.status, (.conflicts | length)]')" '["3",0]'
check "its history ends there" equal "$("$huce" history household "$house" --data a --at "$at" --json | jq '.changes | length')" 3
check "lists count what there was" equal "$("$huce" list household --data b --at "$at" --json | jq '.records | length')" 2
check "and find by condition" equal "$("$huce" list household --where "address LIKE '%2 号'" --data b --at "$at" --json | jq '.records | length')" 1
check "reports ask the same tables" "$huce" report invariants --data a --at "$at"
check "the county answers the same" equal \
  "$("$huced" sql "SELECT id, household_code, address, status FROM household ORDER BY id" --at "$at" --unmask --reason 测试 --data county --json | jq -c .rows)" "$then"
check "the past cannot be written" bash -c '! "$0" put household "$1" status=1 --at "$2" --data a 2>/dev/null' "$huce" "$house" "$at"
check "and nothing was: the desk is as it is" "$huce" rebuild --check --data a
check_fails 1 "before the county there was nothing" "$huce" get household "$house" --data a --at 2001-01-01
check_fails 2 "more leaves than there are" "$huce" get household "$house" --data a --at 9999
check_fails 2 "no day" "$huce" get household "$house" --data a --at yesterday
check_fails 2 "no real day" "$huce" get household "$house" --data a --at 2026-02-30
check "no file of the past is left" equal "$(ls a | sort | tr '\n' ' ')" "desk.db heads keys "
finish
