#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# 搬迁: a household moves with its people, labour archive, plan and visits from one village to another. The
# old village's laptop is offline and goes on editing; the township moves the household; afterwards every
# desk counts everything exactly once, the late edits are offered and taken over or laid aside, what was
# left behind is sent after, and the household moves on, by two halves, and back.
set -u
. "$(dirname "$0")/lib.sh"
old=622924101201 new=622924101001 third=622924101202

county_found && county_serve || finish
desk_join old village 马建国 $old && desk_join new village 丁丽 $new || finish
desk_join town township 王镇 622924101000 && desk_join rs dept:nc 李科 622924000000 || finish

sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >/dev/null || return 1; done; }
count() { "$huce" sql "SELECT count(*) FROM $2" --data "$1" --json | jq -r '.rows[0][0]'; }
# counts FOLDER: households, people, members, spells, plans, measures, visits, incomes, profiles, tags
counts() {
  local t out=()
  for t in household person household_member employment_spell plan plan_measure visit income_source labour_profile person_tag; do
    out+=("$(count "$1" "$t")")
  done
  echo "${out[*]}"
}
# twice FOLDER: records that a view shows more than once
twice() {
  local t
  for t in household person household_member employment_spell plan plan_measure visit income_source labour_profile person_tag; do
    "$huce" sql "SELECT id FROM $t GROUP BY id HAVING count(*) > 1" --data "$1" --json | jq -r '.rows[][0]'
  done
}
entries() { "$huce" transfers list --data "$1" --json | jq -r "[.transfers[] | $2] | join(\" \")"; }
origin_of() { "$huce" sql "SELECT substr(origin, -12) FROM household WHERE id = '$2'" --data "$1" --json | jq -r '.rows[0][0] // "-"'; }

# ---- two households in the old village, one in the new ----
officer=$(put old grid_officer name=网格员马 kind=1)
house=$(put old household household_code=622924101201010001 address="三社 7 号" status=1 phone=15400000001 sheds=2 monitor_risks=1)
stays=$(put old household household_code=622924101201010002 address="三社 8 号" status=1)
put new household household_code=622924101001010001 address="一社 1 号" status=1 >/dev/null
head=$(put old person name=马万福 sex=1) wife=$(put old person name=马秀英 sex=2) gone=$(put old person name=马成 sex=1)
other=$(put old person name=丁海 sex=1)
put old household "$house" head_person_id="$head" contact_officer="$officer" >/dev/null
put old household_member household_id="$house" person_id="$head" relation=02 >/dev/null
put old household_member household_id="$house" person_id="$wife" relation=12 >/dev/null
put old household_member household_id="$house" person_id="$gone" relation=20 from=2015-01-01 to=2020-01-01 reason=7 >/dev/null
put old household_member household_id="$stays" person_id="$other" relation=02 >/dev/null
put old labour_profile person_id="$head" capability=1 wish_training=养殖 >/dev/null
spell=$(put old employment_spell person_id="$head" mode=3 place_scope=4 place_div=330106000000 start=2026-02-01 employer=杭州某厂)
put old employment_spell person_id="$other" mode=1 place_scope=1 place_div=622924101000 start=2026-01-01 >/dev/null
put old person_tag person_id="$wife" tag=空巢老人 >/dev/null
plan=$(put old plan household_id="$house" year=2026 status=running cause=缺资金)
put old plan_measure plan_id="$plan" menu_code=A01 quantity=1 >/dev/null
put old income_source household_id="$house" kind=2 year=2026 amount_year=8000 >/dev/null
visit=$(put old visit household_id="$house" person_ids="$head" kind=1 at=2026-05-01T09:00 note="商量搬迁")
put old visit household_id="$stays" kind=1 at=2026-05-01T10:00 >/dev/null
sync_all old new town rs
put rs household "$house" hh_type=5 --ledger $old >/dev/null # the county's word
sync_all rs old town new
before=$(counts town)
check "the township counts all of it" equal "$before" "3 4 4 2 1 1 2 1 1 1"
check_fails 1 "a neighbour cannot fetch a household" "$huce" transfer household "$house" --to $new --data new
check_fails 2 "a destination is a village of this county" "$huce" transfer household "$house" --to 622924101000 --data town
check_fails 2 "a destination is needed" "$huce" transfer household "$house" --data town

