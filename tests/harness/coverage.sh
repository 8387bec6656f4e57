#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# make coverage: which branches of the pure folders the unit tests take. A CHECK that never fails is not
# counted: it ends the program, and says that the program is broken. What else nothing can take is stated
# in tests/unit/unreachable.txt. Fails if any other branch is not taken.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=${BUILD:-build}/coverage
command -v gcovr >/dev/null || { echo "gcovr is missing: apt-get install gcovr" >&2; exit 1; }
mkdir -p "$(dirname "$build")"
make -j2 --no-print-directory CC="${CC:-gcc}" BUILD="$build" OPT="-O0 -g" SAN="--coverage -fprofile-update=atomic" tests-build >"$build.log" 2>&1 ||
  { tail -n 20 "$build.log"; exit 1; }
find "$build" -name '*.gcda' -delete
export HUCE_ROOT=$PWD HUCE_VECTORS=${HUCE_VECTORS:-$PWD/../shared/vectors}
scratch=$(mktemp -d -t huce-coverage.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
root=$PWD
for source in tests/unit/{codec,ledger,record,merge,sync,db}/test_*.c tests/store/test_*.c; do
  binary=$root/$build/${source%.c}
  (cd "$scratch" && timeout 600 "$binary" >out.txt 2>&1) || { echo "$source fails"; tail -n 5 "$scratch/out.txt"; }
done
gcovr -r . --object-directory "$build" -f 'shared/(codec|ledger|record|merge|sync)/.*\.c' --branches \
  --exclude-branches-by-pattern '.*CHECK\(.*' --exclude-lines-by-pattern '.*CHECK\(.*' --json "$build.json" "$@" >/dev/null
tests/harness/coverage.py "$build.json" --floor 100
