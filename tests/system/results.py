#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""results.py HUCE PAGE: makes every pair of edits of the page at the desks ./v1 ./v2 (village) and ./t1 ./t2 (township), and
compares what these and ./c show. A record for each cell; A edits at v1 or t1, B at v2 or t2.

An edit that a desk refuses (a deleted record, a step that is not declared), or that would change nothing, is none: such a cell must
show what the page says of the other edit alone."""
import csv
import http.client
import json
import os
import re
import subprocess
import sys
import time

huce, page = sys.argv[1:]
HOURS = 3600 * 1000
SEEN, LATER, EARLIER = 'seen', 'later', 'earlier'
FIELD = {'lww': 'lww', 'authority': 'authority', 'review': 'review', 'once': 'once', 'append': 'append', 'state': 'state',
         'worst': 'worst', 'set': 'set', 'counter': 'counter'}  # fmt: skip
OLD = {'state': 'draft', 'worst': 'safe', 'counter': '10'}


class Desk:
    """`huce serve` of one folder, unlocked."""

    def __init__(self, folder, offset_ms=0):
        self.folder = folder
        environment = dict(os.environ, HUCE_CLOCK_OFFSET_MS=str(offset_ms))
        self.out = open(folder + '.served', 'w+')
        self.process = subprocess.Popen([huce, 'serve', '--listen', '127.0.0.1:0', '--sync-every', '0', '--data', folder],
                                        stdout=self.out, stderr=subprocess.STDOUT, env=environment)  # fmt: skip
        address = None
        for _ in range(600):
            address = re.search(r'http://(127\.0\.0\.1:\d+)', open(folder + '.served').read())
            if address:
                break
            time.sleep(0.05)
        self.http = http.client.HTTPConnection(address.group(1), timeout=120)
        self.session, self.asked_at = '', 0
        self.session = self.ask('POST', '/api/unlock', {'pin': open('pin').read()})['session']

    def try_to(self, method, path, body=None):
        if time.monotonic() - self.asked_at > 2:
            self.http.close()  # the service has, or soon will
        self.asked_at = time.monotonic()
        headers = {'Huce-Session': self.session, 'Content-Type': 'application/json'}
        self.http.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.http.getresponse()
        return answer.status, json.loads(answer.read())

    def ask(self, method, path, body=None):
        status, answer = self.try_to(method, path, body)
        if status >= 300:
            sys.exit(f'{self.folder}: {method} {path}: {status} {answer}')
        return answer

    def records(self, deleted=''):
        out = []
        for table in ('result', 'result_row'):
            for offset in range(0, 10**6, 500):
                records = self.ask('GET', f'/api/records/{table}?limit=500&offset={offset}{deleted}')['records']
                out += records
                if len(records) < 500:
                    break
        return {r['id']: r for r in out}

    def stop(self):
        self.http.close()
        self.process.terminate()
        self.process.wait(60)


def sync(*desks):
    for desk in desks:
        done = subprocess.run([huce, 'sync', '--data', desk.folder], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f'{desk.folder}: {done.stdout}{done.stderr}')


# ---- the page ----

cells, alone = [], {}
for line in open(page):
    columns = [c.strip() for c in line.strip().strip('|').split('|')]
    if not line.startswith('| `') or len(columns) != 7:
        continue
    policy, before, a, b = columns[:4]
    for when, text in zip((SEEN, LATER, EARLIER), columns[4:]):
        cells.append({'policy': policy, 'name': re.search('`(.*?)`', policy)[1], 'before': before, 'a': a, 'b': b, 'when': when, 'text': text})
        alone[policy, a, b, when] = text
if len(cells) < 800:
    sys.exit(f'only {len(cells)} cells in {page}')


def expected(cell):
    """The text of the cell, as the edits that were made leave it."""
    if cell['a_made'] and cell['b_made']:
        return cell['text']
    if not cell['a_made'] and not cell['b_made']:
        return alone[cell['policy'], '–', '–', SEEN] + ('; deleted' if cell['before'] == 'deleted' else '')
    a, b = (cell['a'], '–') if cell['a_made'] else ('–', cell['b'])
    text = alone[cell['policy'], a, b, cell['when']]
    if cell['before'] == 'deleted' and 'restores' not in (a, b):  # its row on the page begins alive
        text += '' if 'deleted' in text else '; deleted'
    return text


def shown(cell, record, deleted, conflicts, reported):
    """What a desk shows, in the words of the page."""
    if record is None:
        return 'not there'
    value = record['fields'].get(FIELD[cell['name']])
    words = lambda v: 'nothing' if v is None else str(v)
    out = '{' + ', '.join(sorted(value or [])) + '}' if cell['name'] == 'set' else words(value)
    if conflicts.get((record['id'], FIELD[cell['name']])):
        out += '; **conflict** ' + ', '.join(map(words, conflicts[record['id'], FIELD[cell['name']]]))
    for lost in reported.get(record['id'], []):
        out += '; reported ' + words(lost)
    if deleted:
        out += '; deleted'
    if conflicts.get((record['id'], '_exists')):
        out += '; **deleted or not**'
    return out


# ---- the edits ----

def edit(desk, cell, words, versions):
    """True: it was made and is a change."""
    table = 'result_row' if cell['name'] == 'append' else 'result'
    path, version = f'/api/records/{table}/{cell["id"]}', versions[cell['id']]['version']
    verb, _, value = words.partition(' ')
    value = value.removeprefix('to ')
    if verb == '–':
        return True
    if verb == 'deletes':
        status, answer = desk.try_to('DELETE', path, {'note': '试', 'version': version})
    elif verb == 'restores':
        status, answer = desk.try_to('POST', path + '/restore', {'note': '试', 'version': version})
    else:
        if cell['name'] in ('set', 'counter'):
            value = ('-' if verb == 'removes' else '+') + value
        status, answer = desk.try_to('PATCH', path, {'fields': {FIELD[cell['name']]: value}, 'version': version})
        if status == 200 and not answer.get('changed', True):
            return False
    if status not in (200, 400, 403, 404, 409):
        sys.exit(f'{desk.folder}: {words}: {status} {answer}')
    cell.setdefault('refused', []).append(answer) if status != 200 else None
    return status == 200


def round_of(when, a_desks, b_desks):
    """All cells of a column: A's edits, then B's."""
    chosen = [c for c in cells if c['when'] == when]
    for who, desks in (('a', a_desks), ('b', b_desks)):
        higher = {'a': '`authority`, A higher', 'b': '`authority`, B higher'}[who]
        seen = [dict(d.records(), **d.records('&deleted=1')) for d in desks]
        for cell in chosen:
            at = 1 if cell['policy'] == higher else 0
            cell[who + '_made'] = edit(desks[at], cell, cell[who], seen[at])
        if when == SEEN:
            sync(*desks, *b_desks)
    sync(*a_desks, *b_desks, *a_desks, *b_desks, reader)


for index, cell in enumerate(cells):
    cell['code'] = f'r{index:04}'
for table in ('result', 'result_row'):
    names = ['code'] + [f for f in FIELD.values() if (f == 'append') == (table == 'result_row')]
    with open(table + '.csv', 'w', newline='') as f:
        rows = csv.writer(f)
        rows.writerow(names)
        for cell in cells:
            if (cell['name'] == 'append') == (table == 'result_row'):
                rows.writerow([cell['code']] + [OLD.get(n, 'old') if n == FIELD[cell['name']] else '' for n in names[1:]])
    done = subprocess.run([huce, 'import', table, table + '.csv', '--data', 'v1'], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
v1, t1, reader = Desk('v1'), Desk('t1'), Desk('c')
v2, t2 = Desk('v2', -2 * HOURS), Desk('t2', -2 * HOURS)
sync(v1)
ids = {r['fields']['code']: r['id'] for r in v1.records().values()}
versions = v1.records()
for cell in cells:
    cell['id'] = ids[cell['code']]
    if cell['before'] == 'deleted' and not edit(v1, cell, 'deletes', versions):
        sys.exit(f'not deleted: {cell}')
sync(v1, v2, t1, t2, reader)
round_of(EARLIER, (v1, t1), (v2, t2))
round_of(SEEN, (v1, t1), (v2, t2))
v2.stop(), t2.stop()
v2, t2 = Desk('v2', 2 * HOURS), Desk('t2', 2 * HOURS)
round_of(LATER, (v1, t1), (v2, t2))

# ---- what the desks show ----

wrong = 0
for desk in (v1, v2, t1, t2, reader):
    live, dead = desk.records(), desk.records('&deleted=1')
    conflicts, reported = {}, {}
    for c in desk.ask('GET', '/api/conflicts')['conflicts']:
        conflicts[c['record'], c['field']] = [k['value'] for k in c['candidates']]
    for c in desk.ask('GET', '/api/conflicts?reported=1')['conflicts']:
        reported[c['record']] = [k['value'] for k in c['candidates'][1:]]
    for cell in cells:
        want, id = expected(cell), cell['id']
        if cell['name'] == 'append':
            want = re.sub('; reported [^;]*', '', want)  # nobody can reopen those
        got = shown(cell, live.get(id) or dead.get(id), id in dead, conflicts, reported)
        if got != want:
            wrong += 1
            if wrong <= 20:
                print(f'{desk.folder}: {cell["policy"]} {cell["before"]}: A {cell["a"]} ({cell["a_made"]}), B {cell["b"]} ({cell["b_made"]}), '
                      f'{cell["when"]}: {got}, not {want}', cell.get('refused', ''))  # fmt: skip
    print(desk.folder, len(conflicts), 'conflicts', len(reported), 'reported', len(dead), 'deleted')
for desk in (v1, v2, t1, t2, reader):
    desk.stop()
made = sum(c['a_made'] + c['b_made'] for c in cells)
print(f'{len(cells)} cells, {made} of {2 * len(cells)} edits made, {wrong} differ')
sys.exit(wrong > 0)
