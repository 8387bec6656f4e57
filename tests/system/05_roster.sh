#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The roster generator: the published figures of 三甲集社区 hold, every number that looks like an ID is
# well formed and nobody's, references resolve, and the same arguments give the same bytes.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
roster=${HUCE_BUILD:-$root/build}/tests/data/roster
divisions=$root/tests/data/divisions_guanghe.csv
failures=0

check() { # TEXT COMMAND…
  local text=$1 out
  shift
  if out=$("$@" 2>&1); then
    echo "ok - $text"
  else
    echo "not ok - $text"
    echo "$out" | head -n 20 | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}

# Questions about one or more folders, answered by python's own csv reader.
cat >ask.py <<'PY'
import csv, glob, os, re, sqlite3, sys
from collections import Counter

what, folders = sys.argv[1], sys.argv[2:]
AS_OF = '2025-12-31'
REFERENCES = {'person_id': 'person', 'head_person_id': 'person', 'household_id': 'household',
              'grid_id': 'grid', 'parent_id': 'grid', 'officer_id': 'grid_officer',
              'contact_officer': 'grid_officer'}

def rows(folder, table):
    with open(os.path.join(folder, table + '.csv'), encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f, strict=True))

def expect(name, value, wanted):
    if value != wanted:
        sys.exit(f'{name}: {value}, expected {wanted}')

def households(folder):
    """Members, labourers and running spells of every household."""
    home = {m['person_id']: m['household_id'] for m in rows(folder, 'household_member')}
    labour, spells = Counter(), {}
    for p in rows(folder, 'labour_profile'):
        labour[home[p['person_id']]] += 1
    for s in rows(folder, 'employment_spell'):
        if not s['end']:
            spells.setdefault(home[s['person_id']], []).append(s)
    return home, labour, spells

def figures(folder):
    profiles = rows(folder, 'labour_profile')
    expect('labourers', len(profiles), 3835)
    surplus = {p['person_id'] for p in profiles if p['surplus'] == '1'}
    expect('surplus', len(surplus), 2161)
    spells = rows(folder, 'employment_spell')
    modes = {s['person_id']: s['mode'] for s in spells if not s['end']}
    expect('surplus without a running spell', len(surplus - modes.keys()), 0)
    expect('modes of the surplus', sorted({modes[p] for p in surplus}), list('123456'))
    home = households(folder)[0]
    herders = [s['person_id'] for s in spells if s['mode'] == '1']
    expect('herders', len(herders), 512)
    sheds = {h['id'] for h in rows(folder, 'household') if h['sheds'] == '1'}
    expect('sheds', len(sheds), 202)
    expect('households of herders', {home[p] for p in herders} == sheds, True)

def invariants(folder, no_income=8, no_stable=23):
    home, labour, spells = households(folder)
    earning = {i['household_id'] for i in rows(folder, 'income_source') if i['kind'] != TRANSFER}
    everyone = {h['id'] for h in rows(folder, 'household')}
    expect('households without an income channel', len(everyone - earning), no_income)
    expect('of them with a running spell', len((everyone - earning) & spells.keys()), 0)
    unstable = [h for h in labour if not any(s['stable'] == '1' for s in spells.get(h, []))]
    expect('households without a stable job', len(unstable), no_stable)

def plausible(folder):
    people, homes = rows(folder, 'person'), rows(folder, 'household')
    ages = [2025 - int(p['birth'][:4]) for p in people]
    share = 100 * sum(15 <= a < 60 for a in ages) / len(ages)
    if not 55 <= share <= 62:
        sys.exit(f'aged 15 to 59: {share:.1f} %, expected about 58.2')
    size = len(people) / len(homes)
    if not 3.6 <= size <= 3.9:
        sys.exit(f'people in a household: {size:.2f}, expected about 3.75')
    hui = 100 * sum(p['ethnic'] == '03' for p in people) / len(people)
    if not 65 <= hui <= 75:
        sys.exit(f'回: {hui:.1f} %, expected about 70')

def id_numbers(*all_folders):
    seen = set()
    for folder in all_folders:
        for p in rows(folder, 'person'):
            n = p['id_no']
            if not re.fullmatch(r'990000\d{11}[\dX]', n):
                sys.exit(f'{n} is not of the impossible area 990000')
            weights = [2 ** (17 - i) % 11 for i in range(17)]
            if '10X98765432'[sum(int(d) * w for d, w in zip(n, weights)) % 11] != n[17]:
                sys.exit(f'{n}: wrong check digit')
            if n[6:14] != p['birth'].replace('-', '') or p['birth'] > AS_OF:
                sys.exit(f'{n}: birth {p["birth"]}')
            if int(n[16]) % 2 != int(p['sex']) % 2:
                sys.exit(f'{n}: sex {p["sex"]}')
            if n in seen:
                sys.exit(f'{n} was given twice')
            seen.add(n)

