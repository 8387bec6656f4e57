#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A laptop that is stolen tells nothing: a desk is closed up with a start passphrase, works like any
# other, is killed in the middle of its work, and nowhere in its folder stands a name, a citizen id or
# a phone; the same search finds them at a desk that is open. The passphrase is changed, forgotten, and
# the county sets another one.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
village=622924101001
search=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/search.py
pass=$PWD/pass
printf '三岔路口的那棵 老榆树\n' >pass
printf '另一个口令 很长的那种\n' >other
printf '县里设的 临时口令 一二三\n' >third
printf 'root-pin-1234567890' >rootpin

# ma COMMAND…: the closed desk
ma() { HUCE_PASSPHRASE_FILE=$pass "$huce" "$@" --data ma; }

# tells FOLDER: what the search finds there
tells() { python3 "$search" roster "$1" 2>search.log; }
silent() { local found; found=$(tells "$1") && grep -q looked search.log && equal "$found" ""; }

# serve_ma: `huce serve` over the closed desk; $service, $api
serve_ma() {
  : >service.txt
  HUCE_PASSPHRASE_FILE=$pass "$huce" serve --listen 127.0.0.1:0 --sync-every 3600 --data ma >service.txt 2>service.err &
  service=$!
  for _ in $(seq 200); do
    api=$(grep -o 'http://[0-9.:]*' service.txt) && break
    sleep 0.05
  done
}
unlock() { curl -s -H 'Content-Type: application/json' -d '{"pin":"135246"}' "${api}/api/unlock" | jq -r .session; }
save() { curl -s -H "Huce-Session: $session" -H 'Content-Type: application/json' -d "{\"fields\":$1}" "${api}/api/records/household"; }

"$huced" init --county 622924 --name 广河县 --pin-file rootpin --data county >init.txt &&
  "$huced" ledger add --divisions "$root/tests/data/divisions_guanghe.csv" --data county >>init.txt &&
  county_serve || finish
roster_make $village roster
desk_join clear village 马建国 $village || finish
check "whoever has no passphrase is told so" grep -q '没有加密' clear.join
invite() { "$huced" invite --ledger $village --role village --person "$1" --url "$url" --out "$2" --data county >/dev/null 2>&1; }
invite 丁丽 ma.invite
printf 'kurz' >weak
check_fails 1 "a weak passphrase is refused" "$huce" join ma.invite --data ma --passphrase-file weak
check_fails 1 "and leaves no folder" test -e ma
check "joining with a passphrase" "$huce" join ma.invite --data ma --passphrase-file pass
check "the desk says that it is closed up, and that the county could open it" \
  equal "$(ma status --json | jq '.encrypted and .recoverable')" true

# ---- work as anywhere ----
for type in grid household person; do
  ma import $type roster/$type.csv >import.txt 2>&1 || { echo "not ok - import of $type"; cat import.txt; }
done
check "its work goes to the county" ma sync
check "and to the open desk" "$huce" sync --data clear
house=$("$huce" list household --limit 1 --data clear --json | jq -r '.records[0].id')
check "both write the same field" ma put household "$house" status=2 --note "门锁着 $(sed -n 2p roster/person.csv | cut -d, -f4)"
put clear household "$house" status=3 >/dev/null
"$huce" sync --data clear >/dev/null
check "a conflict arrives at the closed desk" ma sync
conflict=$(ma conflicts list --json | jq -r '.conflicts[0].id')
check "and is decided there" ma conflicts resolve "$conflict" --take B
check "a report over it" ma report invariants
check "a query over it, sorted" ma sql "SELECT name, id_no FROM person ORDER BY name DESC"
today=$(date -u -d '+8 hours' +%F)
check "and the past of it" equal "$(ma list person --at "$today" --limit 1 --json | jq -r '.records | length')" 1
check "audit" ma audit
check "rebuild gives the same" ma rebuild --check

# ---- stolen while it works ----
serve_ma
session=$(unlock)
check "the page's service opens with the passphrase, once" test "${#session}" -gt 20
check "its keys are in memory that is not written out" test "$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$service/status")" -gt 0
check "it writes no core dump" grep -qE '^Max core file size +0 +0 ' "/proc/$service/limits"
for i in 1 2 3; do
  saved=$(save "{\"household_code\":\"${village}09900$i\",\"address\":\"三甲集镇三甲集社区1号楼1单元101室\",\"phone\":\"15403600000\"}" | jq -r .id)
done
kill -9 "$service"
wait "$service" 2>/dev/null
check "a log of what was not copied yet is there" test -s ma/desk.db-wal
check "nothing stands in the folder of the service that was killed" silent ma
HUCE_PASSPHRASE_FILE=$pass "$huce" import visit roster/visit.csv --data ma >/dev/null 2>&1 &
import=$!
for _ in $(seq 400); do # until it writes
  [ "$(stat -c %s ma/desk.db-wal 2>/dev/null || echo 0)" -gt 100000 ] && break
  sleep 0.01
