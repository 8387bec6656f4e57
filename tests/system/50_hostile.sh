#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county's server among people who mean harm: strangers who send garbage, relays that turn bits over,
# slow clients, invitations that were altered, used or have run out, and a granted desk that asks for
# what it may not have. Everything gets an answer in words, nothing changes, the server stays up and
# small, and an honest desk goes on working in between and afterwards.
set -u
. "$(dirname "$0")/lib.sh"
hostile() { "$root/tests/system/hostile.py" "$@"; }
village=622924101001 other=622924101002

county_found && county_serve || finish
direct=$url
read -r relay_port < <(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$root/tests/system/hostile.py" record "$relay_port" "$direct" recorded 2>relay.txt & # not through a function: the shell around it would be killed, and not it
relay=$!
trap 'kill $relay 2>/dev/null; county_stop' EXIT
for _ in $(seq 200); do (: <"/dev/tcp/127.0.0.1/$relay_port") 2>/dev/null && break; sleep 0.05; done
url=http://127.0.0.1:$relay_port
desk_join a village 马建国 $village || finish
url=$direct
desk_join b village 丁丽 $other || finish
for desk in a b; do "$huce" sync --data $desk >/dev/null || echo "not ok - $desk syncs"; done
house=$(put a household household_code=622924101001010001 address="一社 1 号")
"$huce" sync --data a >/dev/null || echo "not ok - a syncs"
sleep 0.2

# Sizes and roots of all ledgers, as an audit of the stored bytes finds them.
ledgers() { "$huced" audit --data county --json | jq -c '[.ok, (.ledgers[] | [.origin, .size, .root])]'; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$server_pid/status"; }
alive() { kill -0 "$server_pid"; }
before=$(ledgers) small=$(rss_kib)

run_hostile() { # ACTION ARGUMENT…: its own lines are checks
  hostile "$@" >lines 2>errors || failures=$((failures + 1))
  grep -E '^(ok|not ok) - |^  #' lines
  [ -s errors ] && { echo "not ok - hostile $1 runs"; tail -n 5 errors | sed 's/^/  # /'; }
}

run_hostile strangers "$direct" recorded
check "the server is up after the strangers" alive
check "and no ledger has moved" equal "$(ledgers)" "$before"
run_hostile insider "$direct" recorded a
check "the server is up after the insider" alive
check "and no ledger has moved either" equal "$(ledgers)" "$before"

hostile slow "$direct" 8 >slow.txt &
slow=$!
for _ in $(seq 400); do grep -q dawdling slow.txt && break; sleep 0.05; done
check "an honest desk syncs while sixty clients dawdle" timeout 20 "$huce" sync --data b
wait $slow
big=$(rss_kib)
check "the server has stayed small: $((small / 1024)) MiB, then $((big / 1024)) MiB" [ "$big" -lt $((small + 60 * 1024)) ]
check "it has not complained of itself" [ "$(grep -c 'CHECK failed' serve.txt)" = 0 ]

check "and its diagnostics are no novel" [ "$(wc -l <serve.txt)" -lt 1000 ]

# ---- invitations ----
invite() { # NAME OPTION…: prints the code
  "$huced" invite --ledger $village --role village --person "$1" --url "$url" --data county "${@:2}" 2>/dev/null
}
code=$(invite 新人)
join_with() { "$huce" join "$1" --data "$2"; }
for cut in 10 40 120 $((${#code} - 1)); do
  check_fails 1 "an invitation cut off after $cut characters" join_with "${code:0:$cut}" c
done
swapped=${code:0:60}$([ "${code:60:1}" = A ] && echo B || echo A)${code:61}
check_fails 1 "an invitation with one letter changed" join_with "$swapped" c
check_fails 1 "a text that is no invitation" join_with "请加入" c
check_fails 1 "an invitation that has run out" join_with "$(HUCE_CLOCK_OFFSET_MS=-172800000 invite 旧人 --days 1)" c
check "leaves nothing behind" [ ! -e c ]
check "the whole one is good for one" join_with "$code" c
check_fails 1 "and for one only" join_with "$code" d
check "the second desk was not made" [ ! -e d ]
joined=$(ledgers)
check "only the registry has grown, by the one who joined" equal \
  "$(jq -c '[.[1:][] | select(.[0] | endswith("622924000000") | not)]' <<<"$joined")" \
  "$(jq -c '[.[1:][] | select(.[0] | endswith("622924000000") | not)]' <<<"$before")"

# ---- and on it goes ----
put a household "$house" address="一社 2 号" >/dev/null
check "the honest desk saves and syncs" "$huce" sync --data a
"$huce" sync --data c >/dev/null
check "a new one has it" equal "$(field c household "$house" address)" "一社 2 号"
check "the county's audit is clean" "$huced" audit --data county
finish
