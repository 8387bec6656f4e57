#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The desk's local API as a page uses it: unlock, create, edit, an edit on what is no longer so, a
# conflict decided, the exchange with the county; then everything that a page should not send, and the
# service is still there and nothing has changed.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
service=

# service_start [OPTION…]: `huce serve` for desk a on a free port; $api is its address
service_start() {
  : >service.txt # not what the one before wrote
  "$huce" serve --listen 127.0.0.1:0 --data a "$@" >service.txt 2>>service.err &
  service=$!
  for _ in $(seq 200); do
    grep -q http service.txt && break
    kill -0 "$service" 2>/dev/null || break
    sleep 0.05
  done
  api=$(grep -oE 'http://127.0.0.1:[0-9]+' service.txt) || { echo "not ok - the service starts"; cat service.err; finish; }
}
service_stop() {
  [ -n "$service" ] || return 0
  kill "$service" 2>/dev/null
  wait "$service"
  stopped=$?
  service=
}
trap 'service_stop; county_stop' EXIT
token=

# call METHOD PATH [CURL-ARGUMENT…]: prints the body, leaves the HTTP status in ./code
call() {
  local method=$1 path=$2
  shift 2
  curl -s --max-time 30 -X "$method" "$api$path" -H "Huce-Session: $token" -H "Content-Type: ${type-application/json}" \
    -o body -w '%{http_code}' "$@" >code
  cat body
}
# send METHOD PATH JQ-PROGRAM [JQ-ARGUMENT…]: a JSON body made by jq
send() {
  local method=$1 path=$2 program=$3
  shift 3
  call "$method" "$path" -d "$(jq -nc "$@" "$program")"
}
# code is CODE after METHOD PATH …
gives() {
  local wanted=$1
  shift
  "$@" >/dev/null
  equal "$(cat code)" "$wanted" || { cat body; return 1; }
}
get() { call GET "$1" | jq -r "$2"; }
# What of the desk may not move: its records, and how many changes there are.
everything() { echo "$(state_of a) $("$huce" status --data a --json | jq -c '[.ledgers[] | .unsent + .sent + .confirmed]')"; }

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish

# ---- who may come in ----
check_fails 1 "only this machine's own addresses are listened on" "$huce" serve --listen 0.0.0.0:0 --data a
check_fails 2 "an address is a number and a port" "$huce" serve --listen localhost --data a
service_start --sync-every 0
check "the page says in Chinese that it runs" grep -q 正在运行 <(curl -s "$api/")
app=$(curl -s "$api/" | grep -oE 'assets/index-[A-Za-z0-9_-]+\.js')
check "the page's program is kept by the browser under its name" equal \
  "$(curl -s -D - -o program "$api/$app" | tr -d '\r' | grep -ciE '^(content-encoding: gzip|cache-control: private, max-age=31536000, immutable)')" 2
check "and is whole" gzip -t program
etag=$(curl -s -D - -o /dev/null "$api/" | tr -d '\r' | sed -n 's/^ETag: //p')
check "the page itself is asked for again, and has not changed" equal \
  "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $etag" "$api/")" 304
check "before unlocking only names are told" equal "$(get /api/session '[.unlocked, .person, .people[].name] | @json')" \
  '[false,null,"马建国"]'
for path in status types records/household conflicts sync tasks report; do
  check "locked: $path" gives 401 call GET "/api/$path"
done
check "a wrong PIN is refused" gives 403 send POST /api/unlock '{pin: "000000"}'
check "the PIN opens it" gives 200 send POST /api/unlock '{pin: "135246", as: "马建国"}'
token=$(jq -r .session body)
check "for this person" equal "$(get /api/session '[.unlocked, .person.name] | @json')" '[true,"马建国"]'
right=$token
token=${token%?}z
check "and only with the token" gives 401 call GET /api/status
token=$right

