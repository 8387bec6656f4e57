#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The bad link does what it is told, to the byte, and the same again with the same seed.
set -u
. "$(dirname "$0")/../system/lib.sh"
check "every fault is what it says" python3 "$(dirname "$0")/proxy.py" "${HUCE_BUILD:-$root/build}/tests/proxy/proxy"
finish
