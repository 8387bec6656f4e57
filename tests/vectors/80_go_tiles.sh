#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Go's checksum-database client reads the tree of a large ledger by its tiles: it authenticates each against
# the checkpoint, proves leaves and an older checkpoint, and notices a tile with one bit turned.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${HUCE_BUILD:-$here/../../build}
if ! command -v go >/dev/null || [ ! -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; then
  echo "skip - golang-go or golang-golang-x-mod-dev is not installed"
  exit 77
fi
export GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$PWD/cache GOTOOLCHAIN=local
go build -o tiles "$here/tiles.go" || { echo "not ok - the Go program does not build"; exit 1; }
mkdir log && "$build/tests/vectors/make_tiles" log || { echo "not ok - tiles are made"; exit 1; }
./tiles log log/verifier log/checkpoint.older || exit 1

turn() { # FILE: one bit
  python3 - "$1" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)
PY
}
failed=0
for tile in tile/0/000 tile/1/000 tile/1/001.p/17 tile/2/000.p/1 tile/entries/000; do
  cp "log/$tile" whole && turn "log/$tile"
  if ./tiles log log/verifier log/checkpoint.older >/dev/null 2>&1; then
    echo "not ok - $tile altered is not noticed"
    failed=1
  else
    echo "ok - $tile altered is noticed"
  fi
  cp whole "log/$tile"
done
exit $failed
