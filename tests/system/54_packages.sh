#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The Debian packages, made of the programs as they are built here: what is in them, that their pages and
# units can be read, that nobody else may read what is secret. Installing, upgrading and purging them in a
# Debian of its own takes longer and needs the network: make deb-test.
set -u
. "$(dirname "$0")/lib.sh"
check "packages are made" "$root/tests/harness/deb.sh" "$(dirname "$huced")" out 0.1
mkdir -p desk county_package
dpkg-deb -x out/huce_0.1_*.deb desk && dpkg-deb -x out/huced_0.1_*.deb county_package || finish
dpkg-deb -e out/huced_0.1_*.deb control || finish
for file in desk/usr/bin/huce desk/usr/bin/huce-page county_package/usr/bin/huced control/postinst control/prerm control/postrm; do
  check "${file##*/} can be run" [ -x "$file" ]
done
for file in desk/usr/share/{applications/huce.desktop,icons/hicolor/scalable/apps/huce.svg,man/man1/huce.1.gz,man/zh_CN/man1/huce.1.gz,bash-completion/completions/huce,doc/huce/copyright} \
  desk/usr/lib/systemd/user/huce.service county_package/usr/lib/systemd/system/{huced.service,huced-backup.service,huced-backup.timer,huced-tidy.service,huced-tidy.timer} \
  county_package/usr/share/{man/man8/huced.8.gz,man/man5/huced.conf.5.gz,bash-completion/completions/huced,doc/huced/OPERATIONS.md,doc/huced/grafana.json,doc/huced/nginx.conf,doc/huced/haproxy.cfg}; do
  check "${file#*/} is there" [ -s "$file" ]
done
check "the desk starts nothing for the machine" [ ! -e desk/etc -a ! -e desk/usr/lib/systemd/system ]
check "what the packages need is named" sh -c "dpkg-deb -f out/huced_0.1_*.deb Depends | grep -q 'libsqlite3-0.*adduser'"
check "the settings are a conffile, and good" sh -c "grep -qx /etc/huced/huced.conf control/conffiles && '$huced' config check county_package/etc/huced/huced.conf"
check "and change nothing" equal "$("$huced" config show --config county_package/etc/huced/huced.conf)" "$("$huced" config show)"
check "files are as listed" sh -c "cd county_package && md5sum --quiet -c ../control/md5sums"
for command in $("$huced" help | sed -nE 's/^  huced ([a-z]+).*/\1/p' | sort -u); do
  zcat county_package/usr/share/man/man8/huced.8.gz | grep -q "huced $command" || echo "not ok - huced(8) names $command"
done
for page in desk/usr/share/man/{man1,zh_CN/man1}/huce.1.gz county_package/usr/share/man/{man8/huced.8,zh_CN/man8/huced.8,man5/huced.conf.5}.gz; do
  if command -v groff >/dev/null; then
    check "${page#*/man/} is a page without warnings" equal "$(zcat "$page" | groff -man -Tutf8 -K utf8 -ww -Wbreak -Wscale -Wfont -Wchar -z 2>&1 | head -n 5)" ""
  else
    echo "skip - ${page#*/man/}: groff is not installed"
  fi
done
complete_words() { # PROGRAM WORD…: what bash would offer for the last word
  bash -c 'PATH=$1:$PATH; . "$2"; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _huce_complete_"$1" "$1"; echo "${COMPREPLY[@]}"' - \
    "$(dirname "$huced")" "$(ls -d ./*/usr/share/bash-completion/completions/"$1")" "$@"
}
check "bash completes a command" equal "$(complete_words huced doc)" doctor
check "and an option of it" equal "$(complete_words huced serve --admin-l)" --admin-listen
check "of the desk too" equal "$(complete_words huce conf)" conflicts
check "but not of another command" equal "$(complete_words huced stats --admin-l)" ""
for script in control/p*; do check "${script##*/} is a script" sh -n "$script"; done
if command -v systemd-analyze >/dev/null; then
  sed "s,/usr/bin/huced,$huced," county_package/usr/lib/systemd/system/huced.service >huced.service
  # It looks for the manual, too, which is not installed here.
  unit_is_good() { ! systemd-analyze verify ./huced.service 2>&1 | grep -v "Command 'man " | grep huced.service; }
  check "systemd understands the unit" unit_is_good
else
  echo "skip - systemd-analyze is not installed"
fi
if command -v desktop-file-validate >/dev/null; then
  check "the desktop entry is valid" desktop-file-validate desk/usr/share/applications/huce.desktop
else
  echo "skip - desktop-file-validate is not installed"
fi
check "made twice from the same sources they are the same" sh -c "'$root/tests/harness/deb.sh' '$(dirname "$huced")' again 0.1 && cmp out/huced_0.1_*.deb again/huced_0.1_*.deb && cmp out/huce_0.1_*.deb again/huce_0.1_*.deb"
finish
