#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Villages that never see a network: what they wrote goes to the county on a stick, and comes back
# confirmed on the same stick. Sticks are lost, late, mixed up, damaged, copied and used twice; the age
# program opens them, and whoever finds one reads nothing.
set -u
. "$(dirname "$0")/lib.sh"
one=622924101001 two=622924101002
county_found || finish # and no server runs
says() { local words=$1; shift; grep -q -- "$words" <<<"$("$@" 2>&1)"; }
joins() { # FOLDER NAME ROLE CODE…: without a network
  local folder=$1 name=$2 role=$3 ledgers=()
  shift 3
  for code in "$@"; do ledgers+=(--ledger "$code"); done
  "$huced" invite "${ledgers[@]}" --role "$role" --person "$name" --url http://127.0.0.1:1 --out "$folder.invite" --data county &&
    "$huce" join "$folder.invite" --request-file "$folder.request" --data "$folder" &&
    "$huced" join accept "$folder.request" --out "$folder.answer" --data county &&
    "$huce" join --answer-file "$folder.answer" --data "$folder"
}
check "three desks join by stick" eval 'joins a 马建国 village $one && joins b 丁丽 village $two && joins t 周斌 township $one $two'
state() { "$huce" status --data "$1" --json | jq -c "[.ledgers[] | select(.origin | endswith(\"/$2\"))][0] | [.unsent, .sent, .confirmed]"; }
leaves() { "$huced" sql "SELECT count(*) FROM leaf" --data county --json | jq '.rows[0][0]'; }
pack() { "$huce" bundle export "$2" --data "$1" --json; }
take() { "$huce" bundle import "$2" --data "$1" --json; }
mkdir stick

# ---- the way it should go ----
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
put a person name=马建国 sex=1 >person.txt
check "work waits here" equal "$(state a $one)" "[2,0,0]"
check "it is packed" pack a stick
check "and is on its way" equal "$(state a $one)" "[0,2,0]"
check "the county takes it and answers" "$huced" bundle import stick --data county
before=$(leaves)
check "nothing is confirmed before the stick is back" equal "$(state a $one)" "[0,2,0]"
check "the stick comes back" take a stick
check "the county has confirmed it" equal "$(state a $one)" "[0,0,2]"
check "audit at the desk" "$huce" audit --data a
check "audit at the county" "$huced" audit --data county

# ---- twice, late, lost ----
cp -r stick old
check "the same stick again changes nothing" equal "$(take a stick | jq -c '[.received, .confirmed, .rejected]')" "[0,0,0]"
"$huced" bundle import stick --data county >again.txt
check "nor at the county" equal "$(leaves)" "$before"
"$huce" put household "$house" address="一社 2 号" --data a >/dev/null
check "the second stick is packed, and lost" eval 'pack a stick && rm stick/*'
"$huce" put household "$house" address="一社 3 号" --data a >/dev/null
check "the third holds what the second did" equal "$(pack a stick | jq .changesets)" 2
check "late, the first answer" take a old
check "the county takes the third" "$huced" bundle import stick --data county
check "and it comes back" take a stick
check "all is confirmed" equal "$(state a $one)" "[0,0,4]"

# ---- one stick for many ----
put b household household_code=622924101002010001 address="二社 1 号" status=1 >b.house
"$huce" put household "$house" address="一社 4 号" --data a >/dev/null
check "two desks pack onto one stick" eval 'pack a stick && pack b stick && pack t stick'
check "the county answers all" equal "$("$huced" bundle import stick --data county --json | jq '.bundles | length')" 3
check "each finds its own" eval 'take a stick && take b stick && take t stick'
# the township packed its question before the villages' work was taken, or after: asked again, it has all
check "the township asks again" eval 'pack t stick && "$huced" bundle import stick --data county && take t stick'
check "it reads both villages" equal "$("$huce" list household --data t --json | jq -r '[.records[].fields.address] | sort | join(" ")')" "一社 4 号 二社 1 号"
check "and agrees with the village" equal "$(field t household "$house" address)" "$(field a household "$house" address)"

