#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# What the page asks of the local API beyond records: a first run that begins with an invitation, finding
# people by what one remembers, rows of a spreadsheet in, files out, the history of everything.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
service=
token=
trap '[ -z "$service" ] || kill $service; county_stop' EXIT

# call METHOD PATH [CURL-ARGUMENT…]: prints the body, leaves the HTTP status in ./code
call() {
  local method=$1 path=$2
  shift 2
  curl -s --max-time 60 -X "$method" "$api$path" -H "Huce-Session: $token" -H "Content-Type: application/json" -o body -w '%{http_code}' "$@" >code
  cat body
}
# send METHOD PATH JQ-PROGRAM [JQ-ARGUMENT…]: a JSON body made by jq
send() {
  local method=$1 path=$2 program=$3
  shift 3
  jq -nc "$@" "$program" >sent
  call "$method" "$path" --data-binary @sent
}
# code is CODE after METHOD PATH …
gives() {
  local wanted=$1
  shift
  "$@" >/dev/null
  equal "$(cat code)" "$wanted" || { head -c 500 body; return 1; }
}
get() { call GET "$1" | jq -r "$2"; }
# found WORDS: names or addresses that are found, with commas
found() { call GET /api/find -G --data-urlencode "q=$1" | jq -r '[.found[].record.fields | .name // .address] | join(",")'; }

county_found && county_serve || finish
"$huced" invite --ledger $village --role village --person 马建国 --url "$url" --out ma.invite --data county >/dev/null 2>&1

# ---- the first run ----
"$huce" serve --listen 127.0.0.1:0 --sync-every 0 --lock-after 0 --data desks/ma >service.txt 2>service.err &
service=$!
for _ in $(seq 200); do grep -q http service.txt && break; sleep 0.05; done
api=$(grep -oE 'http://127.0.0.1:[0-9]+' service.txt) || { echo "not ok - the service starts without a desk"; cat service.err; finish; }
check "before anybody has joined it says so" equal "$(get /api/session '[.joined, .unlocked] | @json')" '[false,false]'
check "and has nothing else" gives 409 call GET /api/status
check "nor can it be unlocked" gives 409 send POST /api/unlock '{pin: "135246"}'
check "what is no invitation is refused" gives 400 send POST /api/join '{invite: "x", pin: "135246"}'
check "a weak PIN is refused before anything is made" gives 403 send POST /api/join '{invite: $i, pin: "123456"}' --rawfile i ma.invite
check "from a foreign page nobody joins" gives 403 call POST /api/join -d '{}' -H 'Origin: http://huce.example'
check "nothing has been made so far" test ! -e desks/ma/desk.db
check "the invitation makes a desk" gives 201 send POST /api/join '{invite: $i, pin: "135246"}' --rawfile i ma.invite
check "whose person is known" equal "$(get /api/session '[.joined, .people[0].name] | @json')" '[true,"马建国"]'
check "joining again with the same changes nothing" gives 201 send POST /api/join '{invite: $i, pin: "135246"}' --rawfile i ma.invite
check "and the PIN opens it" gives 200 send POST /api/unlock '{pin: "135246"}'
token=$(jq -r .session body)

# ---- a roster from a spreadsheet ----
"$roster" --division $village --seed 1 --divisions "$root/tests/data/divisions_guanghe.csv" --out roster >/dev/null
check "rows are tried first" gives 200 send POST /api/import/grid '{csv: $c, dry_run: true}' --rawfile c roster/grid.csv
check "and nothing is written" equal "$(jq -c '[.written, .bad, (.created > 0)]' body),$(get '/api/records/grid' .total)" '[false,0,true],0'
for t in grid household person household_member; do
  check "$t.csv comes in" gives 200 send POST /api/import/$t '{csv: $c, note: "花名册"}' --rawfile c roster/$t.csv
done
check "all of it" equal "$(get /api/records/household .total),$(get /api/records/person .total)" 1902,7136
check "a bad row is named and nothing is written" gives 200 send POST /api/import/household \
  '{csv: "户编号,住址\n622924101001099001,新村 1 号\n12,新村 2 号\n"}'
check "with its line and what is wrong" equal "$(jq -c '[.written, .bad, .problems[0].line, (.problems[0].text | test("18"))]' body)" '[false,1,3,true]'
check "the good rows come in when that is wanted" gives 200 send POST /api/import/household \
  '{csv: "户编号,住址\n622924101001099001,新村 1 号\n12,新村 2 号\n", skip_bad: true}'
check "one of the two" equal "$(jq -c '[.written, .created, .bad]' body)" '[true,1,1]'
check "a table without rows for this type is refused" gives 400 send POST /api/import/household '{csv: "a,b\n1,2\n"}'
check "an unknown type is not there" gives 404 send POST /api/import/nothing '{csv: "a\n"}'

