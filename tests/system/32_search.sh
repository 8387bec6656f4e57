#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The whole history, by person, field and day: what counts and what does not, what the county has and
# what it has not, as text, as JSON and as an Excel file; the audit's findings as an Excel file too. The
# county answers the same from its own database, also of any day and size that it had.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b grid 丁丽 $village && desk_join c auditor 白审 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
person=$(HUCE_CLOCK_OFFSET_MS=-864000000 put a person name=马小兰 id_type=1 id_no=990000198001010012 phone=15412345678)
for desk in a b; do "$huce" sync --data $desk >/dev/null; done
put b household "$house" address="一社 2 号" --note "门牌换了" >/dev/null
kid=$("$huced" member list --data county --json | jq -r '.members[] | select(.name == "丁丽" and .kind == "person") | .kid')
"$huced" member revoke "$kid" --data county >/dev/null
"$huce" sync --data b >/dev/null 2>&1
for desk in a c; do "$huce" sync --data $desk >/dev/null; done
put a household "$house" phone=15400000009 >/dev/null

# found OPTION…: author, type, fields, state, proof and whether it counts
found() { "$huce" history "$@" --json | jq -c '[.changes[] | [.author, .type, (.op.fields // {} | keys_unsorted), .state, .proof, .void == null]]'; }
check "by person, with what does not count" equal "$(found --by 丁丽 --data a)" \
  '[["丁丽","household",["address"],"confirmed","checkpoint",false]]'
check "by the beginning of a key as well" equal "$(found --by "${kid:0:12}" --data a)" "$(found --by 丁丽 --data a)"
check "by field, across people" equal "$("$huce" history --field 住址 --data a --json | jq -c '[.changes[] | [.author, .op.fields.address]]')" \
  '[["马建国","一社 1 号"],["丁丽","一社 2 号"]]'
check "a field has its English name too" equal "$(found household --field address --data a)" "$(found --field 住址 --data a)"
check "what the county has not got is there, last" equal "$(found household --field phone --data a)" \
  '[["马建国","household",["phone"],"saved","waiting",true]]'
then=$(TZ=Asia/Shanghai date -d '-10 days' +%F) today=$(TZ=Asia/Shanghai date +%F)
check "by day" equal "$("$huce" history --from "$then" --to "$then" --data a --json | jq -c '[.changes[].type] | unique')" '["person"]'
check "on the days after, the rest" equal "$("$huce" history --from "$today" --ledger $village --data a --json | jq -c '[.changes[].type] | unique')" '["household"]'
check "of one type" equal "$("$huce" history person --data a --json | jq -c '[.changes[].record] | unique')" "[\"$person\"]"
check "an entry says who, where, when and on what" equal \
  "$("$huce" history --by 丁丽 --data a --json | jq -c '.changes[0] | [.role, .base, .note, (.leaf | type), (.device | length > 0), (.void | contains("隔离"))]')" \
  '["grid",2,"门牌换了","number",true,true]'
check "in words" grep -q "一社 2 号" <<<"$("$huce" history --by 丁丽 --data a)"
check "an auditor finds it, masked" equal "$("$huce" history person --data c --json | jq -r '.changes[].op.fields.id_no')" '990000********0012'
check_fails 2 "a day has a form" "$huce" history --from gestern --data a
check_fails 2 "a field that no type has is a mistake, not an empty answer" "$huce" history --field adress --data a
check_fails 2 "nor one that this type does not have" "$huce" history person --field address --data a
check_fails 2 "a ledger must be here" "$huce" history --ledger 622924999999 --data a
check "who did nothing has done nothing" equal "$(found --by 无人 --data a)" '[]'

check "as an Excel file" "$huce" history --xlsx history.xlsx --data a
"$huce" audit --xlsx audit.xlsx --data a >/dev/null
check "the audit too" [ -s audit.xlsx ]
cat >read.py <<'PY'
import re, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
sheet = z.read('xl/worksheets/sheet1.xml').decode()
strings = re.findall(r'<si><t[^>]*>([^<]*)</t></si>', z.read('xl/sharedStrings.xml').decode())
print(re.search(r'<pane ySplit="(\d+)"', sheet).group(1), strings[0])
rows = {}
for m in re.finditer(r'<c r="[A-Z]+(\d+)"[^>]*?(t="s")?><v>([^<]+)</v>', sheet):
    rows.setdefault(int(m.group(1)), []).append(strings[int(m.group(3))] if m.group(2) else m.group(3))
