# SPDX-License-Identifier: MulanPSL-2.0
"""Compares what pages say with what is there. One check per call; prints what is wrong."""
import os
import re
import subprocess
import sys

GLOBS = ['-co', '--exclude-standard']
FILES = sorted(f for f in subprocess.run(['git', '-c', 'core.quotePath=off', 'ls-files', *GLOBS],
                                         capture_output=True, text=True).stdout.split('\n')
               if f and os.path.isfile(f))
PAGES = [f for f in FILES if f.endswith('.md')]
NAMED = re.compile(r'[A-Za-z0-9_./-]+\.(c|h|md|sh|py|sql|json|csv|txt)')


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def lines(path):
    return enumerate(read(path).split('\n'), 1)


def design():
    """Rows of the table of files against the .c files of the folder."""
    for folder in ('shared', 'agent', 'server'):
        page = f'{folder}/DESIGN.md'
        if page not in FILES:
            print(f'{page}: is missing')
            continue
        rows = re.findall(r'^\| `([^`]+\.c)` \| \S', read(page), re.M)
        there = [f[len(folder) + 1:] for f in FILES if f.startswith(folder + '/') and f.endswith('.c')]
        for name in sorted(set(there) - set(rows)):
            print(f'{page}: has no line for {name}')
        for name in sorted(set(rows) - set(there)):
            print(f'{page}: has a line for {name}, which is not there')
        for name in sorted({r for r in rows if rows.count(r) > 1}):
            print(f'{page}: has two lines for {name}')


def links():
    for page in PAGES:
        for number, line in lines(page):
            for target in re.findall(r'\]\(([^)#]+)(?:#[^)]*)?\)', line):
                if re.match(r'[a-z]+:', target):
                    continue
                path = os.path.normpath(os.path.join(os.path.dirname(page), target))
                if not os.path.exists(path):
                    print(f'{page}:{number}: a link to {target}, which is not there')


def names():
    """File names in code spans: from the page's folder, from the top, or the end of some path."""
    for page in PAGES:
        fenced = False
        for number, line in lines(page):
            if line.startswith('```'):
                fenced = not fenced
            if fenced:
                continue
            for name in re.findall(r'`([^`]+)`', line):
                if not NAMED.fullmatch(name) or re.search(r'NAME|NN', name) or name.startswith(('build/', '/')):
                    continue
                if '/' not in name and name.endswith(('.sql', '.csv')) or name == 'compile_commands.json':
                    continue  # an example; made by make compdb
                name = os.path.normpath(name)
                if not any(f == name or f.endswith('/' + name) for f in FILES) and \
                        not os.path.exists(os.path.join(os.path.dirname(page), name)):
                    print(f'{page}:{number}: names {name}, which is not there')


def routes():
    """The server's table of routes against the first table of PROTOCOL.md."""
    there = set(re.findall(r'\{"([A-Z]+)", "(/[^"]*)"', read('server/api/api.c')))
    text = read('shared/PROTOCOL.md')
    rows = [line for line in text.split('\n') if re.match(r'\| `(GET|POST) ', line)]
    said = {(m, p) for row in rows for m, p in re.findall(r'`([A-Z]+) (/[a-z0-9/]*)', row)}
    for method, path in sorted(there - said):
        print(f'shared/PROTOCOL.md: does not say what {method} {path} is')
    for method, path in sorted(said - there):
        print(f'shared/PROTOCOL.md: speaks of {method} {path}, which server/api/api.c does not have')


def codes():
    """The codes of error answers against PROTOCOL.md's table, with their HTTP status."""
    table = {}
    for row in re.findall(r'^\| ([0-9, ]+) \| (`[^|]*) \|', read('shared/PROTOCOL.md'), re.M):
        for status in re.findall(r'\d+', row[0]):
            for code in re.findall(r'`([a-z_]+)`', row[1]):
                table.setdefault(code, set()).add(status)
    call = re.compile(r'(?:http_response_error\(\w+|http_response_error\(&\w+|refuse\(api, response),\s*(\d+),\s*"([a-z_]+)"')
    for path in FILES:
        if path.startswith('server/api/') and path.endswith('.c') or path == 'shared/net/http_server.c':
            for status, code in call.findall(read(path)):
                if status not in table.get(code, ()):
                    print(f'{path}: answers {status} {code}, which PROTOCOL.md does not list')


def openapi():
    """The desk's table of endpoints against agent/api/openapi.json, and what the page's client asks for."""
    import json
    there = {(m.lower(), re.sub(r'\*', '{}', p)) for m, p in
             re.findall(r'\{"([A-Z]+)", "([a-z/*]+)", api_', read('agent/api/api.c'))}
    said = {(m, re.sub(r'\{\w+\}', '{}', p).removeprefix('/api/'))
            for p, methods in json.loads(read('agent/api/openapi.json'))['paths'].items() for m in methods}
    for method, path in sorted(there - said):
        print(f'agent/api/openapi.json: does not describe {method.upper()} /api/{path}')
    for method, path in sorted(said - there):
        print(f'agent/api/openapi.json: describes {method.upper()} /api/{path}, which agent/api/api.c does not have')
    client = read('agent/web/src/api/client.ts')
    calls = [('get', p) for p in re.findall(r"\bget<.*?>\(['`]([^'`]+)['`]", client)]
    calls += [(m.lower(), p) for m, p in re.findall(r"(?:send<.*?>|ask)\('([A-Z]+)', ['`]([^'`]+)['`]", client)]
    for method, path in calls:
        if (method, re.sub(r'\$\{\w+\}', '{}', path)) not in said:
            print(f'agent/web/src/api/client.ts: asks {method.upper()} /api/{path}, which openapi.json does not describe')
    if len(calls) < 30:
        print(f'agent/web/src/api/client.ts: only {len(calls)} calls were understood')


