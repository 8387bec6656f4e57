#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A desk's database is put back to some days ago. What it has sent since is noted outside of it, so it does not go on
# under numbers that are used: new work goes on a new chain, the next exchange first brings what the county has, and no
# chain splits. The same when the whole folder is put back and the stick with the copies is there. With neither, the
# chain splits as ever, and is healed.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
home() { put "$1" household household_code=${village}0100$2 address="一社 $2 号" status=1 >/dev/null; }
count() { "$huce" list household --data "$1" --json | jq '.records | length'; }
forks() { "$huced" forks list --data county --json | jq '.forks | length'; }
unsent() { "$huce" status --data "$1" --json | jq '[.ledgers[] | .unsent + .sent] | add'; }

home a 01
"$huce" sync --data a >/dev/null
home a 02 # in the image it is open; at the county its changeset has one more
cp -r a image
home a 03
"$huce" sync --data a >/dev/null
home a 04
"$huce" sync --data a >/dev/null
cp image/desk.db a/desk.db
check "the database is of some days ago" equal "$(count a)" 2
check "work goes on without a network" home a 05
check "status says what happened" bash -c '"$0" status --data a | grep -q 退回过' "$huce"
check "and is sent" "$huce" sync --data a
check "then status has nothing to say" bash -c '"$0" status --data a --json | jq -e ".put_back | not"' "$huce"
check "no chain has split" equal "$(forks)" 0
check "nothing is left to send" equal "$(unsent a)" 0
check "nothing is lost" equal "$(count a)" 5
home a 06
"$huce" sync --data a >/dev/null
"$huce" sync --data b >/dev/null
check "it goes on" equal "$(count b)" 6
check "both have the same" equal "$(state_of a)" "$(state_of b)"
check "nothing is said twice" equal "$("$huce" history household --data b --json | jq '.changes | length')" 6

cp image/desk.db a/desk.db
check "once more, and before anything is written" "$huce" sync --data a
check "all is there" equal "$(count a) $(forks)" "6 0"

cp image/desk.db a/desk.db
home a 07
env -u HUCE_PIN_FILE "$huce" sync --data a </dev/null >out 2>err
check "without the PIN it says what to do" grep -q "重新签名" err
check "and still nothing splits" equal "$(forks)" 0
check "with the PIN it goes" "$huce" sync --data a
check "all is there again" equal "$(count a) $(unsent a) $(forks)" "7 0 0"

mkdir stick
"$huce" backup --to stick --data a >/dev/null
home a 08
rm -r image && cp -r a image
home a 09
"$huce" sync --data a >/dev/null
rm -r a && cp -r image a
check "the whole folder is put back, the stick is there" home a 10
check "and all is sent" "$huce" sync --data a
check "no chain has split, nothing is lost" equal "$(count a) $(unsent a) $(forks)" "10 0 0"

rm -r a stick && cp -r image a
home a 11
"$huce" sync --data a >/dev/null 2>&1
"$huce" sync --data a >/dev/null 2>&1
check "without file and stick the chain splits and is healed" equal "$(count a) $(unsent a) $(forks)" "11 0 1"
check "the audits are clean but for that" bash -c '"$0" audit --data county --json | jq -e .ok' "$huced"
finish
