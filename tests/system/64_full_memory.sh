#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# There is no more memory in the middle of a save, an import, a decision, a rebuild or a sync, at the laptop
# or at the server: the program says so and ends, nothing confirmed is lost, the next run goes on.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../torture/lib.sh"
seed=$((seed + 30))

together "28 times an allocation fails: the program ends, nothing confirmed is lost" full_memory.py --cases 28 \
  -- "28 more" full_memory.py --cases 28
finish
