#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# What the county does not have yet is copied to a stick; the laptop is lost; the same person's new laptop brings it
# back and sends it as it was signed. The lost laptop turns up again, another one was put back to an older disk and
# has written on: nothing is lost, nothing is said twice, and no chain splits. A copy that was altered, or is somebody
# else's, is not taken; that of an encrypted desk cannot be read without its passphrase, which the county can set anew when it is forgotten.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join other village 丁丽 $village || finish
home() { put "$1" household household_code=${village}0100$2 address="一社 $2 号" status=1 >/dev/null; }
count() { "$huce" list household --data "$1" --json | jq '.records | length'; }
forks() { "$huced" forks list --data county --json | jq '.forks | length'; }
# again FOLDER: the person of a joins there with a new key
again() {
  "$huced" invite --for "$kid" --url "$url" --out "$1.invite" --data county >"$1.txt" 2>&1 &&
    "$huce" join "$1.invite" --data "$1" >>"$1.txt" 2>&1 && "$huce" sync --data "$1" >>"$1.txt" 2>&1 || { cat "$1.txt"; return 1; }
}
# said KEY FILE: a number of what restore said
said() { jq -r ".$1" "$2"; }
kid=$("$huce" grants --data a --json | jq -r '[.grants[] | select(.kind == "person")][0].kid')

home a 01
"$huce" sync --data a >/dev/null
county_stop
home a 02 && home a 03
mkdir stick
check_fails 2 "without a place it says how" "$huce" backup --data a
check "what is unsent is copied to a stick" bash -c '"$0" backup stick --data a --json >backup.json' "$huce"
check "two changes, and where" equal "$(jq -r '"\(.changes) \(.encrypted) \(.path[:11])"' backup.json)" "2 false stick/huce-"
check "no private key is in it" bash -c '! grep -aq huce-key stick/*.backup'
copy=$(jq -r .path backup.json)
home a 04

county_serve || finish
check "the person joins on a new laptop" again b
check "what was confirmed is there" equal "$(count b)" 1
check "the copy is brought back" bash -c '"$0" backup restore stick --data b --json >restored' "$huce"
check "two changes, none signed again" equal "$(said brought_changes restored) $(said signed_again restored)" "2 0"
check "they are in the tables at once" equal "$(count b)" 3
check "once more brings nothing" bash -c '"$0" backup restore "$1" --data b --json >restored' "$huce" "$copy"
check "and says what was there" equal "$(said brought restored) $(said here_changes restored)" "0 2"
check "the new laptop writes on" home b 05
check "and sends all of it" "$huce" sync --data b
check "status has nothing left to send" equal "$("$huce" status --data b --json | jq '[.ledgers[].unsent, .ledgers[].sent] | add')" 0
check "the lost laptop turns up with one change more" "$huce" sync --data a
"$huce" sync --data b >/dev/null
check "nothing is lost" equal "$(count a) $(count b)" "5 5"
check "both have the same" equal "$(state_of a)" "$(state_of b)"
check "the copy brings nothing any more" bash -c '"$0" backup restore "$1" --data b --json | jq -e ".brought == 0"' "$huce" "$copy"

cp -r a image
home a 06
"$huce" backup stick --data a >/dev/null
rm -r a && mv image a
home a 07 # its number is that of 06
check "a laptop that was put back gets what it had forgotten" bash -c '"$0" backup restore stick --data a --json >restored' "$huce"
check "what was written since is signed again" equal "$(said brought_changes restored) $(said signed_again restored)" "1 1"
check "both are in the tables" equal "$(count a)" 7
home a 08
check "all of it is sent" "$huce" sync --data a
"$huce" sync --data b >/dev/null
check "and arrives" equal "$(count b)" 8
check "both have the same again" equal "$(state_of a)" "$(state_of b)"
check "no chain has split" equal "$(forks)" 0
check "the county's audit is clean" bash -c '"$0" audit --data county --json | jq -e ".ok"' "$huced"

# An older disk, without what it had noted beside its database; then that laptop is lost for good.
cp -r a image && rm -f image/heads
home a 15
"$huce" sync --data a >/dev/null
rm -r a && mv image a
home a 16 # its number is that of 15
mkdir last
"$huce" backup last --data a >/dev/null
cp -r a kept && rm -r a
"$huce" sync --data b >/dev/null
check "the new laptop takes what stands under a number that is used" bash -c '"$0" backup restore last --data b --json >restored' "$huce"
check "and signs it again with its own key" equal "$(said brought_changes restored) $(said signed_again restored)" "1 1"
check "it is sent" "$huce" sync --data b
check "and is there" equal "$(count b) $(forks)" "10 0"
check "once more brings nothing" bash -c '"$0" backup restore last --data b --json | jq -e ".brought == 0 and .signed_again == 0"' "$huce"
mv kept a
"$huce" sync --data a >/dev/null
check "only when it turns up after all, its chain splits, and is healed" equal "$(count a) $(forks)" "10 1"

