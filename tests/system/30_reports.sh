#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A community's roster is imported and every report is asked for. The figures are counted a second time,
# by other rules of thumb: python over the CSV files. Then records change, and so do the reports.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101002 township=622924101000
day=2025-12-31 # on which the roster is true

report() { # FOLDER NAME [OPTION…]: the JSON document
  local folder=$1 name=$2
  shift 2
  "$huce" report "$name" --data "$folder" --json "$@"
}
ask() { # FOLDER NAME JQ [OPTION…]: what the filter finds in it
  local folder=$1 name=$2 filter=$3
  shift 3
  report "$folder" "$name" "$@" | jq -rc "$filter"
}

cat >count.py <<'PY'
"""The same questions to the CSV files, without the program."""
import csv, sys
from collections import Counter, defaultdict

def rows(table):
    with open(f'csv/{table}.csv', encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f))

DAY = '2025-12-31'
home = {m['person_id']: m['household_id'] for m in rows('household_member')}
person = {p['id']: p for p in rows('person')}
household = {h['id']: h for h in rows('household')}
spells = [s for s in rows('employment_spell') if not s['end']]
labourers = [p for p in rows('labour_profile') if p['capability'] in '123']

def age(who, day=DAY):
    b = person[who]['birth']
    return int(day[:4]) - int(b[:4]) - (day[5:] < b[5:])

def stable(s):
    return (s['contract'] == '3' or float(s['months_this_year']) >= 6 or s['mode'] == '6' and s['credit_code'] != ''
            or s['mode'] == '1' and int(s['wage_month']) >= 1850)

def labour():
    work = {s['person_id']: s for s in spells}
    who = [p for p in labourers if 16 <= age(p['person_id']) < 60]
    at_work = [work[p['person_id']] for p in who if p['person_id'] in work]
    idle = [p for p in who if p['person_id'] not in work]
    unwilling = sum(p['no_job_reason'] == '9' or p['emp_status'] == '7' for p in idle)
    surplus = [p for p in who if p['surplus'] == '1']
    out = {'households': len(household), 'people': len(person), 'labourers': len(who),
           'stable': sum(map(stable, at_work)), 'unstable': sum(not stable(s) for s in at_work),
           'willing': len(idle) - unwilling, 'unwilling': unwilling, 'others': 0, 'surplus': len(surplus),
           'placed': sum(p['person_id'] in work for p in surplus)}
    for m in '123456':
        out['mode_' + m] = sum(s['mode'] == m for s in at_work)
    for p in '12345':
        out['place_' + p] = sum(s['place_scope'] == p for s in at_work)
    out['rate'] = round(100 * len(at_work) / len(who), 1)
    before = sum(s['start'] < '2025-12-01' for s in at_work)
    ended = sum(s['start'] < '2025-12-01' and s['end'] >= '2025-11-30' for s in rows('employment_spell') if s['end'])
    out['change'] = round(100 * (len(at_work) - before - ended) / (before + ended), 1)
    return ' '.join(f'{k}={v:g}' for k, v in out.items())

def violators():
    channel = {i['household_id'] for i in rows('income_source') if i['kind'] != '4'} | {home[s['person_id']] for s in spells}
    firm = {home[s['person_id']] for s in spells if stable(s)}
    able = {home[p['person_id']] for p in labourers}
    lines = []
    for i, h in household.items():
        missing = [word for word, lacks in (('门路', i not in channel), ('就业', i in able and i not in firm)) if lacks]
        if missing:
            lines.append(h['household_code'] + ' ' + '、'.join(missing))
    return '\n'.join(sorted(lines))

def visits():
    grid = {g['id']: g['name'] for g in rows('grid') if g['level'] == '3'}
    seen = {v['household_id'] for v in rows('visit') if v['at'].startswith('2025-12')}
    due, done = Counter(), Counter()
    for i, h in household.items():
        due[grid[h['grid_id']]] += 1
        done[grid[h['grid_id']]] += i in seen
    return '\n'.join(sorted(f'{g} {n} {done[g]}' for g, n in due.items()))

def must_left():
    seen = {v['household_id'] for v in rows('visit') if v['at'].startswith('2025-12')}
    must = {home[t['person_id']] for t in rows('person_tag') if t['tag'] in ('105', '106', '107', '108', '109', '110', '117')}
    return len(must - seen)

