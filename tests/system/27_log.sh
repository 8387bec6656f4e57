#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# An auditor who trusts nobody reads the county's ledgers by their tiles, with Go's own packages, and comes
# back later: what was signed is the beginning of what is signed now. Then somebody puts an old backup of the
# county in place and work goes on there: the first desk that syncs notices, stops, and keeps a file with
# both signed histories, which other programs can check.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
for n in 1 2 3; do
  put a household household_code=62292410100101000$n address="一社 $n 号" status=1 >/dev/null
  "$huce" sync --data a >/dev/null
done
"$huce" sync --data b >/dev/null
log=$url/log/$village

status() { curl -s -o /dev/null -w '%{http_code}' "$log/$1"; }
length() { curl -s "$log/$1" | wc -c; }
check "a tile of three hashes" equal "$(length tile/0/000.p/3)" 96
check "a part of it" equal "$(length tile/0/000.p/2)" 64
check "and its leaves" equal "$(length tile/entries/000.p/3)" 150
check "tiles never change and say so" bash -c 'curl -sI "$0" | grep -qi "cache-control: .*immutable"' "$log/tile/0/000.p/3"
check "what is not there yet is 404" equal "$(status tile/0/000)$(status tile/0/000.p/4)$(status tile/1/000.p/1)$(status tile/0/001.p/1)" 404404404404
check "names have one spelling" equal "$(for name in tile/0/0.p/3 tile/0/x000/000.p/3 tile/0/000.p/03 tile/00/000.p/3 tile/0/000.p/3/ tile/9/000.p/1 \
  tile/entries/000.p/0 tile/0/000.p/256 tile//000.p/3 tile/0/-01.p/3; do status $name; done)" "$(printf '404%.0s' 1 2 3 4 5 6 7 8 9 10)"

# ---- the auditor ----
tiles=
if command -v go >/dev/null && /usr/bin/python3 -c 'import cbor2' 2>/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; then
  export GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$PWD/cache GOTOOLCHAIN=local
  check "Go's client builds" go build -o tiles "$root/tests/vectors/tiles.go"
  tiles=$PWD/tiles
else
  echo "skip - golang-go, golang-golang-x-mod-dev or python3-cbor2 is not installed"
fi
house=$("$huce" list household --limit 1 --data a --json | jq -r '.records[0].id')

# verifier ORIGIN: the log key as the proof page takes it out of a proof
verifier() {
  "$huce" proof household "$house" --change 1 --out log.proof --data a >/dev/null
  /usr/bin/python3 - log.proof "$1" <<'PY'
import base64, hashlib, sys
import cbor2
log, name = cbor2.loads(cbor2.loads(open(sys.argv[1], "rb").read())[5][0][1])[0][0][2], sys.argv[2]
print(f"{name}+{hashlib.sha256(name.encode() + bytes([10, 1]) + log).digest()[:4].hex()}+{base64.b64encode(bytes([1]) + log).decode()}")
PY
}
if [ -n "$tiles" ]; then
  verifier "622924.huce/$village" >verifier
  verifier 622924.huce/622924000000 >verifier.registry
fi
curl -s "$log/checkpoint" >older
[ -z "$tiles" ] || check "Go's client reads the village's tree, authenticated" "$tiles" "$log" verifier
[ -z "$tiles" ] || check "and the registry's" "$tiles" "$url/log/622924000000" verifier.registry
cp -r county backup
for n in 4 5; do
  put a household household_code=62292410100101000$n address="一社 $n 号" status=1 >/dev/null
  "$huce" sync --data a >/dev/null
done
[ -z "$tiles" ] || check "later it is still the same tree, longer" "$tiles" "$log" verifier older

# ---- an old backup in the county's place ----
county_stop
mv county truth
mv backup county
county_serve || finish
put b household household_code=622924101001020001 address="二社 1 号" status=1 >/dev/null
"$huce" sync --data b >/dev/null
check_fails 4 "the desk whose confirmed work is gone says so" "$huce" sync --data a
said=$("$huce" sync --data a 2>&1)
file=$(ls a/evidence/*.txt | tail -n 1)
check "and where the evidence is" grep -q "a/evidence/" <<<"$said"
part() { awk -v n="$1" '/^-----$/ { k++; next } k == n' "$file"; }
check "it holds the head that the county had signed" equal "$(part 1 | sed -n 2p)" 5
check "and the one it signs now" equal "$(part 3 | sed -n 2p)" 4
check "and says what that means" grep -q "改写了历史" "$file"
[ -z "$tiles" ] || check "the key in it is the county's log key" grep -qxF "$(cat verifier)" "$file"
root_of() { # lines of leaf data on standard input; the root in base64
  python3 -c '
import base64, hashlib, sys
h = lambda b: hashlib.sha256(b).digest()
def root(x):
    if len(x) == 1: return x[0]
    k = 1
    while k * 2 < len(x): k *= 2
    return h(b"\1" + root(x[:k]) + root(x[k:]))
print(base64.b64encode(root([h(b"\0" + bytes.fromhex(l)) for l in sys.stdin.read().split()])).decode())'
}
check "its leaves lead to the first root" equal "$(awk 'p; /^五、/ { p = 1 }' "$file" | root_of)" "$(part 1 | sed -n 3p)"
check "the first four of them do not lead to the second" bash -c '[ "$0" != "$1" ]' \
  "$(awk 'p; /^五、/ { p = 1 }' "$file" | head -n 4 | root_of)" "$(part 3 | sed -n 3p)"
if [ -n "$tiles" ]; then
  mkdir first second
  part 1 >first/checkpoint
  part 3 >second/checkpoint
  opens() { "$tiles" "$1" verifier | grep -q "the tiles lead to"; } # there are none, but the note has opened
  check "Go's note opens the first" opens first
  check "and the second" opens second
  check_fails 1 "Go's client: the older head is not of this tree" "$tiles" "$log" verifier first/checkpoint
fi
check "nothing that was confirmed is lost at the desk" equal "$("$huce" list household --data a --json | jq '.records | length')" 5
check "its own copy is whole" "$huce" audit --data a
county_stop
mv county forged
mv truth county
county_serve || finish
check "with the true county all is well again" "$huce" sync --data a
check_fails 4 "and the desk that had believed the other one learns it" "$huce" sync --data b
finish
