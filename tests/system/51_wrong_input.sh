#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# What people type wrongly, files that are broken, keys and databases that have suffered: each gets its
# exit code and a sentence that says what is wrong, where, and what to do; and nothing has changed.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1 phone=15400000001)
"$huce" sync --data a >/dev/null
put a household "$house" water_ok=1 >/dev/null # saved, not sent
county_stop
"$huce" sync --data a >/dev/null 2>&1 # without the county: the change is noted as sent
export HUCE_DATA=$PWD/a

# All records, and how many changes wait: what a command must leave as it was.
everything() { state_of a; "$huce" sql 'SELECT count(*) FROM person' --json | jq -c .rows; "$huce" status --json | jq -c '[.ledgers[] | del(.last_sync)]'; }
before=$(everything)

# wrong CODE WORDS COMMAND…: exit CODE, WORDS (a regular expression) in what it says, no other words
# for trouble; nothing changed.
wrong() {
  local code=$1 words=$2 out rc=0
  shift 2
  out=$("$@" 2>&1) || rc=$?
  if [ "$rc" = "$code" ] && grep -qE -e "$words" <<<"$out" && ! grep -qE 'CHECK failed|Sanitizer|Segmentation' <<<"$out"; then
    echo "ok - $(printf '%s ' "${@##*/}" | cut -c1-90 | tr -d '\000-\037')→ $code"
  else
    echo "not ok - $(printf '%s ' "${@##*/}" | cut -c1-90 | tr -d '\000-\037')"
    printf '  # exit code %s, expected %s; to say: %s\n' "$rc" "$code" "$words"
    head -n 5 <<<"$out" | cut -c1-300 | sed 's/^/  # /'
    failures=$((failures + 1))
  fi
}
untouched() { check "$1: nothing has changed" equal "$(everything)" "$before"; }

# ---- values ----
wrong 1 '身份证.*校验码' "$huce" put person name=马某 id_no=990000199001010012
wrong 1 '身份证' "$huce" put person name=马某 id_no=99000019900101
wrong 1 'persom.*household' "$huce" put persom name=马某
wrong 1 '户.*没有“nosuch”' "$huce" put household "$house" nosuch=1
wrong 1 '户状态.*77.*可填' "$huce" put household "$house" status=77
wrong 1 '搬迁日期.*2026-01-05' "$huce" put household "$house" relocated_on=2026-02-30
wrong 1 '搬迁日期' "$huce" put household "$house" relocated_on=明天
wrong 1 '搬迁日期' "$huce" put household "$house" relocated_on=2999-01-01
wrong 1 '联系电话.*11位' "$huce" put household "$house" phone=1540000000
wrong 1 '联系电话.*11位' "$huce" put household "$house" phone=05301234567
wrong 1 '耕地面积.*数字' "$huce" put household "$house" land_mu=很多
wrong 1 '养殖棚' "$huce" put household "$house" sheds=-1
wrong 1 '监测风险.*xx' "$huce" put household "$house" monitor_risks=+xx
wrong 1 '所在网格.*没有找到' "$huce" put household "$house" grid_id=不存在的网格
wrong 1 '建档户编号.*填写.*您的身份' "$huce" put household "$house" archive_no=1234567890
wrong 1 '住址.*控制字符' "$huce" put household "$house" address="$(printf 'x\001y')"
wrong 1 '住址.*UTF-8' "$huce" put household "$house" address="$(printf '\xff\xfe')"
wrong 1 '住址.*太长' "$huce" put household "$house" address="$(head -c 100000 /dev/zero | tr '\0' x)"
wrong 1 '没有找到' "$huce" put household 不存在 address=二社
wrong 1 '没有找到' "$huce" get household 不存在
wrong 1 '没有' "$huce" get household 00000000000000000000000000000000
untouched values

# ---- a neighbour, whose address is wrong ----
for address in nowhere 192.168.1.20 192.168.1.20: :7401 ftp://192.168.1.20:7401 https://192.168.1.20:7401 192.168.1.20:7401/x 192.168.1.20:seven; do
  wrong 2 '地址:端口.*huce serve --lan' "$huce" sync --peer "$address"
done
wrong 3 '没有同那台电脑联系上.*huce serve --lan' "$huce" sync --peer 127.0.0.1:1

# ---- folders of the other program ----
wrong 1 '电脑的数据文件夹' "$huced" doctor --data a
check "the doctor of a desk's folder speaks of no backup to put back" bash -c '! "$0" doctor --data a 2>&1 | grep -q "backup restore"' "$huced"
wrong 1 '电脑的数据文件夹' "$huced" stats --data a
wrong 1 '县里的数据文件夹' "$huce" status --data county

# ---- who is not known has looked at nothing, which is no answer ----
wrong 1 '没有登记过叫“张三”的人.*member list' "$huced" reads --person 张三 --data county
check "somebody who is known, and has not looked" bash -c '"$0" reads --person 马建国 --data county --json | jq -e ".reads == []"' "$huced"

# ---- command lines ----
wrong 2 '用法.*put' "$huce" put
wrong 2 '用法' "$huce" get household
wrong 2 'frobnicate.*help' "$huce" frobnicate
wrong 2 'nosuch' "$huce" list household --nosuch
wrong 2 'limit.*abc' "$huce" list household --limit abc
wrong 2 '项目=值' "$huce" put household "$house" address
wrong 2 '--note' "$huce" delete household "$house"
wrong 2 '张三|没有这个人.*马建国' "$huce" put household "$house" address=二社 --as 张三
wrong 2 '本机没有账本 622924101002' "$huce" put household address=二社 --ledger 622924101002
wrong 2 'conflicts list' "$huce" conflicts show abc
wrong 1 '条件写得不对.*nosuch' "$huce" list household --where 'nosuch = 1'
wrong 1 '括号' "$huce" list household --where '1) --'
wrong 1 '括号' "$huce" list household --where "1; DELETE FROM r_household"
wrong 1 '.' "$huce" sql 'DELETE FROM household'
wrong 1 '一次只能写一条' "$huce" sql 'SELECT 1; DELETE FROM r_household'
wrong 1 '.' "$huce" sql "ATTACH '$PWD/x.db' AS x"
wrong 1 'nosuch' "$huce" sql 'SELECT nosuch FROM household'
wrong 1 'nosuch.*invariants' "$huce" report nosuch
wrong 3 '连不上' "$huce" sync
untouched "command lines"

# ---- PINs and folders ----
printf 000000 >wrong_pin
: >empty_pin
wrong 1 '口令.*不对，什么也没有保存' "$huce" put household "$house" address=二社 --pin-file wrong_pin
wrong 1 '口令' "$huce" put household "$house" address=二社 --pin-file empty_pin
wrong 1 '口令.*没有文件 .*nosuch' "$huce" put household "$house" address=二社 --pin-file nosuch
wrong 1 '口令.*读不出' "$huce" put household "$house" address=二社 --pin-file "$PWD"
wrong 2 '口令.*--pin-file' env -u HUCE_PIN_FILE "$huce" put household "$house" address=二社 </dev/null
wrong 1 '没有数据.*huce join' "$huce" status --data "$PWD/nowhere"
wrong 1 '没有数据.*huce join' "$huce" status --data "$PWD/pin"
wrong 1 'HUCE1-' "$huce" join "$PWD/nosuch.invite" --data b
wrong 1 '邀请码不完整' "$huce" join HUCE1-ABC --data b
check "no folder is left of it" [ ! -e b ]
untouched "PINs and folders"

# ---- tables ----
head=household_code,address,phone
import() { wrong 1 "$2" "$huce" import household "$1" "${@:3}"; }
printf '%s\n622924101001010002,"一社\n' $head >quote.csv
import quote.csv '第 2 行.*引号没有结束'
printf '%s\n622924101001010002,"一社"x,\n' $head >quote2.csv
import quote2.csv '第 2 行.*引号后面'
printf '%s\n622924101001010002,一\0社,\n' $head >zero.csv
import zero.csv '第 2 行 住址.*控制字符'
printf '%s\n622924101001010002,一社\n622924101001010003,\xff\xff\n' 户编号,住址 >utf8.csv
import utf8.csv '第 3 行.*UTF-8'
(printf '户编号,住址\n622924101001010002,一社\n' | iconv -t gb18030; printf '622924101001010003,\xff\xff\n') >gb.csv
import gb.csv '第 3 行.*GB18030'
printf '\xff\xfeh\0o\0' >utf16.csv
import utf16.csv '第 1 行.*UTF-8'
(printf '%s\n622924101001010002,' $head; head -c 1000000 /dev/zero | tr '\0' x; echo ,) >large.csv
import large.csv '第 2 行.*太长'
printf '%s\n622924101001010002,一社,1,2,3\n' $head >columns.csv
import columns.csv '第 2 行 有 5 列.*3 列'
seq -s, 300 >wide.csv
import wide.csv '第 1 行.*256'
printf 'household_code,nosuch\n1,2\n' >heading.csv
import heading.csv '第 1 行.*nosuch.*--map'
: >empty.csv
import empty.csv '空'
import nosuch.csv '打不开文件 nosuch.csv'
import . '读文件时出错'
head -c 20000 /dev/urandom >random.csv
import random.csv '第 [0-9]+ 行'
printf '%s\n622924101001010002,一社,\n622924101001010002,二社,\n' $head >twice.csv
import twice.csv '第 3 行 与第 2 行重复'
printf '%s\n622924101001010002,一社,15400000002\n62292410100101000,一社,\n622924101001010004,一社,123\n' $head >values.csv
import values.csv '第 3 行 户编号.*18 位'
import values.csv '第 4 行 户联系电话.*11位'
import values.csv '没有写入（本来就是试运行）' --dry-run
import values.csv '口令.*不对' --pin-file wrong_pin
untouched tables

# ---- what a disk may do ----
unset HUCE_DATA
spoilt() { rm -rf c && cp -r a c; }
damaged() { wrong 4 "$1" "$huce" "${@:2}" --data c; }
spoilt && head -c 100 /dev/urandom | dd of=c/desk.db conv=notrunc status=none
damaged '数据库文件已损坏.*备份' status
spoilt && head -c 40000 /dev/urandom | dd of=c/desk.db bs=4096 seek=3 conv=notrunc status=none
damaged '损坏' get household "$house"
damaged '损坏' audit
spoilt && truncate -s 50000 c/desk.db
damaged '损坏' status
spoilt && : >c/desk.db && rm -f c/desk.db-wal
damaged '空的.*备份' status
damaged '空的' put household address=二社
spoilt && sqlite3 c/desk.db 'DROP TABLE leaf'
damaged '损坏.*leaf' status
spoilt && sqlite3 c/desk.db "UPDATE changeset SET cose = zeroblob(length(cose)) WHERE no = 2"
damaged '损坏.*第 [0-9]+ 项' audit
damaged '.' rebuild --check
spoilt && printf x >c/keys/device.key
damaged 'device.key.*密钥文件已损坏.*备份' sync
spoilt && for key in c/keys/*.key; do [[ $key == */device.key || $key == */box.key ]] || printf x >"$key"; done
damaged '密钥文件已损坏.*备份' put household "$house" address=二社
spoilt && rm c/keys/*
wrong 1 '签名密钥.*没有文件' "$huce" put household "$house" address=二社 --data c
export HUCE_DATA=$PWD/a
untouched "all of this"

# ---- the county's own commands ----
unset HUCE_DATA
counted=$("$huced" audit --data county --json | jq -c '[.ledgers[] | [.origin, .size, .root]]')
wrong 1 '没有县级数据.*init' "$huced" stats --data nowhere
wrong 2 '12 位' "$huced" invite --ledger 6229 --role village --person 甲 --data county
wrong 1 '没有账本' "$huced" invite --ledger 622924999999 --role village --person 甲 --data county
wrong 2 '本县' "$huced" invite --ledger 110101001001 --role village --person 甲 --data county
wrong 2 '--role' "$huced" invite --ledger $village --role king --person 甲 --data county
wrong 2 '--days' "$huced" invite --ledger $village --role village --person 甲 --days 0 --data county
wrong 1 '没有生效中的成员' "$huced" member revoke 0123456789abcdef --data county
wrong 2 '--listen' "$huced" serve --listen nowhere --data county
wrong 1 'TLS' "$huced" serve --listen 0.0.0.0:0 --data county
wrong 1 '不会覆盖' "$huced" init --county 622924 --name 广河县 --data county
printf 'code\nabc\n' >divisions.csv
wrong 1 '.' "$huced" ledger add --divisions divisions.csv --data county
printf "INSERT INTO migration(number, name) VALUES (10001, 'x');\nINSERT INTO nosuch VALUES (1);\n" >broken.sql
wrong 1 'line 2|第 2 行' "$huced" catalog apply broken.sql --data county
rm -rf county2 && cp -r county county2 && printf x >county2/registrar.key
wrong 4 'registrar.key.*密钥文件已损坏' "$huced" stats --data county2
rm -rf county2 && cp -r county county2 && head -c 100 /dev/urandom | dd of=county2/huced.db conv=notrunc status=none
wrong 4 '损坏' "$huced" stats --data county2
check "the county: nothing has changed" equal "$("$huced" audit --data county --json | jq -c '[.ledgers[] | [.origin, .size, .root]]')" "$counted"
finish