def younger(limit, day):
    return sum(16 <= age(p['person_id'], day) < (limit if person[p['person_id']]['sex'] == '1' else 60) for p in labourers)

def someone():
    """A household that lacks both, and a labourer in it; then one more such household."""
    both = [line.split()[0] for line in violators().split('\n') if '、' in line]
    code = {h['household_code']: i for i, h in household.items()}
    return '\n'.join(f'{c} {next(p["person_id"] for p in labourers if home[p["person_id"]] == code[c])}' for c in both[:3])

def aligned(path):
    """In the printed table every column begins under its title: two blanks stand before it in every row."""
    from unicodedata import east_asian_width
    def cells(line):
        out = []
        for c in line.rstrip('\n'):
            out += [c] + [''] * (east_asian_width(c) in 'WF')
        return out
    lines = open(path, encoding='utf-8').read().split('\n')
    rule = next(i for i, l in enumerate(lines) if '──' in l)
    title = cells(lines[rule - 1])
    table = [cells(l) for l in lines[rule + 1:rule + 21]]
    text = [i for i, l in enumerate(title) if l in ('户', '网', '缺', '自', '原', '责') and title[i - 2:i] == [' ', ' ']]
    if len(text) != 7 or len(table) != 20:
        sys.exit(f'{len(text)} columns, {len(table)} rows')
    for row in table:
        for at in text[1:]:
            if row[at - 2:at] != [' ', ' '] or row[at] == ' ':
                sys.exit(f'column {at}: ' + ''.join(row))
    return 'aligned'

def sheet(path):
    """What a spreadsheet gets: no formula, no rounded code, as many columns as titles."""
    raw = open(path, 'rb').read()
    if not raw.startswith(b'\xef\xbb\xbf') or raw.count(b'\n') != raw.count(b'\r\n'):
        sys.exit('no BOM, or bare line ends')
    table = list(csv.reader(raw[3:].decode('utf-8').splitlines()))
    end = table.index([])
    for line in table:
        for cell in line:
            if cell[:1] in ('=', '+', '-', '@') or cell.isdigit() and len(cell) > 11:
                sys.exit(f'dangerous: {cell}')
    if any(len(line) != len(table[0]) for line in table[:end]):
        sys.exit('ragged')
    if not any(line[:2] == ['截至', DAY] for line in table[end:]):
        sys.exit('no day')
    return end - 1

print(globals()[sys.argv[1]](*(int(a) if a.isdigit() else a for a in sys.argv[2:])))
PY
count() { python3 count.py "$@"; }

county_found && county_serve && desk_join a village 马玉花 $village && desk_join t township 镇里 $township ||
  { echo "not ok - a county and two desks"; finish; }
check "an empty desk answers every report" bash -c "for r in \$('$huce' report --json | jq -r '.reports[].name'); do
  '$huce' report \$r --data a >/dev/null || exit 1; done"
check "before anything has arrived nothing is zero" equal "$(ask a labour '.rows[0].labourers, .data.reported')" $'null\n0'
roster_make $village csv
for type in grid grid_officer grid_post person household household_member person_tag labour_profile employment_spell \
  income_source skill visit; do
  "$huce" import $type csv/$type.csv --data a >>import.txt 2>&1 || { echo "not ok - $type is imported"; tail -n 3 import.txt; }
done
check "as saved, so counted: 3,835 labourers before any synchronisation" \
  equal "$(ask a labour '.rows[0].labourers, .data.never_synced' --date $day)" $'3835\n1'
for desk in a t; do "$huce" sync --data $desk >/dev/null 2>&1; done

# ---- figures ----
for name in labour invariants visits; do report a $name --date $day >$name.json; done
report t labour --date $day >township.json
of() { jq -rc "$2" "$1.json"; } # REPORT JQ
all='.rows[0] | to_entries | map(select(.key | IN("unit", "code", "mode_9", "place_0", "as_of", "synced") | not) | "\(.key)=\(.value)") | join(" ")'
labour=$(of labour "$all")
check "labour: every figure is what the roster's files add up to" equal "$labour" "$(count labour)"
check "labour: 3,835 labourers, 2,161 of them surplus, all placed" \
  equal "$(of labour '.rows[0] | [.labourers, .surplus, .placed]')" '[3835,2161,2161]'