# ---- a day's work ----
check "types carry fields, lists and what this person may write" equal \
  "$(get /api/types '[(.types[] | select(.name == "household") | .fields[] | select(.name == "archive_no", .name == "phone") | [.name, .zh, .writable]), (.lists.ht | length > 0)] | @json')" \
  '[["archive_no","建档户编号",false],["phone","户联系电话",true],true]'
check "a household is created" gives 201 send POST /api/records/household \
  '{fields: {household_code: "622924101001010001", address: "一社 1 号", status: "1", water_ok: false, land_mu: "3.50"}, note: "新建"}'
house=$(jq -r .id body)
check "it is there as the command line tells it" equal "$(call GET "/api/records/household/$house" | jq -cS .)" \
  "$("$huce" get household "$house" --data a --json | jq -cS .)"
version=$(get "/api/records/household/$house" .version)
check "an edit says what it saw" gives 200 send PATCH "/api/records/household/$house" \
  '{fields: {phone: "15400000001"}, version: $v}' --arg v "$version"
check "and gets the new version back" jq -e --arg v "$version" '.changed and .record.version != $v' body
put a household "$house" address="一社 2 号" >/dev/null
check "an edit on what is no longer so is asked about" gives 409 send PUT "/api/records/household/$house" \
  '{fields: {address: "一社 3 号", status: "1"}, version: $v}' --arg v "$version"
check "with both values and who wrote the other" equal \
  "$(jq -c '[.error.code, (.moved[] | .field, .label, .yours, .now, .by.author)]' body)" \
  '["moved","address","住址","一社 3 号","一社 2 号","马建国"]'
check "nothing of it was saved" equal "$(field a household "$house" address)" "一社 2 号"
check "seen again, it is overruled" gives 200 send PATCH "/api/records/household/$house" \
  '{fields: {address: "一社 3 号"}, version: $v}' --arg v "$(jq -r .version body)"
check "without a version nothing is edited" gives 400 send PATCH "/api/records/household/$house" '{fields: {phone: ""}}'
check "a wrong value names its field" equal \
  "$(send PATCH "/api/records/household/$house" '{fields: {phone: "12"}, version: $v}' --arg v "$version" | jq -r .error.field)" phone
check "a set is written and changed" gives 201 send POST /api/records/visit \
  '{fields: {household_id: $h, at: "2026-01-05T09:30", kind: "1", topics: ["1", "2"]}}' --arg h "$house"
check "what is refused by the catalog is refused here" gives 403 send PATCH "/api/records/household/$house" \
  '{fields: {archive_no: "62292410100"}, version: $v}' --arg v "$version"
check "the same under the same number is no second record" gives 200 send POST /api/records/household \
  '{id: $h, fields: {household_code: "622924101001010001"}}' --arg h "$house"
check "another is refused" gives 409 send POST /api/records/household '{id: $h, fields: {address: "别处"}}' --arg h "$house"
check "a household comes with what belongs to it, and the names of what it refers to" equal \
  "$(get "/api/records/household/$house/archive" '[[.records[].type] == ["household", "visit"], (.records[1].fields.household_id as $h | .titles[$h])] | @json')" \
  '[true,"622924101001010001"]'
check "a page that comes back gets the key of its drafts again" equal "$(get /api/session '[.role, (.drafts | length)] | @json')" '["village",64]'
check "the history is that of the command line" equal \
  "$(call GET "/api/records/household/$house/history" | jq -cS .)" "$("$huce" history household "$house" --data a --json | jq -cS .)"

for i in 2 3 4 5; do
  put a household household_code=62292410100101000$i address="二社 $i 号" status=1 >/dev/null
done
check "lists come in pages with the total" equal \
  "$(get '/api/records/household?limit=2&offset=4' '[.total, (.records | length)] | @json')" '[5,1]'
check "with an expression" equal "$(get '/api/records/household?where=address%20LIKE%20%27%E4%BA%8C%25%27' .total)" 4
check "with a word" equal "$(get '/api/records/household?q=%E4%B8%80%E7%A4%BE' '[.total, .records[0].id] | @json')" "[1,\"$house\"]"
check "of one ledger" equal "$(get "/api/records/household?ledger=$village&q=2%20%E5%8F%B7" .total)" 1

