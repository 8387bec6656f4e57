# SPDX-License-Identifier: MulanPSL-2.0
"""openapi.py ADDRESS TOKEN TYPE=ID…: asks a desk's service what agent/api/openapi.json describes, and compares the
answers with the schemas there. Prints "ok - …" and "not ok - …"."""
import json
import os
import sys
import urllib.parse
import urllib.request

DOC = json.load(open(os.path.join(os.environ['HUCE_ROOT'], 'agent/api/openapi.json'), encoding='utf-8'))
KINDS = {'string': str, 'object': dict, 'array': list, 'boolean': bool, 'null': type(None)}


def resolved(schema):
    while '$ref' in schema:
        schema = DOC['components']['schemas'][schema['$ref'].rsplit('/', 1)[1]]
    return schema


def is_kind(value, kind):
    if kind in ('integer', 'number'):
        return isinstance(value, int if kind == 'integer' else (int, float)) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


def faults(value, schema, where='$'):
    schema = resolved(schema)
    if 'anyOf' in schema:
        tries = [list(faults(value, s, where)) for s in schema['anyOf']]
        yield from [] if any(not t for t in tries) else min(tries, key=len)
        return
    for part in schema.get('allOf', []):
        yield from faults(value, part, where)
    if 'enum' in schema and value not in schema['enum']:
        yield f'{where}: {value!r} is none of {schema["enum"]}'
    if 'type' in schema and not is_kind(value, schema['type']):
        yield f'{where}: {type(value).__name__}, not {schema["type"]}'
        return
    if isinstance(value, dict):
        for name in schema.get('required', []):
            if name not in value:
                yield f'{where}.{name} is missing'
        for name, one in value.items():
            inner = schema.get('properties', {}).get(name, schema.get('additionalProperties'))
            if inner:
                yield from faults(one, inner, f'{where}.{name}')
    for i, one in enumerate(value if isinstance(value, list) else []):
        yield from faults(one, schema.get('items', {}), f'{where}[{i}]')


def main():
    address, token, *ids = sys.argv[1:]
    asked = 0
    for path, methods in DOC['paths'].items():
        if 'get' not in methods or '{' in path and not any(x in path for x in ('{type}', 'report/{name}')):
            continue
        for pair in ids if '{type}' in path else ['=']:
            kind, number = pair.split('=')
            url = address + path.replace('{type}', kind).replace('{id}', number).replace('{name}', 'labour')
            url += '?q=' + urllib.parse.quote('马') if path == '/api/find' else ''
            url += '?column=labourers' if path.endswith('/{name}/records') else ''
            request = urllib.request.Request(url, headers={'Huce-Session': token})
            with urllib.request.urlopen(request, timeout=120) as answer:
                schema = methods['get']['responses']['200']['content']['application/json']['schema']
                wrong = list(faults(json.load(answer), schema))
            asked += 1
            print(('not ok' if wrong else 'ok') + f' - GET {url.removeprefix(address).split("?")[0].replace(number or "-", "ID")} is as described',
                  *wrong[:5], sep='\n  # ')
    print(('ok' if asked >= 18 else 'not ok') + f' - {asked} answers were compared')


main()
