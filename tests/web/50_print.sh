#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# What goes on paper: the card of a household, a receipt in two halves, a list for the notice board (masked), door
# plates whose codes another program reads. A4, by the browser's own PDF.
set -u
. "$(dirname "$0")/lib.sh"
village_found || { echo "not ok - a village is founded"; finish; }
house=$("$huce" list household --limit 1 --data ma --json | jq -r '.records[0].id')
plan=$(put ma plan household_id="$house" year=2026 status=draft helper=丁丽 goal_income=42000)
put ma plan_measure plan_id="$plan" menu_code=A-01 quantity=10 unit=只 due=2026-12-20 >/dev/null
put ma visit household_id="$house" kind=1 at=2026-11-03T09:30 note=想再养几只羊 >/dev/null
request=$(put ma request no=2026-0007 source=4 kind=1 text=门口的路灯不亮了 reporter=马占山 reporter_phone=15400001111 household_id="$house")
notice=$(put ma notice title=低保评议结果公示 kind=1 masked_body="经评议，下列两户符合条件：马**、丁*。" from=2026-11-28 to=2026-12-05 place=村委会门口)
export HUCE_PERSON=$("$huce" list person --limit 1 --data ma --json | jq -c '.records[0].fields | [.name, .id_no, .phone]')
service_start --sync-every 0
browser print "$house" "$request" "$notice"
for n in 0 5; do
  check "plate $n is read by another program" equal "$(zbarimg --nodbus -q --raw plate$n.png)" "$(cat plate$n.txt)"
done
check "the codes are in the desk" equal "$("$huce" list door_code --data ma --json | jq '.records | length')" "$(cat plates.count)"
service_stop
check "audit" "$huce" audit --data ma
finish
