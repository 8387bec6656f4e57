#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Power cuts of laptops that lie under a start passphrase: torn pages and logs there are put right
# like others, no confirmed save is lost, none is there twice, and the next sync completes.
# Again with the seed that a failure names: HUCE_TORTURE_SEED=N tests/system/66_closed_cut.sh
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../torture/lib.sh"

together "power cuts of laptops under a start passphrase" power_cut.py --closed --cuts 14 \
  -- "power cuts while such a laptop joins" power_cut.py --closed --work founding --during join --cuts 5
finish
