#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The bytes of format version 1 have not moved: the program still makes the stored vectors, byte for
# byte. A difference is a broken promise to every ledger there is, not a file to be updated.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${HUCE_BUILD:-$here/../../build}
make=$build/tests/vectors/make_vectors
if [ ! -x "$make" ]; then
  echo "not ok - $make has not been built (make tools)"
  exit 1
fi
"$make" >made.json || { echo "not ok - make_vectors failed"; exit 1; }
if cmp -s made.json "$here/format-v1.json"; then
  echo "ok - all structures of format version 1 are as frozen"
else
  diff "$here/format-v1.json" made.json | cut -c1-160 | head -20
  echo "not ok - structures differ from format-v1.json"
  exit 1
fi