# ---- the exchange, and a conflict ----
check "the exchange is begun by hand" gives 202 call POST /api/sync
synced() {
  for _ in $(seq 200); do
    [ "$(get /api/sync .running)" = false ] && break
    sleep 0.05
  done
  get /api/sync '.last.ok'
}
check "and goes through" equal "$(synced)" true
check "everything is confirmed" equal "$(get /api/status '[.ledgers[].unsent] | add')" 0
"$huce" sync --data b >/dev/null
version=$(get "/api/records/household/$house" .version)
put b household "$house" status=3 --note "听邻居说已经搬走" >/dev/null
check "a writes the same field" gives 200 send PATCH "/api/records/household/$house" \
  '{fields: {status: "2"}, note: "门锁着", version: $v}' --arg v "$version"
"$huce" sync --data b >/dev/null
call POST /api/sync >/dev/null
check "the other laptop's change arrives" equal "$(synced)" true
conflict=$(get /api/conflicts '.conflicts[0].id')
check "one conflict, as the command line tells it" equal "$(call GET "/api/conflicts/$conflict" | jq -cS .)" \
  "$("$huce" conflicts show "$conflict" --data a --json | jq -cS .)"
shown=$(get "/api/conflicts/$conflict" .version)
check "a form from before is asked about it" gives 409 send PATCH "/api/records/household/$house" \
  '{fields: {status: "4"}, version: $v}' --arg v "$version"
check "it is decided by who has seen it" gives 400 send POST "/api/conflicts/$conflict/resolve" '{take: "A"}'
check "one way or the other" gives 400 send POST "/api/conflicts/$conflict/resolve" '{take: "A", value: "1", version: $v}' --arg v "$shown"
check "not for what is not there" gives 400 send POST "/api/conflicts/$conflict/resolve" '{take: "Z", version: $v}' --arg v "$shown"
check "and not for a wrong value" gives 400 send POST "/api/conflicts/$conflict/resolve" '{value: "77", version: $v}' --arg v "$shown"
check "the conflict stands still" equal "$(get /api/conflicts '.conflicts | length')" 1
check "and then is decided" gives 200 send POST "/api/conflicts/$conflict/resolve" \
  '{take: "B", version: $v, note: "一起上门看过"}' --arg v "$shown"
check "once" gives 404 send POST "/api/conflicts/$conflict/resolve" '{take: "B", version: $v}' --arg v "$shown"
call POST /api/sync >/dev/null
synced >/dev/null
"$huce" sync --data b >/dev/null
check "which clears it at the other laptop" equal "$("$huce" conflicts list --data b --json | jq '.conflicts | length')" 0
check "both show the same" equal "$(state_of a)" "$(state_of b)"

# ---- records that exclude each other, and households that move ----
twin=$(put a household household_code=622924101001019901 address="二社 1 号" status=1)
put a household household_code=622924101001019901 address="二社 2 号" status=1 >/dev/null
clash=$(get /api/conflicts '.conflicts[] | select(.kind == "structure") | .id')
check "records that exclude each other are told as by the command line" equal "$(call GET "/api/conflicts/$clash" | jq -cS .)" \
  "$("$huce" conflicts show "$clash" --data a --json | jq -cS .)"
shown=$(get "/api/conflicts/$clash" .version)
check "nobody decides on what was not shown" gives 409 send POST "/api/conflicts/$clash/resolve" '{take: "A", version: $v}' --arg v "1.AQAAAAA="
check "a new value is no choice" gives 400 send POST "/api/conflicts/$clash/resolve" '{value: "1", version: $v}' --arg v "$shown"
check "one is taken" gives 200 send POST "/api/conflicts/$clash/resolve" '{take: "A", version: $v}' --arg v "$shown"
check "once" gives 404 send POST "/api/conflicts/$clash/resolve" '{take: "A", version: $v}' --arg v "$shown"
check "a household moves to a village of the county only" gives 400 send POST "/api/records/household/$twin/transfer" '{to: "622924101000"}'
check "the village lets it go" equal "$(send POST "/api/records/household/$twin/transfer" '{to: "622924101202"}' | jq -c '[.left, .arrived]')" '[1,0]'
check "then it says where it has gone" equal "$(get "/api/records/household/$twin" .left_for | cut -d/ -f2)" 622924101202
check "and is edited here no longer" gives 403 send PATCH "/api/records/household/$twin" '{fields: {sheds: "1"}, version: $v}' \
  --arg v "$(get "/api/records/household/$twin" .version)"
