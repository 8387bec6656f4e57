#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The reports on a register of real size: `make reports` for one village, VILLAGES=108 for all of Guanghe county (259,000
# people; the import takes half an hour and more). Each report is run ROUNDS (3) times by the real program, opening of the folder
# included: the least wall-clock time and its processor time. A missed target is a figure, not a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD build=$PWD/${BUILD:-build}
huce=$build/huce huced=$build/huced
villages=${VILLAGES:-1} rounds=${ROUNDS:-3}
target=300
[ "$villages" -gt 1 ] && target=5000
unset HUCE_DATA HUCE_PASSPHRASE_FILE HUCE_CLOCK_OFFSET_MS
export HUCE_DIAG=error
work=$(mktemp -d "$build/reports.XXXXXX")
server=
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  server=
}
trap 'stop; rm -rf "$work"' EXIT
cd "$work"
printf 135246 >pin
export HUCE_PIN_FILE=$PWD/pin

"$build/tests/data/roster" --division 622924 --seed 1 --divisions "$root/tests/data/divisions_guanghe.csv" --out roster >/dev/null
"$huced" init --county 622924 --name 广河县 --data county >/dev/null
"$huced" ledger add --divisions "$root/tests/data/divisions_guanghe.csv" --data county >/dev/null
"$huced" serve --listen 127.0.0.1:0 --port-file port --data county >serve.log 2>&1 &
server=$!
for _ in $(seq 600); do
  [ -s port ] && break
  sleep 0.05
done
[ -s port ] || { cat serve.log >&2; exit 1; }
# One village of about 2,000 people, or from the first village on as many as were asked for.
codes=(622924204205)
[ "$villages" = 1 ] || mapfile -t codes < <(ls roster | head -n "$villages")
scope=622924000000
[ "$villages" = 1 ] && scope=${codes[0]}
"$huced" invite --ledger "$scope" --role village --person 统计员 --url "http://127.0.0.1:$(cat port)" --out desk.invite --data county >/dev/null 2>&1
"$huce" join desk.invite --data desk >/dev/null
stop
for code in "${codes[@]}"; do
  for type in grid grid_officer grid_post household person household_member person_tag labour_profile employment_spell income_source skill visit; do
    [ -f "roster/$code/$type.csv" ] && "$huce" import "$type" "roster/$code/$type.csv" --ledger "$code" --data desk >/dev/null
  done
done
people=$("$huce" sql "SELECT count(*) FROM person" --data desk | tail -n 1)

printf '%-12s %10s %10s   %s\n' report wall_ms cpu_ms "of $target ms ($people people)"
TIMEFORMAT='%R %U %S'
for name in labour invariants plans visits requests mediation volunteers burden; do
  least=
  for _ in $(seq "$rounds"); do
    used=$({ time "$huce" report "$name" --data desk --json >/dev/null 2>report.err; } 2>&1) || { cat report.err >&2; exit 1; }
    one=$(awk '{ printf "%d %d", $1 * 1000, ($2 + $3) * 1000 }' <<<"$used")
    [ -n "$least" ] && [ "${least% *}" -le "${one% *}" ] || least=$one
  done
  printf '%-12s %10d %10d   %s\n' "$name" ${least% *} ${least#* } "$(awk -v a="${least% *}" -v b="$target" 'BEGIN { printf "%.2f", a / b }')"
done
