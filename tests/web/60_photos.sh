#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Photos on the page: chosen, taken with the camera, looked at, taken out again; those of a colleague come small with
# the records and large when somebody looks; without the county one sees what is missing.
set -u
. "$(dirname "$0")/lib.sh"
photo=${HUCE_BUILD:-$root/build}/tests/data/photo
county_found && county_serve && desk_join ma village 马建国 $village && desk_join ding village 丁丽 $village ||
  { echo "not ok - a village is founded"; finish; }
house=$(put ma household household_code=622924101001010001 address="一社 1 号" status=1)
"$huce" sync --data ma >/dev/null; "$huce" sync --data ding >/dev/null
for i in 1 2 3; do "$photo" 800 600 $i p$i.jpg; done
"$photo" 1600 1200 4 dings.jpg
head -c 3000 p1.jpg >broken.jpg
visit=$(put ding visit household_id="$house" kind=1 at="2026-11-28T09:15" note="羊棚的顶")
"$huce" attach visit "$visit" photo_refs dings.jpg --data ding >/dev/null
"$huce" sync --data ding >/dev/null; "$huce" sync --data ma >/dev/null
county_stop
service_start --sync-every 0
export HUCE_HOUSE=$house HUCE_VISIT=$visit
browser photos without
check "what was taken in lies in the desk, without the place" eval \
  'h=$("$huce" attachment list --data ma --json | jq -r "[.attachments[] | select(.here and .size > 10000)][0].hash") && "$huce" attachment get "$h" out.jpg --data ma && ! grep -q HUCEGPSMARK out.jpg'
county_serve
browser photos with
"$huce" sync --data ma >/dev/null
check "the photo is the one that the colleague signed" equal \
  "$("$huce" attachment list visit "$visit" --data ma --json | jq -c '[.attachments[].here] | all')" true
"$huce" sync --data ding >/dev/null
check "the colleague has the new ones small, and is told what is missing" equal \
  "$("$huce" attachment missing --data ding --json | jq '[.attachments[] | select(.thumb)] | length > 1')" true
service_stop
check "no word of it in the diagnostics" equal "$(cat service.err)" ""
check "audit" "$huce" audit --data ma
finish
