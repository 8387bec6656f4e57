#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# What bad links cost, now: `make links`. Prints a table of what was asked for and what was measured, and writes
# build/links.json. Times and bytes are those of the real programs with a bad link between them (tests/proxy); bytes are all
# of HTTP, heads and bodies, TLS apart. Ends with status 1 only when something could not be measured.
#
#   YEARS=10 make links     a village with ten years of history instead of three
#   RUNS=40 make links      weeks over a line of which 5 % of connections are cut
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
top=$PWD
build=$PWD/${BUILD:-build}
links=$build/tests/bench/links proxy_program=$build/tests/proxy/proxy
years=${YEARS:-3} runs=${RUNS:-20}
work=$(mktemp -d "$build/links.XXXXXX")
export HUCE_ROOT=$top HUCE_BUILD=$build HUCE_DIAG=error
cd "$work"
set +e # the stories' helpers say what failed
. "$top/tests/system/lib.sh"
link_pid=
link_stop() { # its counts are in link.txt
  [ -n "$link_pid" ] || return 0
  kill "$link_pid" 2>/dev/null
  wait "$link_pid" 2>/dev/null
  link_pid=
}
trap 'link_stop; county_stop; rm -rf "$work"' EXIT

say() { echo "  $*" >&2; }
give_up() { echo "links: $*" >&2; exit 1; }

