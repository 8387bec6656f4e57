#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Builds and runs the tests: `run.sh` all of them, `run.sh unit` the unit tests alone (both builds).
#
# A test program is a cmocka binary (its own single tests are counted) or an executable script whose
# name begins with a digit under tests/system, tests/vectors, tests/sim, tests/fuzz, tests/web, tests/proxy or tests/tidy: one test, unless it prints
# lines "ok - text", "not ok - text", "skip - text", which then count each. Exit 77 means skipped.
# Each runs in a temporary folder of its own and finds the project in $HUCE_ROOT, the programs in
# $HUCE_BUILD. As many run at once as there are cores, four at most; HUCE_TEST_JOBS=1 runs them one
# after the other. A script with a line "# alone: why" in its head runs when all others have ended.
# Closes with "N passed, N failed[, N skipped]".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
what=${1:-all}
build=${BUILD:-build}
limit_s=900 # of one test: a slow machine is no failure, a hang is
shown_lines=60
cores=$(nproc)
at_once=${HUCE_TEST_JOBS:-$((cores < 4 ? cores : 4))}
number=0 # of tests begun
failed_builds=0
scratch=$(mktemp -d -t huce-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM

export HUCE_ROOT=$PWD
export HUCE_VECTORS=${HUCE_VECTORS:-$PWD/../shared/vectors}
case $build in /*) export HUCE_BUILD=$build ;; *) export HUCE_BUILD=$PWD/$build ;; esac
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
unset HUCE_DATA HUCE_PIN_FILE HUCE_CLOCK_OFFSET_MS HUCE_DIAG

# count REGEX FILE: how many lines match
count() { grep -cE "$1" "$2" || true; }

# The number in cmocka's closing lines, e.g. "[  PASSED  ] 12 test(s)."; several groups add up.
cmocka_sum() { sed -nE "s/^\[ +$1 +\] ([0-9]+) test\(s\).*/\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'; }

summary() { # PASSED FAILED SKIPPED
  echo "$1 passed, $2 failed$([ "$3" = 0 ] || echo ", $3 skipped")"
}

# run_one NUMBER NAME KIND COMMAND…: runs, counts, prints its lines when it has ended.
run_one() {
  local own=$scratch/$1 name=$2 kind=$3 started=$SECONDS rc=0 p=0 f=0 s=0 word=ok child
  local out=$own.output folder=$own.work
  shift 3
  mkdir -p "$folder"
  (cd "$folder" && exec timeout -k 10 "$limit_s" "$@") >"$out" 2>&1 </dev/null &
  child=$!
  trap 'kill $child 2>/dev/null; wait $child; exit 130' INT TERM
  wait $child || rc=$?
  if [ "$kind" = unit ]; then
    p=$(cmocka_sum PASSED "$out") f=$(cmocka_sum FAILED "$out") s=$(cmocka_sum SKIPPED "$out")
  else
    p=$(count '^ok - ' "$out") f=$(count '^not ok - ' "$out") s=$(count '^skip - ' "$out")
    if [ $rc = 77 ]; then
      [ $((p + f + s)) -gt 0 ] || s=1
      rc=0
    elif [ $rc = 0 ] && [ $((p + f + s)) = 0 ]; then
      p=1
    fi
  fi
  # Whatever was counted: a program that ends badly, or tells nothing, has failed.
  if [ "$f" = 0 ] && { [ $rc != 0 ] || [ $((p + s)) = 0 ]; }; then f=1; fi
  if [ "$f" -gt 0 ]; then word=FAILED; elif [ "$p" = 0 ]; then word=skipped; fi
  { # in one piece: others end meanwhile
    printf '%-8s%s (%s, %d s)\n' "$word" "$name" "$(summary "$p" "$f" "$s")" $((SECONDS - started))
    if [ "$f" -gt 0 ]; then
      [ $rc = 124 ] && echo "        took longer than $limit_s s"
      tail -n "$shown_lines" "$out" | sed 's/^/        /'
    elif [ "$s" -gt 0 ]; then
      grep -E '^skip( - |:)|^\[ +SKIPPED +\] [^0-9]' "$out" | awk '!seen[$0]++ { print "        " $0 }'
    fi
  } >"$own.told"
  flock "$scratch" cat "$own.told"
  rm -rf "$folder" "$out" "$own.told"
  echo "$p $f $s" >"$own.counted"
}

# begin NAME KIND COMMAND…: as soon as there is room for it.
begin() {
  while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n; done
  number=$((number + 1))
  run_one "$number" "$@" &
}

run_units() { # FOLDER LABEL
  local binary
  while IFS= read -r binary; do
    [ -x "$binary" ] && begin "$2${binary#"$1"/tests/}" unit "$binary"
  done < <(for source in tests/unit/*/test_*.c tests/store/test_*.c; do
    [ -e "$source" ] && echo "$1/${source%.c}"
  done)
}

make_quietly() {
  make -j2 --no-print-directory -k "$@" >"$scratch/make" 2>&1 && return
  echo "FAILED  build: make $*"
  grep -vE '^(  (CC|LD)|rm) ' "$scratch/make" | tail -n "$shown_lines"
  failed_builds=$((failed_builds + 1))
}

targets=(tests-build)
[ "$what" = unit ] || targets=(programs tests-build tools)
make_quietly BUILD="$HUCE_BUILD" "${targets[@]}"
make_quietly BUILD="$HUCE_BUILD/asan" OPT="-O1 -g" \
  SAN="-fsanitize=address,undefined -fno-omit-frame-pointer" tests-build
[ "$what" = unit ] || make_quietly BUILD="$HUCE_BUILD" fuzz-build # not within a script's time
run_units "$HUCE_BUILD" ""
run_units "$HUCE_BUILD/asan" "asan "

if [ "$what" != unit ]; then
  alone=()
  for script in tests/{system,vectors,sim,fuzz,web,proxy,tidy}/[0-9]*.sh; do
    [ -x "$script" ] || continue
    if grep -q '^# alone: ' "$script"; then alone+=("$script"); continue; fi
    begin "${script#tests/}" script "$PWD/$script"
  done
  wait
  at_once=1
  for script in "${alone[@]}"; do begin "${script#tests/}" script "$PWD/$script"; done
fi
wait

# A test without counts was killed, with whatever it stood for.
read -r passed failed skipped < <(cat "$scratch"/*.counted 2>/dev/null |
  awk -v n="$number" -v builds="$failed_builds" '{ p += $1; f += $2; s += $3 } END { print p + 0, f + n - NR + builds, s + 0 }')
summary "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
