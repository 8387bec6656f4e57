#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# An officer is dismissed while his laptop is out of reach, another's laptop is stolen. What the
# county vouches for still arrives months later and counts; the rest is there, and does not, until a
# registrar has looked at it.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village && desk_join c grid 何平 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
other=$(put c household household_code=622924101001010002 address="二社 1 号" status=1)
for desk in a c b c a; do "$huce" sync --data $desk >/dev/null; done
kid_of() { "$huced" member list --data county --json | jq -r --arg n "$1" '.members[] | select(.name == $n and .kind == "person") | .kid'; }
device_of() { "$huced" member list --data county --json | jq -r --arg n "$1" '.members[] | select(.name == $n and .kind == "person") | .device'; }
address() { field "$1" household "$2" address; }
voids() { "$huce" history household "$house" --data "$1" --json | jq -c '[.changes[] | .void != null]'; }

# Ma works without a network; over the phone he reads out where his chain ends; then somebody else goes on.
county_stop
put a household "$house" address="一社 2 号" --note "撤职之前" >/dev/null
check_fails 3 "there is no network" "$huce" sync --data a
put a household "$house" phone=15400000001 >/dev/null
check_fails 3 "still none" "$huce" sync --data a
cut=$("$huce" status --data a --json | jq -r '.ledgers[] | .heads[]? | .cut' | grep $village)
check "his desk tells where his chain ends" grep -qE "^[^,]+/$village,[0-9a-f]{16},[0-9a-f]{64}$" <<<"$cut"
put a household "$house" address="一社 9 号" --note "撤职之后" >/dev/null
check_fails 2 "a cut has a form" "$huced" member revoke "$(kid_of 马建国)" --cut here --data county
check "he is revoked with what he vouched for" "$huced" member revoke "$(kid_of 马建国)" --cut "$cut" --data county
check "the list says so" equal \
  "$("$huced" member list --data county --json | jq -r '.members[] | select(.name == "马建国" and .kind == "person") | .state')" revoked

# He's laptop is stolen: what the county has of her stands, and nothing more of that machine is taken.
check "of a key the county tells its chains" grep -q "^--cut .*/$village," \
  <<<"$("$huced" member show "$(kid_of 何平)" --data county)"
check "she is revoked with what has arrived" "$huced" member revoke "$(kid_of 何平)" --data county
put c household "$other" address="贼说的" >/dev/null
"$huced" member revoke "$(device_of 何平)" --data county >/dev/null

# Months later both machines are on line again.
HUCE_CLOCK_OFFSET_MS=$((100 * 86400000)) county_serve || finish
export HUCE_CLOCK_OFFSET_MS=$((100 * 86400000))
check_fails 1 "the stolen machine is turned away" "$huce" sync --data c
"$huce" sync --data a >a.txt 2>&1
check "the dismissed officer's machine is told that it may not read" grep -q "不再允许本机读取" a.txt
"$huce" sync --data b >/dev/null
check "what he did before counts" equal "$(address b "$house") $(field b household "$house" phone)" "一社 2 号 15400000001"
check "what came afterwards does not" equal "$(voids b)" "[false,false,false,true]"
check "its history says why" grep -q "已隔离" \
  <<<"$("$huce" history household "$house" --data b --json | jq -r '.changes[3].void')"
check "the stolen machine's work has not come" equal "$(address b "$other")" "二社 1 号"

list=$("$huced" quarantine list --data county --json)
check "the county keeps it" equal "$(jq -c '[.changes[] | [.author, .code, .note]]' <<<"$list")" '[["马建国","quarantined","撤职之后"]]'
check "with what it says" grep -q "一社 9 号" <<<"$(jq -r '.changes[0].ops[0].says' <<<"$list")"
ref=$(jq -r '.changes[0].ref' <<<"$list")
check "one is shown" "$huced" quarantine show "$ref" --data county
check_fails 1 "others are not" "$huced" quarantine show 0011223344556677.1 --data county
check_fails 1 "what counts already cannot be shown there" "$huced" quarantine show "${ref%.*}.1" --data county
check_fails 2 "a name has a form" "$huced" adopt here --data county
check_fails 1 "and names something" "$huced" adopt 0011223344556677.1 --data county

# It turns out to be right.
check "a registrar adopts it" "$huced" adopt "$ref" --reason "丁丽已核实" --data county
"$huce" sync --data b >/dev/null
check "now it counts" equal "$(address b "$house") $(voids b)" "一社 9 号 [false,false,false,false]"
# The second waited for the head behind it in the chain, the fourth for the registrar.
check "the history tells what began to count later" equal \
  "$("$huce" history household "$house" --data b --json | jq -c '[.changes[] | .counts_from != null]')" "[false,true,false,true]"
check "nothing is quarantined" equal "$("$huced" quarantine list --data county --json | jq '.changes | length')" 0

# And it turns out to be wrong after all.
check_fails 2 "voiding needs a reason" "$huced" void "$ref" --data county
check "a registrar voids it" "$huced" void "$ref" --reason "丁丽看错了" --data county
"$huce" sync --data b >/dev/null
check "what stood before stands again" equal "$(address b "$house") $(voids b)" "一社 2 号 [false,false,false,true]"
check "with the reason" grep -q "丁丽看错了" <<<"$("$huce" history household "$house" --data b --json | jq -r '.changes[3].void')"
check "the list keeps what was voided" equal "$("$huced" quarantine list --data county --json | jq -r '.changes[0].code')" voided
check "derived state equals the ledger at b" "$huce" rebuild --check --data b
check "audit at b" "$huce" audit --data b
check "audit of the county" "$huced" audit --data county
finish
