#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# What of a person's data is shown to whom: the village sees what it works with, an auditor the first
# six and the last four digits; what goes into a file is masked as for the wall, in CSV, in Excel and
# out of a query. Who needs it whole signs for it, with a reason that everybody can read.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b auditor 白审 $village && desk_join c township 丁镇 622924101000 || finish
id=990000198001010012
person=$(put a person name=马小兰 id_type=1 id_no=$id phone=15412345678 ethnic=03 health=1 hukou_div=$village)
house=$(put a household household_code=622924101001010001 address="一社 1 号" phone=15400000001)
put a person name=马=cmd id_type=1 id_no=990000195506151183 >/dev/null 2>&1
for desk in a b c; do "$huce" sync --data $desk >/dev/null; done
shown() { "$huce" get person "$person" --data "$1" --json | jq -c '[.fields | .id_no, .name, .phone, .birth, .ethnic]'; }

check "the village sees what it wrote" equal "$(shown a)" '["'$id'","马小兰","15412345678","1980-01-01","03"]'
check "so does the township" equal "$(shown c)" "$(shown a)"
check "an auditor sees 6 and 4, a surname, a year" equal "$(shown b)" \
  '["990000********0012","马**","154****5678","1980-**-**","***"]'
check "and is told what is masked" equal "$("$huce" get person "$person" --data b --json | jq -c '.masked | index("id_no") != null')" true
check "in lists as well" equal "$("$huce" list person --data b --json | jq -c '[.records[] | .fields.id_no]' | grep -c $id)" 0
check "and in histories" equal "$("$huce" history person "$person" --data b --json | grep -cE "$id|马小兰|15412345678")" 0
check "the village's history has it" grep -q $id <<<"$("$huce" history person "$person" --data a)"
ask='SELECT id_no, name, address, substr(id_no, 1) || phone AS both FROM person, household ORDER BY 1 LIMIT 1'
ask=${ask/|| phone/|| person.phone}
check "a query is masked for an auditor" equal "$("$huce" sql "SELECT id_no, 'tel ' || phone FROM person WHERE id_no = '$id'" --data b --json | jq -c '.rows[0]')" \
  '["990000********0012","tel 154****5678"]'
answer() { "$huce" sql "$1" --data b --json | jq -c '.rows[0]'; }
check "a name as it stands is a surname, and nothing that is made of it is shown" equal \
  "$(answer "SELECT name, name || phone, substr(name, 2), CAST(name AS BLOB), length(name) FROM person WHERE id_no = '$id'")" '["马**","***","***","***",3]'
check "a number is not what a telephone number becomes" equal "$(answer "SELECT CAST(phone AS INTEGER), phone + 0.5 FROM person WHERE id_no = '$id'" | grep -c 5412345)" 0
check_fails 1 "nor are its letters spelt out" "$huce" sql "SELECT hex(name) FROM person" --data b
check "records are named all the same" equal "$(answer "SELECT id, name FROM person WHERE id_no = '$id'")" "[\"$person\",\"马**\"]"
check "and counted by what is not masked" equal "$(answer "SELECT substr(household_code, 1, 12), count(*) FROM household")" '["622924101001",1]'
check "and not for the village" grep -q $id <<<"$("$huce" sql "SELECT id_no FROM person" --data a)"

# Where records meet: conflicts, duplicates, households on their way.
"$huce" put person "$person" phone=15488881111 --data a >/dev/null
"$huce" put person "$person" phone=15488882222 --data c >/dev/null
other=$(put a person name=马小兰 id_type=1 birth=1980-01-01 phone=15433334444)
for desk in a c a b; do "$huce" sync --data $desk >/dev/null; done
leaks() { grep -cE "$id|马小兰|154888811|154888822|15433334444|1980-01-01"; }
check "there is a conflict, or one that was decided by rule" equal "$({ "$huce" conflicts list --data a; "$huce" conflicts list --reported --data a; } | grep -c 1548888)" "$({ "$huce" conflicts list --data c; "$huce" conflicts list --reported --data c; } | grep -c 1548888)"
check "the village sees its values" bash -c '{ "$0" conflicts list --data a; "$0" conflicts list --reported --data a; } | grep -q 15488882222' "$huce"
check "an auditor sees them masked" equal "$({ "$huce" conflicts list --data b --json; "$huce" conflicts list --reported --data b --json; } | leaks)" 0
one=$({ "$huce" conflicts list --data b --json; "$huce" conflicts list --reported --data b --json; } | jq -r '.conflicts[0].id // empty' | head -n 1)
check "one of them, too" equal "$("$huce" conflicts show "$one" --data b | leaks)" 0
check "the village sees who may be one person" bash -c '"$0" duplicates list --data a | grep -q 马小兰' "$huce"
check "an auditor sees that somebody may" bash -c '"$0" duplicates list --data b --json | jq -e ".duplicates | length == 1"' "$huce"
check "and not who" equal "$("$huce" duplicates list --data b | leaks)" 0

"$huce" put person "$person" health=2 --data a >/dev/null
"$huce" put person "$person" health=3 --data c >/dev/null
for desk in a c a; do "$huce" sync --data $desk >/dev/null; done
{ "$huce" conflicts list --data a; "$huce" conflicts list --reported --data a; } >/dev/null
"$huce" sync --data a >/dev/null
check "who looked at a conflict about a health is known" bash -c '"$0" reads --record "$1" --data county --json | jq -e ".reads | any(.command == \"conflicts\" and .fields == [\"health\"])"' "$huced" "$person"

