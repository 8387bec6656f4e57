#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A week without a network at three villages, 2,000 saves at each. One laptop's clock stands at 1970, one at
# 2099. The third sends once on Thursday, dies on Friday, and is put back to its disk image of Wednesday: from
# there on its chain has split. When all have talked to the county, all replicas are equal, byte for byte, and
# every save that was confirmed to somebody is in the history, once; of the third laptop, all but those that
# were only on the disk that died. HUCE_SAVES=200 for a shorter week.
set -u
. "$(dirname "$0")/lib.sh"
saves=${HUCE_SAVES:-2000}
village=622924101001
county_found && county_serve || finish
now=$(date +%s)000
at() {
  local offset=0
  case $1 in
    one) offset=-$((now - 86400000)) ;;
    two) offset=$((4070908800000 - now)) ;;
  esac
  HUCE_CLOCK_OFFSET_MS=$offset "${@:2}"
}
sync_all() {
  for _ in 1 2; do
    for desk in one two three; do at $desk "$huce" sync --data $desk >>sync.txt 2>&1 || return 1; done
  done
}
# work DESK FIRST LAST: what is confirmed is written down outside the desk
work() { at "$1" python3 "$(dirname "$0")/week.py" "$huce" "$@" "${houses[@]}" 2>>week.err; }

for desk in one two three; do desk_join $desk village "干部$desk" $village || finish; done
houses=()
for i in $(seq 20); do
  houses+=("$(put one household household_code=$(printf '62292410100101%04d' "$i") address="老 $i 号" status=1)")
done
check "the week begins with equal desks" sync_all

work one 1 "$saves" >confirmed.one &
one=$!
work two 1 "$saves" >confirmed.two &
two=$!
wednesday=$((saves / 3)) thursday=$((saves / 2)) friday=$((2 * saves / 3))
work three 1 $wednesday >confirmed.three
cp -r three image
work three $((wednesday + 1)) $thursday >>confirmed.three
"$huce" sync --data three >>sync.txt 2>&1 # a link, for a minute
work three $((thursday + 1)) $friday >lost # on the disk that dies; confirmed, and gone with it
rm -r three
mv image three
work three $((friday + 1)) "$saves" >>confirmed.three
wait $one && wait $two
check "everybody has worked the whole week" equal "$(cat week.err; cat confirmed.* lost | wc -l)" $((3 * saves))
check "everybody talks to the county" sync_all
check "what had to be signed again is signed again, and nothing waits" equal \
  "$(for desk in one two three; do "$huce" status --data $desk --json; done | jq -c '[.ledgers[] | .unsent + .sent]' | sort -u)" \
  "$("$huce" status --data one --json | jq -c '[.ledgers[] | 0]')"
check "the chain that split left its evidence" test "$(sqlite3 three/desk.db 'SELECT count(*) FROM forked')" -gt 0

# ---- what came of it ----
for house in "${houses[@]}"; do
  "$huce" history household "$house" --data two --json | jq -r '.changes[].note // empty'
done | grep -E '^(one|two|three)-[0-9]+$' | sort >history
cat confirmed.* | sort >confirmed
check "every confirmed save is in the history" equal "$(comm -23 confirmed history | wc -l)" 0
check "once" equal "$(uniq -d history | wc -l)" 0
check "and what was only on the disk that died is not" equal "$(comm -13 confirmed history)" ""
check "all desks show the same" equal "$(state_of one) $(state_of two)" "$(state_of three) $(state_of three)"
replica() { # leaves and the state of all records, as kept
  sqlite3 "$1" "SELECT l.origin, f.idx, hex(c.id), hex(c.cose), f.admitted_ms FROM leaf f JOIN ledger l ON l.no = f.ledger
    JOIN changeset c ON c.no = f.changeset ORDER BY 1, 2;
    SELECT l.origin, hex(r.id), r._state, hex(r._v) FROM r_household r JOIN ledger l ON l.no = r.ledger ORDER BY 1, 2;" | sha256sum
}
for desk in one two; do
  check "the replica of $desk is equal to three's, byte for byte" equal "$(replica $desk/desk.db)" "$(replica three/desk.db)"
done
check "and the county's, leaf by leaf" equal "$(replica county/huced.db)" "$(replica three/desk.db)"
for desk in one two three; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
  check "audit at $desk" "$huce" audit --data $desk
done
check "the county audits clean" "$huced" audit --data county
finish
