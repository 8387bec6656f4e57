#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Photos and scans: attached to a record, signed with it, carried after it over a line that breaks every 200 KB;
# thumbnails at every desk, the photo where somebody wants to see it; none of it for who may not read the ledger;
# destroyed where its change is erased.
set -u
. "$(dirname "$0")/lib.sh"
photo=${HUCE_BUILD:-$root/build}/tests/data/photo
one=622924101001 two=622924101002
cutters=()
stop_cutters() { local pid; for pid in ${cutters[@]+"${cutters[@]}"}; do kill "$pid" 2>/dev/null; done; }
desk_pid=
trap 'stop_cutters; [ -z "$desk_pid" ] || kill "$desk_pid"; county_stop' EXIT

# cutter NAME UP DOWN: a line to the county; $line is where it begins
cutter() {
  rm -f "$1.port"
  python3 "$root/tests/system/cut.py" "$port" "$1.port" "$1.counts" "$2" "$3" &
  cutters+=($!)
  for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
  line=http://127.0.0.1:$(cat "$1.port")
}

county_found && county_serve || finish
straight=$url
cutter uphill 200000 0; url=$line
desk_join a village 马建国 $one
cutter downhill 0 200000; url=$line
desk_join b village 丁丽 $one
url=$straight
desk_join c village 周斌 $two
desk_join d village 马小兰 $one
"$photo" 3700 2950 1 large.jpg && "$photo" 640 480 2 small.jpg && head -c 3000 small.jpg >broken.jpg
printf '%%PDF-1.4 a scan\n' >scan.pdf
echo "words" >words.txt

# ---- attached ----
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
person=$(put a person name=马建国 sex=1)
visit=$(put a visit household_id="$house" kind=1 at="2026-11-30T09:15" note="照片")
check "a photo and a scan are attached" "$huce" attach visit "$visit" photo_refs small.jpg scan.pdf --data a
check_fails 1 "a text file is not" "$huce" attach visit "$visit" photo_refs words.txt --data a
check_fails 1 "nor a photo that is broken off" "$huce" attach visit "$visit" photo_refs broken.jpg --data a
check_fails 2 "nor a photo where a text belongs" "$huce" attach visit "$visit" note small.jpg --data a
check_fails 1 "a field takes no other text" "$huce" put person "$person" consent_photo=words --data a
check "two are there" equal "$("$huce" attachment list visit "$visit" --data a --json | jq '.attachments | length')" 2
hash=$("$huce" attachment list --data a --json | jq -r '.attachments[] | select(.kind == "jpg") | .hash')
"$huce" attachment get "$hash" out.jpg --data a >/dev/null
check "what the file says of the place is gone" eval '! grep -q HUCEGPSMARK out.jpg && grep -q HUCEGPSMARK small.jpg'
check "the day is not" grep -q '2026:11:30 09:15:00' out.jpg
check "the hash is that of the file" equal "$(sha256sum <out.jpg | cut -c1-64)" "$hash"
check "as the camera made it, where somebody wants that" eval \
  '"$huce" attach person "$person" consent_photo small.jpg --keep-position --data a'
check "and it is the very file" equal "$("$huce" attachment list person "$person" --data a --json | jq -r '.attachments[0].hash')" \
  "$(sha256sum <small.jpg | cut -c1-64)"