# ---- unasked ----
"$huce" put household "$house" address="一社 5 号" --data a >/dev/null
check "the village reports" eval 'pack a stick && "$huced" bundle import stick --data county && take a stick'
mkdir given
check "the county packs for the township, unasked" "$huced" bundle export given --for 周斌 --data county
small=$(stat -c %s given/*)
check "the township takes it" take t given
check "and has the news" equal "$(field t household "$house" address)" "一社 5 号"
check "all of it" "$huced" bundle export given --for 周斌 --full --data county
check "is more than what was lacking" test "$(stat -c %s given/*)" -gt $((small * 2))
check "and changes nothing" equal "$(take t given | jq -c '[.received, .rejected]')" "[0,0]"
"$huced" ledger add 622924101003 --data county >/dev/null 2>&1
check "a village is added to the township's scope" "$huced" member list --data county

# ---- a stick in the wrong hands ----
put a person name=马秀英 sex=2 >/dev/null
pack a stick >/dev/null
leaks() { grep -aqE "马秀英|马建国|一社|622924|guanghe|$one" stick/*; }
check_fails 1 "it tells nothing" leaks
mine=$("$huced" member list --data county --json | jq -r '[.members[] | select(.name == "马建国" and .kind == "person")][0].device')
file=stick/huce-${mine:0:16}-to-county.age answer=stick/huce-${mine:0:16}-from-county.age
check "another desk cannot open it" says 打不开 "$huce" bundle import "$file" --data b
check "nor another's answer" says 打不开 "$huce" bundle import "$answer" --data b
"$huced" init --county 622925 --name 和政县 --data other >/dev/null
check "nor another county" says 打不开 "$huced" bundle import "$file" --data other
# flipped FILE PLACE: one bit of it
flipped() { python3 - "$1" "$2" <<'PY'
import sys
bytes_ = bytearray(open(sys.argv[1], 'rb').read())
at = int(float(sys.argv[2]) * (len(bytes_) - 1))
bytes_[at] ^= 4
open('bad.age', 'wb').write(bytes_)
PY
}
before=$(leaves)
refused=0
for place in 0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1; do
  flipped "$file" $place
  "$huced" bundle import bad.age --out . --data county >/dev/null 2>bad.txt || refused=$((refused + 1))
done
check "one bit turned over, anywhere: refused" equal "$refused" 11
size=$(stat -c %s "$file") refused=0
for part in 1 30 100 $((size / 2)) $((size - 1)); do
  head -c "$part" "$file" >bad.age
  "$huced" bundle import bad.age --out . --data county >/dev/null 2>bad.txt || refused=$((refused + 1))
done
check "copied in part: refused" equal "$refused" 5
check "in words" grep -q "不完整，或者被改动过" bad.txt
check "nothing has changed" equal "$(leaves)" "$before"
check "the answer's turn" eval 'flipped "$answer" 0.7; ! "$huce" bundle import bad.age --data a'
check "an empty folder" says 没有包 "$huce" bundle import old/.. --data b
check_fails 2 "no such word" "$huce" bundle send stick --data a
check_fails 1 "a folder that is not there" "$huce" bundle export nowhere/stick --data a

# ---- the wrong order ----
mkdir first second
check "an answer stays on the stick" eval 'pack a first && "$huced" bundle import first --data county'
"$huce" put household "$house" address="一社 6 号" --data a >/dev/null
check "another stick, later" eval 'pack a second && "$huced" bundle import second --data county'
check "comes back first" take a second
check "the first one after it" take a first
check "all is confirmed" equal "$(state a $one | jq -c '.[0:2]')" "[0,0]"

# ---- a whole village ----
roster_make $two rows
check "a village's roster" eval 'for type in household person; do "$huce" import $type rows/$type.csv --data b; done'
check "goes on the stick" pack b stick
check_fails 2 "a size that is none" "$huce" bundle export stick --max-mb zero --data b
check "the county takes it" "$huced" bundle import stick --data county
check "and back" equal "$(take b stick | jq .left)" 0
check "the township gets it" eval '"$huced" bundle export given --for 周斌 --data county && take t given'
people="SELECT count(*), max(id) FROM person WHERE origin LIKE '%/$two'"
check "and both read the same" equal "$("$huce" sql "$people" --data t)" "$("$huce" sql "$people" --data b)"

# ---- a laptop whose disk was put back ----
cp -r b/desk.db b.old 2>/dev/null; cp b/desk.db-wal b.old-wal 2>/dev/null
home=$(cat b.house)
"$huce" put household "$home" address="二社 2 号" --data b >/dev/null
check "work goes away by stick, and comes to the county" eval 'pack b stick && "$huced" bundle import stick --data county'
cp b.old b/desk.db; rm -f b/desk.db-wal b/desk.db-shm; [ ! -e b.old-wal ] || cp b.old-wal b/desk.db-wal
"$huce" put household "$home" household_code=622924101002010009 --data b >/dev/null
check "the next bundle only asks" equal "$(pack b stick | jq .changesets)" 0
check "the answer brings what was forgotten" eval '"$huced" bundle import stick --data county && take b stick'
check "it is here again" equal "$(field b household "$home" address)" "二社 2 号"
check "then what waits goes" eval 'pack b stick && "$huced" bundle import stick --data county && take b stick'
check "all is confirmed" equal "$(state b $two | jq -c '.[0:2]')" "[0,0]"
check "no chain has split" equal "$("$huced" forks list --data county --json | jq '[.forks[]] | length')" 0

# ---- somebody whose key has ended ----
"$huce" put household "$house" address="一社 7 号" --data a >/dev/null
pack a stick >/dev/null
check "the laptop is stolen, and revoked" "$huced" member revoke 马建国 --device --data county
check "its stick is refused" says 没有得到授权 "$huced" bundle import "$(ls stick/huce-"${mine:0:16}"-to-county.age)" --out . --data county
check_fails 1 "nothing is packed for it" "$huced" bundle export given --for "$mine" --data county
check "audit at the county" "$huced" audit --data county
check "audit at the township" "$huce" audit --data t
finish
