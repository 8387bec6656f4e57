#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Regular backups that are verified as they are made, verified again a year later, and put back; and
# huced doctor, which finds each thing that is wrong, says what to do, and is content when it was done.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号")
"$huce" sync --data a >/dev/null || echo "not ok - the desk syncs"

cat >huced.conf <<CONF
[server]
data = $PWD/county
[ready]
disk_free_mb = 1
[backup]
folder = $PWD/backups
keep = 2
CONF
doctor() { "$huced" doctor --config huced.conf "$@"; }
# found CHECK LEVEL WORDS [OPTION…]: the doctor says so
found() {
  local check=$1 level=$2 words=$3
  shift 3
  doctor --json "$@" >findings 2>errors
  jq -e --arg c "$check" --arg l "$level" --arg w "$words" '.findings[] | select(.check == $c and .level == $l and (.text | contains($w)))' findings
}
at() { HUCE_CLOCK_OFFSET_MS=$1 "$huced" backup --config huced.conf; } # a backup, so many ms from now

# ---- backups ----
check "the doctor asks for backups" found backup bad "看不了备份目录"
check "a regular one is made and verified while the server runs" "$huced" backup --config huced.conf
first=$(ls backups)
check "its sums are as sha256sum reads them" sh -c "cd backups/$first && sha256sum --quiet -c SHA256SUMS"
cp -a "backups/$first" before
check "it can be verified again" "$huced" backup verify "backups/$first"
check "which leaves it as it was" diff -r before "backups/$first"
check "a second one, an hour later" at 3600000
check "a third, after which the oldest is gone" at 7200000
check "two are left" equal "$(ls backups | wc -l)" 2
check "the first one is not among them" [ ! -e "backups/$first" ]
mkdir backups/20200101T000000Z backups/other
check "a fourth" at 10800000
check "what is no whole backup stays where it lies" [ -d backups/20200101T000000Z -a -d backups/other ]

damaged() { # NAME: a copy to be spoilt
  rm -rf spoilt
  cp -a before spoilt
}
damaged && printf x | dd of=spoilt/huced.db bs=1 seek=20000 conv=notrunc status=none
check_fails 4 "one byte of the database is noticed" "$huced" backup verify spoilt
check_fails 4 "and it is not put back" "$huced" backup restore spoilt --data never
check "nothing was written" [ ! -e never/huced.db ]
damaged && rm spoilt/log.key
check_fails 4 "a key that is missing" "$huced" backup verify spoilt
damaged && echo "what is this" >>spoilt/SHA256SUMS
check_fails 4 "sums that are not sums" "$huced" backup verify spoilt
damaged && rm spoilt/SHA256SUMS && sqlite3 spoilt/huced.db "UPDATE changeset SET cose = zeroblob(length(cose)) WHERE no = (SELECT max(no) FROM changeset)"
check_fails 4 "without sums, signatures tell" "$huced" backup verify spoilt
check_fails 1 "a folder that is not there" "$huced" backup verify nowhere
check_fails 1 "a county in use is not overwritten" "$huced" backup restore before --data county
check "a good one is put back" "$huced" backup restore before --data again
check "and knows where it comes from" sh -c "'$huced' recovery status --data again | grep -q 恢复"
check "with all that was in it" equal "$("$huced" sql "SELECT address FROM household WHERE id = '$house'" --unmask --reason 核对 --data again 2>/dev/null | grep -c '一社 1 号')" 1

# ---- the doctor ----
check "with a fresh backup, nothing is urgent" doctor
check "while the server runs and when it does not" sh -c "kill $server_pid; while kill -0 $server_pid 2>/dev/null; do sleep 0.05; done; '$huced' doctor --config huced.conf"
server_pid=
check "it has audited all when asked to" found audit ok "核对无误" --full
check "the root key should be elsewhere" found files warn root.key
state() { (cd county && find . -type f ! -name '*-shm' ! -name '*-wal' -exec sha256sum {} + | sort); }
before=$(state)
doctor --full >/dev/null 2>&1
check "it changes nothing" equal "$(state)" "$before"

check "nobody else can read the database" equal "$(stat -c %a county/huced.db before/huced.db | sort -u)" 600
chmod 644 county/log.key
check "a key that others can read" found files bad "chmod 600"
check_fails 1 "is urgent" doctor
chmod 600 county/log.key
mv county/id.key away
check "a key that is gone" found files bad id.key
mv away county/id.key
sed -i 's/^disk_free_mb = .*/disk_free_mb = 1073741824/' huced.conf
check "a disk that fills" found disk bad "腾出空间"
sed -i 's/^disk_free_mb = .*/disk_free_mb = 1/' huced.conf
check "a clock that is a year behind" sh -c "HUCE_CLOCK_OFFSET_MS=-31536000000 '$huced' doctor --json --config huced.conf 2>errors | jq -e '.findings[] | select(.check == \"clock\" and .level == \"bad\")'"
check "backups that have stopped" sh -c "HUCE_CLOCK_OFFSET_MS=864000000 '$huced' doctor --json --config huced.conf | jq -e '.findings[] | select(.check == \"backup\" and .level == \"bad\")'"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.crt -days 10 -subj /CN=county 2>/dev/null
chmod 600 tls.key
printf 'tls_cert = tls.crt\ntls_key = tls.key\n' | sed -i '/^\[server\]/r /dev/stdin' huced.conf
check "a certificate that runs out next week" found certificate warn "天过期"
check "one that has run out" sh -c "HUCE_CLOCK_OFFSET_MS=1728000000 '$huced' doctor --json --config huced.conf | jq -e '.findings[] | select(.check == \"certificate\" and .level == \"bad\")'"
chmod 644 tls.key
check "its key, open to others" found certificate bad "chmod 640"
chmod 600 tls.key
cp -a county newer && sqlite3 newer/huced.db "INSERT INTO schema_migration VALUES ('shared', 9999, 'later')"
check "a database of a newer program" found migrations bad "更新版本" --data "$PWD/newer"
cp -a county older && sqlite3 older/huced.db "DELETE FROM schema_migration WHERE folder = 'shared' AND number = (SELECT max(number) FROM schema_migration WHERE folder = 'shared')"
check "one that is to be upgraded" found migrations warn "自动升级" --data "$PWD/older"
cp -a county behind && rm behind/heads
check "one that comes from a backup" found recovery warn "来自备份" --data "$PWD/behind"
cp -a county spoilt2 && printf 'garbage garbage garbage' | dd of=spoilt2/huced.db bs=1 seek=4096 conv=notrunc status=none
check "one that is damaged" found database bad "保留原件" --data "$PWD/spoilt2"
check "and one that is not there" found files bad "huced init" --data "$PWD/nowhere"
check "in the end all is as it was" doctor
finish