# ---- 20 MB over a line that breaks every 200 KB ----
check "20 MB are attached" "$huce" attach visit "$visit" photo_refs large.jpg --data a
size=$("$huce" attachment list --data a --json | jq '[.attachments[].size] | max')
check "records go first" eval '"$huce" sync --records-only --data a'
before=$(jq .up uphill.counts)
"$huce" sync --data a --json >sync.json
sent=$(($(jq .up uphill.counts) - before)) cuts=$(jq .cuts uphill.counts)
content=$(python3 - <<'PY'
import sqlite3
print(sqlite3.connect("file:county/huced.db?mode=ro", uri=True).execute("SELECT sum(size) FROM _attachment WHERE whole").fetchone()[0])
PY
)
check "all of it arrives" equal "$(jq -c '[.attachments.complete, .attachments.up]' sync.json)" "[true,6]"
check "the line broke on the way" test "$cuts" -ge $((size / 200000 - 2))
echo "# 20 MB photo: $size bytes, $cuts cuts, $sent bytes sent for $content of content: $((1000 * (sent - content) / content)) per mille more"
check "at most 2 % are sent again, heads of requests included" test "$((sent - content))" -le "$((content / 50))"
check "nothing waits" equal "$("$huce" attachment list --data a --json | jq '[.attachments[] | select(.held | not)] | length')" 0

# ---- at another desk ----
check "another desk of the village gets records and thumbnails" eval '"$huce" sync --data b'
check "three photos are missing there, and are listed" equal "$("$huce" attachment missing --data b --json | jq '[.attachments[] | select(.thumb)] | length')" 3
large=$("$huce" attachment list --data b --json | jq -r '.attachments | max_by(.size) | .hash')
check "one is asked for, over a line that breaks every 200 KB downwards" "$huce" attachment get "$large" b.jpg --data b
check "and is what was signed" equal "$(sha256sum <b.jpg | cut -c1-64)" "$large"
echo "# downwards: $(jq .cuts downhill.counts) cuts, $(jq .down downhill.counts) bytes"
check "others stay where they are until somebody asks" equal "$("$huce" attachment missing --data b --json | jq '.attachments | length')" 3
check "or all come by themselves" eval '"$huce" attachment keep --fetch all --data b && "$huce" attachment fetch --data b'
check "none is missing any more" equal "$("$huce" attachment missing --data b --json | jq '.attachments | length')" 0
check "within a quota the county's go first" eval '"$huce" attachment keep --fetch ask --quota-mb 1 --data b'
check "the large one is gone here" equal "$("$huce" attachment list --data b --json | jq -r ".attachments[] | select(.hash == \"$large\") | .here")" false
check "and comes back" "$huce" attachment get "$large" again.jpg --data b

# ---- who may not ----
check "a desk of another village gets none" eval '"$huce" sync --data c'
check "and knows of none" equal "$("$huce" attachment list --data c --json | jq '.attachments | length')" 0
PYTHONPATH=$root/tests/system /usr/bin/python3 "$root/tests/system/blobs.py" reader "$straight" a c "$large" b.jpg
"$photo" 400 300 3 another.jpg
visit2=$(put d visit household_id="$house" kind=1 at="2026-11-30T10:15" note="照片")
check "a desk attaches a photo and sends the record alone" eval \
  '"$huce" attach visit "$visit2" photo_refs another.jpg --data d && "$huce" sync --records-only --data d'
another=$("$huce" attachment list visit "$visit2" --data d --json | jq -r '.attachments[0].hash')
"$huce" attachment get "$another" another.out --data d >/dev/null
PYTHONPATH=$root/tests/system /usr/bin/python3 "$root/tests/system/blobs.py" writer "$straight" d "$another" another.out
check "the desk sees that the county has it" eval '"$huce" sync --data d'
check "and has nothing left to send" equal "$("$huce" attachment list --data d --json | jq '[.attachments[] | select(.here and (.held | not))] | length')" 0

