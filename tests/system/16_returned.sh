#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A change that may not count has its leaf and its reason, the same at every desk; the stream goes on
# without it, and its author gets it back: mends it and sends it again, or lays it aside.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
for desk in a b; do "$huce" sync --data $desk >/dev/null; done
tasks() { "$huce" tasks --data "$1" --json | jq -c '[.tasks[] | .code]'; }

# While a is offline the county decides that phones and broadband are for the township to fill in.
cat >writers.sql <<'SQL'
INSERT INTO migration(number, name) VALUES (10091, 'writers');
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, checks) VALUES
  (5, 7, 'phone', '户联系电话', 'Phone', 'text', 'lww', 'T', 2, 'phone'),
  (5, 19, 'net', '宽带', 'Broadband', 'bool', 'lww', 'T', 1, '');
SQL
"$huced" catalog apply writers.sql --data county >/dev/null
put a household "$house" address="一社 2 号" phone=15400000001 --note "搬到隔壁" >/dev/null
put a household "$house" net=1 >/dev/null
put a household "$house" water_ok=1 >/dev/null
check "before it was sent, a sees its own work" equal "$(field a household "$house" address)" "一社 2 号"
"$huce" sync --data a >sync.txt
check "the exchange says what came back" grep -q "2 条改动被退回" sync.txt
check "two tasks with the reason" equal "$(tasks a)" '["writer","writer"]'
check "they are a's alone" equal "$(tasks b)" '[]'
"$huce" sync --data b >/dev/null
check "the change behind them counts" equal "$(field b household "$house" water_ok)" 1
check "the void ones do not, anywhere" equal \
  "$(field a household "$house" address) $(field b household "$house" address) $(field b household "$house" net)" "一社 1 号 一社 1 号 null"
check "both desks tell them as void" equal \
  "$("$huce" history household "$house" --data b --json | jq -c '[.changes[] | .void != null]')" '[false,true,true,false]'
check "status counts them" equal "$("$huce" status --data a --json | jq '[.ledgers[].returned] | add')" 2

first=$("$huce" tasks --data a --json | jq -r '.tasks[0].id')
second=$("$huce" tasks --data a --json | jq -r '.tasks[1].id')
check "a task is shown" "$huce" tasks show "$first" --data a
check_fails 1 "as it was, it is refused again before it leaves" "$huce" tasks send "$first" --data a
check_fails 1 "with a wrong value too" "$huce" tasks send "$first" status=99 --without phone --data a
check "and stays a task" equal "$(tasks a)" '["writer","writer"]'
check "without the field it may go" "$huce" tasks send "$first" address="一社 3 号" --without phone --data a
check_fails 1 "once" "$huce" tasks send "$first" --without phone --data a
check_fails 2 "laying aside needs a reason" "$huce" tasks drop "$second" --data a
check "the other is laid aside" "$huce" tasks drop "$second" --note "由镇里填" --data a
check "nothing is left to do" equal "$(tasks a)" '[]'
for desk in a b; do "$huce" sync --data $desk >/dev/null; done
check "the mended change counts everywhere" equal "$(field b household "$house" address)" "一社 3 号"
check "its note names the old one" equal \
  "$("$huce" history household "$house" --data b --json | jq -r '.changes[-1].note')" "重送 $first，搬到隔壁"
check "both show the same" equal "$(state_of a)" "$(state_of b)"
for desk in a b; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
  check "audit at $desk" "$huce" audit --data $desk
done
check "after a rebuild what was laid aside stays so" equal "$("$huce" rebuild --data a >/dev/null; tasks a)" '[]'
finish
