#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county that takes 1 MB of changes and 1 MB of attachments a day of each ledger: who brings more is told in words,
# keeps the rest, receives all the same, and goes on by himself the next day; nobody else notices. Then what has had
# its time beside the ledgers is shown, and goes when it is said so: no record and no photo that a record shows.
set -u
. "$(dirname "$0")/lib.sh"
photo=${HUCE_BUILD:-$root/build}/tests/data/photo
one=622924101001 two=622924101002
printf '[quota]\nledger_changes_mb = 1\nledger_attachments_mb = 1\n' >quota.conf
# serve [SETTING…]: as the county's clock is set
serve() {
  rm -f port.now
  "$huced" serve --config quota.conf --listen "127.0.0.1:${port:-0}" --port-file port.now --data county >>serve.txt 2>&1 &
  server_pid=$!
  for _ in $(seq 400); do [ -s port.now ] && break; sleep 0.05; done
  port=$(cat port.now)
  url=http://127.0.0.1:$port
}
unsent() { "$huce" status --data "$1" --json | jq '[.ledgers[] | .unsent + .sent] | add'; }
metric() { curl -s "$url/metrics" | sed -n "s/^$1 //p"; }
next_day() { county_stop; offset=$((offset + 86400000)); export HUCE_CLOCK_OFFSET_MS=$offset; serve; }
offset=0
check "the settings are good" "$huced" config check quota.conf
check_fails 1 "what is no number is said" "$huced" config check <(printf '[quota]\nledger_changes_mb = much\n')
county_found && serve || finish
desk_join a village 马建国 $one && desk_join b village 丁丽 $one && desk_join c village 周斌 $two || finish

# ---- changes ----
roster_make $one roster
for type in grid household person household_member labour_profile employment_spell income_source plan plan_measure visit; do [ ! -f roster/$type.csv ] || "$huce" import $type roster/$type.csv --data a >/dev/null; done
before=$(unsent a)
said=$("$huce" sync --data a 2>&1)
rc=$?
first=$(unsent a)
check "a roster is more than a day's share: the exchange ends, exit code 1" equal $rc 1
check "in words" grep -q '今天送到县里的数据已到县里定的上限' <<<"$said"
check "a part has gone, the rest is here: $before, $first" [ "$first" -gt 0 -a "$first" -lt "$before" ]
check "the metrics count it" [ "$(metric huced_quota_waits_total)" -ge 1 ]
put c household household_code=${two}010001 address="一社 1 号" >/dev/null
check "another village does not notice" "$huce" sync --data c
check "the same village's other laptop receives what there is" "$huce" sync --data b
put b household household_code=${one}999999 address="新来的" >/dev/null
check_fails 1 "and brings nothing more today either" "$huce" sync --data b
check "its work stays" equal "$(unsent b)" 1
rounds=0
while [ "$(unsent a)" -gt 0 ] && [ $rounds -lt 20 ]; do
  next_day
  "$huce" sync --data a >/dev/null 2>&1
  rounds=$((rounds + 1))
done
check "after $rounds days all of it is there" equal "$(unsent a)" 0
next_day
check "the other laptop's too" eval '"$huce" sync --data b && "$huce" sync --data a'
check "nothing was lost, nothing is there twice" equal "$(state_of a)" "$(state_of b)"
check "the county's audit is clean" "$huced" audit --data county

# ---- attachments ----
"$photo" 2600 2000 1 large.jpg # about 10 MB
next_day
visit=$(put c visit household_id="$("$huce" list household --data c --json | jq -r '.records[0].id')" kind=1 at="2026-11-30T09:15")
check "a photo of $(($(stat -c %s large.jpg) >> 20)) MB is attached" "$huce" attach visit "$visit" photo_refs large.jpg --data c
"$huce" sync --records-only --data c >/dev/null
hash=$("$huce" attachment list --data c --json | jq -r '[.attachments[]] | max_by(.size) | .hash')
got() { sqlite3 county/huced.db "SELECT coalesce(max(got), 0) FROM _attachment WHERE hash = x'$hash'"; }
said=$(timeout 120 "$huce" sync --data c 2>&1)
part=$(got)
check "it is more than a day's share: $part bytes are there" [ "$part" -gt 0 -a "$part" -lt "$(stat -c %s large.jpg)" ]
for _ in 1 2 3; do # at each exchange of that day; the first may have ended with a line that broke
  grep -q '附件已到县里定的上限' <<<"$said" || said="$said $(timeout 120 "$huce" sync --data c 2>&1)"
done
check "which is said" grep -q '附件已到县里定的上限' <<<"$said"
put c household household_code=${two}010002 address="一社 2 号" >/dev/null
timeout 120 "$huce" sync --data c >/dev/null 2>&1
check "records go all the same" equal "$(unsent c)" 0
rounds=0
while [ "$(sqlite3 county/huced.db "SELECT whole FROM _attachment WHERE hash = x'$hash'")" != 1 ] && [ $rounds -lt 8 ]; do
  next_day
  timeout 120 "$huce" sync --data c >/dev/null 2>&1
  rounds=$((rounds + 1))
done
size=$("$huce" attachment list --data c --json | jq '[.attachments[].size] | max')
check "$rounds days later all of the photo is there" equal "$(got)" "$size"

# ---- what has had its time ----
found() { "$huced" tidy --data county --json "$@" | jq -c '[.uploads, .orphans, .invites, .counts > 0]'; }
"$huced" invite --ledger $one --role village --person 从不来 --out never.invite --data county >/dev/null 2>&1
sqlite3 county/huced.db "INSERT INTO _attachment(ledger, hash, size, got, whole, held, thumb, added_ms, used_ms) SELECT no, x'$(printf 'ab%.0s' {1..32})', 9, 4, 0, 0, 0, 0, 0 FROM ledger LIMIT 1;
  INSERT INTO _attachment_piece(attachment, at, bytes) SELECT max(no), 0, x'01020304' FROM _attachment;
  INSERT INTO _attachment(ledger, hash, size, got, whole, held, thumb, added_ms, used_ms) SELECT no, x'$(printf 'cd%.0s' {1..32})', 4, 4, 1, 0, 0, 0, 0 FROM ledger LIMIT 1"
export HUCE_CLOCK_OFFSET_MS=$((offset + 200 * 86400000))
check "what would go is shown" equal "$(found)" "[1,1,4,true]"
check "and is still there" equal "$(found)" "[1,1,4,true]"
check "a shorter time is a setting" eval 'printf "[retention]\ninvites_days = 3000\nuploads_days = 3000\n" >long.conf && [ "$("$huced" tidy --config long.conf --data county --json | jq -c "[.invites, .orphans]")" = "[0,1]" ]'
check "when it is said so, it goes" equal "$(found --confirm)" "[1,1,4,true]"
check "then there is nothing more" equal "$(found)" "[0,0,0,false]"
check "the photo of the record is not of it" equal "$(got)" "$size"
check "nor is anything else" eval '"$huced" audit --data county && "$huced" sql "SELECT count(*) FROM person" --data county'
check "no piece stays behind" equal "$(sqlite3 county/huced.db "SELECT count(*) FROM _attachment_piece p WHERE NOT EXISTS (SELECT 1 FROM _attachment a WHERE a.no = p.attachment)")" 0
finish
