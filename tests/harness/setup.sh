#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Installs what building, the demo and the tests need from Debian 12's own packages. Does nothing
# (and asks for nothing) where all of it is there already.
set -euo pipefail
# zlib1g-dev: the Excel library asks for it without bringing it.
packages=(build-essential pkg-config libsqlite3-dev libsodium-dev libuv1-dev libcurl4-openssl-dev
  libmicrohttpd-dev libjansson-dev libzstd-dev libxlsxwriter-dev zlib1g-dev nettle-dev libgnutls28-dev libcmocka-dev
  curl jq openssl python3 python3-cbor2
  golang-go golang-golang-x-mod-dev procps sqlite3 clang libclang-rt-14-dev)
missing=()
for p in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "Installing from Debian's packages: ${missing[*]}"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