check "nothing is left open" equal "$(get /api/transfers '.transfers | length')" 0
twice1=$(put a person name=马小兰 birth=1999-09-09) twice2=$(put a person name=马晓兰 birth=1999-09-09)
check "records that may be one are offered" equal "$(get /api/duplicates '.duplicates[0].kind + " " + .duplicates[0].records[0].id')" "similar $twice1"
check "nobody links without saying why" gives 400 send POST /api/duplicates/link '{a: $a, b: $b}' --arg a "$twice1" --arg b "$twice2"
check "they are linked" equal "$(send POST /api/duplicates/link '{a: $a, b: $b, note: "本人"}' --arg a "$twice1" --arg b "$twice2" | jq -c '[.same, .changed]')" '[true,true]'
check "the second says so" equal "$(get "/api/records/person/$twice2" .same_as)" "$twice1"
check "and it is taken back" equal "$(send POST /api/duplicates/unlink '{a: $a, b: $b, note: "弄错"}' --arg a "$twice2" --arg b "$twice1" | jq -c '[.same, .changed]')" '[false,true]'
check "which is told, too" equal "$(get /api/duplicates '[.duplicates[].kind] | join(" ")')" apart
check "what is not open is not taken" gives 404 send POST "/api/transfers/$twin/take" '{}'
call POST /api/sync >/dev/null
synced >/dev/null

# ---- deleting, tasks, reports ----
last=$(get '/api/records/household?limit=1&offset=4' '.records[0].id')
version=$(get "/api/records/household/$last" .version)
check "deleting needs a reason" gives 400 send DELETE "/api/records/household/$last" '{version: $v}' --arg v "$version"
check "and what was seen" gives 400 send DELETE "/api/records/household/$last" '{note: "重复"}'
check "then it is done" gives 200 send DELETE "/api/records/household/$last" '{note: "重复", version: $v}' --arg v "$version"
check "and gone" gives 404 call GET "/api/records/household/$last"
check "but listed with those that were deleted" equal "$(get '/api/records/household?deleted=1' '.records[0].id')" "$last"
check "an expression is not asked of those" gives 400 call GET '/api/records/household?deleted=1&where=1'
version=$(get '/api/records/household?deleted=1' '.records[0].version')
check "it is restored" gives 200 send POST "/api/records/household/$last/restore" '{note: "不重复", version: $v}' --arg v "$version"
check "and there again" gives 200 call GET "/api/records/household/$last"
check "what is there is not restored" gives 409 send POST "/api/records/household/$last/restore" '{note: "再来", version: $v}' --arg v "$(get "/api/records/household/$last" .version)"
check "it can go again" gives 200 send DELETE "/api/records/household/$last" '{note: "还是重复", version: $v}' --arg v "$(get "/api/records/household/$last" .version)"
check "nothing has come back" equal "$(get /api/tasks '.tasks | length')" 0
check "a report is the command line's" equal "$(call GET /api/report/invariants | jq -cS 'del(.made_at, (.. | objects | .heard_ms))')" \
  "$("$huce" report invariants --data a --json | jq -cS 'del(.made_at, (.. | objects | .heard_ms))')"
# What a report opens beside the service must not end the locks that keep other programs from clearing its log away.
"$huce" status --data a >/dev/null
check "after a report and another program, the service still saves" gives 200 send PATCH "/api/records/household/$house" \
  '{fields: {land_mu: "7.25"}, version: $v}' --arg v "$(get "/api/records/household/$house" .version)"