# link OPTION…: the bad link in front of the county, on the port that the desks know
link() {
  link_stop
  rm -f link.port
  "$proxy_program" --to "$port" --port "${link_port:-0}" --port-file link.port "$@" >link.txt 2>link.err &
  link_pid=$!
  for _ in $(seq 200); do [ -s link.port ] && break; sleep 0.05; done
  [ -s link.port ] || give_up "the link does not start: $(cat link.err)"
  link_port=$(cat link.port)
}
counted() { sed -n "s/^$1 //p" link.txt; }
value() { sed -n "s/^$1 //p" "$2"; }
compute() { awk "BEGIN { printf \"%.6g\", $1 }"; }
now_ms() { date +%s%3N; }
asked() { curl -s "http://127.0.0.1:$port/metrics" | sed -n 's/^huced_syncs_total //p'; }
# join FOLDER ROLE NAME CODE…: by the address of the link
join() { url=http://127.0.0.1:$link_port; desk_join "$@" || give_up "$3 does not join"; }
declare -A figure

# ---- nothing new ----

# nothing_new NAME DESK: one exchange that has nothing to say
nothing_new() {
  local before
  "$huce" sync --data "$2" >/dev/null || give_up "no exchange"
  link
  before=$(asked)
  "$huce" sync --data "$2" >/dev/null || give_up "no exchange"
  figure[$1_requests]=$(($(asked) - before))
  link_stop
  figure[$1_bytes_up]=$(counted bytes_up)
  figure[$1_bytes_down]=$(counted bytes_down)
}

say "a village, a desk, nothing new"
village=622924101002
county_found && county_serve || give_up "no county"
link
join a village 马建国 $village
"$roster" --division $village --people 1763 --seed 1 --divisions "$top/tests/data/divisions_guanghe.csv" --out roster >/dev/null
for type in grid grid_officer household person household_member employment_spell income_source labour_profile skill person_tag visit; do
  "$huce" import $type roster/$type.csv --data a >import.txt 2>&1 || give_up "import of $type: $(tail -n 3 import.txt)"
done
"$huce" sync --data a >/dev/null || give_up "no exchange"
link
nothing_new idle a
link_stop
county_stop

say "a desk with 300 ledgers, nothing new"
mkdir many
(
  cd many || exit 1
  port= link_port= link_pid= server_pid=
  printf 135246 >pin
  "$huced" init --county 640422 --name 西吉县 --data county >init.txt &&
    "$huced" ledger add --divisions "$top/tests/data/divisions_64_6229.csv" --data county >>init.txt && county_serve || exit 1
  link
  # Townships; with them their villages: all but the county's own ledger.
  codes=$(sqlite3 county/huced.db "SELECT substr(origin, instr(origin, '/') + 1) FROM ledger" | grep '000$' | grep -v '^640422000000$')
  # shellcheck disable=SC2086
  join a village 马县 $codes
  for village in $(sqlite3 county/huced.db "SELECT substr(origin, instr(origin, '/') + 1) FROM ledger" | grep -v '000$'); do
    "$huce" put household household_code="${village}001001" address="1 号" --ledger "$village" --data a >/dev/null || exit 1
  done
  nothing_new many a
  for key in many_requests many_bytes_up many_bytes_down; do echo "$key ${figure[$key]}"; done >figures
  echo "many_ledgers $("$huce" status --data a --json | jq '.ledgers | length')" >>figures
  county_stop
) || give_up "a county with many ledgers"
while read -r key number; do figure[$key]=$number; done <many/figures
rm -rf many

# ---- a village with its history ----

say "$years years of history: 120 saves each working day, an exchange every evening"
days=$((years * 365))
"$links" years county a 135246 $days 120 >years.txt || give_up "no history"
figure[history_changes]=$(value changes years.txt)
say "its first exchange at 256 kbit/s, 80 ms there and back"
county_serve || give_up "no county"
link --rate 32000 --latency 40
start=$(now_ms)
join new village 丁丽 $village
"$huce" sync --data new >first.txt 2>&1 || give_up "the first exchange: $(tail -n 3 first.txt)"
figure[first_sync_s]=$(compute "($(now_ms) - $start) / 1000")
link_stop
figure[first_sync_bytes]=$(counted bytes_down)
[ "$("$huce" sql "SELECT count(*) FROM person" --data new | tail -n 1)" = 1763 ] || give_up "the new desk lacks people"
start=$(now_ms)
"$huce" list household --limit 1 --data new >/dev/null
figure[first_list_s]=$(compute "($(now_ms) - $start) / 1000")

# ---- a week offline ----

say "a week without a network, 840 saves, then 64 kbit/s, 800 ms there and back"
link
"$huce" sync --data a >/dev/null
"$links" week a 135246 840 || give_up "no week"
link_stop
county_stop
cp -r county county.week
# week SEED PERCENT [OPTION…]: one exchange of a copy of that desk, tried again at once where the line drops
week() {
  rm -rf county a.copy
  cp -r county.week county
  cp -r a a.copy
  county_serve || give_up "no county"
  link --rate 8000 --latency 400 --cut "$2" --within "${uncut:-16384}" --seed "$1" "${@:3}"
  start=$(now_ms)
  for _ in $(seq 20); do "$huce" sync --data a.copy >week.txt 2>&1 && break; done
  took=$(compute "($(now_ms) - $start) / 1000")
  "$huce" status --data a.copy --json | jq -e '[.ledgers[] | .unsent + .sent] | add == 0' >/dev/null || give_up "something was not sent"
  link_stop
  county_stop
  bytes=$(($(counted bytes_up) + $(counted bytes_down))) cut=$(counted cut)
}
week 0 0
figure[week_uncut_s]=$took
figure[week_uncut_bytes]=$bytes
uncut=$bytes
: >weeks
for seed in $(seq "$runs"); do
  week "$seed" 5
  echo "$took $bytes $cut" >>weeks
done
week 5 0 --cut-up $((uncut / 2)) --first 1 # the one connection there is, in the middle of it
figure[week_one_cut_s]=$took
figure[week_one_cut_ratio]=$(compute "$bytes / $uncut")
# Of few weeks maybe none is cut: what 5 % of them cost, if the cut is in the middle.
figure[week_bytes_expected]=$(compute "1 + 0.05 * (${figure[week_one_cut_ratio]} - 1)")
figure[week_longest_s]=$(sort -g weeks | tail -n 1 | cut -d' ' -f1)
figure[week_mean_bytes]=$(awk '{ n += $2 } END { printf "%.6g", n / NR }' weeks)
figure[week_bytes_ratio]=$(compute "${figure[week_mean_bytes]} / $uncut")
figure[week_cut]=$(awk '{ n += $3 } END { print n }' weeks)

# ---- figures ----

# row TEXT KEY TARGET: one line of the table; all of them want at most so much
row() {
  local met
  met=$(awk "BEGIN { print (${figure[$2]} <= $3) ? \"met\" : \"NOT MET\" }")
  printf '  %-66s <=%8s %12s  %s\n' "$1" "$3" "${figure[$2]}" "$met"
}
{
  echo "bad links, load $(cut -d' ' -f1 /proc/loadavg), $(nproc) cores"
  row "nothing new: requests" idle_requests 1
  row "nothing new: bytes to the county, heads and all" idle_bytes_up 750
  row "nothing new: bytes from the county" idle_bytes_down 750
  row "nothing new with ${figure[many_ledgers]} ledgers: requests" many_requests 1
  row "nothing new with ${figure[many_ledgers]} ledgers: bytes to the county" many_bytes_up 8192
  row "nothing new with ${figure[many_ledgers]} ledgers: bytes from the county" many_bytes_down 8192
  row "a week offline, 64 kbit/s, 800 ms, 5 % cut: longest of $runs, s" week_longest_s 15
  row "a week offline: bytes, × those without cuts, measured" week_bytes_ratio 1.2
  row "a week offline: the same, one connection in twenty cut in its middle" week_bytes_expected 1.2
  row "first exchange of a village of 1,763 people, $years years, 256 kbit/s, s" first_sync_s 60
  echo "  beside it"
  for key in week_uncut_s week_uncut_bytes week_cut week_one_cut_s week_one_cut_ratio history_changes first_sync_bytes first_list_s; do
    printf '  %-66s %22s\n' $key "${figure[$key]}"
  done
}
for key in "${!figure[@]}"; do jq -n --arg key "$key" --argjson value "${figure[$key]}" '{($key): $value}'; done | jq -sS add >"$build/links.json"
