#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Somebody with a desk's database file alters what lies beside the ledgers: work that is saved and not sent, the ends
# of the chains written here, the proof that one has split. The audit finds each, under its name and its author's;
# at the county likewise. What is whole is called whole.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village || finish
home() { put a household household_code=${village}0100$1 address="一社 $1 号" status=1 >/dev/null; }
# tampered CODE SQL: what the audit says of a copy that was altered
tampered() {
  rm -rf copy && cp -r a copy && sqlite3 copy/desk.db "$2" || return 1
  "$huce" audit --data copy --json >found 2>why
  local rc=$?
  [ $rc = 4 ] && { [ "$1" = any ] || jq -e --arg code "$1" '[.ledgers[].findings[] | select(.damage and .code == $code and .name == "马建国")] | length > 0' found >/dev/null; } ||
    { echo "exit code $rc"; cat found why; return 1; }
}

home 01
"$huce" sync --data a >/dev/null
cp -r a image && rm -f image/heads
home 02
"$huce" sync --data a >/dev/null
rm -r a && mv image a
home 03
"$huce" sync --data a >/dev/null # its chain has split, and is healed
home 04 && home 05
rm -rf copy && cp -r a copy
check "the desk is whole" "$huce" audit --data copy
check "the county is" "$huced" audit --data county

check "words that were altered before they were sent" tampered signature "UPDATE open_change SET body = CAST(replace(body, '04 号', '40 号') AS BLOB)"
check "their moment" tampered signature "UPDATE open_change SET hlc = hlc + 1"
check "their salts" tampered signature "UPDATE open_changeset SET seed = zeroblob(32)"
check "one of them gone" tampered any "DELETE FROM open_change WHERE seq = (SELECT max(seq) FROM open_change)"
check "all of them gone" tampered open "DELETE FROM open_change"
check "what was signed gone" tampered open "DELETE FROM open_changeset"
check "what was signed is something else" tampered any "UPDATE open_changeset SET cose = x'00'"
"$huce" audit --data a >/dev/null # closes what is open
check "the end of a chain, its number" tampered own_chain "UPDATE own_chain SET number = number + 1 WHERE active = 1"
check "one less" tampered own_chain "UPDATE own_chain SET number = number - 1 WHERE active = 1 AND number > 1 OR active = 0"
check "its name" tampered own_chain "UPDATE own_chain SET id = zeroblob(32) WHERE active = 1"
check "its count" tampered own_chain "UPDATE own_chain SET seq = seq + 1 WHERE active = 1"
check "its clock" tampered own_chain "UPDATE own_chain SET hlc = 1 WHERE active = 1"
check "whose it is" tampered any "UPDATE own_chain SET chain = zeroblob(8) WHERE active = 1"
check "the proof of a split chain" tampered fork "UPDATE forked SET cose = (SELECT cose FROM changeset WHERE idx IS NOT NULL LIMIT 1)"
check "its number" tampered fork "UPDATE forked SET number = number + 1"
check "it is whole as before" "$huce" audit --data a

at_county() {
  sqlite3 county/huced.db ".backup before" && sqlite3 county/huced.db "$2" || return 1
  "$huced" audit --data county --json >found 2>why
  local rc=$?
  county_stop
  cp before county/huced.db && rm -f county/huced.db-wal county/huced.db-shm
  [ $rc = 4 ] && jq -e --arg code "$1" '[.ledgers[].findings[] | select(.damage and .code == $code)] | length > 0' found >/dev/null ||
    { echo "exit code $rc"; cat found why; return 1; }
}
county_stop
check "at the county: the proof of a split chain" at_county fork "UPDATE _fork SET number = number + 1"
check "the end of its own chain" at_county own_chain "UPDATE _chain SET seq = seq + 1"
check "whose county it is" at_county setting "UPDATE _setting SET value = '622925000000' WHERE name = 'code'"
check "it is whole as before, too" "$huced" audit --data county
finish
