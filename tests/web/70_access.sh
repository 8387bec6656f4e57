#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The page for people who see badly, use no mouse, or have an old small screen: every page judged by the rules of WCAG 2
# AA, at three sizes of text, walked through by keyboard.
set -u
. "$(dirname "$0")/lib.sh"
village_found || { echo "not ok - a village is founded"; finish; }
conflict_made status 2 3
service_start --sync-every 0
browser access "$house"
service_stop
finish
