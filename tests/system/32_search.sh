#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The whole history, by person, field and day: what counts and what does not, what the county has and
# what it has not, as text, as JSON and as an Excel file; the audit's findings as an Excel file too.
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
finish
