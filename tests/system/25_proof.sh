#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A court asks: who wrote that this family had moved away, and when? The village hands out one file. The
# court's expert has the file and the fingerprint of the county's root key, none of our data, and checks it
# first with huce verify, then with Python, OpenSSL and Go by the page shared/VERIFY.md, word for word.
# Altered files hold for neither. FLIPS=1 alters every single byte (an hour).
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
step=${FLIPS:-97} # of the bytes that are altered for the page

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1 relocated=0)
check_fails 1 "what the county has not confirmed cannot be proven yet" "$huce" proof household "$house" --out none.proof --data a
"$huce" sync --data a >/dev/null
put a household "$house" status=3 --note "邻居说已经搬到兰州" >/dev/null
for n in 1 2 3 4 5 6 7; do put a household "$house" water_ok=$((n % 2)) >/dev/null; done
"$huce" sync --data a >/dev/null
"$huce" sync --data b >/dev/null

history() { "$huce" history household "$house" --data b --json; }
number=$(history | jq '.changes[] | select(.note == "邻居说已经搬到兰州") | .no')
check "the history says who, in which role, and that it can be proven" equal \
  "$(history | jq -c ".changes[$number - 1] | [.author, .role, .state, .proof, .leaf]")" '["马建国","village","confirmed","checkpoint",1]'

check "another desk writes the proof of that change" "$huce" proof household "$house" --change "$number" --out moved.proof --data b
root_kid=$("$huce" proof household "$house" --out last.proof --data b --json | jq -r .root)
check "the county said the same fingerprint when it was founded" grep -q "$root_kid" init.txt
check "the file has at most 6 KB" [ "$(stat -c %s moved.proof)" -le 6144 ]
check_fails 1 "a change that there is not" "$huce" proof household "$house" --change 99 --out none.proof --data b
check_fails 2 "without --out" "$huce" proof household "$house" --data b

# ---- at the court: no data folder ----
export HUCE_DATA=$PWD/nothing
verified() { "$huce" verify "$1" --root "$root_kid" --json; }
check "huce verify needs the file and the fingerprint only" "$huce" verify moved.proof --root "$root_kid"
check "and says who wrote what, when, on what knowledge" equal \
  "$(verified moved.proof | jq -c '[.ok, .author, .role, .note, .ops[0].fields.status, .base, .leaf, .ledger]')" \
  "[true,\"马建国\",\"village\",\"邻居说已经搬到兰州\",\"3\",1,1,\"622924.huce/$village\"]"
check_fails 2 "without fingerprint and data folder: usage" "$huce" verify moved.proof
check_fails 2 "a fingerprint that is none" "$huce" verify moved.proof --root 1234
check_fails 1 "the fingerprint of another county" "$huce" verify moved.proof --root "$(printf '%s' x | sha256sum | cut -c1-64)"
check_fails 1 "another kind of file" "$huce" verify init.txt --root "$root_kid"
check_fails 1 "no file" "$huce" verify missing --root "$root_kid"
check "inside the county the desk knows the fingerprint" "$huce" verify moved.proof --data a

# What is private stays private: the same change by its hash alone.
check "a proof without the content" "$huce" proof household "$house" --change "$number" --withhold --out hash.proof --data b
check "holds as well" equal "$(verified hash.proof | jq -c '[.ok, .withheld, .note, .author]')" '[true,true,null,"马建国"]'
check "and does not hold the note" equal "$(grep -c 兰州 hash.proof)" 0

# ---- the page, word for word ----
# block LANGUAGE: the one code block of that language in the page
block() { awk -v open="\`\`\`$1" '$0 == open { inside = 1; next } /^```/ { inside = 0 } inside' "$root/shared/VERIFY.md"; }
if ! /usr/bin/python3 -c 'import cbor2' 2>/dev/null || ! command -v openssl go >/dev/null ||
  [ ! -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; then
  echo "skip - python3-cbor2, openssl, golang-go or golang-golang-x-mod-dev is not installed"
  finish
fi
mkdir expert
block python >expert/split.py
block sh >expert/check.sh
block go >expert/check.go
export GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$PWD/cache GOTOOLCHAIN=local
check "the page's Go program builds" bash -c 'cd expert && go build check.go'
export PATH=/usr/bin:$PATH

# by_page FILE: the three steps
by_page() {
  rm -rf expert/evidence-*
  cp "$1" expert/file
  (cd expert && python3 split.py file "$root_kid" && sh check.sh && ./check)
}
check "by the page the proof holds" by_page moved.proof
check "and it says who signed" bash -c 'cd expert && rm -rf evidence-* && python3 split.py file "$0" | grep -q "signed by: 马建国 role: village"' "$root_kid"
check "by the page the proof without content holds" by_page hash.proof
check_fails 1 "by the page another county's fingerprint is refused" bash -c 'cd expert && rm -rf evidence-* && python3 split.py file "$(printf x | sha256sum | cut -c1-64)"'

# alter FILE OFFSET OUT: one bit of one byte
alter() {
  python3 - "$@" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[2])] ^= 1 << int(sys.argv[2]) % 8
open(sys.argv[3], "wb").write(data)
PY
}
size=$(stat -c %s moved.proof) tried=0 held=
for ((at = 0; at < size; at += step)); do
  alter moved.proof $at altered
  by_page altered >/dev/null 2>&1 && held+=" page:$at"
  "$huce" verify altered --root "$root_kid" >/dev/null 2>&1 && held+=" huce:$at"
  tried=$((tried + 1))
done
check "none of $tried altered files holds, neither by the page nor by huce" equal "$held" ""
finish
