#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A laptop is put back to an older disk, without its note of what it has given away, and writes on under a number that
# is used; its copy is brought back on the same person's other laptop, which signs that work again. Then the first one
# turns up after all. Its chain has split once, the county has the proof of that, and only of that; the other laptop
# has signed the work again already, so it is not signed a second time: a count that was raised is raised once.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
cat >shop.sql <<'SQL'
INSERT INTO migration(number, name) VALUES (10090, 'shop');
INSERT INTO tables(no, name, zh, en, title) VALUES (30090, 'shop', '店', 'Shop', 'name');
INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers) VALUES
  ('shop', 1, 'name', '名', 'Name', 'text', 'lww', 'T,V'), ('shop', 2, 'visits', '走访次数', 'Visits', 'int', 'counter', 'T,V');
SQL
"$huced" catalog apply shop.sql --data county >/dev/null || finish
desk_join a village 马建国 $village || finish
sync() { "$huce" sync --data "$1"; }
visits() { field "$1" shop "$shop" visits; }
visit() { "$huce" put shop "$shop" visits=+"$2" --data "$1" >/dev/null; }
forks() { "$huced" forks list --data county --json | jq '.forks | length'; }
changes() { "$huce" history shop "$shop" --data "$1" --json | jq '.changes | length'; }
kid=$("$huce" grants --data a --json | jq -r '[.grants[] | select(.kind == "person")][0].kid')
shop=$(put a shop name=供销社 visits=+1)
sync a >/dev/null

# ---- an older disk, without the note beside it ----
cp -r a image && rm -f image/heads
visit a 10
sync a >/dev/null
rm -r a && mv image a
visit a 100 # its number is that of the 10
mkdir stick
check "what it says is copied to a stick" "$huce" backup stick --data a
"$huced" invite --for "$kid" --url "$url" --out b.invite --data county >/dev/null 2>&1 &&
  "$huce" join b.invite --data b >/dev/null 2>&1 && sync b >/dev/null || finish
check "the other laptop brings it back" bash -c '"$0" backup restore stick --data b --json >restored' "$huce"
check "signed again, for its number is used" equal "$(jq -r '"\(.brought_changes) \(.signed_again)"' restored)" "1 1"
check "and sends it" sync b
check "each visit is counted" equal "$(visits b)" 111
check "no chain has split: what was refused was never sent" equal "$(forks)" 0

# ---- the first one turns up after all ----
check "the first laptop turns up" sync a
check "its chain has split, once" equal "$(forks)" 1
"$huced" forks list --data county --json >forks
"$huced" forks show "$(jq -r '.forks[0].id[:16]' forks)" --out proof.txt --data county >/dev/null
check "the proof names the key of the one whose disk was put back" equal "$(jq -r '.forks[0].author' forks)" "$kid"
check "both changesets are in it" equal "$(grep -cE '^(admitted|refused) d284' proof.txt)" 2
check "what the other laptop signed again is not signed a second time" equal "$(visits a)" 111
check "nothing waits any more" equal "$("$huce" status --data a --json | jq '[.ledgers[] | .unsent + .sent + .refused] | add')" 0
visit a 1000
check "it goes on" sync a
sync b >/dev/null
check "each visit is counted once, on both" equal "$(visits a) $(visits b)" "1111 1111"
check "four changes are all there are" equal "$(changes a) $(changes b)" "4 4"
check "still one split" equal "$(forks)" 1
check "it can be said again" bash -c '"$0" backup restore stick --data b --json | jq -e ".brought == 0"' "$huce"
check "the audit of the first is clean" "$huce" audit --data a
check "of the other" "$huce" audit --data b
check "of the county, with the fork as a notice" bash -c '"$0" audit --data county --json | jq -e ".ok and ([.ledgers[].findings[] | select(.code == \"fork\")] | length == 1)"' "$huced"
check "tables follow from the ledger" "$huce" rebuild --check --data a

# ---- the same, where the other laptop had not brought it to the county yet: either may be first ----
cp -r a image && rm -f image/heads
visit a 10000
sync a >/dev/null
rm -r a && mv image a
visit a 100000
rm -r stick && mkdir stick
"$huce" backup stick --data a >/dev/null
check "the first is first" sync a
check "and its chain has split again" equal "$(forks)" 2
sync b >/dev/null
"$huce" backup restore stick --data b >/dev/null
check "the other brings the copy, too" sync b
sync a >/dev/null
check "which is the same as the first had signed again" equal "$(visits a) $(visits b)" "111111 111111"
check "no other split" equal "$(forks)" 2
finish
