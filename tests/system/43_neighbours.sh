#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Three desks of one office while the county cannot be reached: they give each other what they wrote, build on it,
# and disagree. When the line is back they come to the county in one order or in another: every desk shows the same,
# and the same as if they had come in the other order.
set -u
. "$(dirname "$0")/lib.sh"
one=622924101001 two=622924101002
lan_pid=
stop_lan() { [ -z "$lan_pid" ] || { kill "$lan_pid" 2>/dev/null; wait "$lan_pid" 2>/dev/null; lan_pid=; }; }
trap 'stop_lan; county_stop' EXIT
serve_lan() { # FOLDER: $near is its address
  : >lan.txt
  "$huce" serve --listen 127.0.0.1:0 --lan 127.0.0.1:0 --sync-every 0 --data "$1" --json >lan.txt 2>>lan.err &
  lan_pid=$!
  for _ in $(seq 200); do grep -q lan_port lan.txt && break; sleep 0.05; done
  near=127.0.0.1:$(grep -oE '"lan_port": [0-9]+' lan.txt | grep -oE '[0-9]+')
}
near() { "$huce" sync --peer "$near" --data "$1" --json; }
meet() { # FOLDER OTHER: they exchange; prints [given, taken, leaves, refused]
  serve_lan "$2"
  near "$1" | jq -c '[.given, .taken, .leaves, .refused]'
  stop_lan
}
address() { field "$1" household "$2" address; }

county_found && county_serve || finish
desk_join a village 马建国 $one
desk_join b village 丁丽 $one
desk_join c village 周斌 $one
desk_join x village 马小兰 $two
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
for d in a b c x a b c; do "$huce" sync --data $d >/dev/null; done
county_stop

# ---- without the county ----
check_fails 3 "the county cannot be reached" "$huce" sync --data a
person=$(put a person name=马建国 sex=1)
"$huce" put household "$house" address="一社 2 号" status=2 --note "甲看到的" --data a >/dev/null
check "a gives b what it wrote" equal "$(meet b a)" "[0,1,0,0]"
check "b shows it" equal "$(address b "$house")" "一社 2 号"
check "and whose it is" equal "$("$huce" history household "$house" --data b --json | jq -r '.changes | max_by(.time) | .author')" 马建国
check "it counts as waiting" equal "$("$huce" status --data b --json | jq '[.ledgers[].unsent, .ledgers[].sent] | add')" 2
check "as somebody else's" equal "$("$huce" status --data b --json | jq '[.ledgers[].others] | add') $("$huce" status --data a --json | jq '[.ledgers[].others] | add')" "2 0"
check "again there is nothing" equal "$(meet b a)" "[0,0,0,0]"
"$huce" put household "$house" address="一社 3 号" status=3 --note "乙接着改的" --data b >/dev/null
check "b builds on it, and c hears of both from b" equal "$(meet c b)" "[0,2,0,0]"
check "the later one stands at once: it had seen the other" equal "$(address c "$house") $(field c household "$house" status) $("$huce" conflicts list --data c --json | jq '.conflicts | length')" "一社 3 号 3 0"
"$huce" put household "$house" phone=13900000001 --data a >/dev/null
"$huce" put person "$person" phone=13900000002 --data c >/dev/null
"$huce" put household "$house" phone=13900000003 --data c >/dev/null
check "a asks, c gives and takes" equal "$(meet a c)" "[1,2,0,0]"
check "b gets the rest" equal "$(meet b a)" "[0,2,0,0]"
for d in a b c; do state_of $d; done >states.txt
check "all three show the same" equal "$(sort -u states.txt | wc -l)" 1

# ---- who gets nothing ----
check "a desk of another village gets none of it" equal "$(meet x a)" "[0,0,0,0]"
check "and knows of no such house" eval '! "$huce" get household "$house" --data x'
serve_lan a
check "a stranger is refused" equal "$(curl -s -o /dev/null -w '%{http_code}' --data-binary nonsense "http://$near/v1/neighbour")" 403
check "nothing of the page's API is there" equal "$(curl -s -o /dev/null -w '%{http_code}' "http://$near/api/session")" 404
stop_lan
check_fails 3 "nobody listens unless asked to" "$huce" sync --peer 127.0.0.1:9 --data a

# ---- back at the county, in one order and in another ----
for d in a b c county; do cp -r $d other-$d; done
county_serve
for d in c b a c b a c; do "$huce" sync --data $d >>sync.txt 2>&1; done
for d in a b c; do state_of $d; done >states.txt
check "one order: all the same" equal "$(sort -u states.txt | wc -l)" 1
check "nothing waits" equal "$(for d in a b c; do "$huce" status --data $d --json | jq '[.ledgers[] | .unsent + .sent] | add'; done | sort -u)" 0
check "the county has each once" equal "$("$huced" audit --data county >/dev/null; "$huced" sql "SELECT count(*) FROM changeset" --data county --json | jq '.rows[0][0]')" \
  "$("$huced" sql "SELECT count(DISTINCT id) FROM changeset" --data county --json | jq '.rows[0][0]')"
check "the audits hold" eval '"$huced" audit --data county && for d in a b c; do "$huce" audit --data $d || exit 1; done'
check "tables made anew are the same" eval 'for d in a b c; do "$huce" rebuild --check --data $d || exit 1; done'
county_stop
for d in a b c county; do mv $d first-$d; mv other-$d $d; done
county_serve
for d in a c b a c b; do "$huce" sync --data $d >>sync.txt 2>&1; done
state_of a >>states.txt; state_of b >>states.txt; state_of c >>states.txt
check "the other order: the same state, byte for byte" equal "$(sort -u states.txt | wc -l)" 1
check "in the end the last word that had seen the others stands" equal "$(address a "$house") $(field a household "$house" status)" "一社 3 号 3"

# ---- leaves too ----
put a person name=新来的 sex=2 >/dev/null
"$huce" sync --data a >/dev/null
county_stop
check "what the county confirmed to a, b hears from a" equal "$(meet b a | jq -c '[.[2] > 0, .[3]]')" "[true,0]"
check "and it is confirmed there" equal "$("$huce" status --data b --json | jq '[.ledgers[] | .unsent + .sent] | add')" 0

# ---- revoked, forked ----
cp -r c split
"$huce" put household "$house" address="一社 7 号" --data c >/dev/null
"$huce" put household "$house" address="一社 8 号" --data split >/dev/null
rm -f split/heads
check "c's work is taken" equal "$(meet a c)" "[0,1,0,0]"
check "what its copy signed with the same number is not" equal "$(meet split a | jq '.[3] > 0')" true
check "and a does not show it" equal "$(address a "$house")" "一社 7 号"
county_serve
kid=$("$huced" member list --data county --json | jq -r '[.members[] | select(.name == "周斌")][0].kid')
check "周斌 is revoked" "$huced" member revoke "$kid" --data county
"$huce" sync --data b >/dev/null
check "b, which knows it, takes nothing of that laptop and gives it the registry alone" equal "$(meet c b | jq -c '[.[0], .[1], .[2] > 0]')" "[0,0,true]"
check "so b does not show it" equal "$(address b "$house")" "一社 3 号"
check_fails 1 "and the laptop knows now that it is over" "$huce" put household "$house" address="一社 9 号" --data c
finish