# ---- found by what one remembers ----
name=$("$huce" list person --limit 1 --data desks/ma --json | jq -r '.records[0].fields.name')
id_no=$("$huce" list person --limit 1 --data desks/ma --json | jq -r '.records[0].fields.id_no')
phone=$("$huce" list person --limit 1 --data desks/ma --json | jq -r '.records[0].fields.phone')
check "by the whole name" equal "$(found "$name" | cut -d, -f1)" "$name"
check "by two characters of it" grep -q "$name" <(call GET /api/find -G --data-urlencode "q=${name:0:2}")
check "by the end of the id number" grep -q "$name" <(found "${id_no: -6}")
check "by the telephone number" equal "$(found "$phone" | cut -d, -f1)" "$name"
check "by the door" equal "$(found "1号楼1单元101" | cut -d, -f1)" "三甲集镇三甲集社区1号楼1单元101室"
check "by two words that both fit" equal "$(found "2号楼 201室" | grep -c 1号楼1)" 0
initials=$(python3 - "$name" <<'PY'
import sys
print({'马': 'm', '赵': 'z', '丁': 'd'}.get(sys.argv[1][0], ''))
PY
)
check "by initials" grep -q "${name:0:1}" <(found "${initials:-m}")
check "with where the person lives" equal "$(call GET /api/find -G --data-urlencode "q=$id_no" | jq -r '.found[0].home.address')" "三甲集镇三甲集社区1号楼1单元101室"
check "nothing fits nothing" equal "$(found "没有这个人")" ""
check "as many as are wanted" equal "$(call GET '/api/find?q=m&limit=40' | jq '.found | length')" 40
check "but not all" gives 400 call GET '/api/find?q=m&limit=5000'
check "no word is no question" gives 400 call GET '/api/find?q='

# ---- files out ----
check "a list as an Excel file" gives 200 send POST /api/export/person '{format: "xlsx", where: "sex = '"'1'"'"}'
check "is one" equal "$(head -c 2 body)" PK
check "a list as CSV" gives 200 send POST /api/export/person '{format: "csv"}'
check "is masked" equal "$(grep -c "$id_no" body)" 0
check "taken out whole with a reason" gives 200 send POST /api/export/person '{format: "csv", reason: "镇里核对"}'
check "it is not" grep -q "$id_no" body
check "and signed for" equal "$("$huce" list access_note --data desks/ma --json | jq -r '.records[0].fields.reason')" 镇里核对
check "another format is refused" gives 400 send POST /api/export/person '{format: "pdf"}'
check "a report as an Excel file" gives 200 call GET '/api/report/labour?format=xlsx'
check "is one too" equal "$(head -c 2 body)" PK
check "nothing of them is left behind" equal "$(find desks/ma /dev/shm -name 'export*' 2>/dev/null | wc -l)" 0

# ---- who wrote what ----
check "changes are found by field, the newest first" equal \
  "$(call GET /api/changes -G --data-urlencode 'field=住址' --data-urlencode 'type=household' | jq -c '[(.total > 1900), .changes[0].op.fields.address]')" '[true,"新村 1 号"]'
check "by a day on which nobody wrote" equal "$(get '/api/changes?to=2001-01-01' .total)" 0
check "a day that is none is refused" gives 400 call GET '/api/changes?from=x'
# By the authors' clocks, whatever the order of the ledger: the same 500 as of the whole history.
"$huce" history --data desks/ma --json | jq -c '.changes | sort_by(.time) | reverse | .[:500][] | .time' >all.times
check "the newest 500 are those of the whole history" equal "$(call GET /api/changes | jq -c '.changes[].time' | tee newest.times | wc -l) $(cmp newest.times all.times)" "500 "

# ---- an import under way ----
# Somebody else holds the database's write lock, so the import stands still; the service does not.
hold_lock() {
  rm -f held held.out
  mkfifo held
  sqlite3 desks/ma/desk.db <held >held.out &
  holder=$!
  exec 9>held
  echo "BEGIN IMMEDIATE; SELECT 'held';" >&9
  for _ in $(seq 400); do grep -q held held.out && break; sleep 0.05; done
}
release_lock() {
  echo "COMMIT;" >&9
  exec 9>&-
}
hold_lock
jq -nc '{csv: "户编号,住址\n622924101001099002,新村 2 号\n"}' >sent
curl -s --max-time 50 "$api/api/import/household" -H "Huce-Session: $token" -H "Content-Type: application/json" --data-binary @sent >import.out &
import=$!
sleep 0.3 # the import has arrived, most likely; if not, what follows holds all the more
check "while an import waits, the service answers" gives 200 call GET /api/status
curl -s --max-time 50 "$api/api/records/household" -H "Huce-Session: $token" -H "Content-Type: application/json" \
  -d '{"fields": {"household_code": "622924101001099003", "address": "新村 3 号"}}' >save.out &
save=$!
check "and again, with somebody else's save behind the import" gives 200 call GET /api/status
sleep 1.5 # longer than the service itself waits for a lock (PATIENCE_MS)
release_lock
wait $holder $import $save
check "then the import is done" equal "$(jq -c '[.written, .created]' import.out)" '[true,1]'
check "and so is the save" equal "$(jq -r .record.fields.address save.out)" "新村 3 号"

# Another program writes for longer than a save waits for it.
hold_lock
curl -s --max-time 50 "$api/api/records/household" -H "Huce-Session: $token" -H "Content-Type: application/json" \
  -d '{"fields": {"household_code": "622924101001099004", "address": "新村 4 号"}}' >save.out &
save=$!
sleep 2.5
release_lock
wait $holder $save
check "a save waits for another program, and is done" equal "$(jq -r .record.fields.address save.out)" "新村 4 号"

# ---- as it is described ----
house=$("$huce" list household --limit 1 --data desks/ma --json | jq -r '.records[0].id')
person=$("$huce" list person --limit 1 --data desks/ma --json | jq -r '.records[0].id')
python3 "$root/tests/system/openapi.py" "$api" "$token" "household=$house" "person=$person" >described.txt 2>&1 || echo "not ok - the answers were compared"
cat described.txt
failures=$((failures + $(grep -c '^not ok' described.txt)))
kill $service && wait $service
service=
check "no word of it in the diagnostics" equal "$(cat service.err)" ""
finish
