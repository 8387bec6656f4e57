#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A new laptop in a village with a long history, over a line that breaks: its records come first, and are read and written
# at once, also while others write; the history comes behind, is cut off, goes on, and in the end the laptop holds what every
# other one holds. A county that signs for records that its own history does not come to has signed evidence.
set -u
. "$(dirname "$0")/lib.sh"
build=${HUCE_BUILD:-$root/build}
village=622924101001
link_pid=
trap '[ -z "$link_pid" ] || kill $link_pid 2>/dev/null; county_stop' EXIT
link() { # OPTIONS…
  [ -z "$link_pid" ] || { kill $link_pid; wait $link_pid; } 2>/dev/null
  rm -f link.port
  "$build/tests/proxy/proxy" --to "$port" --port "${link_port:-0}" --port-file link.port "$@" >link.txt 2>&1 &
  link_pid=$!
  for _ in $(seq 400); do [ -s link.port ] && break; sleep 0.05; done
  link_port=$(cat link.port)
}
ask() { sqlite3 "file:$1/desk.db?mode=ro" "$2" 2>/dev/null; }
history_of() { "$huce" status --data "$1" --json | jq -r --arg v "/$village" '.ledgers[] | select(.origin | endswith($v)) | .history.'"$2"; }
households() { "$huce" list household --data "$1" --json 2>/dev/null | jq '.records | length'; }
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
# until_killed FOLDER SQL: huce sync on that folder, killed as soon as the query says 1
until_killed() {
  "$huce" sync --data "$1" >killed.txt 2>&1 &
  local pid=$!
  for _ in $(seq 2000); do
    [ "$(ask "$1" "$2")" = 1 ] && break
    kill -0 $pid 2>/dev/null || break
    sleep 0.02
  done
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
}

county_found && county_serve || finish
link
direct=$url
url=http://127.0.0.1:$link_port
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
printf "%s\n" 马小国 丁小丽 王小芳 何小平 >names
for n in 1 2 3 4; do
  put a household household_code=62292410100101000$n address="一社 $n 号" status=1 >/dev/null
  put a person name=$(sed -n ${n}p names) sex=1 >/dev/null
done
check "two desks, equal" bash -c "'$huce' sync --data a && '$huce' sync --data b"
county_stop
check "a year of work at one of them" "$build/tests/bench/links" years county a 135246 365 120
county_serve || finish
url=http://127.0.0.1:$link_port
"$huce" sync --data b >/dev/null || finish
house=$("$huce" list household --limit 1 --data a --json | jq -r '.records[0].id')

# ---- the records ----
link --rate 60000 --cut-down 170000 --first 4
desk_join new village 马建军 $village || finish
check "the line broke while the records came" equal "$(households new)" 0
got=$(ask new "SELECT sum(length(bytes)) FROM _snapshot_piece")
got=${got:-0}
check "what had come is there" test "$got" -gt 0
link --rate 60000
until_killed new "SELECT count(*) > 0 AND sum(length(bytes)) > $got FROM _snapshot_piece"
check "killed while they came, it has more of them and begins nothing anew" test "$(ask new "SELECT sum(length(bytes)) FROM _snapshot_piece")" -gt "$got"
link
check "the rest comes" "$huce" sync --records-only --data new
check "all records are there" equal "$(households new)" "$(households a)"
check "their history is not" test "$(history_of new have)" -lt "$(history_of new of)"
check "the records are those of everybody else" equal "$(state_of new)" "$(state_of a)"
check "status says how far it is" says "以前的历史到了" "$huce" status --data new
check "a history that is not there is not told as if it were" says "历史还没有全到" "$huce" history household "$house" --data new
check "nor is it audited" says "历史还没有全到" "$huce" audit --data new
check "nor are the records made anew from it" says "历史还没有全到" "$huce" rebuild --data new

# ---- written meanwhile, everywhere ----
check "something is written on the new laptop" "$huce" put household "$house" address="新电脑写的" --data new
put a household "$house" sheds=7 >/dev/null
put a household household_code=622924101001010009 address="九社 9 号" >/dev/null
"$huce" sync --data a >/dev/null
check "it goes out before the history has come" "$huce" sync --records-only --data new
check "what others wrote has come" equal "$(field new household "$house" sheds) $(households new)" "7 5"
"$huce" sync --data b >/dev/null
check "others have what was written there" equal "$(field b household "$house" address)" "新电脑写的"
put a household "$house" status=2 --note "门锁着" >/dev/null
put new household "$house" status=3 --note "搬走了" >/dev/null
put new person name=何小军 sex=1 >/dev/null
"$huce" sync --data a >/dev/null
check "where two disagree and the past must be asked, the laptop goes on" "$huce" sync --records-only --data new
check "its own is sent all the same" bash -c "'$huce' sync --data b && '$huce' list person --data b | grep -q 何小军"
check "and can be read here" equal "$(field new household "$house" address)" "新电脑写的"

# ---- the history ----
link --rate 60000
have=$(history_of new have)
until_killed new "SELECT max(filled) > $have FROM ledger"
check "killed while the history comes, what had come is there" test "$(history_of new have)" -gt "$have"
link --cut-every 90000
for _ in $(seq 60); do
  "$huce" sync --data new >sync.txt 2>&1
  [ "$(history_of new have 2>/dev/null)" = null ] && break
done
link
check "over a line that breaks all of it comes" equal "$(history_of new have)" null
for desk in new a b new; do "$huce" sync --data $desk >/dev/null 2>&1; done
check "every desk has the same records" equal "$(state_of new) $(state_of b)" "$(state_of a) $(state_of a)"
check "the same conflict waits everywhere" equal "$("$huce" conflicts list --data new --json | jq -r '[.conflicts[].id] | sort | join(" ")')" \
  "$("$huce" conflicts list --data a --json | jq -r '[.conflicts[].id] | sort | join(" ")')"
check "the records follow from the history, to the last row" "$huce" rebuild --check --data new
check "every signature is good" "$huce" audit --data new
check "the history of a record is told" says "一社 1 号" "$huce" history household "$house" --data new
check "nothing is left of how it began" equal "$(ask new "SELECT (SELECT count(*) FROM _snapshot) + (SELECT count(*) FROM _snapshot_piece)")" 0

# ---- a county that signs for what is not so ----
county_stop
url=$direct
sqlite3 county/huced.db "UPDATE r_household SET address = '另一个地址' WHERE id = (SELECT id FROM r_household ORDER BY id LIMIT 1)"
county_serve || finish
desk_join deceived village 王秀英 $village || finish
check "the new laptop shows what the county says" says "另一个地址" "$huce" list household --data deceived
put deceived household "$house" sheds=4 >/dev/null
check_fails 4 "when the history has come it is seen" "$huce" sync --data deceived
check "what the county signed is kept" test -s "$(ls deceived/evidence/*snapshot* 2>/dev/null | head -n 1)"
check "with its signature" grep -q "^huce/1/snapshot" deceived/evidence/*snapshot*
"$huce" sync --data deceived >/dev/null 2>&1
check "the history alone counts" bash -c "! '$huce' list household --data deceived | grep -q 另一个地址"
check "what was written meanwhile stays" equal "$(field deceived household "$house" sheds)" 4
"$huce" sync --data a >/dev/null
check "it is as everybody else" equal "$(state_of deceived)" "$(state_of a)"
check "and follows from the history" "$huce" rebuild --check --data deceived
finish
