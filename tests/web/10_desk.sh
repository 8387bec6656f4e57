#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The page of `huce serve` in a real browser: what a clerk sees, types and decides.
set -u
. "$(dirname "$0")/lib.sh"
village_found || { echo "not ok - a village is founded"; finish; }
conflict_made status 2 3
service_start --sync-every 0
browser desk "$house"
check "what the page wrote is in the desk" equal "$(field ma household "$house" phone)" 15400001234
check "the conflict is decided" equal "$("$huce" conflicts list --data ma --json | jq '.conflicts | length')" 0
check "with the reason" grep -q 打通了电话 <("$huce" history household "$house" --data ma)
service_stop
check "no word of it in the diagnostics" equal "$(cat service.err)" ""
check "audit" "$huce" audit --data ma
finish
