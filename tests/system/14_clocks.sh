#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Laptop clocks are wrong as a rule. One stands at 1970, one at 2099: nothing is lost or reordered by it,
# only ties are decided by time, and each owner is told how wrong the clock is.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
now=$(date +%s)000
past() { HUCE_CLOCK_OFFSET_MS=-$((now - 86400000)) "$@"; }
future() { HUCE_CLOCK_OFFSET_MS=$((4070908800000 - now)) "$@"; }
export -f past future
desk_join right village 马建国 $village && desk_join old village 丁丽 $village &&
  desk_join new village 海明 $village || finish
past "$huce" sync --data old >/dev/null
future "$huce" sync --data new >/dev/null
ahead() { "$huce" status --data "$1" --json | jq '.clock_ahead_s / 86400 / 365 | trunc'; }
check "the owner of a clock at 1970 is told" equal "$(ahead old)" "-$((($(date +%s) - 86400) / 86400 / 365))"
check "in words" bash -c "'$huce' status --data old | grep -q '本机时钟比县里慢约 .* 天'"
check "and the owner of one at 2099" test "$(ahead new)" -gt 70
check "whoever is right is left in peace" bash -c "! '$huce' status --data right | grep -q 时钟"

house=$(put right household household_code=622924101001010001 address="甲" status=1)
for desk in right old new; do "$huce" sync --data $desk >/dev/null; done
past put old household "$house" address="乙" >/dev/null # has seen 甲, by a clock 56 years behind
past "$huce" sync --data old >/dev/null
future "$huce" sync --data new >/dev/null
future put new household "$house" address="丙" >/dev/null
future "$huce" sync --data new >/dev/null
"$huce" sync --data right >/dev/null
put right household "$house" address="丁" >/dev/null # later-seen, by a clock 73 years behind new's
for desk in right old new right; do "$huce" sync --data $desk >/dev/null; done
check "who had seen the other is later, at every desk" equal \
  "$(field right household "$house" address)$(field old household "$house" address)$(field new household "$house" address)" 丁丁丁
past put old household "$house" phone=15400000001 >/dev/null
future put new household "$house" phone=15400000002 >/dev/null
put right household "$house" water_ok=1 >/dev/null
# a clock that is put right in between begins a new chain and loses nothing
put new household "$house" road=1 >/dev/null
for desk in new old right new old; do "$huce" sync --data $desk >/dev/null; done
check "concurrent writes agree everywhere" equal "$(state_of right) $(state_of old)" "$(state_of new) $(state_of new)"
check "all fields arrived" equal \
  "$(field old household "$house" water_ok)$(field old household "$house" road)" 11
check "every save is in the history" equal "$("$huce" history household "$house" --data old --json | jq '.changes | length')" 8
check "no effective time lies outside what the county saw" equal "$(sqlite3 right/desk.db "SELECT count(*) FROM leaf l WHERE l.effective_ms > l.admitted_ms")" 0
check "with its clock put right, the owner is left in peace" bash -c "'$huce' sync --data new >/dev/null && ! '$huce' status --data new | grep -q 时钟"
for desk in right old new; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
  check "audit at $desk" "$huce" audit --data $desk
done
finish