def record_ids(*all_folders):
    seen = set()
    for folder in all_folders:
        for path in glob.glob(folder + '/*.csv'):
            for r in rows(folder, os.path.basename(path)[:-4]):
                if not re.fullmatch(r'[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}', r['id']):
                    sys.exit(f'{path}: {r["id"]} is not a UUIDv7')
                if r['id'] in seen:
                    sys.exit(f'{path}: {r["id"]} was given twice')
                seen.add(r['id'])

def references(folder):
    ids = {t: {r['id'] for r in rows(folder, t)} for t in set(REFERENCES.values())}
    checked = 0
    for path in glob.glob(folder + '/*.csv'):
        for r in rows(folder, os.path.basename(path)[:-4]):
            for column, table in REFERENCES.items():
                if r.get(column):
                    checked += 1
                    if r[column] not in ids[table]:
                        sys.exit(f'{path}: {column} {r[column]} is no {table}')
    if checked < 10000:
        sys.exit(f'only {checked} references seen')

def families(folder):
    members = rows(folder, 'household_member')
    heads = Counter(m['household_id'] for m in members if m['relation'] == '02')
    expect('households with other than one head', sum(n != 1 for n in heads.values()), 0)
    expect('households with a head', len(heads), len(rows(folder, 'household')))
    expect('people in two households', len(members) - len({m['person_id'] for m in members}), 0)
    person = {p['id']: p for p in rows(folder, 'person')}
    head = {h['id']: h['head_person_id'] for h in rows(folder, 'household')}
    for m in members:
        if m['relation'] == '02':
            expect('head of ' + m['household_id'], head[m['household_id']], m['person_id'])
        if m['relation'] in ('11', '12'):
            sexes = {person[m['person_id']]['sex'], person[head[m['household_id']]]['sex']}
            expect('sexes of a couple', sexes, {'1', '2'})

def stability(folder):
    """What makes a job stable stands in its row (the report derives it from the same facts)."""
    for s in rows(folder, 'employment_spell'):
        facts = [s['contract'] == '3', float(s['months_this_year']) >= 6, s['mode'] == '6' and s['credit_code'],
                 s['mode'] == '1' and int(s['wage_month']) >= 2000]
        expect(f'stable of {s}', s['stable'], '1' if any(facts) else '0')

def rules(folder):
    person = {p['id']: p for p in rows(folder, 'person')}
    capability = {p['person_id']: p['capability'] for p in rows(folder, 'labour_profile')}
    for p in person.values():
        if bool(p['edu']) == bool(p['school_status']):
            sys.exit(f'{p["id_no"]}: exactly one of edu and school_status must be filled')
        if p['phone'] and not re.fullmatch(r'154\d{8}', p['phone']):
            sys.exit(f'phone {p["phone"]}')
    for who in capability:
        age = 2025 - int(person[who]['birth'][:4])
        if not 16 <= age < 60 or capability[who] not in '123' or person[who]['school_status']:
            sys.exit(f'{who} is no labourer')
    for s in rows(folder, 'employment_spell'):
        born, why = person[s['person_id']]['birth'], None
        if s['end'] and s['end'] < s['start']:
            why = 'end before start'
        elif s['start'] > AS_OF or s['end'] > AS_OF:
            why = 'in the future'
        elif s['start'] < f'{int(born[:4]) + 16}{born[4:]}':
            why = 'begins before the age of 16'
        elif not s['place_scope'] or not s['place_div'] or not 0 < float(s['months_this_year']) <= 12:
            why = 'place and months must both be there'
        elif bool(s['post_type']) != (s['mode'] == '4') or bool(s['post_type']) != bool(s['post_months']):
            why = 'post without months, or the reverse'
        elif int(s['place_scope']) >= 3 and capability[s['person_id']] == '3':
            why = 'a weak labourer works far away'
        elif int(s['wage_month']) < 400:
            why = 'wage below 400'
        if why:
            sys.exit(f'{s}: {why}')

def county(*all_folders):
    expect('villages', len(all_folders), 108)
    people = sum(len(rows(f, 'person')) for f in all_folders)
    homes = sum(len(rows(f, 'household')) for f in all_folders)
    if not 245000 <= people <= 275000:
        sys.exit(f'{people} people, expected about 259,400')
    if not 4.4 <= people / homes <= 4.75:
        sys.exit(f'{people / homes:.2f} in a household, expected about 4.6')

