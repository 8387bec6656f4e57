#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A village, its township and three county departments write the same household and the same person. In each
# field the one who has the say is in force, whatever the clocks and the order; what the others say stays
# beside it with their names, and comes into force when the say is given back. Who has no say at all is told
# so before anything is written.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101201 county=622924000000
county_found && county_serve || finish
desk_join v village 马建国 $village && desk_join t township 王镇 622924101000 || finish
desk_join nc dept:nc 李科 $county && desk_join mz dept:mz 赵科 $county && desk_join ga dept:ga 周科 $county || finish
all="v t nc mz ga"
sync_all() { local desk; for desk in ${*:-$all $all}; do "$huce" sync --data "$desk" >"$desk.sync" 2>&1 || return 1; done; }
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
beside() { "$huce" get "$2" "$3" --data "$1" --json | jq -r --arg f "$4" '[.beside[]? | select(.field == $f) | "\(.author) \(.value)"] | join(", ")'; }
everywhere() { local desk; for desk in v t nc mz; do "$@" "$desk"; done | sort -u; } # the police see it masked
type_at() { field "$1" household "$house" hh_type; }

house=$(put v household household_code=622924101201010001 address="三社 1 号" status=1 hh_type=1 sheds=2)
person=$(put v person name=马万福 id_no=622924198001011013 sex=1 phone=15400000001)
sync_all

# ---- all five without a network ----
county_stop
put nc household "$house" hh_type=5 --note "年度认定" --ledger $village >/dev/null
HUCE_CLOCK_OFFSET_MS=3600000 put t household "$house" hh_type=2 >/dev/null
HUCE_CLOCK_OFFSET_MS=7200000 put v household "$house" hh_type=3 --note "村里评议" >/dev/null
put ga person "$person" name=马万富 >/dev/null
put v person "$person" name=马万福 phone=15400000002 >/dev/null
put mz household "$house" address="县里听说的" >mz.txt 2>&1
county_serve || finish
sync_all
check "the department has the say, though it wrote first" equal "$(everywhere type_at)" 5
check "the village's word stands beside it, and the township's" equal "$(beside v household "$house" hh_type)" "王镇 2, 马建国 3"
check "at the department, too" equal "$(beside nc household "$house" hh_type)" "$(beside v household "$house" hh_type)"
check "a person reads it where the value is" says "不采用：3（.*马建国" "$huce" get household "$house" --data v
check "nobody is asked: it is not a conflict" equal "$("$huce" conflicts list --data v --json | jq '.conflicts | length')" 0
check "the police have the say over a name" equal "$(field v person "$person" name)" 马万富
check "what was written with it in one save counts by itself" equal "$(field ga person "$person" phone)" 15400000002

# ---- later, knowing of each other ----
put v household "$house" hh_type=4 --note "知道县里定的是 5" >/dev/null
sync_all
check "the village may say otherwise at any time; in force stays the county's" equal "$(type_at t)|$(beside t household "$house" hh_type)" "5|王镇 2, 马建国 4"
put mz household "$house" hh_type=6 --ledger $village >/dev/null
sync_all
check "of two departments the first in the list has the say" equal "$(type_at v)|$(beside v household "$house" hh_type | tr , '\n' | wc -l)" "5|3"

# ---- the say is given back, step by step ----
put nc household "$house" hh_type= --note "退回乡镇认定" >/dev/null
sync_all
check "what the next one says comes into force" equal "$(everywhere type_at)" 6
put mz household "$house" hh_type= >/dev/null
sync_all
check "then the township's" equal "$(everywhere type_at)" 2
put t household "$house" hh_type= >/dev/null
sync_all
check "then the village's, as it was written last" equal "$(everywhere type_at)|$(beside v household "$house" hh_type)" "4|"
put nc household "$house" hh_type=5 >/dev/null
sync_all
check "and it can be taken again" equal "$(everywhere type_at)" 5
check "all of it is in the history, with the roles" equal "$("$huce" history household --field hh_type --data t --json |
  jq -r '[.changes[].role] | unique | join(" ")')" "dept:mz dept:nc township village"

# ---- no say at all ----
check "what is the department's alone, the village cannot write" says "由县农业农村填写" "$huce" put household "$house" archive_no=62292410001 --data v
check_fails 1 "it is refused" "$huce" put household "$house" archive_no=62292410001 --data v
check "nor another department" says "由县农业农村填写" "$huce" put household "$house" archive_no=62292410001 --data mz
check "the department can" equal "$(put nc household "$house" archive_no=62292410001 >/dev/null; sync_all; field v household "$house" archive_no)" 62292410001
check_fails 1 "the township has no say over a name" "$huce" put person "$person" name=马万 --data t
check_fails 1 "a department none over what is the village's" "$huce" put person "$person" phone=15400000003 --data ga

# ---- what is shown to whom holds for what stands beside, too ----
put ga person "$person" id_no=622924198001011056 >/dev/null
sync_all
check "the village sees its own word whole" equal "$(beside v person "$person" id_no)" "马建国 622924198001011013"
check "who must not, sees neither" equal "$("$huce" get person "$person" --data nc --json | jq -r '[.fields.id_no, .beside[].value] | map(select(. != null and test("19800101"))) | length')" 0

for desk in $all; do
  check "audit at $desk" "$huce" audit --data $desk
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "all desks show the same" equal "$(state_of t) $(state_of t)" "$(state_of v) $(state_of v)"
check "audit at the county" "$huced" audit --data county
finish