check "labour: the township sees the same" \
  equal "$(of township '.rows[] | select(.code == "'$village'") | del(.as_of)')" "$(of labour '.rows[0] | del(.as_of)')"
check "labour: a unit that has not reported is not a unit with zero" \
  equal "$(of township '([.rows[] | select(.code != "" and .labourers == null)] | length), .data.ledgers, .data.reported')" $'16\n17\n1'
check "labour: the total says of how many units it is" \
  equal "$(of township '.rows[0] | .unit, .labourers')" $'合计（1/17 已上报）\n3835'

violators=$(of invariants '.rows[] | .household_code + " " + .missing' | sort)
check "invariants: exactly the households that the files show" equal "$violators" "$(count violators)"
check "invariants: 8 without a channel of income, 23 without a stable job, of 1,902" equal \
  "$(of invariants '[.summary[] | .value]')" '[1902,1879,8,23]'
check "invariants: each has a reason and somebody who answers for it" \
  equal "$(of invariants '[.rows[] | select(.reason == null or .officer == null)] | length')" 0
check "invariants: names are masked" \
  equal "$(of invariants '[.rows[] | select(.head | test("^.\\*+$") | not)] | length')" 0
check "visits: households and visits of every grid" \
  equal "$(of visits '.rows[] | "\(.grid) \(.households) \(.visited)"' | sort)" "$(count visits)"
check "visits: must-contact households that were not visited" \
  equal "$(of visits '[.rows[].must_left] | add')" "$(count must_left)"
check "visits: another month has none" \
  equal "$(ask a visits '[.rows[].visited] | add' --date $day --month 2025-11)" 0
check "plans: all 1,902 relocated households still need one" \
  equal "$(ask a plans '.rows[0] | [.target, .signed, .unsigned]' --date $day)" '[1902,0,1902]'
check "quality: the roster's only doubt is a monitored household without its risk" \
  equal "$(ask a quality '[.rows[] | [.rule, .count]]' --date $day)" "[[\"Q25\",$(grep -c ',[234],1,6229' csv/household.csv)]]"

# ---- how it is shown ----
"$huce" report invariants --data a --date $day >shown.txt
check "the terminal shows 20 rows under their titles and says how many are left" count aligned shown.txt
check "… 3 are left, and where they are" grep -q '还有 3 行.*--csv' shown.txt
check "… and when the ledger was synchronised" grep -q "截至 $day。资料：1 个村级账本；同步于 20" shown.txt
grid=$(sed -n 3p csv/grid.csv | cut -d, -f1)
put a grid "$grid" 'name==HYPERLINK("x","甲")' >/dev/null
"$huce" report invariants --data a --date $day --csv list.csv >/dev/null
check "the file has all 23, and a spreadsheet neither computes nor rounds" equal "$(count sheet list.csv)" 23
check "a grid named like a formula stays a text" grep -q "\"'=HYPERLINK" list.csv

# ---- records change, reports follow ----
mapfile -t chosen < <(count someone)
read -r first worker <<<"${chosen[0]}"
missing() { ask a invariants '.rows[] | select(.household_code == "'"$1"'") | .missing' --date $day; }
put a income_source household_id="$first" kind=4 item=惠农补贴 year=2025 amount_year=3000 >/dev/null
check "transfer income alone is no channel" equal "$(missing "$first")" '门路、就业'
put a income_source household_id="$first" kind=2 item=小卖部 year=2025 amount_year=9000 >/dev/null
check "income of one's own is one" equal "$(missing "$first")" 就业
job=$(put a employment_spell person_id="$worker" mode=2 place_scope=2 place_div=622924000000 months_this_year=1 \
  start=2025-12-01 contract=1)
check "a month by word of mouth is no stable job" equal "$(missing "$first")" 就业
put a employment_spell "$job" contract=3 employer=县经济开发区企业 >/dev/null
check "a contract of a year is: the household leaves the list" equal "$(missing "$first")" ''
check "… and 22 are left, 7 of them without a channel" equal "$(ask a invariants '[.summary[2,3].value]' --date $day)" '[7,22]'
put a employment_spell "$job" end=2025-12-20 >/dev/null
check "the job ends: the household is back, since the day after" equal \
  "$(ask a invariants '.rows[] | select(.household_code == "'"$first"'") | .missing, .since' --date $day)" $'就业\n2025-12-21'
