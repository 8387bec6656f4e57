#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The local API's door: a second person and a forgotten PIN at the same laptop, a village without a network
# that joins by files, the start passphrase set, asked for, changed and taken off, another PIN.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
service=
>token
trap '[ -z "$service" ] || kill $service; county_stop' EXIT
invite() { "$huced" invite --ledger $village --role village --person "$2" --url "$url" --out "$1" --data county "${@:3}" >/dev/null 2>&1; }
# serve DIR: the page's service, as a desktop starts it: no terminal, no passphrase file
serve() {
  : >service.txt
  "$huce" serve --listen 127.0.0.1:0 --sync-every 0 --lock-after 0 --data "$1" >service.txt 2>>service.err </dev/null &
  service=$!
  for _ in $(seq 200); do grep -q http service.txt && break; sleep 0.05; done
  api=$(grep -oE 'http://127.0.0.1:[0-9]+' service.txt) || { echo "not ok - the service starts"; cat service.err; finish; }
}
stop() { kill "$service" && wait "$service"; service=; }
# send PATH JQ-PROGRAM [JQ-ARGUMENT…]: posts what jq makes; body in ./body, status in ./code
send() {
  local path=$1 program=$2
  shift 2
  jq -nc "$@" "$program" >sent
  curl -s --max-time 60 "$api$path" -H "Huce-Session: $(cat token)" -H "Content-Type: application/json" --data-binary @sent -o body -w '%{http_code}' >code
}
gives() { local wanted=$1; shift; "$@"; equal "$(cat code)" "$wanted" || { head -c 500 body; return 1; }; }
get() { curl -s --max-time 60 "$api$1" -H "Huce-Session: $(cat token)" | jq -r "$2"; }
unlock() { send /api/unlock '{pin: $p, as: $a}' --arg p "$1" --arg a "${2:-马建国}"; jq -r '.session // ""' body >token; equal "$(cat code)" "${3:-200}"; }

county_found && county_serve || finish
invite ma.invite 马建国 && invite ding.invite 丁丽 || finish
phrase='三岔路口的那棵 老榆树' other='另一个口令 很长的那种'

# ---- the first run, closed up from the first byte ----
serve ma
check "a weak passphrase is refused before anything is made" gives 403 send /api/join '{invite: $i, pin: "135246", passphrase: "1234567890"}' --rawfile i ma.invite
check "nothing has been made" test ! -e ma
check "with a good one the invitation makes a desk" gives 201 send /api/join '{invite: $i, pin: "135246", passphrase: $p}' --rawfile i ma.invite --arg p "$phrase"
check "that is closed up" equal "$(jq -c '[.name, .encrypted]' body)" '["马建国",true]'
check "it opens with the PIN" unlock 135246
check "and works" gives 201 send /api/records/household '{fields: {household_code: "622924101001010001", address: "一社 1 号"}}'
check "a second person joins at the same laptop" gives 201 send /api/join '{invite: $i, pin: "246135"}' --rawfile i ding.invite
check "both are known" equal "$(get /api/session '[.people[].name] | sort | @json')" '["丁丽","马建国"]'
check "the first one's session goes on" equal "$(get /api/records/household .total)" 1
check "the second opens it with her PIN" unlock 246135 丁丽
stop

# ---- started without a terminal: the page asks ----
serve ma
check "closed up, it says so" equal "$(get /api/session '[.joined, .sealed, .unlocked, (.people | length)] | @json')" '[true,true,false,0]'
check "and nothing else" gives 409 send /api/unlock '{pin: "135246"}'
check "another passphrase does not open it" gives 403 send /api/open '{passphrase: $p}' --arg p "$other"
check "the right one does" gives 200 send /api/open '{passphrase: $p}' --arg p "$phrase"
check "once" gives 409 send /api/open '{passphrase: $p}' --arg p "$phrase"
check "then the PIN" unlock 135246

# ---- changed, taken off, set again ----
check "another passphrase wants the old one" gives 403 send /api/vault '{set: "passphrase", old: $o, passphrase: $p}' --arg o "$other" --arg p "$other"
check "with it it is changed" gives 200 send /api/vault '{set: "passphrase", old: $o, passphrase: $p}' --arg o "$phrase" --arg p "$other"
stop
serve ma
check "the old one opens nothing any more" gives 403 send /api/open '{passphrase: $p}' --arg p "$phrase"
check "the new one does" gives 200 send /api/open '{passphrase: $p}' --arg p "$other"
check "then the PIN again" unlock 135246
check "it is taken off" gives 200 send /api/vault '{set: "off", old: $p}' --arg p "$other"
check "the session goes on" equal "$(get /api/records/household .total)" 1
check "the database is one that everybody can read" equal "$(head -c 15 ma/desk.db)" "SQLite format 3"
check "and set again" gives 200 send /api/vault '{set: "on", passphrase: $p}' --arg p "$phrase"
check "it is not" test "$(head -c 15 ma/desk.db | tr -d '\0')" != "SQLite format 3"
check "while the session goes on, and saves" gives 201 send /api/records/household '{fields: {household_code: "622924101001010002", address: "一社 2 号"}}'
check "what it is" equal "$(get /api/vault .encrypted)" true

# ---- another PIN ----
check "another PIN wants the old one" gives 403 send /api/pin '{old: "000111", new: "864213"}'
check "a weak one is refused" gives 403 send /api/pin '{old: "135246", new: "111111"}'
check "a good one is taken" gives 200 send /api/pin '{old: "135246", new: "864213"}'
check "the session goes on with it" equal "$(get /api/records/household .total)" 2
check "the old one opens nothing" unlock 135246 马建国 403
check "the new one does" unlock 864213

# ---- a PIN that is forgotten: the county invites the same person again, here ----
kid=$("$huced" member list --data county --json | jq -r '[.members[] | select(.name == "马建国")][0].kid')
invite again.invite 马建国 --for "$kid"
check "the same person joins again with another PIN" gives 201 send /api/join '{invite: $i, pin: "975318"}' --rawfile i again.invite
check "and opens what was there with it" unlock 975318
check "all of it" equal "$(get /api/records/household .total)" 2
stop

# ---- without a network ----
county_stop
invite far.invite 马国强
serve far
check "without the county nobody joins" gives 502 send /api/join '{invite: $i, pin: "135246"}' --rawfile i far.invite
check "a request is written instead" gives 200 send /api/join/request '{invite: $i, pin: "135246", passphrase: $p}' --rawfile i far.invite --arg p "$phrase"
cp body far.request
check "the page knows that an answer is waited for" equal "$(get /api/session '[.joined, .waiting, .waiting_sealed] | @json')" '[false,true,true]'
"$huced" join accept far.request --out far.answer --data county >/dev/null 2>&1
base64 -w0 far.answer >far.base64
check "what is no answer is refused" gives 400 send /api/join/answer '{answer: "abcd", pin: "135246", passphrase: $p}' --arg p "$phrase"
check "another PIN too" gives 403 send /api/join/answer '{answer: $a, pin: "642531", passphrase: $p}' --rawfile a far.base64 --arg p "$phrase"
check "the answer makes the desk" gives 201 send /api/join/answer '{answer: $a, pin: "135246", passphrase: $p}' --rawfile a far.base64 --arg p "$phrase"
check "and nothing waits" equal "$(get /api/session '[.joined, .waiting] | @json')" '[true,false]'
check "it opens" unlock 135246 马国强
stop
check "neither PIN nor passphrase stands in the diagnostics" equal "$(grep -cE '135246|864213|榆树' service.err)" 0
finish
