#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A number and a note that should never have been written down are erased by order: at the county, at
# the desk that wrote them, at one that had no line meanwhile, and for one that joins afterwards.
# Nothing of the words is left in any folder, all show the same, and every signature still holds.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village && desk_join c grid 何平 $village || finish
words=QZ7781-nobody-shall-read
note=ZQ1877-said-in-anger
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
put a household "$house" address="$words" --note "$note" >/dev/null
put a household "$house" phone=15400000001 >/dev/null
for desk in a b c; do "$huce" sync --data $desk >/dev/null; done
put b household "$house" address="一社 2 号" >/dev/null
put b household "$house" address="$words" --note "抄自原件" >/dev/null
other=$(put b household household_code=622924101001010002 address="二社 1 号" status=1)
put b household "$other" address="$words" >/dev/null
for desk in b a c; do "$huce" sync --data $desk >/dev/null; done
address() { "$huce" get household "$2" --data "$1" --json | jq -c '[.fields.address, (.erased // [])]'; }
anywhere() { grep -rlaF -e "$words" -e "$note" "$1" 2>/dev/null; }
check "the words stand in the folders" test -n "$(anywhere a)$(anywhere county)"
check "a neighbour's change is proven" "$huce" proof household "$house" --change 3 --out before.proof --data a
# C works without a network, with what it has been shown.
put c household "$house" phone=15400000002 >/dev/null

change=$("$huce" history household "$house" --data a --json | jq -r '.changes[1] | "\(.chain).\(.seq)"')
check_fails 2 "erasing needs a reason" "$huced" erase "$change" --data county
check_fails 2 "a name has a form" "$huced" erase here --reason x --data county
check_fails 1 "and names something" "$huced" erase 0011223344556677.1 --reason x --data county
preview=$("$huced" erase "$change" --reason "误记他人隐私" --data county --json)
check "it shows what would go, and signs nothing" equal \
  "$(jq -c '[.ordered, [.changes[] | select(.copy | not) | .note]]' <<<"$preview")" "[false,[\"$note\"]]"
check "what says the same is listed as a copy" equal \
  "$(jq -c '[.changes[] | select(.copy) | .note]' <<<"$preview")" '["抄自原件"]'
check "nothing is gone" equal "$(address a "$house")" "[\"$words\",[]]"
check "a registrar orders it, copies too" "$huced" erase "$change" --reason "误记他人隐私" --with-copies --confirm --data county
check_fails 1 "an order is given once" "$huced" erase "$change" --reason x --confirm --data county
both=$("$huced" erase "$other" --reason "误记他人隐私" --confirm --data county --json)
check "a whole record is erased" equal "$(jq -c '[.ordered, (.changes | length)]' <<<"$both")" "[true,2]"

for desk in a b; do "$huce" sync --data $desk >/dev/null; done
check "nothing of the words is left at the county" test -z "$(anywhere county)"
check "nor where they were written" test -z "$(anywhere a)"
check "nor at the neighbour's desk" test -z "$(anywhere b)"
check "the desk without a line still has them" test -n "$(anywhere c)"
check "the field says that something was there" equal "$(address a "$house")" '[null,["address"]]'
history=$("$huce" history household "$house" --data a --json | jq -c '.changes[1]')
check "the history tells by whose order and why" equal \
  "$(jq -c '[.note, .erased.reason, .ops[0].fields.address]' <<<"$history")" '[null,"误记他人隐私","（已抹除）"]'
check "to people too" grep -q "下令抹除：误记他人隐私" <<<"$("$huce" history household "$house" --data a)"

# The line is back at C; D joins when all is over.
"$huce" sync --data c >c.txt 2>&1
check "the desk that had no line erases it now" test -z "$(anywhere c)"
desk_join d village 新来的 $village && "$huce" sync --data d >/dev/null
for desk in a b c d; do "$huce" sync --data $desk >/dev/null; done
check "who comes later never sees them" test -z "$(anywhere d)"
for desk in b c d; do
  check "all is the same at $desk" equal "$(state_of $desk)" "$(state_of a)"
done
check "what C did meanwhile counts" equal "$(field d household "$house" phone)" 15400000002

# A new value, like any other.
put d household "$house" address="一社 3 号" >/dev/null
for desk in d a; do "$huce" sync --data $desk >/dev/null; done
check "the field is written again" equal "$(address a "$house")" '["一社 3 号",[]]'
for desk in b c; do "$huce" sync --data $desk >/dev/null; done
for desk in a b c d; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
  check "audit at $desk" "$huce" audit --data $desk
  "$huce" rebuild --data $desk >/dev/null
  check "made anew at $desk, nothing has come back" test -z "$(anywhere $desk)"
done
check "audit of the county" "$huced" audit --data county
check "the old proof of the neighbour still verifies" "$huce" verify before.proof --data d
check "its change is proven again" "$huce" proof household "$house" --change 3 --out after.proof --data d
check "and verifies" "$huce" verify after.proof --data a
check "the erased change is proven by its hash" "$huce" proof household "$house" --change 2 --out erased.proof --data a
check "and verifies too" "$huce" verify erased.proof --data d
check "the past can still be told" "$huce" get household "$house" --at 2 --ledger $village --data a
finish