cp "$copy" altered && printf X | dd of=altered bs=1 seek=120 conv=notrunc 2>/dev/null
check_fails 4 "an altered copy is not taken" "$huce" backup restore altered --data b
check_fails 1 "nor anything else" "$huce" backup restore pin --data b
home a 09
"$huce" backup stick --data a >/dev/null
check_fails 1 "nor somebody else's" "$huce" backup restore stick --data other

mkdir second
check "a second place is remembered" "$huce" backup --to second --data a
home a 10
check "a save is copied there at once" bash -c '"$0" status --data a --json | jq -e ".backup.current"' "$huce"
mv second gone
check "without the stick a save stands" home a 11
"$huce" put household household_code=${village}010012 address="一社 12 号" status=1 --data a >said 2>&1
check "and says that it was not copied" grep -q "没有备份成" said
check "status says so too" bash -c '"$0" status --data a | grep -q "还没有备份"' "$huce"
mv gone second
check "the stick is there again" "$huce" backup --data a
check "and has it all" bash -c '"$0" status --data a --json | jq -e ".backup.current"' "$huce"
check "after an exchange it holds nothing that the county has" bash -c '"$0" sync --data a >/dev/null && "$0" backup restore second --data b --json | jq -e ".brought + .here == 0"' "$huce"

"$huce" serve --listen 127.0.0.1:0 --sync-every 0 --data a >service.txt 2>service.err &
service=$!
for _ in $(seq 100); do grep -q http service.txt && break; sleep 0.05; done
api=$(grep -oE 'http://127.0.0.1:[0-9]+' service.txt)
post() { curl -s --max-time 30 -H "Content-Type: application/json" -H "Huce-Session: $session" -d "$2" "$api$1"; }
session=
session=$(post /api/unlock '{"pin":"135246"}' | jq -r .session)
check "the service saves" bash -c 'jq -e .id <<<"$0"' "$(post /api/records/household '{"fields":{"household_code":"'$village'010014","status":"1"}}')"
kill "$service" && wait "$service"
check "and has copied it when it ends" bash -c '"$0" status --data a --json | jq -e ".backup.current and ([.ledgers[].unsent] | add == 1)"' "$huce"

echo "三岔路口的那棵 老榆树" >passphrase
echo "另外的一个 很长的口令" >wrong
home a 13
rm -r stick second && mkdir stick second
HUCE_PASSPHRASE_FILE=$PWD/passphrase "$huce" vault on --data a >/dev/null
check "an encrypted desk's copy" bash -c 'HUCE_PASSPHRASE_FILE=$PWD/passphrase "$0" backup stick --data a --json | jq -e .encrypted' "$huce"
"$huce" sync --data b >/dev/null
check_fails 1 "cannot be read with another passphrase" "$huce" backup restore stick --copy-passphrase-file wrong --data b
check "can with its own" bash -c '"$0" backup restore stick --copy-passphrase-file passphrase --data b --json | jq -e ".brought_changes == 2"' "$huce"
check "and is sent" bash -c '"$0" sync --data b >/dev/null && "$0" list household --data b --json | jq -e ".records | length == 16"' "$huce"
check "no other chain has split" equal "$(forks)" 1

# The laptop burns, the stick is in the other pocket, and nobody remembers the passphrase: the county opens it.
HUCE_PASSPHRASE_FILE=$PWD/passphrase home a 17
HUCE_PASSPHRASE_FILE=$PWD/passphrase "$huce" sync --data a >/dev/null # tells the folder's key to the county
HUCE_PASSPHRASE_FILE=$PWD/passphrase home a 18
rm -r stick && mkdir stick
HUCE_PASSPHRASE_FILE=$PWD/passphrase "$huce" backup stick --data a >/dev/null
rm -r a
"$huce" sync --data b >/dev/null
sealed=$(ls stick/*.backup)
"$huced" init --county 622925 --name 和政县 --data elsewhere >/dev/null
check_fails 1 "another county's recovery key does not open it" "$huced" recovery open "$sealed" --out opened --data elsewhere
check_fails 1 "nor is there anything to open in a list of households" "$huced" recovery open pin --out opened --data county
head -c 300 "$sealed" >cut
check_fails 1 "or in half a copy" "$huced" recovery open cut --out opened --data county
check "the county's does, and sets another passphrase" "$huced" recovery open "$sealed" --out opened --passphrase-file wrong --data county
check "what is in it stays sealed" bash -c '! grep -aq "一社" opened && [ "$(tail -c 100 opened | sha256sum)" = "$(tail -c 100 "$0" | sha256sum)" ]' "$sealed"
check_fails 1 "the old one opens it no more" "$huce" backup restore opened --copy-passphrase-file passphrase --data b
check "the person's new laptop brings it back" bash -c '"$0" backup restore opened --copy-passphrase-file wrong --data b --json | jq -e ".brought_changes == 1"' "$huce"
check "and sends it" bash -c '"$0" sync --data b >/dev/null && "$0" list household --data b --json | jq -e ".records | length == 18"' "$huce"
finish
