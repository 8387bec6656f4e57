#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The power goes while a county is founded and a laptop joins; and the test of the test: a disk that only
# says it has synced is found out.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../torture/lib.sh"
seed=$((seed + 10))

together "40 power cuts during founding and joining: the same again completes it" \
  power_cut.py --work founding --cuts 40 \
  -- "a disk that lies about syncing loses what was confirmed, and is found out" \
  caught 'cut [0-9]+, after' power_cut.py --cuts 40 --lies
finish
