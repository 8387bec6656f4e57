#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The prefecture watches over the county: it cosigns the county's checkpoints, each only as the continuation of
# the one before (C2SP tlog-witness; the requests go by curl, as they could go by stick). OpenSSL checks
# what it signed. A county that was put back to an old backup, and went on from there, gets no signature any more.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
name=linxia.example/witness
county_found && county_serve || finish
desk_join a village 马建国 $village || finish
save() { put a household household_code=62292410100101000$1 address="一社 $1 号" status=1 >/dev/null && "$huce" sync --data a >/dev/null; }
save 1

check "the prefecture makes its key" bash -c '"$0" witness init --name "$1" --data prefecture >witness.verifier' "$huced" $name
check_fails 1 "and not twice" "$huced" witness init --name $name --data prefecture
check "it is told the county's key" "$huced" witness trust "$("$huced" witness verifier --data county)" --data prefecture
check_fails 1 "what is no key is refused" "$huced" witness trust 622924.huce/622924000000+00000000+AAAA --data prefecture
"$huced" witness serve --listen 127.0.0.1:0 --port-file witness.port --data prefecture >witness.txt 2>&1 &
witness_pid=$!
trap 'kill $witness_pid 2>/dev/null; county_stop' EXIT
for _ in $(seq 200); do [ -s witness.port ] && break; sleep 0.05; done
witness=http://127.0.0.1:$(cat witness.port)

# ask LEDGER [OPTION…]: the status; the answer is in ./line
ask() { "$huced" witness request "$@" --data county >request && curl -s -o line -w '%{http_code}' --data-binary @request "$witness/add-checkpoint"; }
accept() { "$huced" witness accept "$1" "$(cat witness.verifier)" line --data county; }
cosigned() { curl -s "$url/log/$1/checkpoint" | grep -c "^— $name "; }

check "it cosigns the village's checkpoint" equal "$(ask $village)" 200
check "the county takes the line" accept $village
check "and shows it to everyone" equal "$(cosigned $village)" 1
check "taking it twice changes nothing" bash -c '"$0" witness accept "$1" "$(cat witness.verifier)" line --data county' "$huced" $village
check "still one line" equal "$(cosigned $village)" 1
check "the registry's too" equal "$(ask 622924000000)" 200
check "a line for one ledger is none for another" bash -c '! "$0" witness accept "$1" "$(cat witness.verifier)" line --data county' "$huced" $village

# ---- what it signed, by OpenSSL ----
curl -s "$url/log/$village/checkpoint" >checkpoint
python3 - "$(cat witness.verifier)" checkpoint $name <<'PY'
import base64, sys
body, lines = open(sys.argv[2]).read().split("\n\n")
line = next(l for l in lines.split("\n") if l.startswith("— " + sys.argv[3] + " "))
raw = base64.b64decode(line.split(" ")[2])
key = base64.b64decode(sys.argv[1].split("+", 2)[2])
open("key.der", "wb").write(bytes.fromhex("302a300506032b6570032100") + key[1:])
open("signature", "wb").write(raw[12:])
open("message", "wb").write(f"cosignature/v1\ntime {int.from_bytes(raw[4:12], 'big')}\n{body}\n".encode())
PY
check "OpenSSL verifies the cosignature" openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in message -sigfile signature

# ---- the ledger grows ----
save 2
save 3
check "a new checkpoint is not cosigned yet" equal "$(cosigned $village)" 0
check "from where it stood to here, with a proof" equal "$(ask $village)" 200
check "which the county takes" accept $village
check "the desk gets it with what it lacks" bash -c '"$0" join b.invite --data b >/dev/null && "$0" sync --data b >/dev/null && "$0" audit --data b >/dev/null' "$huce" \
  "$("$huced" invite --ledger $village --role village --person 丁丽 --url "$url" --out b.invite --data county >/dev/null 2>&1)"
check "whose people may ask for the witness" "$huce" audit --ledger $village --witness "$(cat witness.verifier)" --data b
check_fails 1 "the first desk has its checkpoint from before the cosignature" "$huce" audit --ledger $village --witness "$(cat witness.verifier)" --data a
check "and can do without" "$huce" audit --ledger $village --witness "$(cat witness.verifier)" --quorum 0 --data a
check_fails 2 "a county's key is no witness" "$huce" audit --witness "$("$huced" witness verifier --data county)" --data b
check "from elsewhere it says where it stands" equal "$(ask $village --old 1) $(cat line)" "409 3"
check "who is not known is 404" equal "$(sed 's/622924.huce/other.county/' request | curl -s -o /dev/null -w '%{http_code}' --data-binary @- "$witness/add-checkpoint")" 404
"$huced" witness request $village --data county >request
check "an altered checkpoint is 403" equal "$(sed 's/^3$/4/' request | curl -s -o /dev/null -w '%{http_code}' --data-binary @- "$witness/add-checkpoint")" 403
check "what is no request is 400" equal "$(echo hello | curl -s -o /dev/null -w '%{http_code}' --data-binary @- "$witness/add-checkpoint")" 400

