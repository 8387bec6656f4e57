#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# 羊棚的分配还是抓阄形式好: six households want three sheds. The list is frozen and the seed sealed before the
# meeting, villagers call numbers out, and anybody computes the result again from the printed sheet with nothing
# but sha256sum and sort. What is said about the list later, on whatever desk, changes nothing.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

# sheet_by_hand FILE: the result lines, from the sheet alone and with coreutils alone (agent/LOTTERY.md)
sheet_by_hand() {
  local sheet=$1 list_hash seed numbers out_of key kind lots line number rank lot
  value() { sed -n "s/^$1：//p" "$sheet" | head -n 1; }
  sed -n '/^-----名单开始-----$/,/^-----名单结束-----$/p' "$sheet" | sed '1d;$d' >list.txt
  list_hash=$(sha256sum list.txt | cut -c1-64)
  [ "$list_hash" = "$(value 名单指纹)" ] || { echo "the list is another"; return 1; }
  seed=$(value 种子) numbers=$(value 报的数) out_of=,$(value 退出的序号),
  [ "$(printf '%s\n' "$seed" | sha256sum | cut -c1-64)" = "$(value 种子指纹)" ] || { echo "the seed is another"; return 1; }
  key=$(printf '%s %s %s\n' "$seed" "$numbers" "$list_hash" | sha256sum | cut -c1-64)
  grep '^户 ' list.txt | cut -d' ' -f3 | awk '!seen[$0]++' >kinds.txt
  while read -r kind; do
    mapfile -t lots < <(grep "^标的 $kind " list.txt | cut -d' ' -f3)
    lot=0 rank=0
    while read -r _ line; do
      number=$(cut -d' ' -f2 <<<"$line") rank=$((rank + 1))
      if [[ $out_of == *,$number,* ]]; then
        echo "$kind $rank $number $(cut -d' ' -f4 <<<"$line") 退出"
      else
        echo "$kind $rank $number $(cut -d' ' -f4 <<<"$line") ${lots[$lot]:-候补}"
        lot=$((lot + 1))
      fi
    done < <(grep "^户 [0-9]* $kind " list.txt | while read -r line; do
      printf '%s %s\n' "$(printf '%s %s\n' "$key" "$line" | sha256sum | cut -c1-64)" "$line"
    done | LC_ALL=C sort)
  done <kinds.txt
}
part() { sed -n "/^-----$1开始-----\$/,/^-----$1结束-----\$/p" "$2" | sed '1d;$d'; }

county_found && county_serve && desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
for i in 1 2 3 4 5 6 7; do
  put a household household_code=62292410100101000$i address="一社 $i 号" >/dev/null
done
for no in S1 S2 S3; do put a asset no=$no kind=羊棚 place=村东 >/dev/null; done
put a asset no=N1 kind=牛棚 place=村西 >/dev/null
of() { "$huce" sql "SELECT id FROM $1 WHERE $2 = '$3'" --data a | tail -n 1; }
lots=$(for no in S1 S2 S3 N1; do printf '%s,' "$(of asset no $no)"; done)
lottery=$(put a lottery title="羊棚分配抓阄" held_on=2026-12-05T09:00 place=村委会院子 status=open lots="${lots%,}")
entry() { put "$1" lottery_entry lottery_id="$lottery" household_id="62292410100101000$2" kind="$3" status=applied; }
check_fails 1 "nobody has applied: no list" "$huce" lottery freeze "$lottery" --data a
for i in 1 2 3 4 5 6; do entry a $i 羊棚 >/dev/null; done
entry a 2 牛棚 >/dev/null
fourth=$(of lottery_entry household_id "$(of household household_code 622924101001010004)")
again=$(entry a 1 羊棚)
check_fails 1 "a household that applied twice stands in the way, by name" "$huce" lottery freeze "$lottery" --data a
"$huce" put lottery_entry "$again" status=withdrawn --data a >/dev/null
check_fails 1 "a sheet before the list is frozen" "$huce" lottery sheet "$lottery" --data a
"$huce" sync --data a >/dev/null && "$huce" sync --data b >/dev/null

