#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Cases that named readers alone can read: a severe mental disorder with nobody at home (86), a juvenile under supervision
# (88). Their ledger is told to nobody else; what lies in it is sealed to the readers' laptops. A colleague of the same
# village finds nothing, not even a number; a reader who is added reads what was there, one who is removed nothing that is
# written later; each look leaves a trace; an auditor checks the log without reading it.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
secret1=马不说 secret2=丁少年

county_found && county_serve && desk_join r village 马建国 $village && desk_join s dept:sf 司法老陈 622924000000 &&
  desk_join o village 丁丽 $village && desk_join u auditor 审计员 $village || { echo "not ok - the desks are there"; finish; }

ledger=$("$huced" sealed make $village --reader 马建国 --data county --json | jq -r .origin)
check "the county makes a sealed ledger under a name by chance" grep -qE "/$village/s-[0-9a-f]{16}$" <<<"$ledger"
check_fails 1 "who has no scope over it is made no reader" "$huced" sealed add "$ledger" --reader 没有这个人 --data county
"$huce" sync --data r >/dev/null; "$huce" sealed ask --data r >/dev/null; "$huce" sync --data r >/dev/null
"$huce" sealed ask --data o >/dev/null; "$huce" sync --data o >/dev/null
check "the reader's laptop has it" grep -q "$ledger" <("$huce" status --data r --json)
check_fails 1 "that of a colleague has not" "$huce" sealed list --data o
check_fails 1 "nobody writes before a reader is named in it" "$huce" sealed put 类别=严重精神障碍 姓名=$secret1 --data r
check "the first reader names himself" "$huce" sealed add 马建国 --data r

one=$("$huce" sealed put 类别=严重精神障碍 姓名=$secret1 监护人=无 情况=家中无人照料，每天上门 next_due=2026-12-05 --data r --json | jq -r .id)
check "86 易肇事肇祸的重度精神病患者，家中无人照料：封存个案，只有读者看得见" equal \
  "$("$huce" sealed show "$one" --data r --json | jq -c '.cases[0].items | [.kind, .name, .guardian]')" "[\"严重精神障碍\",\"$secret1\",\"无\"]"
two=$("$huce" sealed put 类别=观护帮教 姓名=$secret2 帮教人=司法老陈 from=2026-06-01 to=2026-12-01 方案=每周谈话一次 --data r --json | jq -r .id)
"$huce" sealed change "$two" 情况=第二个月，已复学 --data r >/dev/null
check "88 附条件不起诉的观护帮教，六个月：方案、期满、经过" equal \
  "$("$huce" sealed show "$two" --data r --json | jq -c '.cases[0].items | [.from, .to, .plan, .note]')" '["2026-06-01","2026-12-01","每周谈话一次","第二个月，已复学"]'
check_fails 2 "an item that is not in the list is refused" "$huce" sealed put 类别=1 姓名=甲 银行卡=1 --data r
check_fails 1 "a kind that is not in the list too" "$huce" sealed put 类别=占卜 姓名=甲 --data r
check_fails 1 "nothing readable gets into the sealed ledger" "$huce" put person name=$secret1 --ledger "$ledger" --data r
check_fails 1 "nor does a plain text in the place of a sealed one" "$huce" put sealed_case part_1=$secret1 --ledger "$ledger" --data r
check_fails 1 "nor a sealed case into the village's ledger" "$huce" put sealed_case part_1=YQ== --ledger $village --data r
"$huce" sync --data r >/dev/null
for desk in o u s; do "$huce" sync --data $desk >/dev/null; done

# What lies in the tables, opened as far as anybody can: pieces, joined and decoded.
bytes_of() { # COMMAND… (huce or huced sql) ID
  "$@" | tail -n 1 | tr -d '\t' | base64 -d
}
pieces="SELECT part_1 || coalesce(part_2, '') || coalesce(part_3, '') || coalesce(part_4, '') FROM sealed_case WHERE id = '$one'"
sealed_to() { # NUMBER COMMAND…: an age file to so many laptops, without a word of the case
  local n=$1
  shift
  bytes_of "$@" >case.age
  head -n 1 case.age | grep -qx age-encryption.org/v1 && equal "$(grep -ac '^-> X25519 ' case.age)" "$n" &&
    ! grep -aqF -e "$secret1" -e 严重精神障碍 -e kind case.age
}
check "the record is an age file to the one laptop" sealed_to 1 "$huce" sql "$pieces" --data r
check "so is what the county holds" sealed_to 1 "$huced" sql "$pieces" --unmask --reason 核对密文 --data county

