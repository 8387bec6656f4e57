#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The county's disk dies, and the newest backup is of yesterday. The county knows that it may have signed more
# than it holds: it takes no work and signs nothing, and says so. Desks come, show what they verified, and hand
# back what is missing; the county's ledgers are again the ones it had signed, root for root. Then the same with
# a copy that does not know it is old: the first desk that holds more tells it.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101002
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village && desk_join o village 马小龙 $other || finish
home() { put "$1" household household_code="${2}0100$3" address="一社 $3 号" status=1; }
sync() { "$huce" sync --data "$1"; }
first=$(home a $village 01)
sync a >/dev/null && sync b >/dev/null && sync o >/dev/null

head_of() { curl -s "$url/log/$1/checkpoint" | sed -n 2,3p; }
recovering() { "$huced" recovery status --data county --json | jq -r "$1"; }
admits() { [ "$(recovering .recovering)" = false ]; }
check "an ordinary county is not recovering" admits
check "a copy is made while it runs" "$huced" backup yesterday --data county

# ---- after the backup: work, a new laptop, a new village ----
home a $village 02 >/dev/null
sync a >/dev/null && sync b >/dev/null
check "a laptop joins after the backup" desk_join c township 妥海燕 622924101000
sync c >/dev/null
home b $village 03 >/dev/null
home o $other 01 >/dev/null
sync b >/dev/null && sync o >/dev/null
signed_village=$(head_of $village) signed_other=$(head_of $other) signed_registry=$(head_of 622924000000)

# ---- the disk dies ----
county_stop
mv county dead
cp -r yesterday county
county_serve || finish
check "the backup's county starts, and knows what it is" equal "$(recovering .recovering)" true
home a $village 04 >/dev/null
check "meanwhile people work on" equal "$("$huce" list household --data a --json | jq '.records | length')" 3
curl -s -o /dev/null -D head -X POST -H 'Content-Type: application/cbor' --data-binary x "$url/v1/join"
check "who wants to join is told to come later" grep -qi '^retry-after: 300' head
check_fails 1 "nothing is signed by hand either" "$huced" catalog apply "$root/migrations/catalog/0001_core.sql" --data county
check "the registry has not grown" equal "$(curl -s "$url/log/622924000000/checkpoint" | sed -n 2p)" "$(sqlite3 yesterday/huced.db "SELECT size FROM ledger WHERE origin = '622924.huce/622924000000'")"

check_fails 3 "a desk with less is told too, and keeps its work" sync a
said=$(sync a 2>&1)
check "in words for people" grep -q "正在恢复" <<<"$said"
check "which has no confirmation" equal "$("$huce" status --data a --json | jq '[.ledgers[] | .unsent + .sent] | add')" 1
check "what it held of it has come back" equal "$(recovering '.missing | length')" 0
check "two changes of three, so far" equal "$(sqlite3 county/huced.db "SELECT size FROM ledger WHERE origin LIKE '%$village'")" 2
check_fails 3 "the laptop that the backup does not know brings the registry back" sync c
check_fails 3 "and the desk with the newest the rest" sync b
check "the village's ledger is the one that was signed" equal "$(head_of $village)" "$signed_village"
check "so is the registry" equal "$(head_of 622924000000)" "$signed_registry"
check_fails 3 "by now it is known, and is heard as itself" sync c
check "one desk has not been heard" equal "$(recovering '"\(.heard) of \(.devices)"')" "3 of 4"
check "and it is named, so that somebody can go and ask" equal "$(recovering '[.waiting[].name] | join(" ")')" 马小龙的电脑
check "for people, too" grep -q "还没有来过：马小龙的电脑（" <<<"$("$huced" recovery status --data county)"
check "the last one ends it, and its work is there" sync o
check "nothing is missing" admits
check "also of the other village" equal "$(head_of $other)" "$signed_other"
check "what waited arrives" sync a
check "and reaches the neighbour" bash -c '"$0" sync --data b >/dev/null && [ "$("$0" list household --data b --json | jq ".records | length")" = 4 ]' "$huce"
check "the county proves all of it" "$huced" audit --data county
check "an invitation that was open in the backup is over" bash -c '! "$0" join old.invite --data late 2>/dev/null' "$huce"
check "new people may come" desk_join d village 马红 $village

