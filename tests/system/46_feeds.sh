#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Public security and civil affairs bring what their registers say. Where the department decides, its word is in force and
# the village's stays beside it; the village confirms or objects with evidence; the department takes the answers home.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101002 county=622924000000

county_found && county_serve && desk_join a village 马建国 $village && desk_join b village 丁丽 $other &&
  desk_join ga dept:ga 公安局 $county && desk_join mz dept:mz 民政局 $county || { echo "not ok - desks"; finish; }
p1=$(put a person name=马小兰 id_no=990000198001010012 hukou_kind=1 phone=15400000001)
p2=$(put a person name=马大山 id_no=990000198001010020)
p3=$(put b person name=丁强 id_no=990000197512310039)
for desk in a b ga mz; do "$huce" sync --data $desk >/dev/null 2>&1; done

cat >ga.csv <<'CSV'
身份证号,姓名,户口性质
990000198001010012,马晓兰,1
990000198001010020,马大山,
990000197512310039,丁强,2
99000019900307003X,无此人,1
CSV
take() { "$huce" feed take "$2" --source "${3:-ga}" --day 2026-11-30 --data "$1" --json "${@:4}"; }
check "a trial says what would come of it" equal "$(take ga ga.csv ga --dry-run | jq -c '[.rows, .matched, .unmatched, .agreed, .differences, .written]')" '[4,3,1,3,2,0]'
check "and writes nothing" equal "$("$huce" sql "SELECT count(*) FROM feed_difference" --data ga | tail -n 1)" 0
check_fails 1 "a village does not speak for public security" "$huce" feed take ga.csv --source ga --day 2026-11-30 --data a
check_fails 1 "nor does another department" "$huce" feed take ga.csv --source ga --day 2026-11-30 --data mz
sed 's/990000198001010012,马晓兰,1/990000198001010012,马晓兰,99/' ga.csv >bad.csv
check_fails 1 "a value that cannot be: the line, and nothing written" "$huce" feed take bad.csv --source ga --day 2026-11-30 --data ga
check_fails 1 "a column that there is not" "$huce" feed take <(sed '1s/姓名/名字/' ga.csv) --source ga --day 2026-11-30 --data ga
check "the feed is taken" equal "$(take ga ga.csv | jq -c '[.agreed, .differences, .written]')" '[3,2,2]'
check "the same again tells nobody a second time" equal "$(take ga ga.csv | jq -c '.written')" 0
for desk in ga a b; do "$huce" sync --data $desk >/dev/null 2>&1; done

check "the department's word is in force" equal "$(field a person "$p1" name)" 马晓兰
check "the village's stays beside it" equal "$("$huce" get person "$p1" --data a --json | jq -r '.beside[0] | .field + " " + .value')" "name 马小兰"
check "each village sees its own differences" equal \
  "$(for d in a b; do "$huce" feed list --data $d --json | jq -c '[.differences[] | [.field, .said, .held]]'; done)" \
  $'[["name","马晓兰","马小兰"]]\n[["hukou_kind","2",""]]'
check "with the hash of the file that said so, and how much agreed" equal \
  "$("$huce" sql "SELECT hash, matched, agreed, differences FROM dept_feed ORDER BY id LIMIT 1" --data a | tail -n 1)" \
  "$(sha256sum ga.csv | cut -c1-64)"$'\t2\t2\t1'

mine=$("$huce" feed list --data a --json | jq -r '.differences[0].id') theirs=$("$huce" feed list --data b --json | jq -r '.differences[0].id')
check "one village confirms" "$huce" feed confirm "$theirs" --data b
check_fails 2 "an objection needs its reason" "$huce" feed dispute "$mine" --data a
check "the other objects, with evidence" "$huce" feed dispute "$mine" --note 户口本上是马小兰 \
  --evidence "$(printf 户口本 | sha256sum | cut -c1-64)" --data a
for desk in a b ga mz; do "$huce" sync --data $desk >/dev/null 2>&1; done
check_fails 2 "what leaves with whole id numbers is signed for" "$huce" feed export --source ga --out back.csv --data ga
check "the answers go back" equal "$("$huce" feed export --source ga --out back.csv --ledger $village --data ga --json | jq .rows)" 2
check "as a file for the department's own system" bash -c "grep -q '990000198001010012,name,马晓兰,马小兰,disputed,户口本上是马小兰' back.csv &&
  grep -q '990000197512310039,hukou_kind,2,,confirmed' back.csv"
check_fails 1 "a village cannot decide for the department" "$huce" feed accept "$mine" --data a
check_fails 1 "nor another department" "$huce" feed accept "$mine" --data mz
check_fails 1 "nor a department for the village" "$huce" feed confirm "$mine" --data ga
check "the department takes the objection" "$huce" feed accept "$mine" --data ga
for desk in ga a; do "$huce" sync --data $desk >/dev/null 2>&1; done
check "its word is now the village's" equal "$(field a person "$p1" name)" 马小兰
check "the difference says how it ended" equal "$(field a feed_difference "$mine" status)" accepted

# Civil affairs does not decide on names: its word is told, not written.
printf '身份证号,姓名,电话\n990000198001010012,马小蓝,15400000009\n' >mz.csv
check "another department brings what it holds" equal "$(take mz mz.csv mz | jq -c '[.differences, .written]')" '[2,2]'
for desk in mz a; do "$huce" sync --data $desk >/dev/null 2>&1; done
check "what it does not decide is not changed" equal "$(field a person "$p1" name) $(field a person "$p1" phone)" "马小兰 15400000001"
check "and is told" equal "$("$huce" feed list --status open --data a --json | jq '.differences | length')" 2
for desk in a ga; do
  check "audit at $desk" "$huce" audit --data $desk
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
finish
