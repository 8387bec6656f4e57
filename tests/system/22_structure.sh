#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Two laptops of one community, offline, each make records that are right by themselves and exclude each
# other: grids below each other, a household in two grids, a person in two households, two heads, two
# plans for one year, one code for two households. All of it is kept and shown under the same id at every
# desk, the earlier counts meanwhile, and people decide by ordinary edits.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
desk_join town township 王镇 622924101000 || finish

sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >/dev/null || return 1; done; }
# rules FOLDER: what clashes, by rule, in the order of the list
rules() { "$huce" conflicts list --data "$1" --json | jq -r '[.conflicts[] | .id | if startswith("s") then split(".")[:2] | join(".") else "field" end] | join(" ")'; }
ids() { "$huce" conflicts list --data "$1" --json | jq -c '[.conflicts[] | [.id, .in_force, [.candidates[].value]]]'; }
# conflict FOLDER RULE FILTER: of one conflict
conflict() { "$huce" conflicts list --data "$1" --json | jq -r ".conflicts[] | select(.id | startswith(\"$2.\")) | $3"; }
resolve() { # FOLDER RULE LETTER NOTE
  "$huce" conflicts resolve "$(conflict "$1" "$2" .id)" --take "$3" --note "$4" --data "$1"
}
count() { "$huce" sql "SELECT count(*) AS n FROM $2" --data "$1" --json | jq -r '.rows[0][0]'; }

g1=$(put a grid name=第一网格) g2=$(put a grid name=第二网格)
h1=$(put a household household_code=622924101001010001 address="一社 1 号" status=1 grid_id="$g1")
h2=$(put a household household_code=622924101001010002 address="一社 2 号" status=1 grid_id="$g1")
p1=$(put a person name=马建英 sex=2) p2=$(put a person name=马建林 sex=1) p3=$(put a person name=马娟 sex=2)
put a household_member household_id="$h2" person_id="$p3" relation=20 from=2020-01-01 >/dev/null
sync_all a b town a
check "nothing to decide yet" equal "$(rules a)|$(rules b)|$(rules town)" "||"

# ---- both are offline ----
county_stop
put a grid "$g1" parent_id="$g2" >/dev/null
put b grid "$g2" parent_id="$g1" >/dev/null
put a household "$h1" grid_id="$g2" >/dev/null
g3=$(put b grid name=第三网格)
put b household "$h1" grid_id="$g3" >/dev/null
m_a=$(put a household_member household_id="$h1" person_id="$p1" relation=02 from=2021-05-01)
m_b=$(put b household_member household_id="$h1" person_id="$p2" relation=02 from=2022-05-01)
moved_in=$(put b household_member household_id="$h1" person_id="$p3" relation=20 from=2023-01-01)
plan_a=$(put a plan household_id="$h1" year=2026 status=running)
plan_b=$(put b plan household_id="$h1" year=2026 status=running)
h3=$(put a household household_code=622924101001010003 address="二社 1 号" status=1)
h4=$(put b household household_code=622924101001010003 address="二社 2 号" status=1)
check "alone, each desk has nothing to decide but what it made itself" equal "$(rules a)|$(rules b)" "|s6.5"
county_serve || finish
sync_all a b town a b town

check "all of it is found" equal "$(rules a)" "field s2.2 s5.4 s6.5 s6.6 s14.4"
check "under the same ids, in the same order, at the other laptop" equal "$(ids b)" "$(ids a)"
check "and at the township" equal "$(ids town)" "$(ids a)"
check "the household in two grids is a conflict of its field" equal \
  "$("$huce" conflicts list --data town --json | jq -r '.conflicts[0] | .kind + " " + .field + " " + (.candidates | length | tostring)')" "field grid_id 2"
check "of two memberships the earlier counts" equal "$(conflict b s6.5 '.candidates | map(.author) | join(" ")')" "马建国 丁丽"
check "candidates are told in words" equal "$(conflict b s6.5 '.candidates[1].text')" "622924101001010001 · 马娟 · 子"
check "a conflict between records can be shown alone" "$huce" conflicts show "$(conflict a s2.2 .id)" --data a
check "both households with one code stand in the table" equal "$(count town "household WHERE household_code = '622924101001010003'")" 2
check "and both count" equal "$(count town household)" 4
check_fails 2 "a letter that is not there is refused" "$huce" conflicts resolve "$(conflict a s2.2 .id)" --take Z --data a
check_fails 2 "a new value cannot be taken" "$huce" conflicts resolve "$(conflict a s2.2 .id)" --take value=1 --data a

# ---- decided, each by an ordinary edit, on different desks ----
id=$(conflict a s6.5 .id)
check "a person stays in one household" resolve a s6.5 A "去看过了，住在原来的户里"
check "the other membership has ended today" equal "$("$huce" get household_member "$moved_in" --data a --json |
  jq -r '.fields | (.to != null) as $ended | "\($ended) \(.reason)"')" "true 8"
check_fails 1 "what has been decided is no longer there" "$huce" conflicts resolve "$id" --take A --data a
check "the grid that was put last is taken out of the cycle" resolve b s2.2 A "第二网格在上"
check "one plan goes on" resolve town s14.4 B "按乡镇商定的执行"
check "the other one is reviewed" equal "$(field town plan "$plan_a" status) $(field town plan "$plan_b" status)" "reviewed running"
check "one head is left" resolve b s6.6 B "户主已改为马建林"
check "the other is a member whose relation must be said anew" equal "$(field b household_member "$m_a" relation) $(field b household_member "$m_b" relation)" "null 02"
sync_all a b town a b town
check "what is left everywhere" equal "$(rules a)|$(rules b)|$(rules town)" "field s5.4|field s5.4|field s5.4"
put a household "$h4" household_code=622924101001010004 >/dev/null
check "a plain edit settles as well" equal "$(rules a)" "field"
"$huce" conflicts resolve "$("$huce" conflicts list --data a --json | jq -r '.conflicts[0].id')" --take A --data a >/dev/null
sync_all a b town
check "nothing is left to decide" equal "$(rules a)|$(rules b)|$(rules town)" "||"
check "all three show the same records" equal "$(state_of a) $(state_of b)" "$(state_of town) $(state_of town)"
check "nobody was lost" equal "$(count town household) $(count town household_member) $(count town plan) $(count town grid)" "4 4 2 3"

for desk in a b town; do
  check "audit at $desk" "$huce" audit --data $desk
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "audit at the county" "$huced" audit --data county
finish
