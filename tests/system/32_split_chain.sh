#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A laptop is copied, and both copies go on as the same person. What one signs and the other signs differently
# under the same number is a proof by itself: the county admits the first, keeps both, names it in its audit, and
# hands the proof out as a file that OpenSSL can check. The work of both arrives all the same.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village || finish
home() { put "$1" household household_code=${village}0100$2 address="一社 $2 号" status=1 >/dev/null; }
count() { "$huce" list household --data "$1" --json | jq '.records | length'; }
home a 01
"$huce" sync --data a >/dev/null
check "no chain has split" equal "$("$huced" forks list --data county --json | jq '.forks | length')" 0

cp -r a twin
home a 02 && home twin 03
check "the first copy's work arrives" "$huce" sync --data a
check "the second copy's too" "$huce" sync --data twin
check "the first hears of it" "$huce" sync --data a
check "nothing is lost" equal "$(count a) $(count twin)" "3 3"
check "both have the same" equal "$(state_of a)" "$(state_of twin)"
"$huced" forks list --data county --json >forks
check "the county knows that a chain has split" equal "$(jq '.forks | length' forks)" 1
check "and whose" equal "$(jq -r '.forks[0] | "\(.name) \(.number)"' forks)" "马建国 2"
check "its audit says so, and that nothing is damaged" bash -c '"$0" audit --data county --json | jq -e ".ok and ([.ledgers[].findings[] | select(.code == \"fork\")] | length == 1)"' "$huced"
check "the proof is a file" "$huced" forks show "$(jq -r '.forks[0].id[:16]' forks)" --out proof.txt --data county
check_fails 1 "what is not there is not shown" "$huced" forks show 0123456789abcdef --data county
if /usr/bin/python3 -c 'import cbor2' 2>/dev/null; then
  /usr/bin/python3 - <<'PY'
import cbor2
lines = dict(l.split(" ", 1) for l in open("proof.txt", encoding="utf-8").read().split("\n") if " " in l)
open("key.der", "wb").write(bytes.fromhex("302a300506032b6570032100" + lines["public-key"]))
payloads = []
for name in ("admitted", "refused"):
    protected, _, payload, signature = cbor2.loads(bytes.fromhex(lines[name])).value
    aad = ("huce/1/changeset\n" + lines["账本"] + "\n").encode()
    open(name + ".message", "wb").write(cbor2.dumps(["Signature1", protected, aad, payload]))
    open(name + ".signature", "wb").write(signature)
    payloads.append(cbor2.loads(payload)[:2])
open("same", "w").write(str(payloads[0] == payloads[1] and lines["admitted"] != lines["refused"]))
PY
  check "one chain, one number, two contents" equal "$(cat same)" True
  for name in admitted refused; do
    check "OpenSSL: the key signed the one that was $name" openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in $name.message -sigfile $name.signature
  done
else
  echo "skip - python3-cbor2 is not installed"
fi
finish