check "the list is frozen, the seed sealed" "$huce" lottery freeze "$lottery" --envelope envelope.txt --data a
check "the seed goes into an envelope and into no record" bash -c "
  seed=\$(sed -n 's/^种子：//p' envelope.txt); [ \${#seed} = 32 ] &&
  [ \"\$(printf '%s\n' \$seed | sha256sum | cut -c1-64)\" = \"\$(sed -n 's/^种子指纹：//p' envelope.txt)\" ] &&
  ! '$huce' sql 'SELECT * FROM lottery_list' --data a | grep -q \$seed &&
  ! '$huce' history lottery $lottery --data a | grep -q \$seed"
check_fails 1 "frozen is frozen" "$huce" lottery freeze "$lottery" --data a
"$huce" lottery sheet "$lottery" --out before.txt --data a >/dev/null
check "the sheet can be posted before the meeting, and its list checked" equal \
  "$("$huce" lottery check before.txt --json | jq -c .)" '{"ok":true,"drawn":false}'

# The other desk has not heard of it: it accepts one more and freezes a list of its own. The first in the ledger stands.
entry b 7 羊棚 >/dev/null
check "a desk that was offline freezes a list of its own" "$huce" lottery freeze "$lottery" --data b
for desk in a b a; do "$huce" sync --data $desk >/dev/null; done
hash=$(sed -n 's/^名单指纹：//p' before.txt)
check "of two frozen lists the first in the ledger stands, on both desks" equal \
  "$(for d in a b; do "$huce" lottery show "$lottery" --data $d --json | jq -r .list_hash; done | uniq)" "$hash"
check "who came after the list was frozen is told, and does not take part" equal \
  "$("$huce" lottery show "$lottery" --data a --json | jq -r '[.left_over[].household, (.entries | length)] | join(" ")')" "622924101001010007 7"
check_fails 1 "nobody changes the list by an edit" "$huce" put lottery_list "$lottery" list=x --data a
check_fails 1 "no other seed can be slipped in" \
  "$huce" lottery draw "$lottery" --numbers 3,5,1 --seed 00000000000000000000000000000000 --data a
check_fails 2 "fewer than three numbers decide nothing" "$huce" lottery draw "$lottery" --numbers 3,5 --data a
check "a household gives up before the draw" "$huce" lottery withdraw "$lottery" 622924101001010004 --note 外出务工 --data a
check "its application says so" equal "$(field a lottery_entry "$fourth" status)" withdrawn
check "the draw" "$huce" lottery draw "$lottery" --numbers "3、5，1 06 888" --witness 马一,马二 --data a
check_fails 1 "is made once" "$huce" lottery draw "$lottery" --numbers 1,2,3 --data a
"$huce" lottery sheet "$lottery" --out after.txt --data a >/dev/null
check "the numbers stand as they were called" grep -qx '报的数：3,5,1,06,888' after.txt
check "the sheet is checked by one command, without any data" "$huce" lottery check after.txt --data nowhere
check "and by hand, with sha256sum and sort alone" equal "$(sheet_by_hand after.txt)" "$(part 结果 after.txt)"
check "three sheds, five households: three have one, two wait, one gave up" equal \
  "$(part 结果 after.txt | awk '$1 == "羊棚" { n[$5 ~ /^S/ ? "shed" : $5]++ } END { print n["shed"], n["候补"], n["退出"] }')" "3 2 1"
check "the other kind is drawn for itself" equal "$(part 结果 after.txt | awk '$1 == "牛棚" { print $2, $4, $5 }')" "1 622924101001010002 N1"
check "the sheds have holders" equal \
  "$("$huce" sql "SELECT a.no || ' ' || h.household_code FROM asset a JOIN household h ON h.id = a.holder_id WHERE a.kind = '1' ORDER BY 1" --data a | tail -n +2)" \
  "$(part 结果 after.txt | awk '$5 ~ /^S/ { print $5, $4 }' | sort)"

# ---- a sheet that was altered ----
altered() { sed "$1" after.txt >altered.txt; }
altered '/结果开始/,/结果结束/s/ S1$/ S9/'
check_fails 1 "a shed handed to somebody else is noticed" "$huce" lottery check altered.txt
altered '/名单开始/,/名单结束/s/010003$/010007/'
check_fails 1 "a household put on the list is noticed" "$huce" lottery check altered.txt
altered 's/^报的数：3/报的数：4/'
check_fails 1 "a number that nobody called is noticed" "$huce" lottery check altered.txt
altered 's/^退出的序号：.*/退出的序号：/'
check_fails 1 "a withdrawal that was rubbed out is noticed" "$huce" lottery check altered.txt
check "by hand too" bash -c "$(declare -f sheet_by_hand part); sed 's/^报的数：3/报的数：4/' after.txt >altered.txt
  [ \"\$(sheet_by_hand altered.txt)\" != \"\$(part 结果 altered.txt)\" ]"

# ---- afterwards ----
winner=$(part 结果 after.txt | awk '$5 == "S2" { print $4 }')
waiting=$(part 结果 after.txt | awk '$1 == "羊棚" && $5 == "候补" { print $4; exit }')
check_fails 2 "who applied for two kinds says which one is given up" \
  "$huce" lottery withdraw "$lottery" 622924101001010002 --note 不养了 --data a
check "who has a shed and gives it up is followed by the first who waits" equal \
  "$("$huce" lottery withdraw "$lottery" "$winner" --kind 羊棚 --note 不养了 --data a --json | jq -r .next)" "$waiting"
check "the shed has its new holder" equal \
  "$("$huce" sql "SELECT h.household_code FROM asset a JOIN household h ON h.id = a.holder_id WHERE a.no = 'S2'" --data a | tail -n 1)" "$waiting"
check "why is on record" equal \
  "$("$huce" sql "SELECT count(*) FROM lottery_result WHERE after IS NOT NULL AND rank > 3" --data a | tail -n 1)" 1
for desk in a b a; do "$huce" sync --data $desk >/dev/null; done
check "the other desk prints the same sheet" equal "$("$huce" lottery sheet "$lottery" --data b | sha256sum)" \
  "$("$huce" lottery sheet "$lottery" --data a | sha256sum)"
check "the page for the printer holds the same text" bash -c "'$huce' lottery sheet $lottery --out sheet.html --data b &&
  sed -n '/<pre>/,/<\/pre>/p' sheet.html | grep -qx '$(part 名单 after.txt | tail -n 1)'"
check "audit" "$huce" audit --data b
check "derived state equals the ledger" "$huce" rebuild --check --data b
finish
