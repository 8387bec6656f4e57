#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# make torture [SEED=N]: what the tests sample, in full, for hours. The power goes at every
# operation with every damage pattern, every operation finds a full or broken disk once and for good, and a
# thousand kills. Prints "ok" or "not ok" per torture; a failure names its seed and leaves its folder.
set -uo pipefail
HUCE_TORTURE_SEED=${1:-$RANDOM} HUCE_TORTURE_SECONDS=0
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

together "the power goes at every operation of a small exchange" power_cut.py --work small --every \
  -- "the power goes at every operation of founding and joining" power_cut.py --work founding --every
together "500 kills" kill.py --kills 500 -- "500 more" kill.py --kills 500
together "500 power cuts, laptops under a start passphrase" power_cut.py --closed --cuts 500 \
  -- "500 kills of laptops under a start passphrase" kill.py --closed --kills 500
together "2,000 allocations fail" full_memory.py --cases 2000 -- "2,000 more" full_memory.py --cases 2000
together "every operation finds a full or broken disk" full_disk.py --every \
  -- "500 power cuts during days of work" power_cut.py --cuts 500
finish