# ---- a copy that does not know that it is old ----
county_stop
cp -r county morning # with everything in it, as an image of the disk would have
county_serve || finish
home a $village 05 >/dev/null
sync a >/dev/null
signed_village=$(head_of $village)
county_stop
mv county noon
mv morning county
county_serve || finish
check "it believes that all is well" admits
check "the first desk that holds more gives it back, and goes on in the same exchange" sync a
check "the same tree as before" equal "$(head_of $village)" "$signed_village"
check "and works" admits
check "no desk has seen two histories" bash -c '! ls */evidence 2>/dev/null | grep -q txt'

# ---- the database alone is put back, the small file beside it is not ----
county_stop
mv county evening
cp -r noon county
cp noon/huced.db* county/
home a $village 06 >/dev/null
county_serve && sync a >/dev/null && sync b >/dev/null
tile=$(curl -s "$url/log/$village/tile/0/000.p/6" | sha256sum)
county_stop
rm county/huced.db*
cp noon/huced.db* county/
county_serve || finish
check "the file says that more was signed" equal "$(recovering '.missing[0] | "\(.signed) \(.held)"')" "6 5"
check_fails 1 "and nobody can say otherwise" "$huced" recovery confirm --data county
home b $village 07 >/dev/null
check "whoever comes first brings it" sync b
check "the same tree, and one more leaf" equal "$(head_of $village | head -n 1) $(curl -s "$url/log/$village/tile/0/000.p/6" | sha256sum)" "7 $tile"
check "as the other desk remembers it" sync a
check "whose own copy is whole" "$huce" audit --data a

# ---- by hand: an auditor brings what he was shown ----
county_stop
curl_head=$(sqlite3 county/huced.db "SELECT checkpoint FROM ledger WHERE origin LIKE '%$village'")
printf '%s\n' "$curl_head" >auditors
rm -r county && cp -r noon county
county_serve || finish
check "an old copy believes that all is well" admits
check "what the auditor brings says otherwise" "$huced" recovery signed auditors --data county
check "so the county takes nothing" equal "$(recovering .recovering)" true
check_fails 1 "what it has not signed is no evidence" "$huced" recovery signed pin --data county
check "until a desk brings the rest" sync a
check "then it goes on" admits

# ---- the newest was signed and noted, and its answer reached nobody ----
county_stop
cp -r county dusk
gone=$("$huced" member list --data county --json | jq -r '.members[] | select(.name == "马红" and .kind == "person") | .kid')
check "somebody is revoked, and the disk dies" "$huced" member revoke "$gone" --data county
rm county/huced.db*
cp dusk/huced.db* county/
county_serve || finish
for desk in a b c o d; do sync $desk >/dev/null 2>&1; done
check "every desk has come and it is still missing" equal "$(recovering '.missing | length')" 1
said=$("$huced" recovery status --data county)
check "it says what can be done" grep -q "huced recovery give-up" <<<"$said"
check_fails 1 "it cannot be called complete" "$huced" recovery confirm --data county
check "it is given up" "$huced" recovery give-up --data county
check "and the county waits for everyone once more" equal "$(recovering '"\(.recovering) \(.heard)"')" "true 0"
check_fails 1 "there is no more to give up" "$huced" recovery give-up --data county
for desk in a b c o d; do sync $desk >/dev/null 2>&1; done
check "all have come: it works again" admits
home a $village 08 >/dev/null
check "and takes what is new" sync a
check "and revokes again" "$huced" member revoke "$gone" --data county
finish