check "where others find it" equal "$(field a household "$house" land_mu)" 7.25
check "and its log is there" test -s a/desk.db-wal
check "there is a list of them" equal "$(get /api/report '.reports | length > 3')" true

# ---- what a page should not send ----
version=$(get "/api/records/household/$house" .version)
before=$(everything)
fields='{"fields": {"phone": "15400000009"}, "version": "'$version'"}'
where=/api/records/household/$house
check "a foreign name that points here" gives 403 call PATCH "$where" -d "$fields" -H 'Host: huce.example:7400'
check "also for the page" gives 403 call GET / -H 'Host: huce.example'
check "a foreign page" gives 403 call PATCH "$where" -d "$fields" -H 'Origin: http://huce.example'
check "a page of another service here" gives 403 call PATCH "$where" -d "$fields" -H 'Origin: http://127.0.0.1:1'
check "a page without origin" gives 403 call PATCH "$where" -d "$fields" -H 'Origin: null'
check "a foreign page by what the browser says" gives 403 call PATCH "$where" -d "$fields" -H 'Sec-Fetch-Site: cross-site'
check "a foreign page asking first" gives 405 call OPTIONS "$where" -H 'Origin: http://huce.example' -H 'Access-Control-Request-Method: PATCH'
check "nothing is granted to it" equal "$(curl -s -i -X OPTIONS "$api$where" -H 'Origin: http://huce.example' | grep -ic access-control)" 0
check "unlocking from a foreign page" gives 403 call POST /api/unlock -d '{"pin": "135246"}' -H 'Origin: http://huce.example'
for type in text/plain application/x-www-form-urlencoded application/jsonp ''; do
  check "content type '$type'" gives 415 call PATCH "$where" -d "$fields"
done
unset type
cat >garbage.py <<'PY'
import http.client, json, os, socket, sys
address, token, where = sys.argv[1:]
none = '00000000000070008000000000000000'

def ask(method, path, body=None):
    page = http.client.HTTPConnection(address, timeout=30)
    page.putrequest(method, path, skip_accept_encoding=True)
    page.putheader('Huce-Session', token)
    page.putheader('Content-Type', 'application/json')
    if body is not None:
        page.putheader('Content-Length', str(len(body)))
    page.endheaders(body)
    answer = page.getresponse()
    return answer.status, answer.read()

def check(text, wrong):
    print(('not ok - ' if wrong else 'ok - ') + text, *wrong, sep='\n  # ')

def refused(status, body, allowed=range(400, 500)):
    error = json.loads(body)['error']
    return status in allowed and error['code'] and error['text']

bodies = [b'', b'{', b'[]', b'null', b'"x"', b'{"a":1,"a":2}', b'{"fields":1}', b'{"fields":{}}', b'{"unknown":1}',
          b'{"fields":{"nonsense":"1"},"version":"1."}', b'{"fields":{"phone":{"a":1}},"version":"1."}',
          b'{"fields":{"phone":1.5},"version":"1."}', b'{"fields":{"phone":"1\\u0000"},"version":"1."}',
          b'{"version":"x","fields":{"phone":""}}', b'{"note":5,"version":"1."}', b'{"pin":5}', b'{"pin":""}',
          b'{"take":"AB","version":"1."}', b'{"value":[1],"version":"1."}', b'{"without":1}', b'{"fields":[],"without":[1]}',
          b'{"note":"\xff"}', b'[' * 5000, b'{"a":' * 5000, b'{"fields":{' + b','.join(b'"f%d":null' % i for i in range(200)) + b'}}',
          b'\0' * 10, os.urandom(200)]
for target in ['POST /api/unlock', 'POST /api/records/household', 'PATCH ' + where, 'PUT ' + where, 'DELETE ' + where,
               f'POST /api/conflicts/{none}.1/resolve', 'POST /api/conflicts/x/resolve', 'POST /api/tasks/x/send', 'POST /api/tasks/x/drop']:
    answers = [(body, *ask(*target.split(), body)) for body in bodies]
    check('garbage to ' + target, [f'{body[:80]} {status} {text}' for body, status, text in answers if not refused(status, text)])

