#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# huce sql and huced sql: anybody who may use the folder may ask anything of the records, change nothing,
# and read no secrets; --where is the same.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village || finish
put a household household_code=622924101001010001 address="一社 1 号" >/dev/null
"$huce" sync --data a >/dev/null
before=$(sha256sum a/desk.db | cut -c1-64)
check "a query is answered" equal "$("$huce" sql "SELECT count(*) FROM household" --data a | tail -n 1)" 1
check "as JSON too" equal "$("$huce" sql "SELECT address FROM household" --data a --json | jq -c .)" '{"columns":["address"],"rows":[["一社 1 号"]]}'
for query in "DELETE FROM r_household" "UPDATE r_household SET address = 'x'" "DROP TABLE leaf" "PRAGMA journal_mode = DELETE" \
  "ATTACH 'other.db' AS other" "INSERT INTO setting VALUES ('a', 'b')" "CREATE TABLE t (a)" "SELECT load_extension('x')" \
  "SELECT 1; DELETE FROM leaf" "SELECT" ""; do
  check_fails 1 "refused at the desk: $query" "$huce" sql "$query" --data a
done
for query in "SELECT * FROM setting" "SELECT value FROM (SELECT * FROM setting)" "WITH s AS (SELECT * FROM setting) SELECT * FROM s"; do
  check_fails 1 "no secrets: $query" "$huce" sql "$query" --data a
done
check_fails 1 "nor through --where" "$huce" list household --where "1 = (SELECT count(*) FROM setting)" --data a
check "nothing has changed" equal "$(sha256sum a/desk.db | cut -c1-64)" "$before"
check "the county answers over its records" equal "$("$huced" sql "SELECT count(*) FROM household" --data county | tail -n 1)" 1
check_fails 1 "and not over invitations" "$huced" sql "SELECT token FROM _invite" --data county
check_fails 1 "nor lets itself be changed" "$huced" sql "DELETE FROM leaf" --data county
finish
