#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A clerk gets a new laptop. For some weeks both are in use, even on the same household while neither has a
# network; then the old one is given back and its key ends. It was handed in with work on it that nobody had
# sent: the county sees it, and takes over what it should.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join old village 马建国 $village && desk_join b village 丁丽 $village || finish
members() { "$huced" member list --data county --json | jq -r ".members[] | select(.kind == \"$1\") | select(.name | startswith(\"马建国\")) | $2"; }
sync_all() { for desk in "$@"; do "$huce" sync --data "$desk" >"$desk.sync" 2>&1 || return 1; done; }
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
house=$(put old household household_code=622924101001010001 address="一社 1 号" status=1)
sync_all old b
old_kid=$(members person .kid)

# ---- the new one; the old one goes on ----
"$huced" invite --for 马建国 --url "$url" --out new.invite --data county >invited.txt 2>&1
check "the county says that the old key stays, and how it is ended" grep -q "还有效.*huced member revoke ${old_kid:0:16}" invited.txt
check "he joins on the new laptop" "$huce" join new.invite --data new
new_kid=$(members person .kid | grep -v "$old_kid")
check "one person with two keys, of the same role in the same village" equal \
  "$(members person '"\(.person) \(.role) \(.scopes[0]) \(.state)"' | sort -u | wc -l) $(members person .kid | wc -l)" "1 2"
check "the laptops have names of their own" equal "$(members device .name | tr '\n' ' ')" "马建国的电脑 马建国的电脑2 "
check "the old laptop tells him of the new key" says "给别的电脑授了权（密钥 ${new_kid:0:16}" "$huce" sync --data old
check "the new one has all that there was" equal "$(field new household "$house" address)" "一社 1 号"
county_stop
put old household "$house" status=2 --note "去了，门锁着" >/dev/null
put new household "$house" status=3 --note "在县城遇到，已搬走" >/dev/null
put old household "$house" phone=15400000001 >/dev/null
put new household "$house" address="一社 2 号" >/dev/null
county_serve || finish
sync_all old new old b
check "what he wrote on both stands side by side" equal "$(field b household "$house" phone) $(field b household "$house" address)" "15400000001 一社 2 号"
check "where they disagree he is asked, and sees which laptop said what" equal \
  "$("$huce" conflicts list --data new --json | jq -c '[.conflicts[0].candidates[] | [.author, .device, .value]]')" \
  '[["马建国","马建国的电脑","2"],["马建国","马建国的电脑2","3"]]'
"$huce" conflicts resolve "$("$huce" conflicts list --data new --json | jq -r '.conflicts[0].id')" --take B --note "搬走了" --data new >/dev/null
sync_all new old b
check "decided on one it is decided on both" equal "$(field old household "$house" status) $("$huce" conflicts list --data old --json | jq '.conflicts | length')" "3 0"

# ---- the old one is given back, with work that nobody has sent ----
lost=$(put old household household_code=622924101001010002 address="二社 2 号" status=1)
put old household "$house" sheds=4 --note "旧电脑上记的" >/dev/null
check_fails 2 "by his name alone the county cannot tell which key is meant" "$huced" member revoke 马建国 --data county
check "it lists both, each with its laptop" says "${old_kid:0:16}（马建国 于 马建国的电脑）、${new_kid:0:16}（马建国 于 马建国的电脑2）" "$huced" member revoke 马建国 --data county
check "so does the list of members" says "${new_kid:0:16}.* 马建国 622924101001 于 马建国的电脑2" "$huced" member list --data county
check "the old key ends" "$huced" member revoke "${old_kid:0:16}" --data county
check "now his name is enough again" equal "$("$huced" member show 马建国 --data county --json | jq -r .kid)" "$new_kid"
check "the new laptop works on" equal "$(put new household "$house" water_ok=1 >/dev/null; sync_all new && field new household "$house" water_ok)" 1
"$huce" sync --data old >old.txt 2>&1
check "the old one hands over what it has, and is told that it reads no more" grep -q "不再允许本机读取" old.txt
check "nothing can be written on it" says "已被县里撤销" "$huce" put household "$house" sheds=5 --data old
check "told once: the next exchange is in order" "$huce" sync --data old
check "its status says so" says "本机的人不再管这里" "$huce" status --data old

# ---- what was on it ----
sync_all new b
check "it counts nowhere for the time being" equal "$(field new household "$house" sheds) $("$huce" list household --data b --json | jq '.records | length')" "null 1"
waiting() { "$huced" quarantine list --data county --json | jq -r '.changes[].ref'; }
check "the county sees what waits" equal "$(waiting | wc -l)" 2
check "and takes it over" "$huced" adopt $(waiting) --reason "马建国本人确认" --data county
sync_all new b
check "then it counts, everywhere" equal "$(field new household "$house" sheds) $(field b household "$lost" address)" "4 二社 2 号"
check "under the key it was written with" equal "$("$huce" history household "$house" --data b --json |
  jq -r '.changes[] | select(.note == "旧电脑上记的") | .device')" 马建国的电脑

# ---- and the machine itself ----
check "the old machine is shut out" "$huced" member revoke "$(members device 'select(.name == "马建国的电脑") | .kid')" --data county
check_fails 1 "it gets nothing any more" "$huce" sync --data old
check "the new one does" "$huce" sync --data new
for desk in new b; do
  check "audit at $desk" "$huce" audit --data $desk
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "what the old laptop holds can still be proven there" "$huce" audit --data old
check "all desks show the same" equal "$(state_of new)" "$(state_of b)"
check "audit at the county" "$huced" audit --data county
finish
