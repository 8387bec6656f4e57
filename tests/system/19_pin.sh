#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A clerk's PIN: weak ones are not taken, wrong ones cost time that outlives the program, and it can
# be changed without anybody's help.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish

# ---- choosing one ----
"$huced" invite --ledger $village --role village --person 马建国 --url "$url" --out ma.invite --data county >/dev/null 2>&1
for weak in 111111 123456 850314 19850314 112233; do
  printf %s $weak >weak_pin
  check_fails 1 "$weak is not taken" "$huce" join ma.invite --data a --pin-file weak_pin
done
check "and nothing was made" test ! -e a -a ! -e a.joining
check "what is wrong is said" grep -q 生日 <<<"$(printf 850314 >weak_pin; "$huce" join ma.invite --data a --pin-file weak_pin 2>&1)"
check "the invitation is still good" "$huce" join ma.invite --data a
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)

# ---- changing it ----
printf 246813 >new_pin
printf 970412 >birthday_pin
check_fails 1 "a weak one is refused" "$huce" pin change --new-pin-file birthday_pin --data a
check_fails 1 "the same one is refused" "$huce" pin change --new-pin-file pin --data a
check_fails 2 "without a terminal the new one comes from a file" "$huce" pin change --data a
check "it is changed" "$huce" pin change --new-pin-file new_pin --data a
check_fails 1 "the old one no longer signs" "$huce" put household "$house" phone=15400000001 --data a
check "the new one does" "$huce" put household "$house" phone=15400000002 --pin-file new_pin --data a
check "the page takes the new one too" equal "$(
  "$huce" serve --listen 127.0.0.1:0 --sync-every 0 --data a >serve_a.txt 2>&1 &
  pid=$!
  for _ in $(seq 100); do grep -q http serve_a.txt && break; sleep 0.05; done
  api=$(grep -o 'http://127.0.0.1:[0-9]*' serve_a.txt | head -n 1)
  for pin in 135246 246813; do
    curl -s -o /dev/null -w '%{http_code} ' -H 'Content-Type: application/json' -d "{\"pin\":\"$pin\"}" "$api/api/unlock"
  done
  kill $pid; wait $pid
)" "403 200 "

# ---- wrong ones ----
printf 975310 >wrong_pin
try() { "$huce" put household "$house" phone=15400000003 --pin-file "$1" --data a 2>&1; }
wrong() { for _ in $(seq "$1"); do try wrong_pin >wrong.txt; done; }
wrong 4
check "after four the right one still opens" try new_pin
check "and the count begins anew" equal "$(ls a/keys | grep -c tries)" 0
wrong 5
check "the fifth says how long to wait" grep -q "30 秒" wrong.txt
check_fails 1 "then the right one has to wait too, in another process" try new_pin
check "and is told how long" grep -qE "请过 [0-9]+ 秒再试" <<<"$(try new_pin)"
check_fails 1 "changing it is no way around" "$huce" pin change --pin-file new_pin --new-pin-file pin --data a
HUCE_CLOCK_OFFSET_MS=-86400000 check_fails 1 "nor is setting the clock back" try new_pin
export HUCE_CLOCK_OFFSET_MS=31000
wrong 1
check "the next wrong one costs twice as much" grep -q "60 秒" wrong.txt
export HUCE_CLOCK_OFFSET_MS=92000
tries=()
for i in 1 2 3 4 5 6; do
  try wrong_pin >wrong.$i &
  tries+=($!)
done
wait "${tries[@]}"
cat wrong.? >wrong.txt
check "six at once are one try" equal "$(grep -c "不对" wrong.txt) $(grep -c "请过 [0-9]* [分秒]" wrong.txt)" "1 6"
export HUCE_CLOCK_OFFSET_MS=400000
check "who waits comes in" try new_pin
unset HUCE_CLOCK_OFFSET_MS
check "reading needs no PIN meanwhile" equal "$(field a household "$house" phone)" 15400000003
check "the exchange goes on" "$huce" sync --data a
check "audit" "$huce" audit --data a
finish
