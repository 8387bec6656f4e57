#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Two clerks are posted to another village, with work for the old one that has not been sent. One has a
# network: her work arrives, then the old grant ends. The other has none: he reads out where his chain ends,
# and what was done up to there counts when it arrives. Both go on on the same laptops with the same name;
# of the old village they get nothing new, what they have stays, and both ledgers can be proven.
set -u
. "$(dirname "$0")/lib.sh"
old=622924101201 new=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $old && desk_join b village 丁丽 $old && desk_join c village 何平 $new || finish
desk_join heir village 白雪 $old && desk_join town township 王镇 622924101000 || finish
sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >"$desk.sync" 2>&1 || return 1; done; }
kid_of() { "$huced" member list --data county --json | jq -r --arg n "$1" '.members[] | select(.name == $n and .kind == "person" and .state == "active") | .kid'; }
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
status() { "$huce" status --data "$1" --json | jq -r ".ledgers[] | select(.origin | endswith(\"/$2\")) | $3"; }
house=$(put a household household_code=622924101201010001 address="三社 1 号" status=1)
put c household household_code=622924101001010001 address="一社 1 号" status=1 >/dev/null
sync_all a b c heir town

# ---- Ding has a network: first her work, then the end ----
put b household "$house" phone=15400000001 --note "走之前" >/dev/null
ding_old=$(kid_of 丁丽)
check "Ding is invited to the new village" "$huced" invite --for 丁丽 --ledger $new --url "$url" --out b2.invite --data county
check "on the laptop that she has" "$huce" join b2.invite --data b
check "she is named once" equal "$("$huce" status --data b --json | jq -c .people)" '["丁丽"]'
check "what she writes is written with the new key, without saying which" equal \
  "$(put b household household_code=622924101001010002 address="一社 2 号" --ledger $new >/dev/null
    "$huce" history household --by "$(kid_of 丁丽 | grep -v "$ding_old" | cut -c1-16)" --data b --json | jq '.changes | length')" 1
check "the laptop exchanges for both villages" sync_all b
check "her work for the old village has arrived" equal "$(status b $old .unsent) $(status b $old .sent) $(status b $old .confirmed)" "0 0 1"
check "then her old grant ends" "$huced" member revoke "$ding_old" --data county

# ---- Ma has none ----
county_stop
put a household "$house" sheds=2 --note "走之前，没有网" >/dev/null
check_fails 3 "no network" "$huce" sync --data a
put a household "$house" address="三社 2 号" >/dev/null
"$huce" sync --data a >/dev/null 2>&1
cut=$(status a $old '.heads[]? | .cut')
check "he reads out where his chain ends" grep -q "/$old," <<<"$cut"
put a household "$house" consent="念完以后写的" >/dev/null
check "one step: the old key ends there, the new village begins" "$huced" invite --for 马建国 --ledger $new --revoke --cut "$cut" --url "$url" --out a2.invite --data county
county_serve || finish
check "he joins on the laptop that he has, and is told once that the old village is no longer his" says "不再允许本机读取账本.*$old" \
  "$huce" join a2.invite --data a
check "after that an exchange is in order" sync_all a b
check "status says what has become of it" says "本机的人不再管这里" "$huce" status --data a
check "it tells programs, too" equal "$(status a $old .readable) $(status a $new .readable) $(status b $old .readable)" "false true false"

# ---- the old village goes on without them ----
sync_all heir town
check "what Ma vouched for counts" equal "$(field heir household "$house" sheds) $(field heir household "$house" address)" "2 三社 2 号"
check "what he wrote afterwards waits for the county" equal "$("$huced" quarantine list --data county --json | jq -r '[.changes[].author] | join(" ")')" 马建国
check "and so does Ding's from before" equal "$(field heir household "$house" phone)" 15400000001
put heir household "$house" phone=15400000009 --note "接手以后" >/dev/null
sync_all heir a b town
check "of what comes later they get nothing" equal "$(field a household "$house" phone) $(field b household "$house" phone)" "null 15400000001"
check "nor may they write there" says "授权不包括 622924.huce/$old" "$huce" put household "$house" sheds=9 --data b
check "nor with the old key" says "已被县里撤销" "$huce" put household "$house" sheds=9 --data b --as "${ding_old:0:16}"

# ---- and the new one has them ----
two=$(put a household household_code=622924101001010003 address="一社 3 号" --ledger $new)
sync_all a b c
check "what they write in the new village is there for all" equal \
  "$("$huce" list household --data c --json | jq -r '[.records[].fields.address] | sort | join(" ")')" "一社 1 号 一社 2 号 一社 3 号"
check "with the role that they have there" equal "$("$huce" history household "$two" --data c --json | jq -r '.changes[0] | "\(.author) \(.role) \(.ledger)"')" "马建国 village 622924.huce/$new"
check "the township sees all of both" equal "$(sync_all town; "$huce" list household --data town --json | jq '.records | length')" 4

# ---- both ledgers can be proven ----
root_kid=$(grep -o '[0-9a-f]\{64\}' init.txt | head -n 1)
check "the county's fingerprint is known" test -n "$root_kid"
for desk in a b; do
  check "audit at $desk, of both villages" equal "$("$huce" audit --data $desk --json | jq -c '[.ok, ([.ledgers[].origin | select(endswith("'$old'") or endswith("'$new'"))] | length)]')" "[true,2]"
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "of the old village Ding still proves what she had seen" "$huce" proof household "$house" --out old.proof --data b
check "it holds for an outsider" "$huce" verify old.proof --root "$root_kid"
check "and so does what Ma wrote before he left, from the desk of his heir" "$huce" proof household "$house" --out ma.proof --change \
  "$("$huce" history household "$house" --data heir --json | jq '.changes[] | select(.note == "走之前，没有网") | .no')" --data heir
check "though his key has ended since" equal "$("$huce" verify ma.proof --root "$root_kid" --json | jq -c '[.ok, .author]')" '[true,"马建国"]'
check "audit at the county" "$huced" audit --data county
finish
