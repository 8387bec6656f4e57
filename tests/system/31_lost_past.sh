#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A past that is truly lost. The county is put back to an old backup, and the laptop that held what came after is
# burned; another holds part of it, one more is far away with leaves of its own. The county refuses to sign another
# past under the old name; by the root key it declares what is lost, and the ledger goes on as its next epoch over
# what was kept. Every laptop follows, old proofs verify, both audits report the epoch, and nothing that any laptop
# holds is lost: also what the one far away brings weeks later, whoever wrote it.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join near village 马建国 $village && desk_join burned village 丁丽 $village &&
  desk_join far village 马小龙 $village && desk_join other village 马红 622924101002 || finish
home() { put "$1" household household_code="${village}0100$2" address="一社 $2 号" status=1; }
sync() { "$huce" sync --data "$1"; }
homes() { "$huce" list household --data "$1" --json | jq -r '[.records[].fields.address] | sort | join(",")'; }
head_of() { curl -s "$url/log/$village/checkpoint" | sed -n 1,2p | tr '\n' ' '; }
recovering() { "$huced" recovery status --data county --json | jq -r "$1"; }
heard() { "$huce" audit --data "$1" --json | jq -r '[.ledgers[].findings[] | select(.code == "epoch")] | length'; }

first=$(home near 01)
sync near >/dev/null && sync burned >/dev/null && sync far >/dev/null && sync other >/dev/null
"$huced" backup yesterday --data county >/dev/null || finish

# ---- after the backup: one leaf that `near` saw, one that only `far` and the burned one saw, one that nobody else saw ----
home burned 02 >/dev/null && sync burned >/dev/null && sync near >/dev/null
"$huce" proof household "$first" --out old.proof --data near >/dev/null
root_kid=$("$huce" verify old.proof --data near --json | jq -r .root 2>/dev/null)
home burned 03 >/dev/null && sync burned >/dev/null && sync far >/dev/null
home far 04 >/dev/null && sync far >/dev/null
"$huce" put household "$first" phone=15400000004 --data far >/dev/null && sync far >/dev/null # signed on what will be lost
sync burned >/dev/null
home burned 05 >/dev/null && sync burned >/dev/null
home near 06 >/dev/null # waits on the desk
home far 07 >/dev/null  # waits too, signed on what will be lost
old_head=$(head_of)
check "six leaves were signed" equal "$old_head" "622924.huce/$village 6 "

# ---- the disk dies, and a house burns ----
county_stop
mv county dead && rm -r burned
cp -r yesterday county
cp dead/heads county/ # a disk of its own
county_serve || finish
check "the county knows that more was signed" equal "$(recovering '.missing[] | select(.origin | endswith("'$village'")) | "\(.signed) \(.held)"')" "6 1"
check_fails 3 "the laptop at hand gives back what it has" sync near
check_fails 1 "which is not all: nobody can call it complete" "$huced" recovery confirm --data county
check_fails 1 "nothing is lost of what is whole" "$huced" recovery epoch 622924101002 --reason 试试 --data county
check_fails 2 "a reason is wanted" "$huced" recovery epoch $village --data county
said=$("$huced" recovery epoch $village --reason "机房失火，存有后四项的电脑已烧毁" --data county)
check "it tells first what would be declared" grep -q "签过 6 项，现在有 2 项" <<<"$said"
check "and has done nothing" equal "$(recovering .recovering)" true
printf 999999 >wrong
check_fails 1 "without the root key's passphrase nothing is declared" "$huced" recovery epoch $village --reason 失火 --confirm --pin-file wrong --data county
check "the registrar declares it" "$huced" recovery epoch $village --reason "机房失火，存有后四项的电脑已烧毁" --confirm --data county
check "the county works again" equal "$(recovering .recovering)" false
check "under another name for the same leaves" equal "$(head_of)" "622924.huce/$village/e1 2 "

# ---- those who hold no more than was kept ----
check "the laptop at hand goes on, and its work arrives" sync near
check "in the new epoch" equal "$(head_of)" "622924.huce/$village/e1 3 "
check "with all that it had" equal "$(homes near)" "一社 01 号,一社 02 号,一社 06 号"
check "its audit is clean" "$huce" audit --data near
check "and reports the epoch" equal "$(heard near)" 1
check "an old proof verifies" "$huce" verify old.proof --data near
check "a proof of now, too" bash -c '"$0" proof household "$1" --out new.proof --data near && "$0" verify new.proof --data other' "$huce" "$first"
check "who follows another ledger is not touched" sync other
check "a new laptop reads all of it" desk_join late village 妥海燕 $village
check "from the first leaf on" sync late
check "the same records" equal "$(homes late)" "$(homes near)"

# ---- the one that was far away, with four leaves that nobody else has ----
check "it comes back, and brings what it holds" sync far
check "also what the burned laptop had written" equal "$(homes far)" "一社 01 号,一社 02 号,一社 03 号,一社 04 号,一社 06 号,一社 07 号"
check "nothing of it waits" equal "$("$huce" status --data far --json | jq '[.ledgers[] | .unsent + .sent] | add')" 0
check "what was signed over the lost leaves is kept as evidence" bash -c 'ls far/evidence/*.txt >/dev/null'
check "its audit is clean" "$huce" audit --data far
check "its tables are those that follow from the ledger" "$huce" rebuild --check --data far
sync near >/dev/null && sync late >/dev/null
check "the others have it, with its author" equal "$(homes near) $(homes late)" "$(homes far) $(homes far)"
check "what was signed on the lost part counts" equal "$(field near household "$first" phone)" 15400000004
check "all see the same" equal "$(state_of near) $(state_of late)" "$(state_of far) $(state_of far)"
check "the county proves all of it" "$huced" audit --data county
said=$("$huced" audit --data county --json | jq -r '.ledgers[].findings[] | select(.code == "epoch") | .text')
check "and says what was lost, by whose order, why" grep -q "签过 6 项，只找回 2 项.*根密钥签.*机房失火" <<<"$said"
check "the tables of the others follow, too" "$huce" rebuild --check --data near
check "and a new laptop's" "$huce" rebuild --check --data late
check "what was known then is still known" equal "$("$huce" list household --at 2 --ledger $village --data far --json | jq '.records | length')" 2

# ---- the county is put back once more, to before the epoch ----
sync far >/dev/null
signed=$(curl -s "$url/log/$village/checkpoint" | sed -n 1,3p)
county_stop
mv county noon
cp -r yesterday county
county_serve || finish
for desk in near far late other; do sync $desk >/dev/null 2>&1; done
for desk in near far late other; do sync $desk >/dev/null 2>&1; done
check "confirmed by people" "$huced" recovery confirm --data county
check "the epoch comes back with the leaves" equal "$(curl -s "$url/log/$village/checkpoint" | sed -n 1,3p)" "$signed"
home near 08 >/dev/null
check "and it goes on" sync near
check "for all" bash -c '"$0" sync --data late >/dev/null && "$0" audit --data late' "$huce"
check "the county proves it again" "$huced" audit --data county
finish
