# SPDX-License-Identifier: MulanPSL-2.0
# What the stories share: a county, its desks, and checks in the runner's protocol. Sourced.
#
#   county_found                     the county 622924 with all ledgers of Guanghe, in ./county
#   county_serve / county_stop       `huced serve` on a free port of loopback; $url
#   desk_join FOLDER ROLE NAME CODE… invites and joins (PIN in ./pin)
#   roster_make CODE FOLDER          a generated roster as CSV files
#   check TEXT COMMAND…              "ok - TEXT" / "not ok - TEXT" with what the command printed
#   check_fails CODE TEXT COMMAND…   the same for a command that must end with exit code CODE
#   finish                           ends the script: 1 when a check failed
root=${HUCE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
huce=${HUCE_BUILD:-$root/build}/huce
huced=${HUCE_BUILD:-$root/build}/huced
roster=${HUCE_BUILD:-$root/build}/tests/data/roster
failures=0
server_pid=
printf 135246 >pin
export HUCE_PIN_FILE=$PWD/pin
unset HUCE_DATA

check() {
  local text=$1 out
  shift
  if out=$("$@" 2>&1); then
    echo "ok - $text"
  else
    echo "not ok - $text"
    tail -n 15 <<<"$out" | cut -c1-400 | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}

check_fails() {
  local wanted=$1 text=$2 out rc=0
  shift 2
  out=$("$@" 2>&1) || rc=$?
  if [ "$rc" = "$wanted" ]; then
    echo "ok - $text"
  else
    echo "not ok - $text"
    echo "  # exit code $rc, expected $wanted"
    tail -n 15 <<<"$out" | cut -c1-400 | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}

# equal A B: for check
equal() { [ "$1" = "$2" ] || { printf 'got      %s\nexpected %s\n' "$1" "$2"; return 1; }; }

finish() {
  county_stop
  exit $((failures > 0))
}

county_found() {
  "$huced" init --county 622924 --name 广河县 --data county >init.txt &&
    "$huced" ledger add --divisions "$root/tests/data/divisions_guanghe.csv" --data county >>init.txt ||
    { echo "not ok - the county is founded"; failures=1; return 1; }
}

county_serve() {
  rm -f port
  "$huced" serve --listen "127.0.0.1:${port:-0}" --port-file port --data county >>serve.txt 2>&1 &
  server_pid=$!
  for _ in $(seq 200); do
    [ -s port ] && break
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.05
  done
  [ -s port ] || { echo "not ok - the server starts"; tail -n 5 serve.txt; return 1; }
  port=$(cat port) # the same one again after a restart
  url=http://127.0.0.1:$port
}

county_stop() {
  [ -n "$server_pid" ] || return 0
  kill "$server_pid" 2>/dev/null
  wait "$server_pid" 2>/dev/null
  server_pid=
}
trap county_stop EXIT

desk_join() {
  local folder=$1 role=$2 name=$3 ledgers=()
  shift 3
  for code in "$@"; do ledgers+=(--ledger "$code"); done
  "$huced" invite "${ledgers[@]}" --role "$role" --person "$name" --url "$url" --out "$folder.invite" \
    --data county >/dev/null 2>&1 && "$huce" join "$folder.invite" --data "$folder" >"$folder.join" 2>&1 ||
    { echo "not ok - $name joins"; cat "$folder.join"; failures=1; return 1; }
}

roster_make() {
  "$roster" --division "$1" --seed 1 --divisions "$root/tests/data/divisions_guanghe.csv" --out "$2" >/dev/null
}

# put FOLDER TYPE [ID] FIELD=VALUE… : prints the record's id
put() {
  local folder=$1
  shift
  "$huce" put "$@" --data "$folder" --json | jq -r .id
}

# field FOLDER TYPE ID NAME: the value in force
field() { "$huce" get "$2" "$3" --data "$1" --json | jq -r ".fields.$4"; }

# state_of FOLDER: one hash over all records of all types, as anybody can read them
state_of() {
  local type
  for type in grid grid_officer grid_post household household_member person person_tag labour_profile \
    employment_spell income_source skill training_record plan plan_measure visit; do
    "$huce" sql "SELECT * FROM $type ORDER BY id" --data "$1" --json | jq -c '.columns as $c | ($c | index("unconfirmed")) as $u |
      .rows[] | if $u then del(.[$u]) else . end'
  done | sha256sum | cut -c1-16
}
