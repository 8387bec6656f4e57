#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A crowd at the county's door: one address opens as many connections as it can and says nothing, begins heads and
# bodies that never end, asks and does not read. It gets its share and no more; desks are served meanwhile, the server
# stays small, and when the crowd is gone everything is as before.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
crowd_pid=
trap '[ -z "$crowd_pid" ] || kill "$crowd_pid" 2>/dev/null; county_stop' EXIT
printf '[server]\nmax_clients = 400\nmax_clients_per_address = 150\nidle_timeout_s = 15\n' >crowd.conf

serve_limited() {
  rm -f port
  "$huced" serve --config crowd.conf --listen 127.0.0.1:0 --port-file port --data county >>serve.txt 2>&1 &
  server_pid=$!
  for _ in $(seq 400); do [ -s port ] && break; sleep 0.05; done
  port=$(cat port)
  url=http://127.0.0.1:$port
}
metric() { curl -s "$url/metrics" | sed -n "s/^$1 //p"; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$server_pid/status"; }

county_found && serve_limited && desk_join a village 马建国 $village || finish
put a household household_code=622924101001010001 address="一社 1 号" >/dev/null
check "a desk exchanges" "$huce" sync --data a
small=$(rss_kib)

for kind in idle head body deaf; do
  rm -f there
  python3 "$root/tests/system/crowd.py" $kind "$port" there &
  crowd_pid=$!
  for _ in $(seq 1200); do [ -s there ] && break; sleep 0.05; done
  check "600 connections of another address ($kind): no more than its share is let in" [ "$(metric huced_connections)" -le 155 ]
  check "and the crowd has had something" [ "$(cat there 2>/dev/null || echo 0)" -ge 100 ]
  put a household household_code=62292410100101$((RANDOM % 9000 + 1000)) address="一社" >/dev/null
  check "a desk exchanges meanwhile" timeout 60 "$huce" sync --data a
  big=$(rss_kib)
  check "the server has stayed small: $((small / 1024)) MiB, then $((big / 1024)) MiB" [ "$big" -lt $((small + 24 * 1024)) ]
  check "who does not go on is let go" timeout 120 bash -c "while [ \"\$(curl -s $url/metrics | sed -n 's/^huced_connections //p')\" -gt 20 ]; do sleep 0.2; done"
  kill $crowd_pid 2>/dev/null
  wait $crowd_pid 2>/dev/null
  crowd_pid=
done
check "the server is the same" kill -0 "$server_pid"
check "it has not complained of itself" [ "$(grep -c 'CHECK failed' serve.txt)" = 0 ]
check "the county's audit is clean" "$huced" audit --data county
finish
