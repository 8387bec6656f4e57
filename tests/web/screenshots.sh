#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# `make screenshots`: the browser stories, with a picture of each page in build/screenshots.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export HUCE_ROOT=$PWD HUCE_BUILD=${HUCE_BUILD:-$PWD/build} HUCE_SHOTS=$PWD/build/screenshots
rm -rf "$HUCE_SHOTS"
for story in tests/web/[0-9]*.sh; do
  work=$(mktemp -d -t huce-shots.XXXXXX)
  (cd "$work" && "$HUCE_ROOT/$story") || status=1
  rm -rf "$work"
done
echo "build/screenshots: $(find "$HUCE_SHOTS" -name '*.png' | wc -l) pictures"
exit "${status:-0}"
