#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A township over its villages: two have reported, the others have not. Charts whose numbers open into records; down from
# the town to a household; who is silent; who may write; work handed down; the audit, seen to find what was altered.
set -u
. "$(dirname "$0")/lib.sh"
two=622924101002
county_found && county_serve && desk_join ma village 马建国 $village && desk_join ding village 丁丽 $two &&
  desk_join zhen township 苏镇长 622924101000 || { echo "not ok - a county, two villages and their township"; finish; }
# roster FOLDER CODE SEED: a village's records, in the county
roster() {
  "$roster" --division "$2" --seed "$3" --divisions "$root/tests/data/divisions_guanghe.csv" --out "roster$3" >/dev/null || return 1
  local type
  for type in grid household person household_member labour_profile employment_spell income_source; do
    "$huce" import $type "roster$3/$type.csv" --data "$1" >/dev/null || return 1
  done
  "$huce" sync --data "$1" >/dev/null
}
roster ma $village 1 && roster ding $two 2 && "$huce" sync --data zhen >/dev/null || { echo "not ok - the villages report"; finish; }
# One person stands in both rosters: a township sees it and says so.
one=$("$huce" list person --limit 1 --data ma --json | jq -r '.records[0].id')
other=$("$huce" list person --limit 1 --data ding --json | jq -r '.records[0].id')
people=$("$huce" report units --data zhen --json | jq '.rows[0].people')
check "two records of one person are linked" "$huce" duplicates link "$one" "$other" --note "搬家时两边都登记了" --data zhen
check "and counted once" equal "$("$huce" report units --data zhen --json | jq '.rows[0].people')" "$((people - 1))"
service_desk=zhen
service_start --sync-every 0
browser township $village $two
service_stop
"$huce" sync --data zhen >/dev/null && "$huce" sync --data ma >/dev/null
check "what was handed down is at the village" equal \
  "$("$huce" list request --data ma --json | jq -r '.records[0].fields.text')" 请核实两户的饮水
# Somebody alters what the county has signed: the page says so.
sqlite3 zhen/desk.db "UPDATE leaf SET admitted_ms = admitted_ms + 1 WHERE idx = 0 AND ledger = (SELECT no FROM ledger WHERE origin LIKE '%/$village')"
service_start --sync-every 0
browser altered
service_stop
check "no word of it in the diagnostics" equal "$(cat service.err)" ""
finish
