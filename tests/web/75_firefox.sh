#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A clerk's morning in Debian's Firefox ESR: the PIN, home, the list, a household, a field saved, locked again.
set -u
. "$(dirname "$0")/lib.sh"
command -v "${FIREFOX:-firefox-esr}" >/dev/null || { echo "skip - no firefox here (apt-get install firefox-esr)"; exit 77; }
village_found || { echo "not ok - a village is founded"; finish; }
service_start --sync-every 0
house=$("$huce" list household --limit 1 --data ma --json | jq -r '.records[0].id')
browser firefox "$house"
check "what was saved there is on this machine" equal \
  "$("$huce" get household "$house" --data ma --json | jq -r .fields.phone)" 15400001234
service_stop
finish
