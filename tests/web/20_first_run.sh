#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A laptop's first day: an invitation, a PIN, a roster from an Excel file with mistakes in it.
set -u
. "$(dirname "$0")/lib.sh"
county_found && county_serve || { echo "not ok - a county is founded"; finish; }
"$huced" invite --ledger $village --role village --person 马建国 --url "$url" --out ma.invite --data county >/dev/null 2>&1
# An Excel file as offices have it: a title above the headings, headings of their own, numbers as numbers.
python3 - <<'PY'
import random, zipfile
def cell(ref, v):
    return f'<c r="{ref}"><v>{v}</v></c>' if isinstance(v, int) else f'<c r="{ref}" t="inlineStr"><is><t>{v}</t></is></c>'
def write(name, rows):
    sheet = ''.join('<row r="%d">%s</row>' % (i, ''.join(cell('ABCDE'[k] + str(i), v) for k, v in enumerate(row) if v != ''))
                    for i, row in enumerate(rows, 1))
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    main, office = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main', 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
    package, types = 'http://schemas.openxmlformats.org/package/2006/relationships', 'application/vnd.openxmlformats-officedocument.spreadsheetml.'
    with zipfile.ZipFile(name, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('[Content_Types].xml', head + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                   '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                   f'<Override PartName="/xl/workbook.xml" ContentType="{types}sheet.main+xml"/>'
                   f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}worksheet+xml"/></Types>')
        z.writestr('_rels/.rels', head + f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        z.writestr('xl/workbook.xml', head + f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="户" sheetId="1" r:id="r1"/></sheets></workbook>')
        z.writestr('xl/_rels/workbook.xml.rels', head + f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        z.writestr('xl/worksheets/sheet1.xml', head + f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>')

write('roster.xlsx', [['三甲集社区户花名册'], ['户编号', '家庭住址', '联系电话', '备注', '户状态'],
        ['622924101001010001', '一社 1 号', 15400000001, 'x', '在册'],
        ['622924101001010002', '一社 2 号', '', '', '1'],
        ['62292410100101', '一社 3 号', 15400000003, '', '在册']])
luck = random.Random(1)
word = lambda: ''.join(chr(luck.randrange(0x4e00, 0x9fa0)) for _ in range(40))
write('large.xlsx', [['户编号', '家庭住址', '备注', '备注二', '户状态']] + [[str(622924101001020000 + i), word(), word(), word(), '1'] for i in range(4000)])
PY
printf '户编号,家庭住址\n622924101001010004,一社 4 号\n' | iconv -f UTF-8 -t GB18030 >old.csv
service_start --sync-every 0
browser first_run
check "the good rows are in the desk" equal "$("$huce" list household --data ma --json | jq -c '[.records[].fields.address] | sort')" '["一社 1 号","一社 2 号","一社 4 号"]'
check "with the telephone number whole" equal "$("$huce" list household --data ma --json | jq -r '[.records[].fields.phone // empty] | join(",")')" 15400000001
service_stop
check "audit" "$huce" audit --data ma
finish