# Files are for others' eyes.
check "a list goes into a file" "$huce" list person --csv person.csv --data a
check "masked as for the wall" grep -q '"9\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*12"' person.csv
check "nothing of it is whole" equal "$(grep -cE "$id|马小兰|15412345678|1980|回族" person.csv)" 0
check "nor in a household's" equal "$("$huce" list household --csv house.csv --data a >/dev/null; grep -c "一社 1 号" house.csv)" 0
check "nor out of a query" equal "$("$huce" sql "$ask" --csv ask.csv --data a >/dev/null; grep -cE "$id|马小兰|15412345678|一社" ask.csv)" 0
check "the same as an Excel file" "$huce" list person --xlsx person.xlsx --data a
check "which only its owner may read" equal "$(stat -c %a person.xlsx)" 600
python3 - >xlsx.txt <<'PY'
import re, zipfile
z = zipfile.ZipFile('person.xlsx')
sheet = z.read('xl/worksheets/sheet1.xml').decode()
strings = re.findall(r'<si><t[^>]*>([^<]*)</t></si>', z.read('xl/sharedStrings.xml').decode())
print('bad:', z.testzip())
print('frozen:', re.search(r'<pane ySplit="(\d+)"', sheet).group(1))
print('filter:', re.search(r'<autoFilter ref="(\w+):', sheet).group(1))
print('widths:', len(re.findall(r'<col ', sheet)) > 10)
print('title:', strings[0])
cells = {m.group(1): strings[int(m.group(2))] for m in re.finditer(r'<c r="([A-Z]+\d+)"[^>]*t="s"><v>(\d+)</v>', sheet)}
heads = {v: k for k, v in cells.items() if re.fullmatch(r'[A-Z]+3', k)}
column = heads['身份证号'][:-1]
print('ids:', sorted(v for k, v in cells.items() if re.fullmatch(column + r'[4-9]', k)))
print('whole:', [s for s in strings if '马小兰' in s or '15412345678' in s or '1980' in s])
print('formulas:', sheet.count('<f>'))
PY
check "read back, it is whole as a file, frozen under its heading, masked" equal "$(cat xlsx.txt)" "bad: None
frozen: 3
filter: A3
widths: True
title: 人员
ids: ['9***************12']
whole: []
formulas: 0"

# Whole, for a reason.
check_fails 2 "without a reason it is not taken out whole" "$huce" list person --csv whole.csv --unmask --data a
check_fails 2 "and not onto the screen" "$huce" list person --unmask --reason "看看" --data a
check "nothing has been written" [ ! -e whole.csv ]
check_fails 1 "an auditor signs nothing, so takes nothing out" "$huce" list person --csv whole.csv --unmask --reason "审计抽查" --data b
check "still nothing" [ ! -e whole.csv ]
check "who works with it may, and signs" "$huce" list person --csv whole.csv --unmask --reason "送县医院核对医保" --data a
check "then it is whole" grep -q $id whole.csv
"$huce" sync --data a >/dev/null
"$huce" sync --data b >/dev/null
notes() { "$huce" list access_note --data "$1" --json | jq -c '[.records[].fields | [.what, .reason, .rows]]'; }
check "everybody can read why" equal "$(notes b)" '[["list person","送县医院核对医保",2]]'
note=$("$huce" list access_note --data b --json | jq -r '.records[0].id')
check "and who it was" equal "$("$huce" history access_note "$note" --data b --json | jq -r '.changes[0] | .author + " " + .proof')" "马建国 checkpoint"
check "the audit tells it" grep -q "导出未遮盖的资料.*list person.*送县医院核对医保" <<<"$("$huce" audit --data b)"
check "the county's too" grep -q "导出未遮盖的资料.*list person.*送县医院核对医保" <<<"$("$huced" audit --data county)"
rows() { "$huced" sql "SELECT name, id_no, phone FROM person WHERE id_no = '$id'" --data county --json "$@" | jq -c '.rows[0]'; }
check "a query at the county is masked as for the wall" equal "$(rows)" '["马**","9***************12","154****'"$(field a person "$person" phone | tail -c 5)"'"]'
check "also what is computed" equal "$("$huced" sql "SELECT 'tel ' || phone FROM person WHERE id_no = '$id'" --data county | grep -cE "154[0-9]{8}")" 0
check_fails 2 "whole for a reason alone" "$huced" sql "SELECT name FROM person" --unmask --data county
check "with one it is" equal "$(rows --unmask --reason 核对重名 | jq -r '.[1]')" "$id"
check "and stands among those who have looked" bash -c '"$0" reads --data county --json | jq -e ".reads | any(.command == \"sql --unmask（核对重名）\")"' "$huced"
check "in a chain like any other" "$huced" reads --check --data county
check "reports go into Excel files" "$huce" report invariants --xlsx report.xlsx --data a
check "with what they stand on" grep -q 说明 <<<"$(unzip -p report.xlsx xl/workbook.xml 2>/dev/null || python3 -c 'import zipfile; print(zipfile.ZipFile("report.xlsx").read("xl/workbook.xml").decode())')"
finish
