# SPDX-License-Identifier: MulanPSL-2.0
# What the stories of the mechanisms share. Sourced behind lib.sh; migrations/MECHANISMS.md is the table.
#
#   mech NUMBER TEXT EXPRESSION   "ok - NUMBER TEXT" when the shell expression is true
#   ask SQL                       the first value, at the village's desk
#   is SQL VALUE                  is that the value?
#   refused FOLDER TYPE …         huce put ends with exit code 1
#   exchange FOLDER…              each synchronises, in turn
#   people                        the county, its desks (v w village, t township, c nc sf departments) and three households
mech() {
  local no=$1 text=$2 out
  if out=$(eval "$3" 2>&1); then
    echo "ok - $no $text"
  else
    echo "not ok - $no $text"
    tail -n 8 <<<"$out" | cut -c1-300 | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}
ask() { "$huce" sql "$1" --data v | tail -n +2 | head -n 1; }
is() { equal "$(ask "$1")" "$2"; }
refused() {
  local folder=$1 rc=0
  shift
  "$huce" put "$@" --data "$folder" || rc=$?
  [ "$rc" = 1 ]
}
exchange() { for desk in "$@"; do "$huce" sync --data "$desk" >/dev/null 2>&1; done; }
# new FOLDER TYPE …: a record whose id is printed; says why when there is none
new() {
  local folder=$1
  shift
  "$huce" put "$@" --data "$folder" --json | jq -re .id
}
# change FOLDER TYPE ID …
change() {
  local folder=$1
  shift
  "$huce" put "$@" --data "$folder" >/dev/null
}
day() { date -u -d "${1:-today}" +%F; }

people() {
  village=622924101001 township=622924101000 county=622924000000
  county_found && county_serve && desk_join v village 马建国 $village && desk_join w village 丁丽 $village &&
    desk_join t township 马镇长 $township && desk_join c dept:rs 人社老李 $county && desk_join nc dept:nc 农业老张 $county &&
    desk_join sf dept:sf 司法老陈 $county || { echo "not ok - the desks are there"; failures=1; finish; }
  # household N with a head, a labourer of 30: $hN $pN
  local i
  for i in 1 2 3; do
    printf -v "h$i" %s "$(new v household household_code=62292410100101000$i address="一社 $i 号" status=1)"
    printf -v "p$i" %s "$(new v person name=马$(cut -d, -f$i <<<大,二,三) sex=1 birth=1996-0$i-01)"
    local h=h$i p=p$i
    new v household_member household_id="${!h}" person_id="${!p}" relation=02 from=2020-01-01 >/dev/null
    new v labour_profile person_id="${!p}" capability=1 >/dev/null
  done
  exchange v w t
}
