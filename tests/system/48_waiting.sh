#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A question that is held open at the county is answered when the ledger it names has grown, by whichever process,
# also while others go on asking; and not for what it did not name.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101002
wait_for() { PYTHONDONTWRITEBYTECODE=1 "$root/tests/system/waiting.py" "$@"; }

county_found && county_serve && desk_join a village 马建国 $village && desk_join b village 丁丽 $other || finish
for desk in a b; do "$huce" sync --data $desk >/dev/null || echo "not ok - $desk syncs"; done
size_of() { local size=$(curl -s "$url/log/$1/checkpoint" | sed -n 2p); echo "${size:-0}"; }
parked() { curl -s "$url/metrics" | sed -n 's/^huced_waiting //p'; }
until_parked() { for _ in $(seq 600); do [ "$(parked)" = "$1" ] && return; sleep 0.05; done; return 1; }

# Of one village: the other's growth is none of its business.
wait_for "$url" a $village "$(size_of $village)" >mine.txt 2>&1 &
mine=$!
check "a question is held open" until_parked 1
put b household household_code=622924101002010001 address="一社 1 号" >/dev/null
"$huce" sync --data b >/dev/null || echo "not ok - b syncs"
check "another village's change does not answer it" equal "$(parked)" 1
put a household household_code=622924101001010001 address="一社 1 号" >/dev/null
"$huce" sync --data a >/dev/null || echo "not ok - a syncs"
wait $mine
check "its own village's does" grep -qx 200 mine.txt

# Another process writes, and somebody else's question is the first to make this one read that.
(while [ ! -e enough ]; do curl -s "$url/v1/ledgers" >/dev/null; done) &
asking=$!
for round in 1 2 3; do
  wait_for "$url" a 622924000000 "$(size_of 622924000000)" >registry.txt 2>&1 &
  registry=$!
  check "the registry is waited for, round $round" until_parked 1
  "$huced" member renew 丁丽 --until 2031-0$round-01 --data county >/dev/null 2>renew.txt || echo "not ok - a grant is renewed"
  wait $registry
  check "what another process wrote is told while others keep asking" grep -qx 200 registry.txt
  check "within half of its time: $(sed -n 2p registry.txt) s" [ "$(sed -n 's/\..*//;2p' registry.txt)" -lt 28 ]
done
touch enough
wait $asking
finish
