#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# An auditor comes by USB stick: the county's network is closed to strangers. She gets a copy of every ledger
# that she may only read, checks all of it by herself, and holds what the county says, what a village says and
# what she saw last time against each other. She trusts neither side, and our programs only as far as Python,
# OpenSSL and Go agree with them (shared/VERIFY.md). Then somebody alters her copy, the village's, the county's.
set -u
. "$(dirname "$0")/lib.sh"
one=622924101201 two=622924101001
county_found && county_serve || finish
desk_join v village 马建国 $one && desk_join w village 丁丽 $two && desk_join t township 王镇 622924101000 || finish
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
sync_all() { local desk; for desk in "$@"; do "$huce" sync --data "$desk" >"$desk.sync" 2>&1 || return 1; done; }
root_of() { "$huce" audit --data "$1" --json | jq -r --arg l "$2" '.ledgers[] | select(.origin | endswith($l)) | "\(.size) \(.root)"'; }
house=$(put v household household_code=622924101201010001 address="三社 1 号" status=1 phone=15400000001)
put w household household_code=622924101001010001 address="一社 1 号" status=1 >/dev/null
person=$(put v person name=马万福 id_no=622924198001011013 sex=1)
sync_all v w t

# ---- by stick ----
"$huced" invite --ledger 622924000000 --role auditor --person 白审 --url "$url" --out bai.invite --data county >/dev/null 2>&1
county_stop
check "she asks" "$huce" join bai.invite --request-file bai.request --data e
check "the county answers" "$huced" join accept bai.request --out bai.answer --data county
check "she has joined, without a network" "$huce" join --answer-file bai.answer --data e
check "as an auditor" equal "$("$huce" grants --data e --json | jq -r '[.grants[] | select(.kind == "person") | .role] | join(" ")')" auditor
check "the registry alone is proven already: who may do what" "$huce" audit --data e
county_serve || finish # she plugs her laptop in, once
check "all ledgers come at once" sync_all e
check "of every village" equal "$("$huce" list household --data e --json | jq -r '[.records[].fields.household_code] | sort | join(" ")')" "622924101001010001 622924101201010001"

# ---- she reads, and writes nothing ----
check_fails 1 "she changes nothing" "$huce" put household "$house" status=2 --data e
check_fails 1 "makes nothing" "$huce" put household household_code=622924101201010002 address="三社" --ledger $one --data e
check_fails 1 "deletes nothing" "$huce" delete household "$house" --note x --data e
check "people's numbers are masked" equal "$(field e person "$person" id_no)" "622924********1013"
check "she asks by query what she likes" equal "$("$huce" sql "SELECT count(*) FROM household" --data e --json | jq -r '.rows[0][0]')" 2
check_fails 1 "but writes by none" "$huce" sql "DELETE FROM household" --data e

# ---- a year later, and what she kept of the first visit ----
first=$(root_of e $one)
"$huce" list household --data e --json | jq -c '.records[].fields' | sort >visit1.records
day=$(TZ=CST-8 date +%F)
export HUCE_CLOCK_OFFSET_MS=$((365 * 86400000))
county_stop && county_serve || finish
put v household "$house" status=3 --note "邻居说已经搬到兰州" >/dev/null
sync_all v && put v household "$house" water_ok=1 >/dev/null
put t household "$house" relocated=1 --ledger $one >/dev/null
sync_all v t w e v
check "what she saw then is the beginning of what there is now" equal "$("$huce" history --ledger $one --data e --json | jq -r '[.changes[].leaf] | max')" 3
check "and she can still see it as it was" equal "$("$huce" list household --at "$day" --data e --json | jq -c '.records[].fields' | sort)" "$(cat visit1.records)"
check "her laptop has proven it: the ledger of then goes on" equal "$(root_of e $one | cut -d' ' -f1) ${first%% *}" "4 1"

# ---- both sides against each other, and neither is asked for the result ----
check "everything she has holds" "$huce" audit --data e
check "to programs it says so by ledger" equal "$("$huce" audit --data e --json | jq -c '[.ok, ([.ledgers[].findings[]] | length), (.ledgers | map(select(.size > 0)) | length)]')" "[true,0,3]"
check "as an Excel file, too" says PK head -c 2 <("$huce" audit --xlsx audit.xlsx --data e >/dev/null; cat audit.xlsx)
check "the village's laptop says the same of its ledger" equal "$(root_of v $one)" "$(root_of e $one)"
check "so does the county's own audit" equal "$("$huced" audit --data county --json | jq -r --arg l $one '.ledgers[] | select(.origin | endswith($l)) | "\(.size) \(.root)"')" "$(root_of e $one)"
check "and what it signs for everybody" equal "$(curl -s "$url/log/$one/checkpoint" | sed -n 2,3p | tr '\n' ' ')" \
  "$(root_of e $one | cut -d' ' -f1) $(root_of e $one | cut -d' ' -f2 | python3 -c 'import base64, sys; print(base64.b64encode(bytes.fromhex(sys.stdin.read().strip())).decode())') "
