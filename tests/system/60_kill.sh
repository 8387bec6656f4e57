#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# kill -9 of the laptop's program or of the county's server, 200 times, during import, save and sync:
# no confirmed save is lost, none is there twice, and the next sync completes.
# Again with the seed that a failure names: HUCE_TORTURE_SEED=N tests/system/60_kill.sh
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../torture/lib.sh"

together "100 kills, everything confirmed is everywhere, once" kill.py --kills 100 \
  -- "100 more, another county" kill.py --kills 100
finish