read -r second _ <<<"${chosen[1]}"
put a household "$second" status=3 >/dev/null
check "a household that has moved away is no longer counted" equal "$(missing "$second"; ask a invariants '.summary[0].value' --date $day)" 1901

read -r third idle <<<"${chosen[2]}"
put a plan household_id="$third" year=2025 status=draft >plan.id
put a plan_measure plan_id="$(cat plan.id)" menu_code=C01 status=2 due=2025-06-30 income_effect=6000 >/dev/null
check "plans: one is drafted, its measure is overdue" equal \
  "$(ask a plans '.rows[0] | [.planned, .signed, .measures, .m_c, .overdue, .expected, .reached]' --date $day)" '[1,0,1,1,1,6000,0]'
put a household_member household_id="$first" person_id="$idle" relation=97 from=2025-12-01 >/dev/null
put a employment_spell person_id="$idle" mode=4 start=2025-12-02 place_scope=1 place_div=622924000000 wage_month=300 >/dev/null
check "quality: what was planted is found, by rule" equal \
  "$(ask a quality '[.rows[] | select(.rule | IN("Q13", "Q15", "Q21", "P4", "P7")) | [.rule, .count]]' --date $day)" \
  '[["Q13",1],["Q15",1],["Q21",1],["P4",1],["P7",1]]'
check "quality: the list names the household and masks the person" equal \
  "$(ask a quality_list '.rows[] | select(.rule == "Q21") | .household_code == "'"$third"'", (.person | test("^.\\*+$"))' --date $day)" $'true\ntrue'
left=$("$huce" sql "SELECT count(*) FROM household_member m JOIN household h ON h.id = m.household_id
  WHERE h.household_code = '$second'" --data a --json | jq '.rows[0][0]')
check "who is in two households counts once" equal "$(ask a labour '.rows[0].people' --date $day)" $((7136 - left))

# ---- a village with nothing in its books; numbers that the county decides ----
desk_join b village 马海 $other
put b grid name=第1网格 level=3 >/dev/null
for desk in b a t; do "$huce" sync --data $desk >/dev/null 2>&1; done
check "a village that has reported and has nobody is a zero" equal \
  "$(ask t labour '.rows[] | select(.code == "'$other'") | .labourers' --date $day)" 0
desk_join c dept:rs 人社局 622924000000
put c parameter name=work_age_to_male valid_from=2026-01-01 value=50 basis=试验 >/dev/null
"$huce" sync --data c >/dev/null 2>&1
"$huce" sync --data t >/dev/null 2>&1
now=$(ask t labour '.rows[] | select(.code == "'$village'") | .labourers' --date 2026-01-01)
gone=$("$huce" sql "SELECT count(*) FROM labour_profile l JOIN household_member m ON m.person_id = l.person_id
  JOIN household h ON h.id = m.household_id WHERE h.household_code = '$second' AND m.[to] IS NULL
  AND l.person_id IN (SELECT id FROM person WHERE birth > iif(sex = '1', '1976-01-01', '1966-01-01'))" --data t --json | jq '.rows[0][0]')
check "a working age that the county changes holds from its day" equal "$now" $(($(count younger 50 2026-01-01) - gone))
check "… and not before" equal "$(ask t labour '.rows[] | select(.code == "'$village'") | .labourers' --date $day)" \
  "$(ask a labour '.rows[0].labourers' --date $day)"

# ---- who may, and what cannot be ----
desk_join g grid 马兰 $village
check_fails 1 "a grid officer does not see the plans" "$huce" report plans --data g
check_fails 1 "no such report" "$huce" report nothing --data a
check_fails 2 "no such day" "$huce" report labour --data a --date 2025-02-30
check_fails 2 "no such month" "$huce" report visits --data a --month 2025-13
check_fails 2 "a ledger that is not here" "$huce" report labour --data a --ledger $other
check "people's own queries find the derived views" equal \
  "$("$huce" sql "SELECT label('em', '4'), mask_name('马小兰') FROM household_state LIMIT 1" --data a --json | jq -c '.rows[0]')" '["公益性岗位","马**"]'
finish