for n in sorted(rows):
    print('|'.join(rows[n]))
PY
python3 read.py history.xlsx >history.txt
check "with a title and a heading that stays" grep -q "^3 改动历史" history.txt
check "and who changed what" grep -q "丁丽|grid|.*|住址|.*|门牌换了|" history.txt
check "masked as for the wall" equal "$(grep -cE '990000198001010012|马小兰|15412345678|一社' history.txt)" 0
python3 read.py audit.xlsx >audit.txt
check "the findings, each in its row" grep -q "$village.*说明|void|不计入（quarantined）.*丁丽" audit.txt

# ---- at the county ----
"$huce" sync --data a >/dev/null # now it has all of it
at_county() { "$huced" history "$@" --data county --json | jq -c '[.changes[] | del(.kid)]'; }
at_desk() { "$huce" history "$@" --data a --json | jq -c '[.changes[] | del(.kid)]'; }
same() { [ "$(at_county "$@" | jq length)" -gt 0 ] && equal "$(at_county "$@")" "$(at_desk "$@")"; }
check "all of it, as at the desk" same
check "by person" same --by 丁丽
check "by the beginning of a key" same --by "${kid:0:12}"
check "by field" same --field 住址
check "of a type, by field and day" same household --field address --from "$today" --ledger $village
check "on a day" same --from "$then" --to "$then"
check "of one record, whoever wrote it" equal "$(at_county household "$house" | jq -c '[.[] | [.author, .void == null]]')" '[["马建国",true],["丁丽",false],["马建国",true]]'
check "in words" grep -q "不计入：.*隔离" <<<"$("$huced" history --by 丁丽 --data county)"
check_fails 2 "a day has a form there, too" "$huced" history --from gestern --data county
check_fails 1 "and a type a name" "$huced" history haushalt --data county
check_fails 2 "and a field" "$huced" history --field adress --data county
size=$("$huced" audit --data county --json | jq -r --arg l $village '.ledgers[] | select(.origin | endswith($l)) | .size')
for n in $(seq "$size"); do
  check "what it knew at size $n is what a desk says of it" same --at "$n" --ledger $village
  check "which is the first $n leaves, no more" equal "$(at_county --at "$n" --ledger $village | jq 'map(.leaf) | max')" $((n - 1))
done
check "before the revocation what is quarantined now was not there, or counted" equal "$(at_county --at 1 --ledger $village --by 丁丽)" '[]'
check_fails 2 "a size that it never had" "$huced" history --at $((size + 1)) --ledger $village --data county
check "on a day: all of it was there by tonight" equal "$(at_county --at "$today" | jq -c 'map(del(.proof))')" "$(at_county | jq -c 'map(del(.proof))')"
check_fails 1 "before it was founded it knew nothing" "$huced" history --at 2001-01-01 --data county
"$huced" history --xlsx county.xlsx --data county >/dev/null && python3 read.py county.xlsx >county.txt
check "its Excel file is the desk's" equal "$("$huce" history --xlsx desk.xlsx --data a >/dev/null; python3 read.py desk.xlsx | grep -v 制表时间)" "$(grep -v 制表时间 county.txt)"
check "masked like that" equal "$(grep -cE '990000198001010012|马小兰|15412345678|一社' county.txt)" 0
"$huced" history --csv county.csv --data county >/dev/null
check "or for any spreadsheet" grep -q "丁丽.*门牌换了" county.csv
"$huced" audit --xlsx county_audit.xlsx --data county >/dev/null && python3 read.py county_audit.xlsx >county_audit.txt
check "its audit, each finding in its row" grep -q "$village.*说明|void|不计入（quarantined）.*丁丽" county_audit.txt
check "and to programs" equal "$("$huced" audit --data county --json | jq -c '[.ok, [.ledgers[].findings[] | [.code, .name]]]')" '[true,[["void","丁丽"]]]'
finish
