#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A code on each door: made, printed, scanned from the paper, typed by hand; it opens the household without a network and
# tells a stranger nothing. One that was torn off is replaced.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

county_found && county_serve && desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
for i in 1 2 3; do put a household household_code=62292410100101000$i address="一社 $i 号" phone=1540000000$i >/dev/null; done
check_fails 1 "there is nothing to print yet" "$huce" door print --out doors.html --data a
check "every household gets a code" equal "$("$huce" door make --data a --json | jq .made)" 3
check "once" equal "$("$huce" door make --data a --json | jq .made)" 0
check "they are printed" "$huce" door print --out doors.html --data a
check "three labels, each a QR code" equal "$(grep -c '<svg' doors.html)" 3
check "no name, no address, no number of a telephone" bash -c "! grep -qE '一社|1540000' doors.html"
token=$("$huce" sql "SELECT d.token FROM door_code d JOIN household h ON h.id = d.household_id WHERE h.household_code LIKE '%1'" --data a | tail -n 1)
home=$("$huce" sql "SELECT id FROM household WHERE household_code LIKE '%1'" --data a | tail -n 1)
opens() { "$huce" door open "$1" --data "${2:-a}" --json | jq -r .household; }
check "typed, in groups as it is printed" equal "$(opens "$(sed 's/..../& /g' <<<"$token")")" "$home"
check "as the QR code says it" equal "$(opens "HUCE-DOOR-${token^^}")" "$home"
check "the beginning is enough" equal "$(opens "${token:0:10}")" "$home"
check_fails 2 "but not seven digits" "$huce" door open "${token:0:7}" --data a
check_fails 2 "nor what is no code" "$huce" door open "一社一号的门" --data a
check_fails 1 "a code from somewhere else" "$huce" door open 00000000000000000000000000000000 --data a
if command -v zbarimg >/dev/null && command -v chromium >/dev/null; then
  chromium --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/chrome" --window-size=800,1200 \
    --screenshot="$PWD/doors.png" "file://$PWD/doors.html" >/dev/null 2>&1
  check "a scanner reads the paper" grep -qi "huce-door-$token" <(zbarimg -q --raw doors.png)
else
  echo "skip - a scanner reads the paper: zbarimg or chromium is not installed"
fi

"$huce" sync --data a >/dev/null && "$huce" sync --data b >/dev/null
county_stop
check "another desk opens it, without a network" equal "$(opens "$token" b)" "$home"
"$huce" serve --listen 127.0.0.1:0 --data b >serve_b.txt 2>&1 &
desk=$!
for _ in $(seq 100); do base=$(grep -oE 'http://127.0.0.1:[0-9]+' serve_b.txt | head -n 1); [ -n "$base" ] && break; sleep 0.1; done
session=$(curl -s -H "Content-Type: application/json" -d '{"pin":"135246"}' "$base/api/unlock" | jq -r .session)
check "the local API opens it" equal "$(curl -s -H "Huce-Session: $session" "$base/api/doors/$token" | jq -r .household)" "$home"
check "and says what is no code" equal "$(curl -s -o /dev/null -w '%{http_code}' -H "Huce-Session: $session" "$base/api/doors/zz")" 400
kill $desk; wait $desk 2>/dev/null

check_fails 2 "a new one needs its reason" "$huce" door renew 622924101001010001 --data a
check "a door's code is torn off: a new one" "$huce" door renew 622924101001010001 --note 门牌被撕 --data a
check_fails 1 "the old one opens nothing any more, and says so" "$huce" door open "$token" --data a
check "it is not reused" equal "$("$huce" sql "SELECT count(*), count(DISTINCT token) FROM door_code" --data a | tail -n 1)" $'4\t4'
check "one label alone" bash -c "'$huce' door print 622924101001010001 --out one.html --data a && [ \$(grep -c '<svg' one.html) = 1 ]"
finish
