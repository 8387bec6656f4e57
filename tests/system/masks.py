#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Asks a desk's service everything that its description says can be asked, and prints the answers.

    masks.py OPENAPI URL DATE TYPE=ID…      one line per answer: "GET /api/… STATUS BODY"

In paths, {type} and {id} are each of the pairs given; other names are taken from what came before. A path whose
name nothing has told yet is printed as "not asked: PATH".
"""
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

described, url, date, *records = sys.argv[1:]
token = ''
known = {'conflicts': set(), 'transfers': set(), 'tasks': set(), 'report': set(), 'hash': set(), 'doors': set()}


def ask(method, path, body=None):
    request = urllib.request.Request(url + path, method=method, data=json.dumps(body).encode() if body else None,
                                     headers={'Huce-Session': token, 'Content-Type': 'application/json'})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode('utf-8', 'replace')
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode('utf-8', 'replace')


def told(path):
    status, text = ask('GET', path)
    print('GET', urllib.parse.unquote(path), status, text, flush=True)
    try:
        return json.loads(text)
    except ValueError:
        return {}


token = json.loads(ask('POST', '/api/unlock', {'pin': '135246'})[1])['session']
paths = [p for p, what in json.load(open(described, encoding='utf-8'))['paths'].items() if 'get' in what]
pairs = [r.split('=') for r in records]
quote = urllib.parse.quote
for path in sorted(paths, key=lambda p: p.count('{')):
    if '{' not in path:
        more = {'/api/conflicts': ['?reported=1'], '/api/duplicates': ['?all=1'],
                '/api/find': ['?q=' + quote('马'), '?q=0012', '?q=5678', '?q=' + quote('一社')],
                '/api/changes': ['?field=' + quote('电话'), '?type=person', '?from=' + date]}.get(path, [])
        for query in [''] + more:
            answer = told(path + query)
            for key in ('conflicts', 'transfers', 'tasks'):
                known[key] |= {one['id'] for one in answer.get(key, []) if isinstance(one, dict) and 'id' in one}
            known['report'] |= {one['name'] for one in answer.get('reports', [])}
            known['hash'] |= {one['hash'] for one in answer.get('attachments', []) if isinstance(one, dict)}
    elif '{type}' in path:
        for kind, record in pairs:
            told(path.replace('{type}', kind).replace('{id}', record))
    else:
        key = path.split('/')[2]
        names = known['hash'] if '{hash}' in path else known.get(key, set())
        if not names:
            print('not asked:', path)
        for name in sorted(names):
            where = path.split('{')[0] + quote(name) + path.split('}')[1]
            if where.endswith('/records'):
                where += '?column=total'
            told(where)
