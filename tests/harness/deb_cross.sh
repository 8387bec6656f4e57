#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# deb_cross.sh OUT: the packages for arm64, the processor of most domestic office machines, made on this one; then
# installed in a Debian 12 of their own, where a story of two desks and a county runs with them under qemu-user (root,
# network, ten minutes). That Debian has both architectures: this one's compiler and tools, the other's libraries.
# The page comes from build/web, made before.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(realpath -m "$1")
arch=arm64 triplet=aarch64-linux-gnu qemu=qemu-aarch64-static
[ "$(id -u)" = 0 ] || { echo "skip - needs root"; exit 77; }
command -v mmdebstrap >/dev/null || { echo "skip - mmdebstrap is not installed"; exit 77; }
[ -s "$here/build/web/web.h" ] || { echo "not ok - build/web/web.h is there (make programs)"; exit 1; }
scratch=$(mktemp -d -t huce-cross.XXXXXX)
top=$scratch/debian
trap 'umount "$top/proc" 2>/dev/null; rm -rf "$scratch"' EXIT
failures=0
check() {
  local text=$1 said
  shift
  if said=$("$@" 2>&1); then echo "ok - $text"; else
    echo "not ok - $text"
    tail -n 15 <<<"$said" | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}
in_root() { chroot "$top" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }

# The libraries as setup.sh names them, of the other architecture.
libraries=$(grep -oE '\b(lib[a-z0-9-]+-dev|zlib1g-dev|nettle-dev)\b' "$here/tests/harness/setup.sh" | grep -vE 'cmocka|clang' | sort -u | sed "s/\$/:$arch/")
tools="make pkg-config crossbuild-essential-$arch qemu-user-static git dpkg-dev python3 jq curl sqlite3 openssl procps apt xdg-utils adduser"
mmdebstrap --quiet --variant=essential --architectures="$(dpkg --print-architecture),$arch" \
  --include="$(paste -sd, <<<"$(tr ' ' '\n' <<<"$tools"; echo "$libraries")")" bookworm "$top" >"$scratch/log" 2>&1 ||
  { echo "not ok - a Debian of two architectures is made"; tail -n 5 "$scratch/log"; exit 1; }
mount -t proc proc "$top/proc" 2>/dev/null
mkdir "$top/src"
(cd "$here" && { git ls-files; find build/web -type f; find agent/web/node_modules -maxdepth 3 -name package.json -o -maxdepth 3 -name .package-lock.json; } |
  tar -cf - --no-recursion -T -) | tar -xf - -C "$top/src"
# What npm and vite made is newer than what it was made of.
find "$top/src/agent/web/node_modules" "$top/src/build/web" -type f -exec touch {} +
touch "$top/src/build/web/web.h"

check "both programs are built" in_root env "PKG_CONFIG_LIBDIR=/usr/lib/$triplet/pkgconfig:/usr/share/pkgconfig" \
  make -C /src -j"$(nproc)" BUILD=build/$arch CC=$triplet-gcc CFLAGS=-D_FORTIFY_SOURCE=2 \
  "LDFLAGS=-Wl,-z,relro -Wl,-z,now -Wl,--as-needed" programs
check "they are of that processor" sh -c "od -An -j18 -N2 -tx1 '$top/src/build/$arch/huced' | grep -q 'b7 00'"
stamp=$(git -C "$here" log -1 --format=%ct)
check "packages are made" in_root env SOURCE_DATE_EPOCH="$stamp" DEB_ARCH=$arch DEB_HOST_ARCH=$arch STRIP=$triplet-strip RUN=$qemu \
  /src/tests/harness/deb.sh /src/build/$arch /packages 0.1
mkdir -p "$out"
cp "$top"/packages/*_$arch.deb "$out/" || exit 1
! command -v lintian >/dev/null || check "lintian has nothing to say" sh -c "lintian --allow-root --fail-on error,warning '$out'/*_$arch.deb"

check "both are installed" in_root sh -c "dpkg -i /packages/*_$arch.deb"
mkdir -p "$top/wrapped"
for program in huce huced; do
  printf '#!/bin/sh\nexec %s /usr/bin/%s "$@"\n' $qemu $program >"$top/wrapped/$program"
  chmod 755 "$top/wrapped/$program"
done
check "they run" in_root sh -c '/wrapped/huced config check /etc/huced/huced.conf && /wrapped/huce help'
mkdir "$top/story"
in_root sh -c 'cd /story && HUCE_ROOT=/src HUCE_BUILD=/wrapped bash /src/tests/system/10_two_desks.sh' >"$scratch/story" 2>&1
check "the story of two desks: $(grep -c '^ok' "$scratch/story") checks" sh -c "! grep '^not ok' '$scratch/story' && grep -q '^ok' '$scratch/story'"
check "they can be purged" in_root sh -c 'dpkg -P huced huce'
exit $((failures > 0))
