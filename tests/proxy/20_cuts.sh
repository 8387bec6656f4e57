#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A connection is cut at every byte of an exchange, and at random ones: nothing is lost, nothing comes twice, and in the end
# all of it is through. The number of random cuts: TRIALS=10000 (make links does that), SEED=7.
set -u
. "$(dirname "$0")/../system/lib.sh"
village=622924101001
cuts=${HUCE_BUILD:-$root/build}/tests/proxy/cuts
trials=${TRIALS:-300} seed=${SEED:-1}

county_found && county_serve && desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
check "one household on both desks" bash -c "
  '$huce' put household household_code=622924101001999999 address=桥头 --data a && '$huce' sync --data a && '$huce' sync --data b"
county_stop
cp -r county county.random && cp -r a a.random && cp -r b b.random
value() { sed -n "s/^$1 //p" "$2"; }
check "cut at every byte of an exchange, each way" bash -c "'$cuts' every county a b 135246 >every.txt"
check "all of them got through, nothing lost, nothing twice" equal "$(value lost every.txt) $(value duplicated every.txt)" "0 0"
echo "  # $(value bytes_up every.txt) bytes up, $(value bytes_down every.txt) down, $(value connections_cut every.txt) connections cut"
check "cut at random in $trials exchanges of all sizes (seed $seed)" bash -c "'$cuts' random county.random a.random b.random 135246 $trials $seed >random.txt"
check "all of them got through, nothing lost, nothing twice" equal \
  "$(value lost random.txt) $(value duplicated random.txt) $(value completed random.txt)" "0 0 $trials"
echo "  # $(value saved random.txt) changes, $(value connections_cut random.txt) connections cut, $(value exchanges random.txt) exchanges"
check "what was signed holds at the county" "$huced" audit --data county.random
check "and at the desk" "$huce" audit --data a.random
finish