paths = ['/api', '/api/', '/api/nothing', '/api/records', '/api/records/', '/api/records/nothing', '/api/records/household/',
         f'/api/records/household/{none}', '/api/records/household/x', '/api/records/household/%2e%2e', '/api/records/../status',
         where + '/nothing', where + '/history/more', where.replace('household', 'person'), '/api/conflicts/x', f'/api/conflicts/{none}.1',
         f'/api/conflicts/{none}.99999999999', '/api/tasks/x', '/api/report/nothing', '/api/report/labour?month=x', '/api/records/%00',
         '/index.html', '/../etc/passwd', '/api/' + 'a' * 3000]
paths += ['/api/records/household?' + query for query in [
    'limit=x', 'limit=0', 'limit=501', 'limit=-1', 'limit=1e9', 'offset=99999999999', 'where=%FF', 'where=%00', 'where=nothing', 'ledger=nothing',
    'where=1)%3B%20DROP%20TABLE%20ledger', "where=(SELECT%20load_extension('x'))", 'q=' + 'a' * 300, 'where=' + 'a' * 5000]]
answers = [(path, *ask('GET', path)) for path in paths]
check('addresses that name nothing', [f'{path[:80]} {status} {text}' for path, status, text in answers if not refused(status, text)])

pairs = ['POST /', 'DELETE /api/status', 'POST /api/types', 'PUT /api/records/household', 'POST ' + where, 'PATCH /api/conflicts',
         'GET /api/unlock', 'DELETE /api/sync', 'TRACE /api/status', 'OPTIONS /api/status', 'NONSENSE /api/status']
answers = [(pair, *ask(*pair.split())) for pair in pairs]
check('methods that an address does not have', [f'{pair} {status} {text}' for pair, status, text in answers if not refused(status, text, [405])])

host, port = address.split(':')
for i in range(40):  # bytes that are no HTTP, and connections that say nothing
    with socket.create_connection((host, int(port)), 5) as s:
        s.sendall([os.urandom(500), b'', b'GET', b'\0' * 100, b'POST /api/unlock HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{'][i % 5])
PY
python3 garbage.py "${api#http://}" "$token" "$where" >garbage.txt 2>&1 || echo "not ok - the garbage was sent"
cat garbage.txt
failures=$((failures + $(grep -c '^not ok' garbage.txt)))
head -c 300000 /dev/zero | tr '\0' x >large
check "a body beyond the limit is not even read" gives 413 call PATCH "$where" --data-binary @large
check "nor one that says it is 1 GB" gives 413 call PATCH "$where" -H 'Content-Length: 1000000000' -d x
check "nor a body where there is none" gives 413 call GET "$where" -d x
check "a question that takes too long is stopped" gives 400 call GET \
  '/api/records/household?where=(WITH%20RECURSIVE%20n(i)%20AS%20(SELECT%201%20UNION%20ALL%20SELECT%20i%2B1%20FROM%20n)%20SELECT%20max(i)%20FROM%20n)'
check "answers carry what keeps other pages out" equal "$(curl -s -D - -o /dev/null "$api/api/nothing" |
  grep -icE "^(content-security-policy: .*frame-ancestors 'none'|x-content-type-options: nosniff|cache-control: no-store|x-frame-options: DENY)")" 4
check "the service is still there" equal "$(get /api/session .unlocked)" true
check "and nothing has changed" equal "$(everything)" "$before"

