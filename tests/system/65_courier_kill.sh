#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The stick's way with programs killed at any moment: packing, taking at the county, taking what comes
# back. Whatever was left half done is done again next time; every save that was told is confirmed once,
# in order, and no chain has split.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
rounds=${ROUNDS:-25}
county_found || finish
joined() {
  "$huced" invite --ledger $village --role village --person 马建国 --url http://127.0.0.1:1 --out a.invite --data county &&
    "$huce" join a.invite --request-file a.request --data a && "$huced" join accept a.request --out a.answer --data county &&
    "$huce" join --answer-file a.answer --data a
}
check "a desk joins by stick" joined
mkdir stick
house=$(put a household household_code=622924101001010001 address="一社 0 号" status=1)
# killed COMMAND…: runs it and kills it at some moment. How long such commands take here is learnt on the way: about half are cut off.
killed() {
  local pid
  "$@" >>killed.txt 2>&1 &
  pid=$!
  sleep "$(printf '%d.%06d' 0 $((RANDOM * span / 32768)))"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  if [ $? = 137 ]; then
    cut=$((cut + 1)) span=$((span * 11 / 10))
  else
    span=$((span * 9 / 10 + 1000))
  fi
}
once() { "$huce" bundle export stick --data a && "$huced" bundle import stick --data county && "$huce" bundle import stick --data a; }
check "one way that is not cut off" once
span=100000 # microseconds
cut=0 saves=0
RANDOM=7
while [ "$saves" -lt "$rounds" ] || { [ "$cut" -lt $((rounds / 2)) ] && [ "$saves" -lt $((8 * rounds)) ]; }; do
  saves=$((saves + 1))
  "$huce" put household "$house" address="一社 $saves 号" --data a >/dev/null 2>>put.txt || echo "not ok - save $saves"
  killed "$huce" bundle export stick --data a
  killed "$huced" bundle import stick --data county
  killed "$huce" bundle import stick --data a
done
echo "  # $cut of $((3 * saves)) were cut off"
check "many were cut off" test "$cut" -ge $((rounds / 2))
check "at last one way goes through" once
check "all is confirmed" equal "$("$huce" status --data a --json | jq -c '[.ledgers[] | .unsent + .sent] | add')" 0
check "every save, once and in order" equal \
  "$("$huce" history household "$house" --data a --json | jq -r '[.changes[].ops[].fields.address] | join(" ")')" \
  "$(for i in $(seq 0 "$saves"); do printf '一社 %s 号\n' "$i"; done | paste -sd' ')"
check "no chain has split" equal "$("$huced" forks list --data county --json | jq '.forks | length')" 0
check "audit at the desk" "$huce" audit --data a
check "audit at the county" "$huced" audit --data county
check "rebuilt, it is the same" "$huce" rebuild --check --data a
finish
