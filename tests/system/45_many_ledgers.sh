#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county desk follows more than 300 ledgers: one request for all of them, and it hears at once of a change in any: the
# first, the last, and the registry. A scope that ends takes no unsent work with it: 35_several_villages.sh.
set -u
. "$(dirname "$0")/lib.sh"
service=
trap '[ -z "$service" ] || kill $service 2>/dev/null; county_stop' EXIT
total() { curl -s "$url/metrics" | sed -n "s/^huced_$1_total //p"; }
within() { # SECONDS COMMAND…
  local end=$(($(date +%s) + $1))
  shift
  until "$@"; do [ "$(date +%s)" -lt $end ] || return 1; sleep 0.1; done
}
shows() { [ "$("$huce" sql "SELECT count(*) FROM household" --data desk --json | jq -r '.rows[0][0]')" = "$1" ]; }
listens() { [ "$(total waits)" -ge "$1" ]; }

"$huced" init --county 640422 --name 西吉县 --data county >init.txt &&
  "$huced" ledger add --divisions "$root/tests/data/divisions_64_6229.csv" --data county >>init.txt && county_serve || finish
codes=$(sqlite3 county/huced.db "SELECT substr(origin, instr(origin, '/') + 1) FROM ledger ORDER BY no")
townships=$(grep '000$' <<<"$codes" | grep -v '^640422000000$')
villages=$(grep -v '000$' <<<"$codes")
first=$(head -n 1 <<<"$villages") last=$(tail -n 1 <<<"$villages")
# shellcheck disable=SC2086
desk_join desk township 马县 $townships && desk_join one village 马建国 "$first" && desk_join two village 丁丽 "$last" || finish
ledgers=$("$huce" status --data desk --json | jq '.ledgers | length')
check "the desk follows more than 300 ledgers" test "$ledgers" -gt 300
"$huce" sync --data desk >/dev/null
before=$(total syncs)
check "an exchange of them all" "$huce" sync --data desk
check "is one request" equal $(($(total syncs) - before)) 1

"$huce" serve --listen 127.0.0.1:0 --sync-every 3600 --data desk >desk.txt 2>&1 &
service=$!
waits=$(total waits) questions=$(((ledgers + 23) / 24))
check "its service listens to all of them, in a few questions" within 60 listens $((waits + questions))
put one household household_code="${first}001001" address="第一村 1 号" >/dev/null
check "the first village hands in a change" "$huce" sync --data one
check "it is at the county desk, long before the period" within 60 shows 1
check "which listens again" within 60 listens $((waits + 2 * questions))
put two household household_code="${last}001001" address="最后一村 1 号" >/dev/null
check "the last village hands in a change" "$huce" sync --data two
check "it is there too" within 60 shows 2
finish