# ---- the old village goes offline and edits; meanwhile the township moves the household ----
put old household "$house" phone=15400000009 --note "换了号码" >/dev/null
put old household "$house" monitor_risks=+2 >/dev/null
put old employment_spell "$spell" end=2026-10-01 --note "提前返乡" >/dev/null
put old visit household_id="$house" kind=7 at=2026-06-01T09:00 note="送行前走访" >/dev/null
baby=$(put old person name=马小宝 sex=1)
put old household_member household_id="$house" person_id="$baby" relation=20 from=2026-06-15 reason=1 >/dev/null
moved=$("$huce" transfer household "$house" --to $new --note "易地搬迁" --data town --json)
check "the township moves it" equal "$(jq -r '[.records, .left, .arrived, .late] | join(" ")' <<<"$moved")" "13 13 13 0"
check "at once it counts it in the new village" equal "$(origin_of town "$house")" $new
check "and everything once" equal "$(counts town)" "$before"
sync_all town new rs
check "the new village has the household with all that belongs to it" equal "$(counts new)" "2 2 3 1 1 1 1 1 1 1"
check "with its values" equal "$(field new household "$house" phone) $(field new household "$house" sheds) $(field new employment_spell "$spell" employer)" "15400000001 2 杭州某厂"
check "its sets" equal "$("$huce" get household "$house" --data new --json | jq -c .fields.monitor_risks)" '["1"]'
check "its state" equal "$(field new plan "$plan" status)" running
check "and the county's word keeps its rank there" equal "$(put new household "$house" hh_type=0 >/dev/null; field new household "$house" hh_type)" 5
check "who had left the household stayed" equal "$("$huce" get person "$gone" --data town --json | jq -r .ledger)" "622924.huce/$old"
check "the county counts once, too" equal "$(counts rs)" "$before"

# ---- the old laptop comes back ----
check "offline it still counts the household" equal "$(count old household)" 2
sync_all old town new rs old
check "the old village no longer does" equal "$(count old household) $(count old person) $(count old plan)" "1 3 0"
check "but its history stands there" equal "$("$huce" history household "$house" --data old --json |
  jq -r '[.changes[] | .ops[] | select(.op == "out")] | length')" 1
check_fails 1 "and it can no longer be edited there" "$huce" put household "$house" phone=15400000002 --data old
check "what came too late is listed at the township" equal "$(entries town '.kind' | tr ' ' '\n' | sort | tr '\n' ' ')" "late late late left left "
check "nothing of it has changed the new village" equal "$(field new household "$house" phone) $(field new employment_spell "$spell" end)" "15400000001 null"
check "the old village is told as well, and that it is for others to decide" equal "$(entries old 'select(.takeable) | .kind')|$(entries old .kind | wc -w)" "|5"
check_fails 1 "which it cannot" "$huce" transfers take "$spell" --data old
phone=$(entries town 'select(.ops[0].fields.phone == "15400000009") | .id')
check "a late change shows both values and who made it" equal "$("$huce" transfers show "$phone" --data town --json |
  jq -r '[.ops[0].fields.phone, .now.phone, .author, .note] | join(" ")')" "15400000009 15400000001 马建国 换了号码"

# ---- taken over, laid aside, sent after ----
check "the township takes the end of the job over" "$huce" transfers take "$spell" --data town
check "and the new telephone" "$huce" transfers take "$phone" --note "按村里说的" --data town
check "the other change is laid aside" "$huce" transfers take "$house" --drop --note "不属实" --data town
check "what was left behind is sent after: the visit, and the child with its membership" bash -c \
  "for id in $(entries town 'select(.kind == "left") | .id'); do '$huce' transfers take \$id --data town || exit 1; done"
