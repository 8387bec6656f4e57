#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county as its operator sees it: a file of settings in which no mistake stays unsaid, an address of
# its own for metrics and readiness, a line of log for each request in which nobody is named.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

# ---- settings ----
"$huced" config example >example.conf
check "the example can be read back" "$huced" config check example.conf
check "as it stands it changes nothing" equal "$("$huced" config show --config example.conf)" "$("$huced" config show)"
sed -E 's/^#([a-z_]+ =)/\1/' example.conf >whole.conf
check "every setting can be written out" "$huced" config check whole.conf
for name in $(sed -nE 's/^([a-z_]+) =.*/\1/p' whole.conf); do
  grep -B 3 -E "^#?$name =" example.conf | grep -q '^# ' || echo "not ok - $name is explained"
done

cat >wrong.conf <<'CONF'
[server]
lisen = 127.0.0.1:0
max_clients = 0
max_clients = 12
this is nothing
[log]
requests = xml
listen = 127.0.0.1:1
[admin]
listen = 192.0.2.1:9443
CONF
"$huced" config check wrong.conf >said 2>&1
check "a file with mistakes is refused" [ $? -eq 1 ]
says() { grep -qE "^wrong.conf:$1: .*$2" said || { cat said; return 1; }; }
check "a mistyped name, with its line and what was meant" says 2 '\[server\] lisen.*\[server\] listen'
check "a number out of range" says 3 'max_clients = 0 .*1 .* 65536'
check "a setting that is said twice" says 4 'max_clients .*3'
check "a line that is no setting" says 5 '名称 = 值'
check "a word that is none of the choices" says 7 'requests = xml .*off\|json'
check "a setting in the wrong section" says 8 '没有 \[log\] listen'
check "an admin address that others could reach" says 10 '192.0.2.1'
check "nothing else" equal "$(grep -c '^wrong.conf:' said)" 7
check_fails 1 "serve does not start with it" "$huced" serve --config wrong.conf --data county
check_fails 2 "nor does the command line say what it may not" "$huced" config show --listen nowhere
printf '[server]\nlisten = 0.0.0.0:0\n' >open.conf
check_fails 1 "an address for others wants TLS" "$huced" config check open.conf
printf '[server]\nmax_clients = 7\n%s\n' "$(head -c 300 /dev/zero | tr '\0' x)" >long.conf
check_fails 1 "a line that is too long is said, not cut in two" "$huced" config check long.conf
check_fails 1 "a file that is not there" "$huced" config check nowhere.conf

# ---- serving ----
county_found || finish
serve() { # OPTION…: with the file; $url, $admin
  rm -f port admin_port
  "$huced" serve --config huced.conf "$@" >>serve.txt 2>>log.txt &
  server_pid=$!
  for _ in $(seq 600); do
    [ -s port ] && break
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.05
  done
  [ -s port ] || { echo "not ok - the server starts"; tail -n 5 serve.txt log.txt; return 1; }
  url=http://127.0.0.1:$(cat port) admin=http://127.0.0.1:$(cat admin_port)
}
cat >huced.conf <<CONF
[server]
data = $PWD/county
listen = 127.0.0.1:0
port_file = $PWD/port
max_clients = 1
[admin]
listen = 127.0.0.1:0
admin_port_file = nowhere
CONF
check_fails 1 "a name of another section is not taken" serve
sed -i 's/^admin_port_file = .*/port_file = admin_port/' huced.conf
printf '[log]\nrequests = json\n[ready]\ndisk_free_mb = 1\n' >>huced.conf
rm log.txt
serve --max-clients 100 || finish
check "the command line wins over the file" equal \
  "$("$huced" config show --config huced.conf --max-clients 100 | sed -n 's/^max_clients = //p')" 100
desk_join a village 马建国 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" phone=15400009999)
check "a desk works" "$huce" sync --data a
status_of() { curl -s -o answer -w '%{http_code}' "$1"; }
for path in metrics readyz; do
  check "/$path is not where desks come" equal "$(status_of "$url/$path")" 404
  check "/$path is at the admin's address" equal "$(status_of "$admin/$path")" 200
done
check "/healthz is at both" equal "$(status_of "$url/healthz")$(status_of "$admin/healthz")" 200200
check "desks have no business at the admin's address" equal "$(status_of "$admin/v1/ledgers")" 404
check "it is ready" equal "$(curl -s "$admin/readyz")" '{"ready":true,"reasons":[]}'

