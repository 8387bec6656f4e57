#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Two clerks forget their PINs with work unsent. The county ends the old keys and invites the same
# people again; they go on on the same laptops with new keys. What the county vouched for counts when
# it arrives; what it did not is offered again and signed with the new key. Nothing is lost.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village && desk_join c village 何平 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
"$huce" sync --data a >/dev/null && "$huce" sync --data b >/dev/null && "$huce" sync --data c >/dev/null
members() { "$huced" member list --data county --json | jq -r --arg n "$1" '.members[] | select(.name == $n and .kind == "person") | '"$2"; }
printf 864209 >new_pin
cp pin new_pin_b && printf 753198 >new_pin_b

# ---- the county hears of it while the laptops have no network ----
county_stop
put a household "$house" address="一社 2 号" --note "忘记之前" >/dev/null
put a household "$house" phone=15400000001 >/dev/null
check_fails 3 "no network at Ma's" "$huce" sync --data a
put b household "$house" consent="丁丽写的" >/dev/null
heads=$("$huce" status --data a --json | jq -r '.ledgers[] | .heads[]? | .cut' | grep $village)
check "his desk tells where his chain ends, without a PIN" test -n "$heads"
old_a=$(members 马建国 .kid) old_b=$(members 丁丽 .kid)
check_fails 2 "a key is ended only where another begins" "$huced" invite --ledger $village --role village --person 马建国 --revoke --data county
check_fails 1 "nobody of that name" "$huced" invite --for 马小二 --revoke --data county
check "Ma is invited again, his old key ended with what he vouches for" "$huced" invite --for 马建国 --revoke --cut "$heads" --url "$url" --out a2.invite --data county
check "Ding too; of her work the county knows nothing more than it has" "$huced" invite --for 丁丽 --revoke --url "$url" --out b2.invite --data county
check "the list says so" equal "$(members 马建国 .state)" revoked

# ---- the same laptops, new keys ----
county_serve || finish
check "Ma takes it on the same laptop" "$huce" join a2.invite --data a --pin-file new_pin
check_fails 1 "the invitation works once" "$huce" join a2.invite --data c --pin-file new_pin
check "so does Ding" "$huce" join b2.invite --data b --pin-file new_pin_b
check "the same command again changes nothing" "$huce" join b2.invite --data b --pin-file new_pin_b
check "each is one person with two keys" equal "$(members 马建国 .person | sort -u | wc -l) $(members 马建国 .kid | wc -l)" "1 2"
check "with the old role and scope" equal "$(members 丁丽 '"\(.state) \(.role) \(.scopes[0])"' | tail -n 1)" "active village $village"
check "the desk names each once" equal "$("$huce" status --data a --json | jq -c .people)" '["马建国"]'
check_fails 1 "the old PIN signs no more" "$huce" put household "$house" sheds=9 --data a
check "the new one does, without saying who" "$huce" put household "$house" sheds=7 --data a --pin-file new_pin
check_fails 1 "the old key cannot be asked for by its number" "$huce" put household "$house" sheds=8 --data a --as "${old_a:0:16}"

# ---- what had not been sent ----
"$huce" sync --data a --pin-file new_pin >/dev/null
"$huce" sync --data b --pin-file new_pin_b >/dev/null
"$huce" sync --data c >/dev/null
check "Ma's work from before counts" equal "$(field c household "$house" address) $(field c household "$house" phone)" "一社 2 号 15400000001"
check "under his old key" equal "$("$huce" history household "$house" --data c --json | jq -c '[.changes[] | select(.note == "忘记之前") | .void]')" "[null]"
check "Ding's was not vouched for" equal "$("$huce" tasks --data b --json | jq -c '[.tasks[] | [.author, .code]]')" '[["丁丽","quarantined"]]'
task=$("$huce" tasks --data b --json | jq -r '.tasks[0].id')
check "she signs it again with the new key" "$huce" tasks send "$task" --data b --pin-file new_pin_b
check "nothing is left over" equal "$("$huce" tasks --data b --json | jq '.tasks | length')" 0
"$huce" sync --data b --pin-file new_pin_b >/dev/null && "$huce" sync --data c >/dev/null && "$huce" sync --data a --pin-file new_pin >/dev/null
check "now it counts everywhere" equal "$(field c household "$house" consent) $(field a household "$house" consent)" "丁丽写的 丁丽写的"
check "and stands in the history" grep -q 丁丽写的 <<<"$("$huce" history household "$house" --data c --json | jq -c '[.changes[] | select(.void == null)]')"
check "nothing waits" equal "$("$huce" status --data a --json | jq '[.ledgers[] | .unsent + .sent] | add') $("$huce" status --data b --json | jq '[.ledgers[] | .unsent + .sent] | add')" "0 0"
check "every desk shows the same" equal "$(state_of a)" "$(state_of c)"

# ---- and everybody was told ----
check "his grants are all listed" equal "$("$huce" grants --data a --json | jq -c '[.grants[] | select(.kind == "person") | [.here, .state, .revoked != null]]')" '[[true,"revoked",true],[true,"active",false]]'
check "audit at a" "$huce" audit --data a
check "audit at b" "$huce" audit --data b
check "audit of the county" "$huced" audit --data county
check "derived state equals the ledger at b" "$huce" rebuild --check --data b
finish