# ---- locking ----
check "locking" gives 200 call POST /api/lock
check "locks" gives 401 call GET "$where"
for _ in 1 2 3 4 5; do send POST /api/unlock '{pin: "000000"}' >/dev/null; done
check "after five wrong PINs the right one has to wait too" gives 429 send POST /api/unlock '{pin: "135246"}'
service_stop
check "it stops when it is told to" equal "$stopped" 0
service_start --sync-every 0
check "starting it anew does not help" gives 429 send POST /api/unlock '{pin: "135246"}'
service_stop
rm a/keys/*.tries # as who can write to the disk could

# ---- left alone ----
service_start --sync-every 1 --lock-after 2
send POST /api/unlock '{pin: "135246"}' >/dev/null
token=$(jq -r .session body)
put b household "$house" phone=15400000077 >/dev/null && "$huce" sync --data b >/dev/null
arrived() {
  for _ in $(seq 100); do
    [ "$(field a household "$house" phone)" = 15400000077 ] && return
    sleep 0.1
  done
  return 1
}
check "what others write arrives by itself" arrived
locked() {
  for _ in $(seq 100); do
    [ "$(get /api/session .unlocked)" = false ] && return
    sleep 0.1
  done
  return 1
}
check "and nobody being there, it locks itself" locked
county_stop
service_stop
service_start --sync-every 1
send POST /api/unlock '{pin: "135246"}' >/dev/null
token=$(jq -r .session body)
version=$(get "$where" .version)
check "without the county it is worked on" gives 200 send PATCH "$where" '{fields: {phone: "15400000088"}, version: $v}' --arg v "$version"
unreachable() {
  for _ in $(seq 100); do
    [ "$(get /api/sync '.last.ok')" = false ] && return
    sleep 0.1
  done
  return 1
}
check "and says that it cannot be reached" unreachable
county_serve
away() {
  for _ in $(seq 200); do
    [ "$(get /api/status '[.ledgers[].unsent, .ledgers[].sent] | add')" = 0 ] && return
    sleep 0.1
  done
  get /api/sync .
  return 1
}
check "when it can, the save goes out by itself" away
service_stop
county_stop

# ---- no network at all: a stick ----
mkdir usb
HUCE_STICKS=$PWD/usb service_start --sync-every 0
check "a stick is nothing before unlocking" gives 401 call GET /api/sticks
send POST /api/unlock '{pin: "135246"}' >/dev/null
token=$(jq -r .session body)
check "what is plugged in is seen" equal "$(get /api/sticks '[.sticks[] | select(.place | endswith("/usb"))] | map([.name, .writable, .answers]) | @json')" '[["usb",true,0]]'
version=$(get "$where" .version)
check "work is done" gives 200 send PATCH "$where" '{fields: {phone: "15400000099"}, version: $v}' --arg v "$version"
job_done() { # prints the job when it is over
  for _ in $(seq 100); do
    [ "$(get /api/sticks .job.state)" != running ] && break
    sleep 0.1
  done
  get /api/sticks '.job | @json'
}
check "it is packed" gives 202 send POST /api/sticks/pack '{place: $p}' --arg p "$PWD/usb"
check "one group of changes" equal "$(job_done | jq -c '[.state, .result.changesets]')" '["done",1]'
check "the county takes it" "$huced" bundle import usb --data county
check "an answer is seen" equal "$(get /api/sticks '[.sticks[] | select(.answers > 0)] | length')" 1
check "it is taken" gives 202 send POST /api/sticks/take '{place: $p}' --arg p "$PWD/usb"
check "the county has confirmed it" equal "$(job_done | jq -c '[.state, .result.confirmed, .result.left]')" '["done",1,0]'
check "which the page sees" equal "$(get "$where" .state)" confirmed
check "no other place can be named" gives 404 send POST /api/sticks/pack '{place: "/tmp"}'
check "nor any other word" gives 400 send POST /api/sticks/pack '{place: $p, to: "x"}' --arg p "$PWD/usb"
head -c 100 /dev/zero >"$(echo usb/*-from-county.age)"
send POST /api/sticks/take '{place: $p}' --arg p "$PWD/usb" >/dev/null
check "what is damaged is said" equal "$(job_done | jq -c '[.state, (.error | test("age"))]')" '["failed",true]'
rm -r usb
check "pulled out" gives 404 send POST /api/sticks/pack '{place: $p}' --arg p "$PWD/usb"
service_stop
check "audit" "$huce" audit --data a
check "no word of it in the diagnostics" equal "$(cat service.err)" ""
finish
