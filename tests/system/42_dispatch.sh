#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A desk that is connected hears of what others did at once, not at the next period: its service holds a question open at the
# county. What the county does itself (an invitation) arrives in the same way. A county that asks for patience gets it.
# alone: it measures how long a dispatch takes
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
desk_pid=
desk_stop() {
  [ -n "$desk_pid" ] || return 0
  kill "$desk_pid" 2>/dev/null
  wait "$desk_pid" 2>/dev/null
  desk_pid=
}
trap 'desk_stop; county_stop' EXIT

# households FOLDER: how many this desk shows
households() { "$huce" sql "SELECT count(*) FROM household" --data "$1" --json | jq -r '.rows[0][0]'; }
# within SECONDS COMMAND…: until it says yes; how long that took is in ./took_ms
within() {
  local start=$(date +%s%3N) limit_ms=$(($1 * 1000))
  shift
  while ! "$@"; do
    [ $(($(date +%s%3N) - start)) -lt "$limit_ms" ] || return 1
    sleep 0.05
  done
  echo $(($(date +%s%3N) - start)) >took_ms
}
shows() { [ "$(households "$1")" = "$2" ]; }
watched() { [ "$(curl -s "$url/metrics" | sed -n 's/^huced_waits_total //p')" -gt "$1" ]; }

county_found && county_serve && desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
put a household household_code=622924101001010001 address="一社 1 号" >/dev/null
"$huce" sync --data a >/dev/null
# The period is an hour: what comes sooner was heard of.
"$huce" serve --listen 127.0.0.1:0 --sync-every 3600 --data b >b.txt 2>&1 &
desk_pid=$!
check "the service begins with an exchange" within 60 shows b 1
check "and then holds a question open at the county" within 60 watched 0
put a household household_code=622924101001010002 address="一社 2 号" >/dev/null
check "another desk hands in a change" "$huce" sync --data a
check "it is here, long before the period" within 120 shows b 2
echo "  # after $(cat took_ms) ms"
waits=$(curl -s "$url/metrics" | sed -n 's/^huced_waits_total //p')
check "the desk listens again" within 60 watched "$((waits - 1))"
people() { sqlite3 "file:b/desk.db?mode=ro" "SELECT size FROM ledger WHERE origin LIKE '%/622924000000'"; }
grown() { [ "$(people)" -gt "$1" ]; }
before=$(people)
check "the county grants something, in a process of its own" desk_join c village 海明 $village
check "the registry is here too" within 120 grown "$before"
echo "  # after $(cat took_ms) ms"

# The county goes away and comes back on the same port.
county_stop
put a household household_code=622924101001010003 address="一社 3 号" >/dev/null
county_serve
check "a county that was away: the next change is handed in" "$huce" sync --data a
check "and heard of once the watch has rested" within 120 shows b 3
finish