done
kill -9 "$import" 2>/dev/null
wait "$import" 2>/dev/null
check "nor in that of an import that was" silent ma
check "what was confirmed is there" equal "$(ma get household "$saved" --json | jq -r .id)" "$saved"
check "the same search finds names, ids and phones at the open desk" \
  sh -c "python3 '$search' roster clear | tee found.txt | grep -q 'desk.db: '"
check_fails 1 "key files do not say what they are" grep -rlaE 'huce-key|device|person|SQLite format|CREATE TABLE' ma
invite 马进财 second.invite
check "a second person joins on it" ma join second.invite
check "and the folder still tells nothing" silent ma

# A scan that says in it what the records say; it is also in what is carried and copied.
{ echo '%PDF-1.4 a scan'; cut -d, -f4 roster/person.csv; } >scan.pdf
visit=$(ma list visit --limit 1 --json | jq -r '.records[0].id')
check "a scan is attached" ma attach visit "$visit" photo_refs scan.pdf --as 丁丽
check "and travels" ma sync
mkdir copies
check "a copy of what is not sent yet is written elsewhere" ma backup "$PWD/copies"
check "nothing of the scan can be read in the folder" silent ma
check "nor in the copy" silent copies
"$huce" sync --data clear >/dev/null
hash=$("$huce" attachment list --data clear --json | jq -r '.attachments[0].hash')
check "the scan is at the open desk" "$huce" attachment get "$hash" back.pdf --data clear
check "and there the search finds it" sh -c "mkdir one && cp back.pdf one/ && python3 '$search' roster one | grep -q ."

# ---- passphrases ----
pass=$PWD/other
check_fails 1 "another passphrase opens nothing" ma status
ma status 2>wrong.txt
check "and says what to do" grep -q '送到县里' wrong.txt
check_fails 2 "no passphrase at all is told" "$huce" status --data ma </dev/null
pass=$PWD/pass
check_fails 1 "a weak one is not taken as the new one" ma vault passphrase --new-passphrase-file weak
check "the passphrase is changed" ma vault passphrase --new-passphrase-file other
check_fails 1 "the old one opens nothing now" ma status
pass=$PWD/other
check "the new one does" ma get household "$saved"

# ---- forgotten ----
cp ma/keys/vault.key brought
check_fails 1 "the county does not open it without the root key's passphrase" \
  "$huced" recovery open brought --out back --data county
check "the county sets another passphrase" \
  "$huced" recovery open brought --out back --pin-file rootpin --passphrase-file third --data county
cp back ma/keys/vault.key
check_fails 1 "then the forgotten one is over" ma status
pass=$PWD/third
check "and the desk opens with what the county has set" ma get household "$saved"
check "and works" ma sync
check_fails 1 "a stranger's county opens nothing" sh -c "
  '$huced' init --county 622921 --name 别县 --pin-file rootpin --data strange >/dev/null &&
  '$huced' recovery open brought --out back2 --pin-file rootpin --data strange"

# ---- on, and off ----
held() { "$huce" sql "SELECT h.*, p.* FROM household h LEFT JOIN person p ON p.id = h.head_person_id ORDER BY h.id" --data clear | sha256sum; }
"$huce" sync --data clear >/dev/null
before=$(held)
"$huce" serve --listen 127.0.0.1:0 --data clear >clear.txt 2>&1 &
service=$!
for _ in $(seq 100); do grep -q http clear.txt && break; sleep 0.05; done
check_fails 1 "a desk that is in use is not closed up" "$huce" vault on --data clear --passphrase-file pass
kill "$service"
wait "$service" 2>/dev/null
check "and has not changed" equal "$(held)" "$before"
check_fails 2 "without a passphrase nothing is closed up" "$huce" vault on --data clear </dev/null
"$huce" vault on --data clear </dev/null 2>wrong.txt
check "and it asks for a new one, not for one that is not there" grep -q '要设置启动口令' wrong.txt
check "closing up a desk that was open" "$huce" vault on --data clear --passphrase-file pass
check "tells nothing from then on" silent clear
export HUCE_PASSPHRASE_FILE=$PWD/pass
check "it holds what it held" equal "$(held)" "$before"
check "and works" "$huce" sync --data clear
check "saying it again changes nothing" "$huce" vault on --data clear
check "the county could open it too" equal "$("$huce" vault --data clear --json | jq '.encrypted and .recoverable')" true
check "turning back" "$huce" vault off --data clear
unset HUCE_PASSPHRASE_FILE
check "it is open" equal "$(held)" "$before"
check "and works without a passphrase" "$huce" sync --data clear

# The power goes while the first page is written: the log holds it.
sqlite3 clear/desk.db 'PRAGMA wal_autocheckpoint=0' 'CREATE TABLE zz (a)' 'DROP TABLE zz' '.shell cp -r clear torn' >/dev/null
head -c 100 /dev/urandom | dd of=torn/desk.db conv=notrunc status=none
check "a first page torn by a power cut is put right" "$huce" status --data torn
finish
