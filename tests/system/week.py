#!/usr/bin/python3
# SPDX-License-Identifier: MulanPSL-2.0
"""What somebody does in 24_week_offline.sh: saves through the desk's local API, one after the other.

usage: week.py HUCE FOLDER FIRST LAST HOUSEHOLD…

Save n carries the note FOLDER-n. Whatever the desk confirms is printed: that is what a person was told.
"""
import http.client
import json
import re
import subprocess
import sys

huce, folder, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
houses = sys.argv[5:]


def fields(n):
    return [{'phone': f'154{n:08d}'}, {'address': f'{folder} {n} 号'}, {'land_mu': f'{n // 100}.{n % 100:02d}'}][n % 3]


service = subprocess.Popen([huce, 'serve', '--listen', '127.0.0.1:0', '--sync-every', '0', '--data', folder],
                           stdout=subprocess.PIPE, text=True)
try:
    port = int(re.search(r'http://127\.0\.0\.1:(\d+)', service.stdout.readline()).group(1))
    line = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    headers = {'Content-Type': 'application/json'}

    def call(method, path, body=None):
        line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())

    status, session = call('POST', '/api/unlock', {'pin': '135246'})
    if status != 200:
        sys.exit(f'{folder}: cannot unlock: {session}')
    headers['Huce-Session'] = session['session']
    versions = {}
    for n in range(first, last + 1):
        house = houses[(n * 7 + len(folder)) % len(houses)]
        if house not in versions:
            versions[house] = call('GET', f'/api/records/household/{house}')[1]['version']
        status, answer = call('PATCH', f'/api/records/household/{house}',
                              {'fields': fields(n), 'version': versions[house], 'note': f'{folder}-{n}'})
        if status != 200:
            sys.exit(f'{folder}: save {n} is refused: {answer}')
        versions[house] = answer['record']['version']
        if answer['changed']:
            print(f'{folder}-{n}', flush=True)
finally:
    service.terminate()
    service.wait()
