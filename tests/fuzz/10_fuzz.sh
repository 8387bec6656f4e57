#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# 10_fuzz.sh [SECONDS [TARGET…]]: builds the fuzz targets with clang and runs each for so long (10 s,
# all of them), two at a time. One line a target. A finding leaves its input in build/fuzz/findings: it
# goes into tests/fuzz/corpus/<target>/ together with the fix. See README.md beside this file.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
seconds=${1:-10}
shift || true
build=${HUCE_BUILD:-$PWD/build}/fuzz
memory_mb=1500
slow_s=30

mkdir -p "$build"
command -v clang >/dev/null || { echo "skip - fuzzing: clang is not here"; exit 77; }
if ! make -j2 --no-print-directory BUILD="${HUCE_BUILD:-build}" fuzz-build >"$build.log" 2>&1; then
  tail -n 30 "$build.log"
  echo "not ok - the fuzz targets build"
  exit 1
fi
rm -rf "$build/seeds"
tests/fuzz/seeds.py "$build/seeds" || { echo "not ok - seeds"; exit 1; }
mkdir -p "$build/findings"

one_target() { # NAME
  local name=$1 log=$build/$1.log found=$build/found/$1 corpus=tests/fuzz/corpus/$1 rc=0 options=()
  mkdir -p "$found" "$build/seeds/$name"
  [ -d "$corpus" ] || corpus=$build/seeds/$name
  [ -e "tests/fuzz/$name.dict" ] && options+=(-dict="tests/fuzz/$name.dict")
  # What was found before is no part of the tree: every run begins with it and the seeds.
  "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout="$slow_s" -rss_limit_mb="$memory_mb" \
    -print_final_stats=1 -artifact_prefix="$build/findings/$name-" "${options[@]}" \
    "$found" "$build/seeds/$name" "$corpus" >"$log" 2>&1 || rc=$?
  if [ $rc = 0 ]; then
    echo "ok - fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    grep -E 'CHECK failed|ERROR:|runtime error|Test unit written|^    #[0-9]' "$log" | head -n 20
    echo "not ok - fuzz $name (build/fuzz/$name.log)"
  fi
}
export -f one_target
export build seconds memory_mb slow_s

if [ $# -eq 0 ]; then
  set -- $(for source in tests/fuzz/fuzz_*.c; do basename "$source" .c | sed 's/^fuzz_//'; done)
fi
printf '%s\n' "$@" | xargs -P 2 -I{} bash -c 'one_target {}' | tee "$build.result"
! grep -q '^not ok' "$build.result"
