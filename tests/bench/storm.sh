#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# All desks of a county at once: `make storm`. Real keys, signatures and messages over loopback; the desks
# are one process (storm.c), the county is the real program. What each figure means stands in README.md
# beside this file. A missed target is a figure, not a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$PWD/${BUILD:-build}
huced=$build/huced storm=$build/tests/bench/storm
unset HUCE_DATA HUCE_PIN_FILE HUCE_CLOCK_OFFSET_MS
export HUCE_DIAG=error
ulimit -n "$(ulimit -Hn)"
work=$(mktemp -d "$build/storm.XXXXXX")
server=
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  server=
}
trap 'stop; rm -rf "$work"' EXIT
cd "$work"
echo storm-pin-2468 >pin

# county N: a county with N villages, one desk in each
county() {
  stop
  rm -rf county port
  "$huced" init --county 622924 --name 广河县 --authority guanghe.example --pin-file pin --data county >init.log
  "$storm" desks county "$1" >init.log
}
serve() {
  local begun=${EPOCHREALTIME/./}
  rm -f port
  "$huced" serve --listen 127.0.0.1:0 --port-file port --data county --max-clients 12000 >serve.log 2>&1 &
  server=$!
  for _ in $(seq 3000); do
    [ -s port ] && break
    sleep 0.01
  done
  [ -s port ] || { cat serve.log >&2; exit 1; }
  ready=$((${EPOCHREALTIME/./} - begun))
}
of() { awk -v key="$1" '$1 == key { print $2 }' "$2"; }
row() { printf '%-30s %10s  %s\n' "$1" "$2" "${3:-}"; }
div() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.*f", (a / b < 10 ? 2 : 0), a / b }'; }

echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores; server and desks on one machine"
row figure measured target
county 300
serve
"$storm" come county $server 300 1000 100 >come
row storm_300_s "$(of seconds come)" "<= 30: 300 desks, 1,000 changes each, 100 in a changeset"
row storm_300_changes_per_s "$(div 300000 "$(of seconds come)")" ">= 60000, durable and in the record tables"
row storm_300_failures "$(($(of failures come) + $(of turned_away come)))" "0"
row storm_300_server_mb "$(of server_peak_mb come)" "<= 256"
row storm_300_server_cpu_s "$(of server_cpu_s come)"
row storm_300_desks_cpu_s "$(of desks_cpu_s come)"

county 2912
serve
"$storm" come county $server 2912 200 20 >come
row storm_2912_s "$(of seconds come)" "2,912 desks, 200 changes each, 20 in a changeset"
row storm_2912_slowest_vs_median "$(div "$(of slowest_s come)" "$(of median_s come)")" "<= 3"
row storm_2912_failures "$(($(of failures come) + $(of turned_away come)))" "0"
row storm_2912_server_mb "$(of server_peak_mb come)"
row storm_2912_server_cpu_s "$(of server_cpu_s come)"
row storm_2912_desks_cpu_s "$(of desks_cpu_s come)"
stop
row stored_bytes_per_change "$(div "$(stat -c %s county/huced.db)" 582400)" "<= 160: history and record tables"
serve
row restart_s "$(div $ready 1000000)" "<= 3: 2,912 ledgers"
"$storm" ask county $server 2912 64 10 >ask
row no_change_per_s "$(div 29120 "$(of seconds ask)")" ">= 8000"
row no_change_per_server_cpu_s "$(div 29120 "$(of server_cpu_s ask)")"
waiting=10000
[ "$(ulimit -n)" -gt 10200 ] || waiting=$(($(ulimit -n) - 200))
stop
serve
"$storm" wait county $server $waiting 2912 >wait
row waiting "$(of waiting wait)" "10,000 idle long-polls, without TLS"
row waiting_failures "$(of failures wait)" "0"
row waiting_kb_each "$(of kb_each wait)" "<= 12"
row wake_p99_s "$(of wake_p99_s wait)" "<= 2: another process has written"
stop
serve
"$storm" wake county $server $waiting >wake
row wake_one_process_p99_s "$(of wake_p99_s wake)" "<= 0.5: a change by the same process"
row wake_one_process_cpu_s "$(of wake_server_cpu_s wake)" "of the server, for all of them"
row wake_one_process_failures "$(of failures wake)" "0"
