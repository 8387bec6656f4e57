# SPDX-License-Identifier: MulanPSL-2.0
# What the scripts that torture the programs share: two tortures at a time, one for each core, each in a
# folder and with a seed of its own. A failure leaves its folder for a person to look at. Where a machine
# is too slow to finish within the time a test may take, that is said, and counted as skipped.
: "${HUCE_BUILD:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build}"
torture_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
seed=${HUCE_TORTURE_SEED:-1}
limit_s=${HUCE_TORTURE_SECONDS:-280}
failures=0
kept=$(mktemp -d -t huce-torture.XXXXXX)
export PYTHONDONTWRITEBYTECODE=1

torture() { # SCRIPT ARGUMENT…
  local script=$1
  shift
  python3 "$torture_folder/$script" --build "$HUCE_BUILD" --folder "$folder" --seed "$seed" \
    --seconds $((limit_s ? limit_s - SECONDS : 0)) "$@"
}

# caught PATTERN SCRIPT…: the torture must fail, with these words.
caught() {
  local pattern=$1 out rc=0
  shift
  out=$(torture "$@") || rc=$?
  if [ $rc = 1 ] && grep -qE "$pattern" <<<"$out"; then
    grep -vE '^what was left' <<<"$out"
    return 0
  fi
  printf 'was not found out:\n%s\n' "$out"
  [ $rc = 77 ] && return 77
  return 1
}

# start TEXT COMMAND…: in the background, output to a file.
start() {
  text=$1
  folder=$kept/$seed
  shift
  mkdir -p "$folder"
  if [ "$1" = caught ]; then "$@"; else torture "$@"; fi >"$folder.out" 2>&1 &
  seed=$((seed + 1))
}

report() { # TEXT FOLDER EXIT-CODE
  case $3 in
    0) echo "ok - $1" ;;
    77) echo "skip - $1: not finished on this machine" ;;
    *) echo "not ok - $1" && failures=$((failures + 1)) ;;
  esac
  sed 's/^/  # /' "$2.out"
  case $3 in 0 | 77) rm -rf "$2" ;; esac
}

# together TEXT COMMAND… -- TEXT COMMAND…
together() {
  local first=() first_text first_folder first_pid rc=0
  while [ "$1" != -- ]; do
    first+=("$1")
    shift
  done
  shift
  start "${first[@]}"
  first_pid=$! first_text=$text first_folder=$folder
  start "$@"
  wait "$first_pid" || rc=$?
  report "$first_text" "$first_folder" "$rc"
  rc=0
  wait $! || rc=$?
  report "$text" "$folder" "$rc"
}

finish() {
  [ "$failures" != 0 ] || rm -rf "$kept"
  [ "$failures" = 0 ]
}
