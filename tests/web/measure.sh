#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# How fast the page's service is at 20,000 people: tests/web/measure.sh, after `make`. Prints the middle and the
# 95th of a hundred requests of each kind, in milliseconds: as the page waits, and as the processor works (what
# remains when the machine is busy with other things). Then the way from `huce serve` to a page one can use.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
export HUCE_ROOT=$top HUCE_BUILD=${HUCE_BUILD:-$top/build}
work=$(mktemp -d -t huce-measure.XXXXXX)
cd "$work" || exit 1
. "$top/tests/web/lib.sh"
trap 'service_stop; county_stop; rm -rf "$work"' EXIT
county_found && county_serve && desk_join ma village 马建国 $village || exit 1
"$roster" --division $village --people 20000 --seed 1 --divisions "$top/tests/data/divisions_guanghe.csv" --out roster >/dev/null || exit 1
for type in grid household person household_member labour_profile employment_spell income_source plan plan_measure visit; do
  [ ! -f roster/$type.csv ] || "$huce" import $type roster/$type.csv --data ma >/dev/null || exit 1
done
"$huce" sync --data ma >/dev/null
service_start --sync-every 0
python3 - "$service" <<'PY'
import http.client, json, os, random, sys, time, urllib.parse
pid, url = sys.argv[1], os.environ['HUCE_URL']
page = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc, timeout=60)
token, tick = '', os.sysconf('SC_CLK_TCK')

def ask(method, path, body=None):
    page.request(method, '/api/' + path, json.dumps(body) if body is not None else None,
                 {'Huce-Session': token, 'Content-Type': 'application/json'})
    return json.loads(page.getresponse().read())

def cpu():
    a = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
    return (int(a[11]) + int(a[12])) / tick

def measure(text, work, items):
    times, before = [], cpu()
    for one in items:
        begin = time.perf_counter()
        work(one)
        times.append((time.perf_counter() - begin) * 1000)
    used = (cpu() - before) * 1000 / len(times)
    times.sort()
    print(f'{text:34} middle {times[len(times) // 2]:6.1f}   95th {times[len(times) * 95 // 100]:6.1f}   processor {used:6.1f}', flush=True)

token = ask('POST', 'unlock', {'pin': '135246'})['session']
luck = random.Random(7)
total = ask('GET', 'records/person?limit=1')['total']
print(f'{total} people, {ask("GET", "records/household?limit=1")["total"]} households')
people = [ask('GET', f'records/person?limit=1&offset={luck.randrange(total)}')['records'][0]['fields'] for _ in range(100)]
houses = [r['id'] for r in ask('GET', 'records/household?limit=100&offset=500')['records']]
q = urllib.parse.quote
measure('find by name', lambda p: ask('GET', 'find?q=' + q(p['name'])), people)
measure('find by two characters', lambda p: ask('GET', 'find?q=' + q(p['name'][:2])), people)
measure('find by the end of an id number', lambda p: ask('GET', 'find?q=' + p['id_no'][-4:]), people)
measure('find by a door', lambda p: ask('GET', 'find?q=' + q('12号楼 302室')), people[:100])
measure('a page of the list', lambda h: ask('GET', f'records/household?limit=50&offset={luck.randrange(2000)}'), houses)
measure('a page of the list, by type', lambda h: ask('GET', 'records/household?limit=50&where=' + q("hh_type = '2'")), houses)
measure('a household with all of it', lambda h: ask('GET', f'records/household/{h}/archive'), houses)
measure('its history', lambda h: ask('GET', f'records/household/{h}/history'), houses)
versions = {h: ask('GET', f'records/household/{h}')['version'] for h in houses}
measure('saving a field', lambda h: ask('PATCH', f'records/household/{h}', {'fields': {'land_mu': f'{luck.randrange(99)}.5'}, 'version': versions[h]}), houses)
PY
service_stop
begin=$(date +%s%N)
service_start --sync-every 0
echo "from huce serve to its address: $((($(date +%s%N) - begin) / 1000000)) ms"
# 4,000 rows as an office has them: the first of the roster, as Excel keeps them.
"$huce" list person --limit 4000 --xlsx big.xlsx --unmask --reason "量一量" --data ma >/dev/null 2>&1 || :
node "$top/tests/web/cold.mjs" $([ -s big.xlsx ] && echo "$PWD/big.xlsx")
echo "the application, compressed: $(($(cat "$top"/build/web/packed/* | wc -c) / 1024)) KB"
