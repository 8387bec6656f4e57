#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Somebody walks away in the middle of a form: the desk locks itself, the page shows nothing, and with the PIN
# the form is as it was.
set -u
. "$(dirname "$0")/lib.sh"
county_found && county_serve && desk_join ma village 马建国 $village || { echo "not ok - a village is founded"; finish; }
put ma household household_code=622924101001010001 address="一社 1 号" status=1 >/dev/null
service_start --sync-every 0 --lock-after 3
browser idle
check "nothing of it has been saved" equal "$("$huce" list household --data ma --json | jq '.records | length')" 1
finish
