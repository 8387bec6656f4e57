#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# `make tidy`: the checks of this folder, then clang-tidy and cppcheck where they are installed, over
# all C files or those given. Ends with the number of findings; none is exit 0.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
output=$(mktemp -t huce-tidy.XXXXXX)
trap 'rm -f "$output"' EXIT
findings=0
jobs=$(nproc)

count() { # TEXT PATTERN: shows the lines that match and counts them
  local n
  n=$(grep -E "$2" "$output" | sort -u | tee /dev/stderr | wc -l)
  echo "$1: $n findings"
  findings=$((findings + n))
}

if [ $# -gt 0 ]; then sources=("$@"); else
  mapfile -t sources < <(git ls-files -co --exclude-standard -- 'shared/*.c' 'agent/*.c' 'server/*.c')
  for script in tests/tidy/[0-9]*.sh; do
    "$script" >"$output" 2>&1
    count "${script##*/}" '^not ok'
  done
fi

if command -v clang-tidy >/dev/null; then
  # The embedded migrations must be there before a file that includes them can be read.
  make --no-print-directory build/gen/migrations.h >/dev/null
  printf '%s\0' "${sources[@]}" |
    xargs -0 -P "$jobs" -n 4 clang-tidy --quiet -p . >"$output" 2>/dev/null
  count clang-tidy '^[^ ]+:[0-9]+:[0-9]+: (warning|error):'
else
  echo "clang-tidy: not installed, skipped (apt-get install clang-tidy-14)"
fi

if command -v cppcheck >/dev/null; then
  cppcheck --quiet --std=c11 -j "$jobs" -I. -Ibuild/gen --inline-suppr --max-configs=2 \
    --enable=warning,portability,performance --suppress=missingIncludeSystem \
    --template='{file}:{line}:{column}: {severity}: {message} [{id}]' "${sources[@]}" 2>"$output"
  count cppcheck '^[^ ]+:[0-9]+:[0-9]+:'
else
  echo "cppcheck: not installed, skipped (apt-get install cppcheck)"
fi
echo "$findings findings"
[ "$findings" = 0 ]
