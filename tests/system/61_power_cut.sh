#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The power goes, 200 times with those of 62_founding_cut.sh, at a laptop, at the server or everywhere,
# during import, save and sync, and whatever was not synced is lost, kept or torn: no confirmed save is
# lost, none is there twice, and the next sync completes.
# Again with the seed that a failure names: HUCE_TORTURE_SEED=N tests/system/61_power_cut.sh
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../torture/lib.sh"

together "84 power cuts during days of work, everything confirmed is everywhere, once" \
  power_cut.py --cuts 70 \
  -- "84 more, other days" power_cut.py --cuts 70
finish