def chinese(folder, utf8):
    raw = open(folder + '/roster_cn.csv', 'rb').read()
    try:
        raw.decode('utf-8')
        sys.exit('readable as UTF-8: not GB18030')
    except UnicodeDecodeError:
        pass
    table = list(csv.DictReader(raw.decode('gb18030').splitlines(), strict=True))
    people = rows(utf8, 'person')
    expect('people', len(table), len(people))
    for a, b in zip(table, people):
        expect('row', (a['姓名'], a['身份证件号码']), (b['name'], b['id_no']))
        expect('sex', a['性别'], '男' if b['sex'] == '1' else '女')
    for column in ('户编号', '与户主关系', '民族', '婚姻状况', '政治面貌'):
        expect('empty ' + column, sum(not r[column] for r in table), 0)

def crlf(folder):
    for path in glob.glob(folder + '/*.csv'):
        raw = open(path, 'rb').read()
        expect(path, raw.count(b'\n') == raw.count(b'\r\n') and raw.endswith(b'\r\n'), True)

class Catalog:
    """The catalog's migrations as the programs read them: five tables of rows."""
    def __init__(self, root):
        self.db = sqlite3.connect(':memory:')
        self.db.executescript('''
            CREATE TABLE migration (number, name);
            CREATE TABLE tables (no, name, zh, en, kind, home, title, sort, paper_key);
            CREATE TABLE fields (tbl, no, name, zh, en, type, policy, args, writers, sensitivity,
                                 required, list, checks, ref, conflict_group, derive, unit);
            CREATE TABLE codes (list, code, zh, en, sort, parent);
            CREATE TABLE rules (tbl, no, kind, args, severity, zh, en);''')
        for path in sorted(glob.glob(root + '/migrations/catalog/*.sql')):
            with open(path, encoding='utf-8') as f:
                self.db.executescript(f.read())
        self.db.row_factory = sqlite3.Row
        self.number = {r['name']: r['no'] for r in self.db.execute('SELECT * FROM tables')}
        self.lists = {}
        for r in self.db.execute('SELECT * FROM codes'):
            self.lists.setdefault(r['list'], {})[str(r['code'])] = r['zh']

    def of(self, section, table):
        return self.db.execute(f'SELECT * FROM {section} WHERE tbl IN (?, ?, ?)',
                               (table, self.number[table], str(self.number[table]))).fetchall()

def credit_code_valid(code):
    """GB 32100: eighteen characters, the last makes the weighted sum a multiple of 31."""
    alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return len(code) == 18 and alphabet[-total % 31] == code[17]

def value_fault(cat, field, value):
    kind = field['type']
    if kind == 'code' and value not in cat.lists[field['list']]:
        return 'not in list ' + field['list']
    pattern = {'int': r'-?\d+', 'decimal': r'-?\d+(\.\d+)?', 'money': r'\d+(\.\d\d?)?', 'bool': '[01]',
               'date': r'\d{4}-\d\d-\d\d', 'time': r'\d{4}-\d\d-\d\dT\d\d:\d\d',
               'ref': '[0-9a-f]{32}'}.get(kind)
    if pattern and not re.fullmatch(pattern, value):
        return 'not a ' + kind
    for check in filter(None, (field['checks'] or '').split(';')):
        name, *args = check.strip().split(':')
        if name == 'range' and not float(args[0]) <= float(value) <= float(args[1]):
            return check
        if name == 'len' and not int(args[0]) <= len(value) <= int(args[1]):
            return check
        if name == 'digits' and not re.fullmatch(r'\d{%s}' % args[0], value):
            return check
        if name == 'phone' and not re.fullmatch(r'1[3-9]\d{9}', value):
            return check
        if name == 'division' and not re.fullmatch(r'\d{12}', value):
            return check
        if name == 'credit' and not credit_code_valid(value):
            return check
        if name == 'name' and not re.fullmatch(r'[\u3400-\u9fff·A-Za-z ]+', value):
            return check
    return None

def rule_broken(kind, args, row):
    v = [row.get(a, '') for a in args]
    if kind == 'order':
        return all(v) and v[0] > v[1]
    if kind == 'requires':
        return v[0] and not v[1]
    if kind == 'one_of':
        return bool(v[0]) == bool(v[1])
    if kind == 'not_both':
        return v[0] and v[1]
    if kind == 'needs':
        return v[0] in args[1].split('|') and not row.get(args[2])
    if kind == 'forbids':
        return v[0] in args[1].split('|') and row.get(args[2])
    if kind == 'only':
        return v[0] and row.get(args[1]) not in args[2].split('|')
    if kind == 'range':
        return v[0] and not float(args[1]) <= float(v[0]) <= float(args[2])
    if kind == 'differ':
        return len(set(filter(None, v))) < len(list(filter(None, v)))
    return False  # id_sex, id_birth: asked for all people above

