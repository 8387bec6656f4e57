#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A disk is full or broken in the middle of a save, an import or a sync; and the test of the test: a
# laptop that stores its cursor before its data is found out by power cuts.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../torture/lib.sh"
seed=$((seed + 20))

together "32 times the disk says no: an error, nothing confirmed is lost, work goes on" \
  full_disk.py --cases 32 \
  -- "a laptop that stores its cursor before its data loses some, and is found out" \
  caught 'cut [0-9]+, after' power_cut.py --cuts 240 --during sync \
  --program "$HUCE_BUILD/tests/torture/huce_cursor_first"
finish
