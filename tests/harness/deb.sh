#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# deb.sh PROGRAMS OUT [VERSION]: Debian packages huce and huced in the folder OUT, from the built programs in the
# folder PROGRAMS. Everything in them comes from this project: agent/ops, server/ops, the READMEs (manual pages), the
# programs themselves (settings, completion). The version is the day and name of the newest commit.
set -euo pipefail
programs=$(realpath "$1") out=$(realpath -m "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
stamp=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
day=$(date -u -d "@$stamp" +%Y-%m-%d)
version=${3:-0.1~git${day//-/}.$(git rev-parse --short=7 HEAD 2>/dev/null || echo unknown)}
arch=${DEB_ARCH:-$(dpkg --print-architecture)}
strip=${STRIP:-strip}
maintainer=${DEB_MAINTAINER:-The authors of Huce <authors@huce.invalid>}
export SOURCE_DATE_EPOCH=$stamp
work=$out/work
rm -rf "$work"
mkdir -p "$work"
chmod 755 "$work"
umask 022

doc() { # PACKAGE: copyright and changelog
  local to=$work/$1/usr/share/doc/$1
  mkdir -p "$to"
  {
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo "Upstream-Name: Huce"
    echo
    echo "Files: *"
    echo "Copyright: 2026 the authors of Huce"
    echo "License: MulanPSL-2.0"
    sed -e 's/^$/./' -e 's/^/ /' LICENSE
    [ "$1" = huce ] && web_licences
    true
  } >"$to/copyright"
  printf '%s (%s) unstable; urgency=medium\n\n  * Built from the sources of that day.\n\n -- %s  %s\n' "$1" "$version" \
    "$maintainer" "$(date -u -R -d "@$stamp")" | gzip -9n >"$to/changelog.gz"
}

# What the page is made of, and travels in the program.
web_licences() {
  local file name licence
  for file in agent/web/node_modules/*/package.json agent/web/node_modules/@*/*/package.json; do
    [ -f "$file" ] || continue
    name=$(dirname "${file#agent/web/node_modules/}")
    licence=$(jq -r '.license // "unknown" | if type == "object" then .type else . end' "$file")
    jq -e --arg n "node_modules/$name" '.packages[$n] | (.dev | not) and . != null' agent/web/package-lock.json >/dev/null || continue
    printf ' .\n The page holds %s, licence %s.\n' "$name" "$licence"
  done
}

man() { # PACKAGE SECTION NAME: standard input, compressed
  local to=$work/$1/usr/share/man/$2
  mkdir -p "$to"
  gzip -9n >"$to/$3.gz"
}

finish() { # PACKAGE DEPENDS SUMMARY DESCRIPTION: metadata, checks, the file
  local root=$work/$1
  mkdir -p "$root/DEBIAN" "$work/debian"
  printf 'Source: huce\n\nPackage: %s\nArchitecture: any\n' "$1" >"$work/debian/control"
  local libs
  libs=$(cd "$work" && dpkg-shlibdeps -O "$1/usr/bin/$1" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
  cat >"$root/DEBIAN/control" <<CONTROL
Package: $1
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -k -s --exclude=DEBIAN "$root" | cut -f1)
Depends: $libs${2:+, $2}
Section: misc
Priority: optional
Description: $3
$4
CONTROL
  (cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  find "$root" -newermt "@$stamp" -exec touch -h -d "@$stamp" {} +
  dpkg-deb --root-owner-group --build "$root" "$out/$1_${version}_$arch.deb" >/dev/null
}

# ---- huce: the desk ----
root=$work/huce
install -D -m 755 "$programs/huce" "$root/usr/bin/huce"
"$strip" --strip-unneeded "$root/usr/bin/huce"
install -D -m 755 agent/ops/huce-page "$root/usr/bin/huce-page"
install -D -m 644 agent/ops/huce.desktop "$root/usr/share/applications/huce.desktop"
install -D -m 644 agent/web/public/icon.svg "$root/usr/share/icons/hicolor/scalable/apps/huce.svg"
install -D -m 644 agent/ops/huce.service "$root/usr/lib/systemd/user/huce.service"
mkdir -p "$root/usr/share/bash-completion/completions"
sed 's/PROGRAM/huce/; s/_huce_complete/_huce_complete_huce/g' server/ops/completion >"$root/usr/share/bash-completion/completions/huce"
python3 tests/harness/man.py huce en "$version" "$day" | man huce man1 huce.1
python3 tests/harness/man.py huce zh_CN "$version" "$day" | man huce zh_CN/man1 huce.1
printf '.TH HUCE\\-PAGE 1 "%s" "Huce %s" "User commands"\n.SH NAME\nhuce\\-page \\- open the page of this desk\n.SH SYNOPSIS\n.B huce\\-page\n.SH DESCRIPTION\nStarts \\fBhuce serve\\fP for this user where it does not run yet, and opens its page in the browser.\n.SH SEE ALSO\n.BR huce (1)\n' \
  "$day" "$version" | man huce man1 huce-page.1
doc huce
finish huce "curl, xdg-utils" "records of villages and communities, with and without a network" \
  " A laptop in the village holds a full copy of its records and is worked on
 for days without a network. When a link appears it exchanges signed changes
 with the county. What two people wrote without knowing of each other is
 merged field by field, and who changed what can be proven years later.
 .
 This is the program of the desk, with its web page."

# ---- huced: the county ----
root=$work/huced
install -D -m 755 "$programs/huced" "$root/usr/bin/huced"
"$strip" --strip-unneeded "$root/usr/bin/huced"
for unit in huced.service huced-backup.service huced-backup.timer huced-tidy.service huced-tidy.timer; do
  install -D -m 644 "server/ops/$unit" "$root/usr/lib/systemd/system/$unit"
done
mkdir -p "$root/etc/huced" "$root/usr/share/bash-completion/completions" "$root/DEBIAN"
${RUN:-} "$programs/huced" config example >"$root/etc/huced/huced.conf"
chmod 644 "$root/etc/huced/huced.conf"
echo /etc/huced/huced.conf >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "server/ops/$script" "$root/DEBIAN/$script"; done
sed 's/PROGRAM/huced/; s/_huce_complete/_huce_complete_huced/g' server/ops/completion >"$root/usr/share/bash-completion/completions/huced"
python3 tests/harness/man.py huced en "$version" "$day" | man huced man8 huced.8
python3 tests/harness/man.py huced zh_CN "$version" "$day" | man huced zh_CN/man8 huced.8
python3 tests/harness/man.py huced.conf en "$version" "$day" <"$root/etc/huced/huced.conf" | man huced man5 huced.conf.5
doc huced
install -m 644 server/OPERATIONS.md server/ops/grafana.json server/ops/nginx.conf server/ops/haproxy.cfg "$root/usr/share/doc/huced/"
finish huced "adduser, init-system-helpers (>= 1.54)" "county server of Huce, a record system of villages and communities" \
  " Admits, orders and serves the signed changes of a county's desks, and enrols
 people. It decides what comes when, not what counts: that every desk computes
 for itself, and a county that admits against its own rule is noticed.
 .
 The package makes a user and a hardened service, and starts nothing before a
 county has been founded (huced init)."
rm -rf "$work"
ls "$out"/*_"${version}"_"$arch".deb