check "nothing is left open" equal "$(entries town .kind)" ""
sync_all town new rs old
check "nothing is left open anywhere that can see both" equal "$(entries rs .kind)$(entries new .kind)" ""
check "the new village has the telephone and the end of the job" equal \
  "$(field new household "$house" phone) $(field new employment_spell "$spell" end)" "15400000009 2026-10-01"
check "not what was laid aside" equal "$("$huce" get household "$house" --data new --json | jq -c .fields.monitor_risks)" '["1"]'
check "and the child, its membership and the visit" equal "$(counts new)" "2 3 4 1 1 1 2 1 1 1"
check "the history of the household tells both villages" equal "$("$huce" history household "$house" --data town --json |
  jq -r '[.changes[].ledger | split("/")[1]] | unique | join(" ")')" "$new $old"
check "a late change that was taken over is named" equal "$("$huce" history household "$house" --data town --json |
  jq -r '[.changes[].ops[] | select(.op == "resolve")] | length')" 2

# ---- on to a third village by two halves, and an edit that misses it ----
county_stop
put new household "$house" sheds=3 >/dev/null
check "the village lets it go by itself" "$huce" transfer household "$house" --to $third --data new
check "then it does not count it" equal "$(count new household)" 1
put new household household_code=622924101001010009 address="一社 9 号" status=1 >/dev/null
put rs household "$house" hh_type=1 --ledger $new --note "年度审核" >/dev/null # the county edits at the old place
county_serve || finish
sync_all new rs town
check "the township sees it on its way" equal "$(entries town 'select(.kind == "under_way") | .record')" "$house"
check "and counts it where it comes from" equal "$(origin_of town "$house")" $new
check_fails 1 "to another place it cannot be taken" "$huce" transfer household "$house" --to $old --data town
check "it takes it in" "$huce" transfers take "$house" --data town
check "with what was changed on the way" equal "$(origin_of town "$house") $(field town household "$house" hh_type) $(field town household "$house" sheds)" "$third 1 3"
sync_all town new rs old
check "nothing is open" equal "$(entries town .kind)$(entries rs .kind)" ""

# ---- and back to where it began ----
check "it comes back to the old village" "$huce" transfer household "$house" --to $old --data town
sync_all town old new rs
check "which counts it again, with what it has become" equal "$(count old household) $(field old household "$house" sheds) $(field old household "$house" phone)" "2 3 15400000009"
check "and may edit it" equal "$(put old household "$house" sheds=4 >/dev/null; field old household "$house" sheds)" 4
check "the village between does not count it" equal "$(count new household)" 2

# ---- two desks at once ----
desk_join town2 township 赵镇 622924101000 || finish
sync_all old town town2
county_stop
"$huce" transfer household "$stays" --to $new --data town >/dev/null
"$huce" transfer household "$stays" --to $third --data town2 >/dev/null
county_serve || finish
sync_all town town2 town rs new old
check "moved to two places it is counted in one" equal "$(origin_of town "$stays") $(origin_of town2 "$stays") $(origin_of rs "$stays")" "$new $new $new"
check "and said so" equal "$(entries town .kind) $(entries rs .kind)" "twice twice"
check "which a person settles" "$huce" transfers take "$stays" --data town
sync_all town town2 rs
check "for everybody" equal "$(entries town2 .kind)$(entries rs .kind) $(origin_of town2 "$stays")" " $new"

for desk in old new town town2 rs; do
  check "nothing is shown twice at $desk" equal "$(twice $desk)" ""
  check "audit at $desk" "$huce" audit --data $desk
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "the county's server counts once, too" equal "$("$huced" sql "SELECT count(*) FROM household" --data county --json | jq -r '.rows[0][0]')" \
  "$(count town household)"
check "audit at the county" "$huced" audit --data county
finish
