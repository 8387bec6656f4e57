#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The page's door: a photo of the invitation's code and a start passphrase on the first day; the passphrase asked for
# at the next start; another PIN; a second person; a village without a network that joins by files.
set -u
. "$(dirname "$0")/lib.sh"
county_found && county_serve || { echo "not ok - a county is founded"; finish; }
invite() { "$huced" invite --ledger $village --role village --person "$2" --url "$url" --out "$1.invite" --qr-file "$1.png" --data county >/dev/null 2>&1; }
invite ma 马建国 && invite ding 丁丽 && invite far 马国强 || { echo "not ok - people are invited"; finish; }
export HUCE_HUCED=$huced HUCE_BIN=$huce
service_start --sync-every 0 </dev/null
browser door joins
service_stop
check "the folder is closed up" test "$(head -c 15 ma/desk.db | tr -d '\0')" != "SQLite format 3"
service_start --sync-every 0 </dev/null
browser door opens
service_stop
county_stop
rm -rf ma
service_start --sync-every 0 </dev/null
browser door carries
service_stop
check "no word of it in the diagnostics" equal "$(cat service.err)" ""
finish