# ---- a colleague of the same village, and everything on that disk ----
none() { ! grep -raqF -e "$secret1" -e "$secret2" -e "${ledger##*/}" "$@"; }
check_fails 1 "on the reader's disk the ledger's name is found: the search works" none r
check "on a colleague's disk there is nothing of it, not even the name of the ledger" none o
check "the list of types is the only place where the word stands: no records" equal \
  "$("$huce" list sealed_case --data o --json | jq '.records | length')" 0
check "no count in SQL" equal "$("$huce" sql "SELECT count(*) FROM sealed_case" --data o | tail -n 1)" 0
check "no change in the history" equal "$("$huce" history --data o --json | jq '[.changes[]? | select(.type == "sealed_case")] | length')" 0
check "no line in a report" none <("$huce" report quality_list --data o --json; "$huce" report burden --data o --json)
check "no ledger in its status" none <("$huce" status --data o --json)
check "at the county's disk the words stand nowhere" bash -c '! grep -raqF -e "$1" -e "$2" county' _ "$secret1" "$secret2"
check "the reader's own database holds them sealed" bash -c '! grep -raqF -e "$1" -e "$2" r' _ "$secret1" "$secret2"
check_fails 22 "the public log does not show it" curl -sf "$url/log/$village/s-x/checkpoint"
check "nor do the county's figures count it" equal "$(curl -s "$url/metrics" | sed -n 's/^huced_ledgers //p')" \
  "$("$huced" ledger list --data county --json | jq '[.ledgers[] | select(.origin | test("/s-") | not)] | length')"
check "the sizes of two cases tell nothing of what is in them" equal \
  "$("$huce" sql "SELECT count(DISTINCT length(part_1)) FROM sealed_case" --data r | tail -n 1)" 1

# ---- readers come and go ----
check "the county alone makes no reader: it gives the bytes" "$huced" sealed add "$ledger" --reader 司法老陈 --data county
"$huce" sealed ask --data s >/dev/null; "$huce" sync --data s >/dev/null
check_fails 1 "who has the bytes and is not named in the ledger does not read" "$huce" sealed list --data s
check "a reader names the second one, and all cases are sealed anew" equal \
  "$("$huce" sealed add 司法老陈 --data r --json | jq .sealed_anew)" 2
check "to two laptops" sealed_to 2 "$huce" sql "$pieces" --data r
"$huce" sync --data r >/dev/null; "$huce" sync --data s >/dev/null
check "then the second reader reads what was there before" equal \
  "$("$huce" sealed list --data s --json | jq -c '[.cases[].items.name] | sort')" "[\"$secret2\",\"$secret1\"]"
check "both stand in the list" equal "$("$huce" sealed readers --data s --json | jq -c '[.readers[].name]')" '["马建国","司法老陈"]'
check_fails 1 "nobody removes himself" "$huce" sealed remove 马建国 --data r
check "one is removed, what is there is sealed to the others" equal "$("$huce" sealed remove 司法老陈 --data r --json | jq .sealed_anew)" 2
check "to one laptop again" sealed_to 1 "$huce" sql "$pieces" --data r
"$huce" sealed change "$one" 情况=转到精神卫生中心 --data r >/dev/null
"$huce" sync --data r >/dev/null
"$huced" sealed remove "$ledger" --reader 司法老陈 --data county >/dev/null
before=$("$huce" sql "SELECT count(*) FROM sealed_case" --data s | tail -n 1)
"$huce" sync --data s >/dev/null 2>&1
check "the county gives him nothing more" bash -c '! "$1" sealed show "$2" --data s --json 2>/dev/null | grep -q 精神卫生中心' _ "$huce" "$one"
check "what he held is what he holds" equal "$("$huce" sql "SELECT count(*) FROM sealed_case" --data s | tail -n 1)" "$before"
check "the reader sees the new words" equal "$("$huce" sealed show "$one" --data r --json | jq -r '.cases[0].items.note')" 转到精神卫生中心

# ---- traces and proof ----
"$huce" sync --data r >/dev/null
check "each look is told to the county: who, which case" equal \
  "$("$huced" reads --record "$one" --data county --json | jq -c '[.reads[] | .person] | unique')" '["司法老陈","马建国"]'
check "an auditor with nothing but the county's disk checks the log over the ciphertext" "$huced" audit --data county
check "the readers' desks check it too" "$huce" audit --data r
check "and derive the same" "$huce" rebuild --check --data r
county_stop
finish
