#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A line that breaks again and again, each time after a few kilobytes: two months of a village arrive over it all the same.
# What had come stays, and each attempt begins with a piece that fits what the line bore before.
set -u
. "$(dirname "$0")/lib.sh"
build=${HUCE_BUILD:-$root/build}
village=622924101001
link_pid=
trap '[ -z "$link_pid" ] || kill $link_pid 2>/dev/null; county_stop' EXIT
link() { # OPTIONS…
  [ -z "$link_pid" ] || { kill $link_pid; wait $link_pid; }
  rm -f link.port
  "$build/tests/proxy/proxy" --to "$port" --port "${link_port:-0}" --port-file link.port "$@" >link.txt 2>&1 &
  link_pid=$!
  for _ in $(seq 400); do [ -s link.port ] && break; sleep 0.05; done
  link_port=$(cat link.port)
}
size() { sqlite3 "file:$1?mode=ro" "SELECT size FROM ledger WHERE origin LIKE '%/$village'"; }
piece() { sqlite3 "file:b/desk.db?mode=ro" "SELECT CAST(value AS TEXT) FROM setting WHERE name = 'link_piece'"; }

county_found && county_serve || finish
link
url=http://127.0.0.1:$link_port
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
printf "%s\n" 马小国 丁小丽 王小芳 何小平 >names
for n in 1 2 3 4; do
  put a household household_code=62292410100101000$n address="一社 $n 号" >/dev/null
  put a person name=$(sed -n ${n}p names) sex=1 >/dev/null
done
check "equal desks" bash -c "'$huce' sync --data a && '$huce' sync --data b"
county_stop
check "two months of work at one of them" "$build/tests/bench/links" years county a 135246 56 100
county_serve
link --cut-every 9000
tries=0 stalled=0
while [ $tries -lt 150 ] && [ "$(size b/desk.db)" != "$(size county/huced.db)" ]; do
  before=$(size b/desk.db)
  "$huce" sync --data b >>sync.txt 2>&1
  tries=$((tries + 1))
  [ "$(size b/desk.db)" != "$before" ] || stalled=$((stalled + 1))
done
check "all of it arrives, 9,000 bytes at a time" equal "$(size b/desk.db)" "$(size county/huced.db)"
echo "  # $tries attempts, of which $stalled brought nothing; the last piece: $(piece) bytes"
check "few attempts bring nothing" test $stalled -lt $((tries / 2 + 6))
check "both desks show the same" equal "$(state_of a)" "$(state_of b)"
link
for _ in 1 2 3 4 5; do "$huce" sync --data b >/dev/null 2>&1; done
check "over a good line pieces are as large as ever" equal "$(piece)" 65536

# ---- an import, upwards: what is signed together travels together, so not more is than such a line bears ----
"$build/tests/data/roster" --division $village --people 6000 --out roster >/dev/null
check "an import of 6,000 people" "$huce" import person roster/person.csv --data a
before=$(size county/huced.db)
link --cut-every 120000
tries=0
while [ $tries -lt 40 ]; do
  tries=$((tries + 1))
  "$huce" sync --data a >>sync.txt 2>&1 && break
done
check "all of it gets through, 120,000 bytes at a time" equal "$("$huce" status --data a --json | jq "[.ledgers[] | .unsent + .sent] | add")" 0
largest=$(sqlite3 "file:a/desk.db?mode=ro" "SELECT max(length(cose) + length(salts) + length(columns)) FROM changeset")
echo "  # $tries attempts for $(($(size county/huced.db) - before)) changesets, the largest of $largest bytes"
check "a line that is not there says nothing of what a line bears" eval \
  'kill $link_pid; wait $link_pid; link_pid=; ! "$huce" sync --data b && [ "$(piece)" = 65536 ]'
finish