# ---- metrics ----
curl -s "$admin/metrics" >metrics
cat >grammar.py <<'PY'
# The text format of Prometheus, read strictly: HELP and TYPE before a family, no family twice, no
# sample twice, histograms that grow to +Inf = count.
import re, sys
families, samples, now = {}, {}, None
for line in open('metrics'):
    if m := re.fullmatch(r'# HELP (\w+) \S.*\n', line):
        assert m[1] not in families, line
        families[m[1]] = None
        now = m[1]
    elif m := re.fullmatch(r'# TYPE (\w+) (counter|gauge|histogram)\n', line):
        assert m[1] == now and families[now] is None, line
        families[now] = m[2]
    else:
        m = re.fullmatch(r'(\w+)(\{(?:\w+="[^"\\\n]*"(?:,(?!\}))?)*\})? (-?\d+(?:\.\d+)?)\n', line)
        assert m, line
        base = re.sub(r'_(bucket|sum|count)$', '', m[1]) if families[now] == 'histogram' else m[1]
        assert base == now, line
        assert (m[1], m[2]) not in samples, line
        samples[m[1], m[2]] = float(m[3])
        assert families[now] != 'counter' or m[1].endswith('_total'), line
for name, kind in families.items():
    assert re.match(r'(huced|process)_', name), name
    if kind == 'histogram':
        for (sample, labels), value in samples.items():
            if sample == name + '_count':
                inf = labels.replace('}', ('' if labels == '{}' else ',') + 'le="+Inf"}')
                assert samples[name + '_bucket', inf] == value, labels
                line = [v for (s, l), v in samples.items() if s == name + '_bucket' and re.sub(r',?le="[^"]*"', '', l) == labels]
                assert line == sorted(line) and len(line) == 12, labels
PY
check "metrics are Prometheus' text" python3 grammar.py
metric() { sed -n "s/^$1 //p" metrics; }
check "requests are counted by route and status" [ "$(metric 'huced_http_requests_total{method="POST",path="\/v1\/sync",status="200"}')" -ge 1 ]
check "and timed" [ "$(metric 'huced_http_request_duration_seconds_count{method="POST",path="\/v1\/sync"}')" -ge 1 ]
check "what was admitted is counted" [ "$(metric huced_changesets_admitted_total)" -ge 1 ]
check "the record tables are up to date" equal "$(metric huced_record_tables_lag_leaves)" 0
check "the database has a size" [ "$(metric huced_database_bytes)" -gt 4096 ]
for name in huced_ready huced_connections huced_disk_free_bytes process_resident_memory_bytes; do
  check "$name is there" [ -n "$(metric $name)" ]
done
grep -oE '\b(huced|process)_[a-z_]+' "$root/server/ops/grafana.json" | sed -E 's/_(bucket|count|sum)$//' | sort -u >shown
sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' metrics | sort -u >there
check "the dashboard shows what is there" equal "$(comm -23 shown there)" ""
check "and is JSON" jq -e '.panels | length > 5' "$root/server/ops/grafana.json"

# ---- the log ----
curl -s "$url/log/$village/checkpoint" "$url/nobody/$house" -X PROPFIND "$url/马建国" >/dev/null
logged() { grep -c '"path":"/v1/sync"' log.txt; }
for _ in $(seq 100); do [ "$(grep -c '"path":"other"' log.txt)" -ge 1 ] && break; sleep 0.05; done
check "every line of the log is JSON" jq -se 'length > 3' log.txt
check "syncs are in it" [ "$(logged)" -ge 1 ]
check "with status, bytes and time" jq -se '[.[] | select(.path == "/v1/sync" and .status == 200 and .bytes_in > 0 and .bytes_out > 0 and .took_ms > 0 and .complete)] | length > 0' log.txt
for word in 马建国 一社 15400009999 $village "$house" "$(jq -r '.. | .kid? // empty' a.join 2>/dev/null | head -n 1)" 127.0.0.1; do
  [ -n "$word" ] || continue
  check "nowhere does the log say $word" equal "$(grep -cF "$word" log.txt)" 0
  check "nor do the metrics" equal "$(grep -cF "$word" metrics)" 0
done
county_stop

# ---- not ready ----
sed -i 's/^disk_free_mb = .*/disk_free_mb = 1073741824/' huced.conf
serve || finish
check "a disk that is too full makes it unready" equal "$(status_of "$admin/readyz")" 503
check "and it says so" equal "$(jq -r '.reasons[].code' answer)" disk_full
check "it is alive all the same" equal "$(status_of "$admin/healthz")" 200
county_stop
sed -i 's/^disk_free_mb = .*/disk_free_mb = 1/' huced.conf
check "a backup" "$huced" backup copy --data county
serve --data copy || finish
check "a county that was put back is not ready" equal "$(status_of "$admin/readyz")" 503
check "and says that it is recovering" equal "$(jq -r '.reasons[].code' answer)" recovering
"$huced" sql "SELECT 1" --data copy >/dev/null
sqlite3 copy/huced.db "INSERT INTO schema_migration VALUES ('shared', 9999, 'migrations/shared/9999_later.sql')"
curl -s -o answer "$admin/readyz"
check "migrations of a newer program under its feet are said too" equal \
  "$(jq -rc '[.reasons[].code]' answer)" '["migrations","recovering"]'
finish