# ---- the page's way ----
serve_desk() { # FOLDER
  rm -f desk.txt
  "$huce" serve --listen 127.0.0.1:0 --sync-every 3600 --data "$1" --json >desk.txt 2>desk.err &
  desk_pid=$!
  for _ in $(seq 200); do grep -q http desk.txt && break; sleep 0.05; done
  desk=$(grep -oE 'http://127.0.0.1:[0-9]+/' desk.txt)
  session=$(curl -s -H "Content-Type: application/json" -d '{"pin":"135246"}' "${desk}api/unlock" | jq -r .session)
}
page() { curl -s -H "Huce-Session: $session" "$@"; }
until_true() { local i; for i in $(seq 400); do "$@" && return; sleep 0.1; done; return 1; }
stop_desk() { kill "$desk_pid"; wait "$desk_pid" 2>/dev/null; desk_pid=; }
"$photo" 500 400 7 page.jpg
serve_desk d
made=$(page -H "Content-Type: image/jpeg" --data-binary @page.jpg "${desk}api/attachments?type=visit&id=$visit2")
check "a photo is uploaded to the desk" equal "$(jq -c '[.kind, (.value | type), (.dropped > 0)]' <<<"$made")" '["jpg","string",true]'
check "one that is none is refused in words" equal "$(page -H "Content-Type: image/jpeg" --data-binary @words.txt "${desk}api/attachments?type=visit" | jq -r .error.code)" invalid
check "nothing without a session" equal "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: image/jpeg' --data-binary @page.jpg "${desk}api/attachments?type=visit")" 401
version=$(page "${desk}api/records/visit/$visit2" | jq -r .version)
check "the record takes it" equal "$(page -X PATCH -H "Content-Type: application/json" -d "$(jq -c --arg v "$version" '{version: $v, fields: {photo_refs: {add: [.value]}}}' <<<"$made")" "${desk}api/records/visit/$visit2" | jq .changed)" true
page_hash=$(jq -r .hash <<<"$made") page_thumb=$(jq -r .thumb <<<"$made")
check "its thumbnail is a picture" equal "$(page -o thumb.jpg -w '%{http_code} %{content_type}' "${desk}api/attachments/$page_thumb")" "200 image/jpeg"
check "and small" test "$(wc -c <thumb.jpg)" -lt 32768
check "a range of the whole" equal "$(page -H 'Range: bytes=0-1' "${desk}api/attachments/$page_hash" | od -An -tx1)" " ff d8"
held() { [ "$(page "${desk}api/attachments?type=visit&id=$visit2" | jq -r ".attachments[] | select(.hash == \"$page_hash\") | .held")" = true ]; }
page -X POST -H "Content-Type: application/json" -d '{}' "${desk}api/sync" >/dev/null
check "in the background it goes to the county" until_true held
stop_desk
"$huce" sync --data b >/dev/null
serve_desk b
check "another desk lists it as missing" equal "$(page "${desk}api/attachments?missing=1" | jq "[.attachments[] | select(.hash == \"$page_hash\")] | length")" 1
check "asks for it" equal "$(page -o /dev/null -w '%{http_code}' "${desk}api/attachments/$page_hash")" 202
came() { [ "$(page -o came.jpg -w '%{http_code}' "${desk}api/attachments/$page_hash")" = 200 ]; }
check "and has it a moment later" until_true came
check "as it was signed" equal "$(sha256sum <came.jpg | cut -c1-64)" "$page_hash"
stop_desk

# ---- erased ----
check "the audits hold" eval '"$huce" audit --data a && "$huced" audit --data county'
check "tables made anew are the same" "$huce" rebuild --check --data a
content() { python3 - "$1" <<'PY'
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(db.execute("SELECT count(*) FROM _attachment WHERE hex(hash) = upper(?)", (open("erase.hash").read().strip(),)).fetchone()[0])
PY
}
"$huce" attachment list person "$person" --data a --json | jq -r '.attachments[0].hash' >erase.hash
check "the county has it" equal "$(content county/huced.db)" 1
check "a registrar has the record erased" eval '"$huced" erase "$person" --reason "本人撤回同意" --confirm --data county'
check "its photo is destroyed at the county" equal "$(content county/huced.db)" 0
check "the desks hear of it" eval '"$huce" sync --data a && "$huce" sync --data b'
check "and destroy theirs" equal "$(content a/desk.db)$(content b/desk.db)" 00
check "also in a copy of the file" eval '! grep -c HUCEGPSMARK a/desk.db county/huced.db b/desk.db'
check "the other photos are there" equal "$("$huce" attachment list --data a --json | jq '.attachments | length')" 5
finish
