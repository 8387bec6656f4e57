#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The tour in both READMEs is what it says: every command in it works as it is written there. Only the ports
# are others, and the folder holds links to what has been built instead of a build.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
built=${HUCE_BUILD:-$root/build}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# tour PAGE: the page's shell blocks as one script.
tour() {
  awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$1"
}

# run_tour PAGE PORT PORT
run_tour() {
  local folder=$PWD/${1%.md} rc=0
  mkdir -p "$folder/build/tests/data"
  ln -s "$built/huce" "$built/huced" "$folder/build/"
  ln -s "$built/tests/data/roster" "$folder/build/tests/data/"
  ln -s "$root/tests" "$folder/tests"
  {
    # Whatever happens, what the tour started ends with it.
    echo 'trap "kill \${server:-} \${desk:-} 2>/dev/null || true" EXIT'
    tour "$root/$1" | sed "s/8443/$2/g; s/7400/$3/g"
  } >"$folder/tour.sh"
  (cd "$folder" && unset HUCE_PIN_FILE && timeout 240 bash -eu tour.sh) >"$folder/output" 2>&1 </dev/null || rc=$?
  [ $rc = 0 ] || tail -n 20 "$folder/output"
  return $rc
}

check "make builds what the tour runs" grep -q 'build/unmade/tests/data/roster' <(make -C "$root" -n all BUILD=build/unmade 2>&1)
check "both READMEs give the same tour" equal "$(tour "$root/README.md")" "$(tour "$root/README.zh-CN.md")"
check "the tour works as it is written" run_tour README.md "$(free_port)" "$(free_port)"
check "it imports a roster, finds the conflict, decides it, and proves everything" \
  grep -qzE '新建 1902.*exit code 3.*共 1 项.*已决定.*"三甲集.*1903.*核对无误.*一致.*全部核对无误' README/output
check "a household that never had an income on record lacks it since no date" \
  equal "$(grep -c ' 0-01-01' README/output)" 0
finish
