#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Two clerks share one laptop, each with a PIN of their own: who signs must be said, nobody signs for the
# other, and each sees what their role may see. Both have work unsent when one of them leaves; the other goes
# on. Then the laptop is stolen.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101201
county_found && county_serve || finish
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
printf 864209 >second_pin
kid_of() { "$huced" member list --data county --json | jq -r --arg n "$1" '.members[] | select(.name == $n and .kind == "person") | .kid'; }
desk_join d village 马建国 $village && desk_join b village 丁丽 $village || finish
"$huced" invite --ledger $village --role grid --person 何平 --url "$url" --out he.invite --data county >/dev/null 2>&1
check "a second person joins on the same laptop" "$huce" join he.invite --data d --pin-file second_pin
check "both work here" equal "$("$huce" status --data d --json | jq -c .people)" '["马建国","何平"]'
check "the county knows one laptop and two people on it" equal "$("$huced" member list --data county --json |
  jq -r '[.members[] | select(.name == "马建国" or .name == "何平") | .device] | unique | length')" 1

# ---- who signs ----
check_fails 2 "who writes must be said" "$huce" put household household_code=622924101201010001 address="三社 1 号" status=1 --data d
check "and is told who is here" says "马建国、何平" "$huce" put household household_code=622924101201010001 address="三社 1 号" --data d
house=$(put d household household_code=622924101201010001 address="三社 1 号" status=1 --as 马建国)
check_fails 1 "his PIN does not sign for her" "$huce" put household "$house" sheds=1 --data d --as 何平
check "hers does" "$huce" put household "$house" sheds=2 --note "何平数的" --data d --as 何平 --pin-file second_pin
check_fails 2 "nobody else" "$huce" put household "$house" sheds=3 --data d --as 丁丽
check "reading needs nobody" equal "$(field d household "$house" sheds)" 2
"$huce" sync --data d >/dev/null && "$huce" sync --data b >/dev/null
check "everybody sees who of the two it was, in which role" equal "$("$huce" history household "$house" --data b --json |
  jq -r '[.changes[] | "\(.author) \(.role) \(.device)"] | join(",")')" "马建国 village 马建国的电脑,何平 grid 马建国的电脑"
put d household "$house" sheds=3 --as 马建国 >/dev/null
check "the second to write knew of the first: no conflict between two on one laptop" equal \
  "$("$huce" put household "$house" sheds=4 --data d --as 何平 --pin-file second_pin >/dev/null
    "$huce" sync --data d >/dev/null; "$huce" conflicts list --data d --json | jq '.conflicts | length') $(field d household "$house" sheds)" "0 4"
check "each changes the own PIN alone" says "PIN\|口令" "$huce" pin change --as 何平 --pin-file second_pin --new-pin-file pin --data d
check "which now is" "$huce" put household "$house" sheds=5 --data d --as 何平

# ---- both have work unsent; one leaves ----
county_stop
put d household "$house" phone=15400000001 --as 马建国 >/dev/null
put d household "$house" address="三社 9 号" --as 何平 >/dev/null
check_fails 3 "no network" "$huce" sync --data d
cut=$("$huce" status --data d --json | jq -r '.ledgers[] | .heads[]? | select(.kid == "'"$(kid_of 何平)"'") | .cut' | grep "/$village,")
check "of each the laptop tells where the chain ends" says "马建国.*--cut .*/$village," "$huce" status --heads --data d
check "hers is read out" grep -q "/$village," <<<"$cut"
check "she is revoked with what she has written" "$huced" member revoke 何平 --cut "$cut" --data county
county_serve || finish
"$huce" sync --data d >/dev/null && "$huce" sync --data b >/dev/null
check "his work has arrived, and hers up to there" equal "$(field b household "$house" phone) $(field b household "$house" address)" "15400000001 三社 9 号"
check_fails 1 "she signs no more" "$huce" put household "$house" sheds=6 --data d --as 何平
check "the laptop names him alone" equal "$(sed 's/, */,/g' <<<"$("$huce" status --data d --json | jq -c .people)")" '["马建国","何平"]'
check "he is meant by the way, now that she cannot be" equal "$(put d household "$house" sheds=7 >/dev/null; field d household "$house" sheds)" 7
check "and goes on exchanging" "$huce" sync --data d

# ---- the laptop is stolen ----
check "with him the laptop goes, and the county names nobody who still works on it" equal \
  "$("$huced" member revoke 马建国 --device --data county | grep -c "也在这台电脑上工作")" 0
check_fails 1 "it gets nothing any more" "$huce" sync --data d
check "what came from it stands" equal "$("$huce" sync --data b >/dev/null; field b household "$house" sheds)" 7
check "audit at b" "$huce" audit --data b
check "derived state equals the ledger at b" "$huce" rebuild --check --data b
check "audit at the county" "$huced" audit --data county
finish
