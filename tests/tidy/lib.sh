# SPDX-License-Identifier: MulanPSL-2.0
# What the checks of this folder share: which files there are, their code without words, and a way to
# report. A check prints what is wrong, one "file:line: text" each; printing nothing is passing.
cd "${HUCE_ROOT:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit 1
failures=0

# files [PATTERN…]: what the project holds (new files too), as git globs.
files() {
  git -c core.quotePath=off ls-files -co --exclude-standard -- "$@" | sort -u |
    while IFS= read -r f; do [ -f "$f" ] && printf '%s\n' "$f"; done
}

# code FILE…: "file:line:text" of C files with comments and string contents taken out, so that a word
# in a sentence is no finding.
code() { python3 tests/tidy/code.py "$@"; }

# check TEXT COMMAND…: passes when the command prints nothing and succeeds.
check() {
  local text=$1 found rc=0
  shift
  found=$("$@" 2>&1) || rc=$?
  if [ -z "$found" ] && [ $rc -le 1 ]; then
    echo "ok - $text"
  else
    echo "not ok - $text"
    printf '%s\n' "${found:-exit $rc}" | head -n 20 | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}

finish() { [ "$failures" = 0 ]; }
