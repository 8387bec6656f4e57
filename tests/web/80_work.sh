#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Everyday work in the page: a baby, a visit that brings a request, a conflict, each in few steps; one field of many
# households, looked at before, saved at once, taken back; and a kill in the middle of such a save leaves all of it or none.
set -u
. "$(dirname "$0")/lib.sh"
village_found || { echo "not ok - a village is founded"; finish; }
conflict_made status 2 3
service_start --sync-every 0
other=$("$huce" list household --limit 1 --where "status = '1'" --data ma --json | jq -r '.records[0].id')
browser work day "$other"
browser work many
"$huce" sync --data ma >/dev/null
leaf() { "$huce" history "$1" --json --data ma | jq "[.changes[].leaf] | max"; }
check "the baby and where it belongs went to the county under one signature" equal "$(leaf person)" "$(leaf household_member)"

# Two hundred households at once, and the power goes at any moment of it.
session=$(curl -s -H 'Content-Type: application/json' -d '{"pin":"135246"}' "${HUCE_URL}api/unlock" | jq -r .session)
curl -s -H "Huce-Session: $session" "${HUCE_URL}api/records/household?limit=200" >houses.json
marked() { "$huce" sql "SELECT count(*) FROM household WHERE phone = '$1'" --data ma --json | jq '.rows[0][0]'; }
whole=yes seen= round=0
for delay in 0 0.01 0.02 0.04 0.08 0.16 0.5; do
  round=$((round + 1)) phone=1541111000$round
  jq -c --arg phone "$phone" '{skip_bad: true, items: [.records[] | {type: "household", id, fields: {phone: $phone}, version}]}' houses.json >body.json
  curl -s -H "Huce-Session: $session" -H 'Content-Type: application/json' --data-binary @body.json "${HUCE_URL}api/batch" >answer.json &
  save=$!
  sleep "$delay"
  kill -9 "$service"
  wait "$service" "$save" 2>/dev/null
  service=
  n=$(marked $phone)
  seen="$seen $n"
  case $n in 0 | 200) ;; *) whole="no: $n of 200" ;; esac
  [ "$(jq -r .saved answer.json 2>/dev/null)" != true ] || [ "$n" = 200 ] || whole="no: it was confirmed, and $n are there"
  service_start --sync-every 0
  session=$(curl -s -H 'Content-Type: application/json' -d '{"pin":"135246"}' "${HUCE_URL}api/unlock" | jq -r .session)
  curl -s -H "Huce-Session: $session" "${HUCE_URL}api/records/household?limit=200" >houses.json
done
check "a kill in the middle leaves all of it or none" equal "$whole" yes
check "it came through at last" equal "${seen##* }" 200
service_stop
check "no word of it in the diagnostics" equal "$(cat service.err)" ""
check "audit" "$huce" audit --data ma
finish
