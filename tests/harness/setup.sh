#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Installs what building, the demo and the tests need from Debian 12's own packages. Does nothing
# (and asks for nothing) where all of it is there already.
set -euo pipefail
# zlib1g-dev: the Excel library asks for it without bringing it.
packages=(build-essential pkg-config libsqlite3-dev libsodium-dev libuv1-dev libcurl4-openssl-dev
  libmicrohttpd-dev libinih-dev libjansson-dev libzstd-dev libxlsxwriter-dev libqrencode-dev libpng-dev libturbojpeg0-dev zlib1g-dev nettle-dev libgnutls28-dev libcmocka-dev
  age curl jq openssl python3 python3-cbor2
  golang-go golang-golang-x-mod-dev procps sqlite3 zbar-tools clang libclang-rt-14-dev)
# The web application is built with Debian's Node.js, or with whatever brings npm here already.
command -v npm >/dev/null || packages+=(nodejs npm)
# `setup.sh tests`: also the browsers that look at it, Chinese letters for its pictures, who judges pages and entries
# of the packages, and the proxies that may stand before a county.
[ "${1:-}" != tests ] || packages+=(chromium firefox-esr fonts-noto-cjk groff desktop-file-utils nginx-light haproxy)
# `setup.sh deb`: who judges the packages, and a Debian to install them in.
[ "${1:-}" != deb ] || packages+=(git lintian mmdebstrap)
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
