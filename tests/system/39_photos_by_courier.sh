#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Photos of villages that never see a network go by stick, behind the records: as many as have room,
# thumbnails first, in files of the stick's size, until the county says that it has them. Another desk
# of the village gets the thumbnails with the news and a photo when it asks; what is lost on the way
# goes again; what somebody altered is not taken.
set -u
. "$(dirname "$0")/lib.sh"
one=622924101001 two=622924101002 photo=$HUCE_BUILD/tests/data/photo
county_found || finish # and no server runs
joins() { # FOLDER NAME CODE: without a network
  "$huced" invite --ledger "$3" --role village --person "$2" --url http://127.0.0.1:1 --out "$1.invite" --data county &&
    "$huce" join "$1.invite" --request-file "$1.request" --data "$1" &&
    "$huced" join accept "$1.request" --out "$1.answer" --data county &&
    "$huce" join --answer-file "$1.answer" --data "$1"
}
pack() { local desk=$1; shift; "$huce" bundle export stick "$@" --data "$desk" --json; }
county() { "$huced" bundle import stick "$@" --data county --json; }
take() { "$huce" bundle import stick --data "$1" --json; }
# count DESK JQ-CONDITION: attachments at a desk
count() { "$huce" attachment list --data "$1" --json | jq "[.attachments[] | select($2)] | length"; }
mkdir stick
check "three desks join by stick" eval 'joins a 马建国 $one && joins b 丁丽 $one && joins c 周斌 $two'
"$photo" 1600 1200 1 large.jpg && "$photo" 640 480 2 small.jpg && printf '%%PDF-1.4 a scan\n' >scan.pdf
size=$(stat -c %s large.jpg)
echo "# the large photo has $size bytes"

# ---- to the county ----
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
visit=$(put a visit household_id="$house" kind=1 at="2026-11-30T09:15" note="照片")
check "three are attached" "$huce" attach visit "$visit" photo_refs small.jpg large.jpg scan.pdf --data a
pack a --photos-mb 0 >packed.json
check "the records go without them, if so wanted" equal "$(jq -c '[.files, .photos]' packed.json)" "[1,0]"
pack a --max-mb 1 >packed.json
check "or with them, in files of the stick's size" test "$(jq .files packed.json)" -ge 3
check "none of which is larger" eval '[ -z "$(find stick -size +1100k)" ]'
check "and records in a file of their own" equal "$(jq -c '[.changesets, .photos, .photos_wait]' packed.json)" "[1,5,0]"
leaks() { grep -aqE "JFIF|PDF-1.4|photo_refs" stick/*; }
check_fails 1 "whoever finds the stick sees nothing" leaks
check "none is safe yet" equal "$(count a .held)" 0
mine=$(find stick -name '*-to-county-3.age') && mv "$mine" lost.age
county >taken.json
check "one file is lost on the way; the county takes the others" equal "$(jq '[.bundles[].admitted] | add' taken.json)" 1
check "and not all of the photos" test "$(jq '[.bundles[].photos] | add' taken.json)" -lt 5
take a >/dev/null
check "the desk knows which are missing" test "$(count a '.held | not')" -gt 0
pack a >packed.json
check "and packs them again, and no others" eval '[ "$(jq .photos packed.json)" -ge 1 ] && [ "$(jq .photos packed.json)" -lt 5 ]'
county >taken.json
check "now the county has all" equal "$(take a | jq .photos_confirmed)" "$(jq .photos packed.json)"
check "the desk knows that" equal "$(count a .held)" 3
check "and packs none any more" equal "$(pack a | jq -c '[.files, .photos]')" "[1,0]"

# ---- to another desk ----
rm stick/*
check "another desk asks for news" eval 'pack b && county'
check "thumbnails come with them" equal "$(take b | jq -c '[.received > 0, .photos]')" "[true,2]"
check "photos do not" equal "$("$huce" attachment missing --data b --json | jq '.attachments | length')" 3
large=$("$huce" attachment list --data b --json | jq -r '.attachments | max_by(.size) | .hash')
check_fails 3 "one is asked for; there is no line" "$huce" attachment get "$large" out.jpg --data b
pack b >/dev/null
county --photos-mb 0 >taken.json
check "a county with no room on the stick says that it waits" equal "$(jq '[.bundles[].photos_wait] | add' taken.json)" 1
county >/dev/null
check "with room it comes" equal "$(take b | jq .photos)" 1
check "and is what was signed" eval '"$huce" attachment get "$large" out.jpg --data b && [ "$(sha256sum <out.jpg | cut -c1-64)" = "$large" ]'
check "the others come when all are wanted" eval '"$huce" attachment keep --fetch all --data b && pack b && county && take b'
check "none is missing any more" equal "$("$huce" attachment missing --data b --json | jq '.attachments | length')" 0

# ---- who may not ----
rm stick/*
check "a desk of another village" eval 'pack c && county && take c'
check "gets none" equal "$("$huce" attachment list --data c --json | jq '.attachments | length')" 0
check "audits hold" eval '"$huce" audit --data a && "$huce" audit --data b && "$huced" audit --data county'
finish
