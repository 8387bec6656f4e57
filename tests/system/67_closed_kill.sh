#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# kill -9 of laptops that lie under a start passphrase, and of their county: no confirmed save is lost, none
# is there twice, and the next sync completes.
# Again with the seed that a failure names: HUCE_TORTURE_SEED=N tests/system/67_closed_kill.sh
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../torture/lib.sh"

together "kills of laptops under a start passphrase" kill.py --closed --kills 12 \
  -- "more, another county" kill.py --closed --kills 12
finish
