#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# No network: a stick is plugged in while the page is open, carries the work away and brings the answer.
set -u
. "$(dirname "$0")/lib.sh"
village_found || { echo "not ok - a village is founded"; finish; }
county_stop
house=$("$huce" list household --limit 1 --data ma --json | jq -r '.records[0].id')
"$huce" put household "$house" phone=15400001234 --data ma >/dev/null
export HUCE_STICKS=$PWD/KINGSTON HUCED=$huced HUCE_COUNTY=$PWD/county
service_start --sync-every 0
browser stick
service_stop
check "the county has it" equal "$("$huced" sql "SELECT count(*) FROM household WHERE phone = '15400001234'" --data county | tail -n 1)" 1
check "audit" "$huce" audit --data ma
finish
