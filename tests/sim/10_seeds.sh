#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Made-up weeks of a county, each from a seed: see README.md here. SEEDS=n for another number of them.
set -uo pipefail
sim=$HUCE_BUILD/tests/sim/sim
if "$sim" --seeds "${SEEDS:-500}" --jobs "$(nproc)"; then
  echo "ok - ${SEEDS:-500} simulated schedules hold"
else
  echo "not ok - simulated schedules"
fi