check "her tables follow from it, made anew" "$huce" rebuild --check --data e
check "and are the township's" equal "$("$huce" sql "SELECT id, status, relocated FROM household ORDER BY id" --data e --json | jq -c .rows)" \
  "$("$huce" sql "SELECT id, status, relocated FROM household ORDER BY id" --data t --json | jq -c .rows)"
check "who wrote that they moved, when, knowing what, is found" equal \
  "$("$huce" history household --by 马建国 --field status --data e --json | jq -c '[.changes[] | [.op.fields.status, .base, .note]]')" '[["1",0,null],["3",1,"邻居说已经搬到兰州"]]'

# ---- for a court: one file ----
root_kid=$(grep -o '[0-9a-f]\{64\}' init.txt | head -n 1)
number=$("$huce" history household "$house" --data e --json | jq '.changes[] | select(.note == "邻居说已经搬到兰州") | .no')
check "she takes the proof out of her own copy" "$huce" proof household "$house" --change "$number" --out moved.proof --data e
check "without the words, where they are nobody's business" "$huce" proof household "$house" --change "$number" --withhold --out hash.proof --data e
check "it holds, with the fingerprint alone" equal "$(HUCE_DATA=$PWD/nothing "$huce" verify moved.proof --root "$root_kid" --json | jq -c '[.ok, .author, .note]')" '[true,"马建国","邻居说已经搬到兰州"]'
if /usr/bin/python3 -c 'import cbor2' 2>/dev/null && command -v openssl go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; then
  block() { awk -v open="\`\`\`$1" '$0 == open { inside = 1; next } /^```/ { inside = 0 } inside' "$root/shared/VERIFY.md"; }
  mkdir expert && block python >expert/split.py && block sh >expert/check.sh && block go >expert/check.go
  export GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$PWD/cache GOTOOLCHAIN=local
  by_page() { rm -rf expert/evidence-* && cp "$1" expert/file && (cd expert && PATH=/usr/bin:$PATH && /usr/bin/python3 split.py file "$root_kid" && sh check.sh && ./check); }
  check "the page's Go program builds" bash -c 'cd expert && go build check.go'
  check "by the page, with none of our programs, it holds" by_page moved.proof
  check "and the other" by_page hash.proof
else
  echo "skip - python3-cbor2, openssl, golang-go or golang-golang-x-mod-dev is not installed"
fi

# ---- somebody alters a copy ----
alter() { # FOLDER/FILE: one byte of one stored changeset, of the village's ledger
  python3 - "$1" "$one" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
no, cose = db.execute("SELECT c.no, c.cose FROM changeset c JOIN ledger l ON l.no = c.ledger WHERE l.origin LIKE '%' || ? ORDER BY c.idx DESC LIMIT 1", (sys.argv[2],)).fetchone()
cose = bytearray(cose)
cose[-1] ^= 1
db.execute("UPDATE changeset SET cose = ? WHERE no = ?", (bytes(cose), no))
db.commit()
PY
}
cp -r e e_altered && alter e_altered/desk.db
check_fails 4 "her own copy: the audit finds it" "$huce" audit --data e_altered
check "and names the ledger, the author and the changeset" equal "$("$huce" audit --data e_altered --json 2>/dev/null | jq -r '[.ledgers[] | select(.findings | map(select(.damage)) | length > 0) | .origin[-12:]] | join(" ")')" $one
cp -r v v_altered && alter v_altered/desk.db
check_fails 4 "the village's" "$huce" audit --data v_altered
check "where the root is not hers any more, or a signature fails" says "损坏" "$huce" audit --data v_altered
county_stop
cp -r county county_altered && alter county_altered/huced.db
check_fails 4 "the county's" "$huced" audit --data county_altered

# ---- and the county tells another past ----
cp -r county later
HUCE_CLOCK_OFFSET_MS=$((366 * 86400000)) county_serve || finish
put v household "$house" sheds=9 >/dev/null
sync_all v e
county_stop
rm -rf county && mv later county # as if the year's last work had never been
county_serve || finish
put w household household_code=622924101001010009 address="一社 9 号" --ledger $two >/dev/null
sync_all w
"$huced" audit --data county >/dev/null && echo "ok - by itself that county proves to be in order"
check "it was shorter by what she holds: she hands it back, and her ledger stays the only one" sync_all e
check "the county has it again" equal "$("$huced" audit --data county --json | jq -r --arg l $one '.ledgers[] | select(.origin | endswith($l)) | "\(.size) \(.root)"')" "$(root_of e $one)"
check "audit at the county" "$huced" audit --data county
check "audit at hers" "$huce" audit --data e
finish
