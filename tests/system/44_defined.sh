#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county writes down a form and a report, as text. One exchange later a village that knows nothing of programs fills
# the form in and sees the report. What is wrong is refused in words; SQL that came from a registry only reads, and ends.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish

cat >visit.form <<'FORM'
-- SPDX-License-Identifier: MulanPSL-2.0
入户核查登记，县民政局 2026 年用。
-- form: home_check | 入户核查 | Home check
-- key: no
-- field: no | 核查号 | Number | text required len:1:20
-- field: household | 户 | Household | ref household required
-- field: on | 核查日期 | Checked on | date past
-- field: way | 方式 | Way | code check_way review
-- field: cost | 花费 | Cost | money sensitivity=2 range:0:10000 unit=元
-- field: seen | 见到 | Seen | set_text
-- list: check_way | 1 | 上门 | In person
-- list: check_way | 2 | 电话 | By phone
-- rule: requires way on | 填了方式要填日期 | A way needs a date
FORM
cat >checks.sql <<'SQL'
-- name: checks
-- zh: 入户核查统计
-- en: Home checks
-- about: 按方式的次数。
-- who: village township registrar
-- none: 还没有核查。
-- by: unit
-- column: unit | 单位 | Unit | text
-- column: n | 次数 | Number | count
-- column: by_phone | 电话 | By phone | count
-- column: phone_rate | 电话占比 | Share | percent of=by_phone/n
-- column: code | 区划代码 | Division | text file
-- rows:
SELECT s.name AS unit, count(h.id) AS n, coalesce(sum(h.way = '2'), 0) AS by_phone, s.code
  FROM scope s LEFT JOIN home_check h ON h.origin = s.origin GROUP BY s.origin ORDER BY s.code;
-- detail:
SELECT s.code, 'home_check' AS type, h.id FROM home_check h JOIN scope s USING (origin) WHERE :column = 'n';
SQL

# ---- refusals, in words ----
refused() { # TEXT WORDS FILE COMMAND…
  local text=$1 words=$2
  shift 2
  local said
  said=$("$@" 2>&1) && { echo "not ok - $text"; echo "  # it was taken"; failures=$((failures + 1)); return; }
  check "$text" grep -q "$words" <<<"$said"
}
form() { sed "$1" visit.form >bad.form; }
form 's/| date past/| day past/'; refused "a type that there is not" 'day' "$huced" catalog define bad.form --data county
form 's/len:1:20/long/'; refused "a word that says nothing: the line and the word" '第 5 行：不认识“long”' "$huced" catalog define bad.form --data county
form 's/^-- field: on |/-- field: way |/'; refused "a field twice" '写了两次' "$huced" catalog define bad.form --data county
form 's/home_check/household/'; refused "a type of the program is not changed by a form" '程序自带' "$huced" catalog define bad.form --data county
refused "codes of a list that there is not" 'check_way' "$huced" catalog define <(sed '/^-- list/d' visit.form) --data county
form 's/ref household/ref nowhere/'; refused "a reference to nowhere" 'nowhere' "$huced" catalog define bad.form --data county
refused "a report on a form that there is not" 'home_check' "$huced" report define checks.sql --data county

check "the county defines the form while it serves" "$huced" catalog define visit.form --data county
report() { sed "$1" checks.sql >bad.sql; }
report 's/^-- name: checks/-- name: labour/'; refused "a report of the program is not replaced" '程序自带' "$huced" report define bad.sql --data county
report 's/AS by_phone, s.code/AS phone, s.code/'; refused "a column that is not the one promised" 'by_phone' "$huced" report define bad.sql --data county
report 's/^SELECT s.name.*/DELETE FROM r_home_check;/; /^  FROM scope s LEFT/d'; refused "SQL that would write" '只能查询' "$huced" report define bad.sql --data county
report "s/count(h.id) AS n/(SELECT value FROM _setting LIMIT 1) AS n/"; refused "SQL that looks at secrets" '只能查询\|prohibited' "$huced" report define bad.sql --data county
report 's/count(h.id) AS n/(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c) AS n/'
refused "SQL that never ends is stopped" '停止' "$huced" report define bad.sql --data county
check "the county defines the report" "$huced" report define checks.sql --data county
check "it is listed" grep -q '入户核查统计' <("$huced" report list --data county)

# ---- before the exchange nobody has it; after one exchange everything works ----
"$huce" put household household_code=622924101001010001 address="一社 1 号" --data a >/dev/null
check_fails 1 "before, the desk does not know the form" "$huce" put home_check no=1 household=622924101001010001 --data a
check_fails 1 "nor the report" "$huce" report checks --data a
check "one exchange" "$huce" sync --data a
put a home_check no=1 household=622924101001010001 on=2026-11-20 way=上门 cost=12.5 seen=+户主,+孩子 >/dev/null
put a home_check no=2 household=622924101001010001 on=2026-11-21 way=电话 >/dev/null
check "the form is filled in" equal "$("$huce" sql "SELECT count(*) FROM home_check" --data a | tail -n 1)" 2
check_fails 1 "its rule is kept" "$huce" put home_check no=3 household=622924101001010001 way=电话 --data a
check "the report counts it" equal "$("$huce" report checks --data a --json | jq -c '.rows[0] | [.n, .by_phone, .phone_rate]')" '[2,1,50]'
check "a figure opens into its records" equal "$("$huce" report 入户核查统计 --detail n --data a --json | jq '.records | length')" 2
check "it is listed as the county's own" equal "$("$huce" report --data a --json | jq -r '.reports[] | select(.county) | .name')" checks
"$huce" report checks --csv checks.csv --data a >/dev/null
check "as a file, with how new it is" grep -q '"数据截至"' checks.csv
check "no desk can define one for others" grep -q '不能填写\|没有账本\|无权' <("$huce" put report_def name=x title=x text=x --data a 2>&1)

# ---- the form changes, the report too ----
sed '/^-- field: cost/d; s/| In person/| At home/' visit.form >visit2.form
echo '-- field: note | 备注 | Note | text len:1:100' >>visit2.form
check "the form changes: a field goes, one comes" "$huced" catalog define visit2.form --data county
sed 's/^-- zh: .*/-- zh: 入户核查情况/' checks.sql >checks2.sql
check "the report too" "$huced" report define checks2.sql --data county
for desk in a b; do "$huce" sync --data $desk >/dev/null; done
check "another desk has the new form and all records" equal \
  "$(put b home_check 2 note=没有人 >/dev/null; "$huce" sql "SELECT no, note FROM home_check ORDER BY no" --data b | tail -n 1)" $'2\t没有人'
check "and the new report" equal "$("$huce" report checks --data b --json | jq -r .zh)" 入户核查情况
"$huced" report retire checks --data county >/dev/null
"$huce" sync --data a >/dev/null
check_fails 1 "a report that is retired is gone" "$huce" report checks --data a
check "its definition stays in the history, with its author" equal \
  "$("$huce" history report_def checks --data a --json | jq '.changes | length')" 3
check "audit" "$huce" audit --data a
check "derived state equals the ledger" "$huce" rebuild --check --data a
finish