def words():
    """Every word of the page, t('…'), has its English."""
    english = read('agent/web/src/core/english.ts')
    there = set(re.findall(r"^  '([^'\n]+)': '", english, re.M))
    said = set()
    for path in FILES:
        if not path.startswith('agent/web/src/') or not path.endswith(('.ts', '.vue')):
            continue
        text = read(path)
        for m in re.finditer(r'\bt\(', text):
            depth, end = 1, m.end()
            while depth and end < len(text):
                depth += {'(': 1, ')': -1}.get(text[end], 0)
                end += 1
            for one in re.findall(r"'([^'\n]*[\u4e00-\u9fff][^'\n]*)'", text[m.end():end]):
                said.add(one)
                if one not in there:
                    print(f'{path}: “{one}” has no English in src/core/english.ts')
    if len(said) < 200:
        print(f'agent/web/src: only {len(said)} words were found')


def commands():
    """Every command of both programs in both READMEs, and none that is gone."""
    there = {'huce ' + n for n in re.findall(r'^    \{"([a-z]+)", "', read('agent/main.c'), re.M)}
    there |= {'huced ' + n for n in re.findall(r'^    \{"([a-z]+)", \w', read('server/cmd/cmd.c'), re.M)}
    for page in ('README.md', 'README.zh-CN.md'):
        said = {f'{p} {c}' for p, c in re.findall(r'\b(huced?) +([a-z]+)\b', read(page)) if c not in ('is', 'and', 'help')}
        for name in sorted(there - said):
            print(f'{page}: does not name the command {name}')
        for name in sorted(n for n in said - there if re.search(rf'(^|`|\n)\s*(build/)?{n}\b', read(page))):
            print(f'{page}: names the command {name}, which is not there')


def catalog():
    """The numbers of fields, rules and codes in migrations/README.md."""
    import sqlite3
    db = sqlite3.connect(':memory:')
    db.executescript("""
        CREATE TABLE migration(number, name);
        CREATE TABLE tables(no, name, zh, en, kind, home DEFAULT 'village', title, sort, paper_key);
        CREATE TABLE fields(tbl, no, name, zh, en, type, policy, args, writers, sensitivity, required, list, checks, ref,
                            conflict_group, derive, unit);
        CREATE TABLE codes(list, code, zh, en, sort, parent);
        CREATE TABLE rules(tbl, no, kind, args, severity, zh, en);""")
    for path in FILES:
        if path.startswith('migrations/catalog/') and path.endswith('.sql'):
            db.executescript(read(path))
    page = read('migrations/README.md')
    rows = re.findall(r'^\| (\d+) \| `(\w+)` \| (\S+) \| (\d+) \| (\d+) \| (\w+) \|', page, re.M)
    said = {(int(no), name, zh, int(fields), int(rules), home) for no, name, zh, fields, rules, home in rows}
    there = set(db.execute("""
        SELECT no, name, zh, (SELECT count(DISTINCT f.no) FROM fields f WHERE f.tbl IN (t.name, t.no)),
               (SELECT count(*) FROM rules r WHERE r.tbl IN (t.name, t.no)), home FROM tables t"""))
    lists = set(db.execute('SELECT list, count(*) FROM codes GROUP BY list'))
    codes_said = {(name, int(n)) for name, n in re.findall(r'^\| `(\w+)` \| (\d+) \| ', page.split('## Code lists')[1], re.M)}
    for row in sorted(there ^ said) + sorted(lists ^ codes_said):
        print('migrations/README.md: differs from the files:', *row)


def tables():
    """Every stored table stands in the pages' "What vouches for what"."""
    for program, own in (('agent', 'agent'), ('server', 'server/sqlite')):
        page = f'{program}/DESIGN.md'
        said = set(re.findall(r'`(\w+)`', read(page).split('## What vouches for what')[1].split('\n## ')[0]))
        for path in FILES:
            if re.match(rf'migrations/(shared|{own})/\d', path):
                for name in re.findall(r'^CREATE TABLE (?:IF NOT EXISTS )?(\w+)', read(path), re.M):
                    if name not in said:
                        print(f'{page}: does not say what vouches for {name} ({path})')


def mechanisms():
    """Each of the hundred once in migrations/MECHANISMS.md, with the story that names it."""
    done = {}
    for story in ('44', '45'):
        for no, text in re.findall(r'^mech (\d+) "([^"]*)"', read(f'tests/system/{story}_mechanisms.sh'), re.M):
            done[int(no)] = (text, story)
    for no, text in re.findall(r'^check "(\d+) ([^"]*)"', read('tests/system/47_sealed.sh'), re.M):
        done[int(no)] = (text, '47')
    rows = re.findall(r'^\| (\d+) \| ([^|]*) \|[^|]*\|[^|]*\| (44|45|47) \|$', read('migrations/MECHANISMS.md'), re.M)
    said = {int(no): (text, test) for no, text, test in rows}
    if sorted(int(no) for no, _, _ in rows) != list(range(1, 101)):
        print('migrations/MECHANISMS.md: not each of 1 to 100 once')
    for no in sorted(said):
        if said[no] != done.get(no):
            print(f'migrations/MECHANISMS.md: {no} says {said[no]}, the stories {done.get(no)}')


{f.__name__: f for f in (design, links, names, routes, codes, openapi, words, commands, catalog, mechanisms, tables)}[sys.argv[1]]()
