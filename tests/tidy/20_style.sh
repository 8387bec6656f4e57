#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Habits that a reader relies on: no function that cannot know its bounds, a licence line in every
# source, design pages that name every file, nothing left for later, nothing about one machine.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scratch=$(mktemp -d -t huce-tidy.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

mapfile -t sources < <(files '*.c' '*.h')
code "${sources[@]}" >"$scratch/code"

# calls PATTERN [NOT-IN]: calls of these functions, outside of files that NOT-IN matches. Tests may
# be careless with strings that they wrote themselves.
calls() {
  grep -E "(^|[^A-Za-z0-9_>.])($1)\(" "$scratch/code" | grep -vE "^(${2:-no file})" || true
}

without_licence() {
  files '*.c' '*.h' '*.sh' '*.py' '*.go' '*.sql' '*.ts' '*.vue' Makefile |
    while IFS= read -r f; do
      head -n 3 "$f" | grep -q 'SPDX-License-Identifier: MulanPSL-2.0' || echo "$f: no SPDX line"
    done
}

left_for_later() {
  files '*.c' '*.h' '*.sh' '*.py' '*.sql' '*.md' Makefile | xargs grep -nE '\b(TO[D]O|FIX[M]E|XX[X])\b' || true
}

large_file() {
  files | while IFS= read -r f; do
    [ "$(stat -c %s "$f")" -le 1000000 ] || echo "$f: $(stat -c %s "$f") bytes"
  done
}

# Folders of the machine a thing was built on, its users, and numbers of its tracker.
one_machine() {
  files | grep -vE '\.(csv|json)$' | xargs grep -nIE '(^|[^A-Za-z0-9_.$}-])/(home|root|tmp|work|Users|mnt)/[A-Za-z0-9]' || true
  files | xargs grep -nIiE '\b(issue|ticket|task) #?[0-9]+\b' || true
}

untidy_text() {
  files '*.c' '*.h' '*.sh' '*.py' '*.sql' Makefile | while IFS= read -r f; do
    grep -nE '[[:space:]]$' "$f" | head -n 2 | sed "s,^\([0-9]*\):.*,$f:\1: space at the end of the line,"
    [ -z "$(tail -c 1 "$f")" ] || echo "$f: no newline at its end"
    grep -q $'\r' "$f" && echo "$f: carriage returns"
  done
}

script_mode() {
  files '*.sh' | while IFS= read -r f; do
    [ "$(head -c 2 "$f")" != '#!' ] || [ -x "$f" ] || echo "$f: begins with #! and cannot be run"
  done
}

extra_on_top() {
  files | sed -E 's,/.*,/,' | sort -u |
    grep -vE '^(Makefile|agent/|server/|shared/|migrations/|tests/|README(\.zh-CN)?\.md|LICENSE|\..*)$'
}

unformatted() { clang-format --dry-run -Werror "${sources[@]}" 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c |
  awk '{ print $2 ": " $1 " places differ from clang-format (make format)" }'; }

check "no function that does not know how long its result may be" \
  calls 'strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strncpy|strncat|alloca|asprintf|vasprintf' \
  'tests/|shared/base/mem\.c'
check "no function that keeps state behind its caller's back" \
  calls 'strtok|rand|srand|random|srandom|gmtime|localtime|ctime|asctime|strerror_l|tmpnam|tempnam|mktemp' 'tests/'
check "no function that cannot report an error in a number" calls 'atoi|atol|atoll|atof' 'tests/'
check "no shell behind a program" calls 'system|popen'
check "memory comes from shared/base/mem" \
  calls 'malloc|calloc|realloc|strdup|strndup|reallocarray' 'shared/base/mem\.c|tests/'
check "every source carries the licence's SPDX line" without_licence
check "nothing is left for later in the code" left_for_later
check "no file is larger than 1 MB" large_file
check "no file tells of the machine or the tracker it was made with" one_machine
check "no spaces at line ends, newline at file ends" untidy_text
check "scripts can be run" script_mode
check "the top folder holds the agreed names only" extra_on_top
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
  check "C is formatted as clang-format 14 does" unformatted
else
  echo "skip - clang-format 14 is not installed: formatting not compared"
fi
finish
