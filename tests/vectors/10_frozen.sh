#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The bytes of format and protocol version 1 have not moved: the programs still make the stored vectors,
# byte for byte. In format-v1.json a difference is a broken promise to every ledger there is. In
# protocol-v1.json it may be a writer that has become better: then the stored file stays as it is, its
# readers' tests too, and what is new gets vectors of its own. Neither is a file to be updated.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${HUCE_BUILD:-$here/../../build}
failed=0

compare() { # PROGRAM FILE TEXT
  local make=$build/tests/vectors/$1
  if [ ! -x "$make" ]; then
    echo "not ok - $make has not been built (make tools)"
    failed=1
  elif ! "$make" >made.json; then
    echo "not ok - $1 failed"
    failed=1
  elif cmp -s made.json "$here/$2"; then
    echo "ok - $3"
  else
    diff "$here/$2" made.json | cut -c1-160 | head -20
    echo "not ok - structures differ from $2"
    failed=1
  fi
}

compare make_vectors format-v1.json "all structures of format version 1 are as frozen"
compare make_protocol protocol-v1.json "all messages of protocol version 1 are as frozen"
exit $failed