def catalog(root, folder):
    cat, tables = Catalog(root), 0
    for path in sorted(glob.glob(folder + '/*.csv')):
        table, data = os.path.basename(path)[:-4], rows(folder, os.path.basename(path)[:-4])
        if table not in cat.number:
            sys.exit(f'{table} is no record type')
        tables += 1
        fields = {f['name']: f for f in cat.of('fields', table)}
        unknown = data[0].keys() - fields.keys() - {'id'}
        expect(f'{table}: columns that the catalog does not know', unknown, set())
        required = {n for n, f in fields.items() if f['required'] and not f['derive']}
        rules = [(r['kind'], r['args'].split(), r['zh']) for r in cat.of('rules', table)]
        for r in data:
            for name in required:
                if not r.get(name):
                    sys.exit(f'{table}: {name} is required and empty')
            for name, value in r.items():
                fault = value and name != 'id' and value_fault(cat, fields[name], value)
                if fault:
                    sys.exit(f'{table}: {name} {value!r}: {fault}')
            for kind, args, zh in rules:
                if rule_broken(kind, args, r):
                    sys.exit(f'{table}: {kind} {args} ({zh}): {r}')
    expect('record types', tables, len(glob.glob(folder + '/*.csv')))

def chinese_labels(root, folder):
    cat = Catalog(root)
    raw = open(folder + '/roster_cn.csv', 'rb').read().decode('gb18030')
    table = list(csv.DictReader(raw.splitlines(), strict=True))
    for f in cat.of('fields', 'person'):
        if f['type'] != 'code' or f['zh'] not in table[0]:
            continue
        strange = {r[f['zh']] for r in table} - set(cat.lists[f['list']].values()) - {''}
        expect('labels of ' + f['zh'], strange, set())
    known = {f['zh'] for t in ('person', 'household', 'household_member') for f in cat.of('fields', t)}
    expect('headings that need --map', table[0].keys() - known, {'身份证件号码'})

TRANSFER = '4'
globals()[what](*folders)
PY
ask() { python3 ask.py "$@"; }
same() { diff -rq "$1" "$2"; }
differs() { ! diff -rq "$1" "$2" >/dev/null; }
refuses() { ! "$roster" "$@" >/dev/null 2>message && grep -q '^roster: ' message && [ ! -e nothing ]; }
people_are() { [ "$(wc -l <"$1/person.csv")" = $(($2 + 1)) ]; }

[ -x "$roster" ] || { echo "not ok - $roster is built"; exit 1; }
"$roster" --division 622924101001 --seed 1 --divisions "$divisions" --out a >/dev/null
"$roster" --division 622924101001 --seed 1 --divisions "$divisions" --out b >/dev/null
"$roster" --division 622924101001 --seed 2 --divisions "$divisions" --out c >/dev/null

check "三甲集社区: 3,835 labourers, 2,161 surplus placed in six modes, 202 sheds, 512 herders" ask figures a
check "another seed keeps the figures" ask figures c
check "8 households have no income channel, 23 no stable job, all others both" ask invariants a
check "ages, household sizes and peoples are like Linxia's" ask plausible a
check "ID numbers: area 990000, right checksum, birth and sex, each once" ask id_numbers a
check "record ids are UUIDv7, each once" ask record_ids a
check "references resolve" ask references a
check "one head in every household, everyone in one household, couples are couples" ask families a
check "people, profiles and spells obey the cross-field rules" ask rules a
check "a job is stable where its contract, months, licence or income say so" ask stability a
check "rows end as RFC 4180 says" ask crlf a
check "the same arguments give the same bytes" same a b
check "another seed gives another village" differs a c

"$roster" --division 622924101001 --seed 1 --divisions "$divisions" --format gb18030-cn --out cn >/dev/null
check "GB18030 with Chinese headings holds the same people" ask chinese cn a

if ls "$root"/migrations/catalog/*.sql >/dev/null 2>&1; then
  check "every column, code and rule of the catalog is kept" ask catalog "$root" a
  check "the Chinese headings and labels are the catalog's" ask chinese_labels "$root" cn
else
  echo "skip - no catalog to compare with"
fi

"$roster" --division 622924 --seed 1 --divisions "$divisions" --out county >/dev/null
check "the county has 108 villages and about its census" ask county county/*
check "no ID number stands in two villages of the county" ask id_numbers county/*
check "no record id stands in two villages of a township" ask record_ids county/622924101*
check "a village is the same alone and in its county" same a county/622924101001

"$roster" --division 640324100001 --seed 7 --people 2500 --out tongxin >/dev/null
check "any village, to the person" people_are tongxin 2500
check "its rules hold too" ask rules tongxin
check "refuses a county without a division file" refuses --division 622924 --out nothing
check "refuses a division that is no number" refuses --division guanghe --out nothing
check "refuses an unknown option" refuses --division 622924101001 --out nothing --color red
[ $failures = 0 ]
