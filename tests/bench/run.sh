#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Workload W on this machine, now: `make bench`. Prints a table of what was asked for and what was
# measured, and writes build/bench.json. What each figure means stands in README.md beside this file.
#
# The county and two desks are made by the real programs; tests/bench/bench.c then takes single steps
# on these folders. What can be repeated on a copy is repeated, and the median counts. Ends with
# status 1 only when something could not be measured: a missed target is a figure, not a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$PWD/${BUILD:-build}
huce=$build/huce huced=$build/huced bench=$build/tests/bench/bench
rounds=${ROUNDS:-5}
idle_settle_s=8 # the first exchange begins 2 s after the start
idle_s=30
pin=bench-pin-2468
village=622924101001
unset HUCE_DATA HUCE_PIN_FILE HUCE_PASSPHRASE_FILE HUCE_CLOCK_OFFSET_MS
export HUCE_DIAG=error

# On the disk that holds the project: a folder in memory would make every commit free.
work=$(mktemp -d "$build/bench.XXXXXX")
server= service=
stop_server() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  server=
}
stop_service() {
  [ -z "$service" ] || { kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true; }
  service=
}
trap 'stop_service; stop_server; rm -rf "$work"' EXIT
cd "$work"
echo "$pin" >pin
echo "a passphrase that lies beside it" >passphrase
export HUCE_PASSPHRASE_FILE=$PWD/passphrase

say() { echo "  $*" >&2; }

start_server() { # huced on the port it had before
  rm -f port
  "$huced" serve --listen "127.0.0.1:${port:-0}" --port-file port --data county >>serve.log 2>&1 &
  server=$!
  for _ in $(seq 200); do
    [ -s port ] && break
    sleep 0.05
  done
  [ -s port ] || { cat serve.log >&2; exit 1; }
  port=$(cat port)
}

