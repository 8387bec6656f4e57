#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# deb_test.sh PROGRAMS: installs, upgrades, removes and purges the packages in a Debian 12 of its own, made with
# mmdebstrap from Debian's packages (root, network, a minute or two). Nothing in it is running but what is started
# here: there is no systemd in a folder, so whether units start is read from what the scripts ask for.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
programs=$(realpath "$1")
failures=0
[ "$(id -u)" = 0 ] || { echo "skip - needs root"; exit 77; }
command -v mmdebstrap >/dev/null || { echo "skip - mmdebstrap is not installed"; exit 77; }
scratch=$(mktemp -d -t huce-deb.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
top=$scratch/debian

check() {
  local text=$1 out
  shift
  if out=$("$@" 2>&1); then echo "ok - $text"; else
    echo "not ok - $text"
    tail -n 15 <<<"$out" | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}
in_root() { chroot "$top" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
as_huced() { in_root runuser -u huced -- "$@"; }
not() { ! "$@"; }

for version in 0.1 0.2; do "$here/tests/harness/deb.sh" "$programs" "$scratch/out" $version >/dev/null || exit 1; done
if command -v lintian >/dev/null; then
  check "lintian has nothing to say" sh -c "lintian --allow-root --fail-on error,warning '$scratch'/out/*_0.1_*.deb"
else
  echo "skip - lintian is not installed"
fi
needs=$(for f in "$scratch"/out/*_0.1_*.deb; do dpkg-deb -f "$f" Depends; done | tr ',' '\n' | sed -E 's/ *\(.*//; s/^ *//' | sort -u | paste -sd,)
mmdebstrap --quiet --variant=essential --include="$needs" bookworm "$top" >"$scratch/log" 2>&1 || { echo "not ok - a Debian is made"; tail -n 5 "$scratch/log"; exit 1; }
mkdir "$top/packages"
cp "$scratch"/out/*.deb "$top/packages/"

check "both packages are installed" in_root sh -c 'dpkg -i /packages/huce_0.1_*.deb /packages/huced_0.1_*.deb >/packages/said 2>&1'
check "which says that there is no county yet" grep -q 'no county yet' "$top/packages/said"
check "the service is enabled" [ -L "$top/etc/systemd/system/multi-user.target.wants/huced.service" ]
check "the backup timer is not" [ ! -e "$top/etc/systemd/system/timers.target.wants/huced-backup.timer" ]
check "the county's folder is the user's alone" [ "$(in_root stat -c '%a %U' /var/lib/huced)" = '700 huced' ]
check "who is nobody else" in_root sh -c 'getent passwd huced | grep -q nologin'
check "the settings are good" in_root huced config check /etc/huced/huced.conf
check "the desk is there" in_root huce help

check "a county is founded by its user" as_huced huced init --county 622924 --name 广河县
check "and serves" in_root runuser -u huced -- sh -c 'timeout 30 huced serve --listen 127.0.0.1:0 --port-file /var/lib/huced/port >/dev/null 2>&1 & i=0
  until [ -s /var/lib/huced/port ] || [ $i -ge 250 ]; do i=$((i + 1)); sleep 0.1; done; kill $!; [ -s /var/lib/huced/port ]'
check "the doctor asks for nothing at once" as_huced huced doctor --config /etc/huced/huced.conf

sed -i 's/^#max_clients = .*/max_clients = 77/' "$top/etc/huced/huced.conf"
check "the next version is installed" in_root sh -c 'dpkg -i /packages/huce_0.2_*.deb /packages/huced_0.2_*.deb </dev/null >/packages/said 2>&1'
check "without talk of founding a county" not grep -q 'no county yet' "$top/packages/said"
check "what was set stays set" grep -qx 'max_clients = 77' "$top/etc/huced/huced.conf"
check "the county is whole" as_huced huced audit
check "the one before can be put back" in_root sh -c 'dpkg -i /packages/huced_0.1_*.deb </dev/null'
check "the county is whole there too" as_huced huced audit

check "removing" in_root dpkg -r huced
check "leaves settings and county" [ -s "$top/etc/huced/huced.conf" -a -s "$top/var/lib/huced/huced.db" ]
check "installing again finds them" in_root sh -c 'dpkg -i /packages/huced_0.2_*.deb </dev/null && runuser -u huced -- huced audit'
check "purging" in_root sh -c 'dpkg -P huced huce >/packages/said 2>&1'
check "takes the settings" [ ! -e "$top/etc/huced/huced.conf" ]
check "and the service" [ ! -e "$top/etc/systemd/system/multi-user.target.wants/huced.service" ]
check "but never a county" [ -s "$top/var/lib/huced/huced.db" -a -s "$top/var/lib/huced/log.key" ]
check "and says so" grep -q 'holds a county' "$top/packages/said"
rm -rf "$top/var/lib/huced"
check "without one nothing is left" in_root sh -c 'dpkg -i /packages/huced_0.2_*.deb && dpkg -P huced && [ ! -e /var/lib/huced ]'
exit $((failures > 0))