# ---- the county asks by itself ----
stands() { "$huced" witness list --json --data county | python3 -c '
import json, sys
for w in json.load(sys.stdin)["witnesses"]:
    if w["name"] == sys.argv[1]:
        print(*[l["signed"] for l in w["ledgers"] if l["origin"].endswith(sys.argv[2])])' "$1" "$2"; }
"$huced" witness init --name province.example/witness --data province >province.verifier
"$huced" witness trust "$("$huced" witness verifier --data county)" --data province
"$huced" witness serve --listen 127.0.0.1:0 --port-file province.port --data province >province.txt 2>&1 &
province_pid=$!
trap 'kill $witness_pid $province_pid 2>/dev/null; county_stop' EXIT
for _ in $(seq 200); do [ -s province.port ] && break; sleep 0.05; done
check "a witness with an address" "$huced" witness add "$(cat witness.verifier)" "$witness" --data county
check "and a second" "$huced" witness add "$(cat province.verifier)" "http://127.0.0.1:$(cat province.port)" --data county
check_fails 2 "a county's key is no witness there either" "$huced" witness add "$("$huced" witness verifier --data county)" --data county
check_fails 1 "an address elsewhere must be https" "$huced" witness add "$(cat province.verifier)" http://192.0.2.1 --data county
check "all are asked for everything" "$huced" witness ask --data county
check "the second signs from nothing" equal "$(stands province.example/witness $village)" 3
check "two lines stand below one checkpoint" equal "$(curl -s "$url/log/$village/cosigned" | grep -c '^— .*/witness ')" 2
check "asking again asks nobody" "$huced" witness ask --data county

# ---- a desk wants both ----
check_fails 2 "of what is no witness" "$huce" witness require "$("$huced" witness verifier --data county)" --data a
check "a desk wants both" "$huce" witness require "$(cat witness.verifier)" "$(cat province.verifier)" --data a
check "before it has asked, none has signed" bash -c '"$0" witness --data a | grep -q "联署到第 0 项，共 3 项"' "$huce"
check_fails 1 "which the audit tells" "$huce" audit --ledger $village --data a
"$huce" sync --data a >/dev/null
check "it gets them at the next exchange" bash -c '"$0" status --data a | grep -q "见证人联署到第 3 项，共 3 项"' "$huce"
check "and is content" "$huce" audit --ledger $village --data a
put a household household_code=622924101001000019 address="一社 19 号" status=1 >/dev/null
"$huce" sync --data a >/dev/null
check "work goes on without them" bash -c '"$0" witness --data a | grep -q "联署到第 3 项，共 4 项"' "$huce"
check "the audit says what they have not signed yet" bash -c '"$0" audit --ledger $1 --data a | grep -q "后面 1 项还没有"' "$huce" $village
kill $province_pid; wait $province_pid 2>/dev/null
check_fails 1 "one witness is away" "$huced" witness ask --data county
check "which is said of it" bash -c '"$0" witness list --data county | grep -A1 province | grep -q 连不上' "$huced"
"$huce" sync --data a >/dev/null
check "one of two is not both" bash -c '"$0" witness --data a | grep -q "联署到第 3 项，共 4 项"' "$huce"
check "one is enough for who asks for one" bash -c '"$0" witness require "$(cat witness.verifier)" "$(cat province.verifier)" --quorum 1 --data a >/dev/null && "$0" sync --data a >/dev/null && "$0" witness --data a | grep -q "联署到第 4 项，共 4 项"' "$huce"
save 5
for _ in $(seq 300); do [ "$(stands $name $village)" = 5 ] && break; sleep 0.1; done
check "the server asks while it serves" equal "$(stands $name $village)" 5
"$huced" witness remove province.example/witness --data county

# ---- the county is put back ----
county_stop
cp -r county truth
"$huced" backup old --data county >/dev/null 2>&1 || cp -r county old
county_serve || finish
save 6
check "the county asks for the sixth" "$huced" witness ask --data county
county_stop
rm -rf county && mv truth county # six is gone
county_serve || finish
desk_join c village 妥海燕 $village || finish
put c household household_code=622924101001020001 address="二社 1 号" status=1 >/dev/null
"$huce" sync --data c >/dev/null
check "another sixth gets no signature" equal "$(ask $village)" 409
check "not even from where the witness stands: the root is another" equal "$(ask $village --old 6)" 409
put c household household_code=622924101001020002 address="二社 2 号" status=1 >/dev/null
"$huce" sync --data c >/dev/null
check "nor later, with a proof that does not lead there" equal "$(ask $village --old 6)" 422
check_fails 1 "the county asking by itself is refused too" "$huced" witness ask --data county
check "and says that the witness signed another history" bash -c '"$0" witness list --data county | grep -q "见证人签过另一份历史"' "$huced"
check "the witness still knows what it signed" equal "$(sqlite3 prefecture/witness.db "SELECT size FROM witness_head WHERE origin LIKE '%$village'")" 6
finish
