# SPDX-License-Identifier: MulanPSL-2.0
# What the browser stories share, on top of tests/system/lib.sh: a village with a roster, `huce serve`
# for a desk, and the browser. Sourced; exits 77 where there is no browser.
. "${HUCE_ROOT:?}/tests/system/lib.sh"
command -v "${CHROMIUM:-chromium}" >/dev/null || { echo "skip - no chromium here (apt-get install chromium)"; exit 77; }
village=622924101001
service=

# village_found [SIZE]: county, desks ma and ding, and a roster at both of them
village_found() {
  county_found && county_serve || return 1
  desk_join ma village 马建国 $village && desk_join ding village 丁丽 $village || return 1
  "$roster" --division $village --seed 1 --divisions "$root/tests/data/divisions_guanghe.csv" --out roster >/dev/null || return 1
  local type
  for type in grid household person household_member labour_profile employment_spell income_source; do
    "$huce" import $type roster/$type.csv --data ma >/dev/null || return 1
  done
  "$huce" sync --data ma >/dev/null && "$huce" sync --data ding >/dev/null
}

# conflict_made FIELD VALUE VALUE: ma and ding write the same field of the first household
conflict_made() {
  house=$("$huce" list household --limit 1 --data ma --json | jq -r '.records[0].id')
  "$huce" put household "$house" "$1=$2" --note "去了三次，门锁着" --data ma >/dev/null
  "$huce" put household "$house" "$1=$3" --note "邻居说已经搬到兰州" --data ding >/dev/null
  local desk
  for desk in ma ding ma; do "$huce" sync --data $desk >/dev/null; done
}

# service_start [OPTION…]: `huce serve` for desk ma, or $service_desk; $HUCE_URL is its address, the same after a restart
service_start() {
  : >service.txt # not what the one before wrote
  "$huce" serve --listen "127.0.0.1:${web_port:-0}" --data "${service_desk:-ma}" --lock-after 0 "$@" >service.txt 2>>service.err &
  service=$!
  for _ in $(seq 200); do
    grep -q http service.txt && break
    kill -0 "$service" 2>/dev/null || break
    sleep 0.05
  done
  HUCE_URL=$(grep -oE 'http://127.0.0.1:[0-9]+/' service.txt) || { echo "not ok - the service starts"; cat service.err; finish; }
  web_port=${HUCE_URL##*:} web_port=${web_port%/}
  export HUCE_URL
}
service_stop() {
  [ -n "$service" ] || return 0
  kill "$service" 2>/dev/null
  wait "$service" 2>/dev/null
  service=
}
trap 'service_stop; county_stop' EXIT

# browser STORY [ARGUMENT…]: runs tests/web/STORY.mjs, which prints its own checks
browser() {
  local story=$1
  shift
  node "$root/tests/web/$story.mjs" "$@" || failures=$((failures + 1))
}
