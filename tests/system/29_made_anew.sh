#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# All that is not signed follows from what is: `huce rebuild --check` holds every derived table against the
# ledgers, and names what differs. One row of each is altered here, in a copy of a desk on which all of them
# have rows; then it is made anew, and all is well.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101002

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
desk_join town township 王镇 622924101000 || finish
sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >/dev/null || return 1; done; }

# ---- something in every table ----
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
goes=$(put a household household_code=622924101001010002 address="一社 2 号" status=1)
one=$(put a person name=马建英) two=$(put a person name=马建瑛)
# many ADDRESS: a file of 30 households
many() { echo 户编号,address && for i in $(seq 10 39); do echo "6229241010010200$i,$1"; done; }
sync_all a b town
put a household "$house" address="一社 3 号" status=2 --note 一 >/dev/null # both at once: one value loses, one is asked about
put b household "$house" address="一社 4 号" status=3 --note 二 >/dev/null
many 二社 >many.csv && "$huce" import household many.csv --map address=address --data a >/dev/null
sync_all a b a
"$huce" duplicates link "$one" "$two" --note 一人 --data a >/dev/null
many 三社 >many.csv && "$huce" import household many.csv --map address=address --data a >/dev/null
cat >writers.sql <<'SQL'
INSERT INTO migration(number, name) VALUES (10091, 'writers');
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, checks) VALUES
  (5, 19, 'net', '宽带', 'Broadband', 'bool', 'lww', 'T', 1, '');
SQL
"$huced" catalog apply writers.sql --data county >/dev/null
put a household "$house" net=1 >/dev/null # may no longer be said in a village: void
sync_all a town
"$huce" transfer household "$goes" --to $other --data town >/dev/null
sync_all town
put town household "$house" water_ok=1 >/dev/null # waits: the admitted row stands aside

check "the desk is what its ledgers say" "$huce" rebuild --check --data town
rows() { sqlite3 town/desk.db "SELECT count(*) FROM $1"; }

# altered TABLE SQL [WORD]: in a copy, this is done to one row, and the check names it
altered() {
  local table=$1 sql=$2 word=${3:-$1} out rc=0
  check "there is something in $table" test "$(rows "$table")" -gt 0
  rm -rf copy && cp -r town copy
  sqlite3 copy/desk.db "$sql"
  out=$("$huce" rebuild --check --data copy 2>&1) || rc=$?
  check "one row of $table altered: found" equal "$rc" 4
  check "and named" grep -q "^$word " <<<"$out"
  "$huce" rebuild --data copy >/dev/null
  check "made anew, it is right" "$huce" rebuild --check --data copy
}

altered record_no "UPDATE record_no SET leaf = leaf + 1 WHERE id = x'$house'"
altered touch "DELETE FROM touch WHERE (ledger, record, leaf) IN (SELECT ledger, record, leaf FROM touch LIMIT 1)"
altered touch_many "UPDATE touch_many SET records = substr(records, 1, length(records) - 1)"
altered touch_second "DELETE FROM touch_second"
altered void_change "UPDATE void_change SET reason = reason || '。'"
altered conflict "DELETE FROM conflict"
altered overruled "UPDATE overruled SET why = 'chance'"
altered move "UPDATE move SET other = 'guanghe.example/622924101200' WHERE arrives = 1"
altered link "DELETE FROM link WHERE id < other"
altered same_as "UPDATE same_as SET shown = id"
altered authority_op "UPDATE authority_op SET position = position + 7 WHERE leaf = (SELECT max(leaf) FROM authority_op)"
altered ledger "UPDATE ledger SET records = records + 1 WHERE origin LIKE '%$village'"
altered leaf "UPDATE leaf SET effective_ms = effective_ms + 1 WHERE (ledger, idx) IN (SELECT ledger, max(idx) FROM leaf GROUP BY ledger)"
altered o_household "DELETE FROM o_household"
altered r_household "UPDATE r_household SET address = '一社 9 号' WHERE id = x'$house'" "household $house"
finish