# of_service WORD: a number of /proc/PID/status; switches: wake-ups of all its threads so far
of_service() { awk -v word="$1:" '$1 == word { print $2 }' "/proc/$service/status"; }
switches() { cat "/proc/$service"/task/*/status | awk '$1 == "voluntary_ctxt_switches:" { n += $2 } END { print n }'; }

# idle DESK: `huce serve` over a desk, after its first exchange with the county, while nobody asks
idle() {
  local before
  "$huce" serve --listen 127.0.0.1:0 --data "$1" >service.log 2>&1 &
  service=$!
  sleep $idle_settle_s
  grep -q http service.log || { cat service.log >&2; exit 1; }
  before=$(switches)
  sleep $idle_s
  echo "wakeups_per_minute $(compute "($(switches) - $before) * 60 / $idle_s")"
  echo "rss_kb $(of_service VmRSS)"
  stop_service
}

# median KEY FILE: the median of a key's values in a file of "key value" lines
median() { awk -v key="$1" '$1 == key { print $2 }' "$2" | sort -g | awk '{ v[NR] = $1 } END {
  if (!NR) exit 1; print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
compute() { awk "BEGIN { printf \"%.6g\", $1 }"; }
copy() { rm -rf "$2" && cp -r "$1" "$2"; }
size_of() { stat -c %s "$1"; }

# exchange FILE COUNTY DESK: several times on copies, then once for good
exchange() {
  for _ in $(seq 2 "$rounds"); do
    copy "$2" county.copy
    copy "$3" desk.copy
    "$bench" exchange county.copy desk.copy >>"$1"
  done
  "$bench" exchange "$2" "$3" >>"$1"
  rm -rf county.copy desk.copy
}

say "a county, two desks"
{
  "$huced" init --county 622924 --name 广河县 --authority guanghe.example --pin-file pin --data county
  "$huced" catalog apply "$OLDPWD/tests/bench/resident.sql" --data county
  "$huced" ledger add $village --data county
  start_server
  for desk in a b; do
    "$huced" invite --ledger $village --role village --person "人员$desk" \
      --url "http://127.0.0.1:$port" --data county --out "invite.$desk"
    HUCE_PASSPHRASE_FILE= "$huce" join "invite.$desk" --data $desk --pin-file pin
  done
  "$huce" sync --data a
  stop_server
  for desk in a b; do # the same two, unreadable without a passphrase
    copy $desk $desk.closed
    "$huce" vault on --data $desk.closed
  done
} >setup.log 2>&1 || { cat setup.log >&2; exit 1; }

copy county county.w3
copy a a.w3
copy b b.w3

say "W1: import of 20,000 rows of 20 fields, $rounds times, by turns with plain SQLite"
"$bench" csv w1.csv
"$bench" yardsticks w1.csv >yardsticks
for _ in $(seq "$rounds"); do
  rm -f plain.db*
  copy a a.w1
  copy a.closed a.closed.w1
  "$bench" plain plain.db >round
  "$bench" import a.w1 $pin w1.csv >>round
  "$bench" import a.closed.w1 $pin w1.csv >round.closed
  compute "$(median plain_s round) / $(median import_s round)" | sed 's/^/ratio /' >>round
  echo >>round
  compute "$(median import_s round.closed) / $(median import_s round)" | sed 's/^/closed /' >>round
  echo >>round
  cat round >>w1
done
rm -rf a a.closed && mv a.w1 a && mv a.closed.w1 a.closed
say "W1: to the county and to the other desk, $rounds times"
exchange w1.sent county a
exchange w1.received county b
exchange w1.received.closed county b.closed
copy a a.paced
copy county county.paced
copy b b.w1

say "W2 by turns at a desk, and at one that is unreadable without a passphrase"
copy a a.turns
"$bench" turns a.turns a.closed $pin >turns
say "W2: 100,000 saves, each durable, by turns with plain SQLite"
"$bench" saves a $pin plain.db >w2
say "W2: to the county and to the other desk, $rounds times"
exchange w2.sent county a
exchange w2.received county b
exchange w2.received.closed county b.closed

say "memory of huce sync, receiving W2 from huced"
start_server
"$bench" peak "$huce" sync --data b.w1 >sync.peak 2>sync.log || { cat sync.log >&2; exit 1; }
grep peak_kb sync.peak >/dev/null
say "huce serve at rest for $idle_s s"
idle b.w1 >idle
stop_server
cmp -s <("$huce" sql "SELECT count(*), sum(months), max(phone) FROM resident" --data b) \
  <("$huce" sql "SELECT count(*), sum(months), max(phone) FROM resident" --data b.w1) ||
  { echo "the two receivers differ" >&2; exit 1; }

say "W2 at a person's pace, W4"
"$bench" paced a.paced $pin 20000 >paced
"$bench" exchange county.paced a.paced >>paced
copy a a.one
"$bench" one a.one $pin >w4

say "W3: two desks drift apart by 20,000 saves each and meet, $rounds times"
"$bench" cards a.w3 $pin
"$bench" exchange county.w3 a.w3 >/dev/null
"$bench" exchange county.w3 b.w3 >/dev/null
copy county.w3 county.deep
copy a.w3 a.deep
copy b.w3 b.deep
"$bench" diverge a.w3 $pin 0
"$bench" diverge b.w3 $pin 1
"$bench" exchange county.w3 a.w3 >/dev/null
exchange w3.second county.w3 b.w3 # what the first desk did comes under its own work
exchange w3.first county.w3 a.w3
cmp -s <("$huce" sql "SELECT * FROM card ORDER BY id" --data a.w3) \
  <("$huce" sql "SELECT * FROM card ORDER BY id" --data b.w3) ||
  { echo "the desks of W3 differ" >&2; exit 1; }
say "a record with 10,000 changes, $rounds times"
for _ in $(seq "$rounds"); do
  copy county.deep county.copy
  copy a.deep a.copy
  copy b.deep b.copy
  "$bench" deep county.copy a.copy b.copy $pin >>deep
done

# ---- figures ----

declare -A figure
figure[w1_import_rows_per_s]=$(compute "20000 / $(median import_s w1)")
figure[w1_sqlite_rows_per_s]=$(compute "20000 / $(median plain_s w1)")
figure[w1_import_vs_sqlite]=$(median ratio w1)
figure[w1_wire_bytes]=$(median bytes_out w1.sent)
figure[w1_merge_fields_per_s]=$(compute "400000 / $(median receive_s w1.received)")
figure[w1_admit_fields_per_s]=$(compute "400000 / $(median admit_s w1.sent)")
figure[w2_save_per_s]=$(compute "1 / $(median save_s w2)")
figure[w2_sqlite_save_per_s]=$(compute "1 / $(median plain_save_s w2)")
figure[w2_save_vs_sqlite]=$(median ratio w2)
figure[w2_wire_bytes]=$(median bytes_out w2.sent)
figure[w2_received_bytes]=$(median bytes_in w2.received)
figure[w2_merge_per_s]=$(compute "100000 / $(median receive_s w2.received)")
figure[w2_admit_per_s]=$(compute "100000 / $(median admit_s w2.sent)")
figure[w2_paced_bytes_per_change]=$(compute "$(median bytes_out paced) / 20000")
figure[w4_wire_bytes]=$(median bytes_out w4)
figure[w3_merge_per_s]=$(compute "20000 / $(median receive_s w3.first)")
figure[w3_merge_under_own_per_s]=$(compute "20000 / $(median receive_s w3.second)")
figure[w3_admit_per_s]=$(compute "20000 / $(median admit_s w3.second)")
figure[w3_conflicts]=$("$huce" sql "SELECT count(*) AS n FROM conflict" --data a.w3 | tail -n 1)
figure[deep_record_flat]=$(median deep_flat deep)
figure[deep_conflict_first_ms]=$(median deep_conflict_first_ms deep)
figure[deep_conflict_last_ms]=$(median deep_conflict_last_ms deep)
figure[w1_import_cpu_us_per_row]=$(compute "$(median import_cpu_s w1) * 1e6 / 20000")
figure[w1_sqlite_cpu_us_per_row]=$(compute "$(median plain_cpu_s w1) * 1e6 / 20000")
figure[w1_merge_cpu_ns_per_field]=$(compute "$(median receive_cpu_s w1.received) * 1e9 / 400000")
figure[w2_merge_cpu_us_per_change]=$(compute "$(median receive_cpu_s w2.received) * 1e6 / 100000")
figure[w3_merge_cpu_us_per_change]=$(compute "$(median receive_cpu_s w3.first) * 1e6 / 20000")
figure[cpu_us_per_change]=$(compute "($(median request_cpu_s w2.sent) + $(median admit_cpu_s w2.sent) + $(median receive_cpu_s w2.received)) * 1e6 / 100000")
figure[w2_bytes_per_change]=$(compute "$(median bytes_out w2.sent) / 100000")
figure[plain_bytes]=$(size_of plain.db)
figure[county_vs_plain]=$(compute "$(size_of county/huced.db) / $(size_of plain.db)")
figure[author_vs_plain]=$(compute "$(size_of a/desk.db) / $(size_of plain.db)")
figure[db_vs_plain]=$(compute "$(size_of b/desk.db) / $(size_of plain.db)")
figure[sync_rss_mb]=$(compute "$(median peak_kb sync.peak) / 1024")
figure[idle_rss_mb]=$(compute "$(median rss_kb idle) / 1024")
figure[idle_wakeups_per_minute]=$(median wakeups_per_minute idle)
figure[at_rest_w1_import]=$(median closed w1)
figure[at_rest_w2_save]=$(median ratio turns)
figure[at_rest_w2_save_cpu]=$(median cpu_ratio turns)
figure[at_rest_w1_merge]=$(compute "$(median receive_s w1.received.closed) / $(median receive_s w1.received)")
figure[at_rest_w2_merge]=$(compute "$(median receive_s w2.received.closed) / $(median receive_s w2.received)")
figure[at_rest_size]=$(compute "$(size_of b.closed/desk.db) / $(size_of b/desk.db)")
for key in sign_per_s verify_per_s sha256_mb_per_s zstd_mb_per_s; do
  figure[$key]=$(median $key yardsticks)
done

# row TEXT KEY RELATION TARGET: one line of the table
row() {
  local value=${figure[$2]:-} ratio met
  if [ -z "$value" ]; then
    printf '  %-50s %12s %14s %8s  %s\n' "$1" "$4" - - "not measured"
    return
  fi
  ratio=$(compute "$value / $4")
  met=$(awk "BEGIN { print ($value $3 $4) ? \"met\" : \"NOT MET\" }")
  printf '  %-50s %s%10s %14s %8.2f  %s\n' "$1" "$3" "$4" "$value" "$ratio" "$met"
}

{
  echo "workload W, load $(cut -d' ' -f1 /proc/loadavg), $(nproc) cores"
  printf '  %-50s %12s %14s %8s\n' "" target measured "of it"
  row "W1 import, rows/s" w1_import_rows_per_s ">=" 60000
  row "W1 import, × plain SQLite" w1_import_vs_sqlite ">=" 0.4
  row "W1 verify + merge at a desk, fields/s" w1_merge_fields_per_s ">=" 2000000
  row "W2 durable signed saves, × plain SQLite commits" w2_save_vs_sqlite ">=" 0.4
  row "W2 verify + merge at a desk, changes/s" w2_merge_per_s ">=" 200000
  row "W2 wire, complete signed history, bytes" w2_wire_bytes "<=" 800000
  row "W2 wire, bytes a change" w2_bytes_per_change "<=" 5.5
  row "W2 at a person's pace, bytes a change" w2_paced_bytes_per_change "<=" 6.5
  row "W2 processor time a change, both ends, µs" cpu_us_per_change "<=" 11.4
  row "W3 merge of what another desk did, changes/s" w3_merge_per_s ">=" 120000
  row "a record's changes 9,001-10,000 / 1-1,000, time" deep_record_flat "<=" 1.2
  row "W4 one save alone, message body, bytes" w4_wire_bytes "<=" 350
  row "database after W1 + W2, × plain table" db_vs_plain "<=" 2.5
  row "peak memory of huce sync receiving W2, MB" sync_rss_mb "<=" 32
  row "huce serve idle, MB" idle_rss_mb "<=" 25
  row "encrypted / plain: W1 import, time" at_rest_w1_import "<=" 1.25
  row "encrypted / plain: W1 verify + merge, time" at_rest_w1_merge "<=" 1.25
  row "encrypted / plain: W2 save, time" at_rest_w2_save "<=" 1.25
  row "encrypted / plain: W2 verify + merge, time" at_rest_w2_merge "<=" 1.25
  echo
  echo "  beside it"
  for key in w1_sqlite_rows_per_s w1_wire_bytes w1_admit_fields_per_s w2_save_per_s w2_sqlite_save_per_s \
    w2_received_bytes w2_admit_per_s county_vs_plain author_vs_plain plain_bytes \
    w3_merge_under_own_per_s w3_admit_per_s w3_conflicts deep_conflict_first_ms deep_conflict_last_ms \
    w1_import_cpu_us_per_row w1_sqlite_cpu_us_per_row w1_merge_cpu_ns_per_field w2_merge_cpu_us_per_change \
    w3_merge_cpu_us_per_change idle_wakeups_per_minute at_rest_size \
    at_rest_w2_save_cpu \
    sign_per_s verify_per_s sha256_mb_per_s zstd_mb_per_s; do
    printf '  %-50s %27s\n' $key "${figure[$key]}"
  done
}

for key in "${!figure[@]}"; do
  jq -n --arg key "$key" --argjson value "${figure[$key]}" '{($key): $value}'
done | jq -sS add >"$build/bench.json"
