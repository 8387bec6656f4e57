#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A new program for desks: signed by the county's root key, fetched over a line that breaks or taken from a stick,
# checked, put in place when somebody says so, and taken back.
set -u
. "$(dirname "$0")/lib.sh"
next=${HUCE_BUILD:-$root/build}/tests/update/huce_next
one=622924101001
cutter=
trap '[ -z "$cutter" ] || kill "$cutter" 2>/dev/null; county_stop' EXIT
county_found && county_serve || finish
python3 "$root/tests/system/cut.py" "$port" cut.port cut.counts 0 700000 &
cutter=$!
for _ in $(seq 200); do [ -s cut.port ] && break; sleep 0.05; done
url=http://127.0.0.1:$(cat cut.port)
desk_join a village 马建国 $one
"$huce" sync --data a >/dev/null
mkdir bin && cp "$huce" bin/huce
desk() { bin/huce "$@" --data a; }
is() { grep -q -- "$1" <<<"$(bin/huce version)"; }
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)

sign() { "$huced" release sign "$@" --data county; }
check "the county has none yet" eval '! desk update fetch'
check "a build is signed with the root key" sign "$next" --version next --number 1000 --note "修了几处毛病" --out next.release
check_fails 2 "a version has no spaces" sign "$next" --version "a b" --number 1000 --out x.release
check_fails 2 "a number counts" sign "$next" --version x --number 0 --out x.release
check "it is published" "$huced" release publish next.release --data county
sign "$next" --version older --number 900 --out older.release >/dev/null
check_fails 1 "an older one does not take its place" "$huced" release publish older.release --data county

# ---- from the county ----
check "the desk fetches it over a line that breaks" desk update fetch
check "the line did break" test "$(jq .cuts cut.counts)" -ge 1
check "nothing has changed by that" is '(1)'
check "the desk says what it is" eval 'desk update | grep -q "更新是 next"'
check_fails 2 "it is not put in place without a word" desk update apply
check "somebody says so" desk update apply --yes
check "the next start is the new one" is 'next (1000)'
check "it opens what the old one wrote" equal "$(desk get household "$house" --json | jq -r .fields.address)" "一社 1 号"
check "and goes on" eval 'desk put household "$house" address="一社 2 号" && desk sync && desk audit'
check "there is nothing newer" eval '! desk update fetch'
check "the same again is not newer" eval '! desk update take next.release'

# ---- back ----
check_fails 2 "not without a word" desk update rollback
check "back" desk update rollback --yes
check "the next start is the old one" is '(1)'
check "it opens what the new one wrote" equal "$(desk get household "$house" --json | jq -r .fields.address)" "一社 2 号"
check "and its history holds" desk audit
check_fails 1 "there is no earlier one" desk update rollback --yes

# ---- from a stick, and what is not taken ----
mkdir stick && cp next.release stick/
check "from a stick" desk update take stick/next.release
check "it is ready" equal "$(desk update --json | jq -r .version)" next
size=$(wc -c <next.release)
cp next.release bad.release && printf x | dd of=bad.release bs=1 seek=$((size / 2)) conv=notrunc status=none
check_fails 4 "not one that was altered" desk update take bad.release
head -c $((size - 1)) next.release >cut.release
check_fails 4 "not one that is broken off" desk update take cut.release
check_fails 1 "not some other file" desk update take pin
sign "$next" --version elsewhere --number 1001 --out arm.release >/dev/null
"$huced" release sign "$next" --version arm --number 1001 --platform linux-toaster --out arm.release --data county >/dev/null
check_fails 1 "not one for another kind of machine" desk update take arm.release
(mkdir other && cd other && "$huced" init --county 622923 --name 永靖县 --url http://127.0.0.1:1 --data county >init.txt)
"$huced" release sign "$next" --version evil --number 2000 --out evil.release --data other/county >/dev/null
check "another county signs one" test -s evil.release
check_fails 1 "its releases are not taken" desk update take evil.release
check_fails 1 "nor published" "$huced" release publish evil.release --data county
printf '#!/bin/sh\nexit 1\n' >broken
sign broken --version broken --number 1002 --out broken.release >/dev/null
check "one that does not run here" desk update take broken.release
check_fails 1 "is not put in place" desk update apply --yes
check "what was there still runs" is '(1)'
finish
