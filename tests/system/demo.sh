#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The whole story in a few minutes, with the real programs on this machine: a county, two laptops of one
# community and a township desk; a roster, days without a network, a merge, a decision, and the proof.
# Works in build/demo, which is made anew each time; KEEP=1 leaves it there to look around in.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-build}
case $build in /*) ;; *) build=$root/$build ;; esac
huce=$build/huce huced=$build/huced
village=622924101001 township=622924101000
work=$build/demo
server_pid=
proofs=() figures=()
export HUCE_PIN_FILE=$work/pin
unset HUCE_DATA HUCE_CLOCK_OFFSET_MS

if [ -t 1 ]; then bold=$'\033[1m' green=$'\033[32m' red=$'\033[31m' plain=$'\033[0m'; else bold='' green='' red='' plain=''; fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '   %s\n' "$*"; }
proven() { printf '   %s✓ %s%s\n' "$green" "$*" "$plain"; proofs+=("$*"); }
fail() { printf '   %s✗ %s%s\n' "$red" "$*" "$plain" >&2; exit 1; }
expect() { # WHAT GOT WANTED
  [ "$2" = "$3" ] || fail "$1：得到 $2，应为 $3"
}
now_ms() { date +%s%3N; }

clean_up() {
  local rc=$?
  server_stop
  if [ $rc != 0 ]; then
    printf '\n%s演示没有完成（退出码 %s）%s　The demo did not finish. Its files are in %s\n' "$red" $rc "$plain" "${work#"$root"/}" >&2
  elif [ -z "${KEEP:-}" ]; then
    rm -rf "$work"
  fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

server_start() {
  rm -f port
  "$huced" serve --listen "127.0.0.1:${port:-0}" --port-file port --data county >>server.txt 2>&1 &
  server_pid=$!
  for _ in $(seq 100); do [ -s port ] && break; kill -0 "$server_pid" 2>/dev/null || break; sleep 0.05; done
  [ -s port ] || fail "县级服务器没有启动：$(tail -n 1 server.txt)"
  port=$(cat port)
}
server_stop() {
  [ -n "$server_pid" ] || return 0
  kill "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}
enrol() { # FOLDER ROLE NAME LEDGER
  "$huced" invite --ledger "$4" --role "$2" --person "$3" --url "http://127.0.0.1:$port" --out "$1.invite" --data county >/dev/null 2>&1
  "$huce" join "$1.invite" --data "$1" | sed 's/^/   /'
}
put() { local desk=$1; shift; "$huce" put "$@" --data "$desk" --json | jq -r .id; }
field() { "$huce" get household "$2" --data "$1" --json | jq -r ".fields.$3"; }
conflicts() { "$huce" conflicts list --data "$1" --json | jq '.conflicts | length'; }
count() { "$huce" sql "SELECT count(*) FROM $2" --data "$1" | tail -n 1; }
unsent() { "$huce" status --data "$1" --json | jq '[.ledgers[].unsent] | add'; }
records_hash() { # all records of all types, as anybody can read them
  local type
  for type in household person household_member person_tag labour_profile employment_spell income_source skill visit grid; do
    "$huce" sql "SELECT * FROM $type ORDER BY id" --data "$1"
  done | sha256sum | cut -c1-16
}

rm -rf "$work"
mkdir -p "$work"
cd "$work"
printf 135246 >pin
started=$(now_ms)
day=86400000

printf '%s户策 Huce：一个县、两台笔记本、一个镇，几天没有网%s\n' "$bold" "$plain"
printf 'One county, two village laptops, one township desk, and some days without a network.\n'

step "一、县里建服务器，登记广河县的全部区划　The county founds its server"
"$huced" init --county 622924 --name 广河县 --data county | sed -n 1p | sed 's/^/   /'
"$huced" ledger add --divisions "$root/tests/data/divisions_guanghe.csv" --data county | tail -n 1 | sed 's/^/   /'
server_start

step "二、三个人用邀请码加入　Three people join by invitation"
enrol laptop-a village 马建国 $village
enrol laptop-b village 丁丽 $village
enrol town township 王镇 $township
proven "密钥在各自机器上生成，邀请码只能用一次　keys are made on the device, an invite works once"
if "$huce" join laptop-a.invite --data thief >/dev/null 2>&1; then fail "用过的邀请码又被接受了"; fi

step "三、马建国导入三甲集社区的花名册（人员都是虚构的）　A roster is imported"
"$build/tests/data/roster" --division $village --seed 1 --divisions "$root/tests/data/divisions_guanghe.csv" --out roster >/dev/null
rows=0 begun=$(now_ms)
for type in grid grid_officer grid_post person household household_member person_tag labour_profile \
  employment_spell income_source skill visit; do
  n=$("$huce" import $type roster/$type.csv --data laptop-a --json | jq .created)
  printf '   %-18s %6d\n' $type "$n"
  rows=$((rows + n))
done
spent=$(($(now_ms) - begun))
say "共 $rows 条记录，每条改动都已签名并存入磁盘，用时 $spent 毫秒"
figures+=("导入并签名 $rows 条记录（12 个文件、12 次输入口令）用 $spent 毫秒　$rows records imported and signed")
begun=$(now_ms)
"$huce" sync --data laptop-a | sed 's/^/   /'
figures+=("首次送到县里用 $(($(now_ms) - begun)) 毫秒　first upload to the county")
begun=$(now_ms)
down=$("$huce" sync --data laptop-b --json | jq .bytes_in)
figures+=("另一台收到全部 $rows 条（含完整签名历史）：$((down / 1024)) KiB，$(($(now_ms) - begun)) 毫秒　the other laptop receives it all")
"$huce" sync --data town >/dev/null
expect "另一台的人数" "$(count laptop-b person)" "$(count laptop-a person)"
expect "劳动力" "$(count laptop-b 'labour_profile WHERE surplus = 1')" 2161
proven "三台机器上都有 $(count town household) 户 $(count town person) 人　all three hold every household and person"

step "四、断网：服务器停了，两台笔记本各自工作　The link is gone; both laptops work on"
server_stop
house=$("$huce" list household --limit 1 --data laptop-a --json | jq -r '.records[0].id')
other=$("$huce" list household --limit 2 --data laptop-a --json | jq -r '.records[1].id')
before=$(field laptop-a "$house" status)
for i in 1 2 3; do # three days; the clock of laptop-b stands years behind
  export HUCE_CLOCK_OFFSET_MS=$((i * day))
  put laptop-a visit household_id="$house" kind=1 at="2026-11-2$i" note="第 $i 天走访" >/dev/null
  export HUCE_CLOCK_OFFSET_MS=$((i * day - 2500 * day))
  put laptop-b visit household_id="$other" kind=1 at="2026-11-2$i" note="第 $i 天走访" >/dev/null
done
HUCE_CLOCK_OFFSET_MS=$((3 * day)) put laptop-a household "$house" status=2 --note "去了三次，门锁着" >/dev/null
put laptop-b household "$house" status=3 --note "邻居说已经搬到兰州" >/dev/null
HUCE_CLOCK_OFFSET_MS=$((3 * day)) put laptop-a household "$house" phone=15400000001 housing_grade=A >/dev/null
put laptop-b household "$other" phone=15400000002 >/dev/null
unset HUCE_CLOCK_OFFSET_MS
say "马建国（laptop-a）：同一户的户状态改成 2 空户；丁丽（laptop-b）：改成 3 迁出，她的时钟慢了六年多"
saved=$(($(unsent laptop-a) + $(unsent laptop-b) + 1))
say "本机已存、还没送出：laptop-a $(unsent laptop-a) 条，laptop-b $(unsent laptop-b) 条"
rc=0
"$huce" sync --data laptop-a >/dev/null 2>sync.txt || rc=$?
expect "没有网时 sync 的退出码" $rc 3
say "此时同步：$(tail -n 1 sync.txt)"
put town household "$house" housing_grade=C --ledger $village >/dev/null
say "王镇（town）也没有网：村里刚把同一户的住房填成 A 级，他按鉴定报告填 C 级（这一项镇里说了算）"

step "五、网通了　The link is back"
server_start
for desk in laptop-a laptop-b town laptop-a laptop-b; do "$huce" sync --data $desk | sed "s/^/   $desk：/"; done
expect "laptop-a 未送出" "$(unsent laptop-a)" 0
expect "laptop-b 未送出" "$(unsent laptop-b)" 0
proven "断网时存下的 $saved 条改动都得到了县里的确认　every save made offline is confirmed"
expect "laptop-a 的分歧" "$(conflicts laptop-a)" 1
expect "laptop-b 的分歧" "$(conflicts laptop-b)" 1
for desk in laptop-a laptop-b town; do expect "$desk 上的户状态" "$(field $desk "$house" status)" "$before"; done
proven "分歧三处相同，决定之前仍按原来的值　the same conflict everywhere, the old value stays in force meanwhile"
expect "住房安全等级" "$(field laptop-a "$house" housing_grade)" C
proven "镇里说了算的一项按镇里的，村里的说法留着　the township's word stands where it has the say"
say ""
"$huce" conflicts list --data laptop-b | sed 's/^/   /'

step "六、丁丽再去看了一次，做出决定　A person decides"
id=$("$huce" conflicts list --data laptop-b --json | jq -r '.conflicts[0].id')
letter=$("$huce" conflicts show "$id" --data laptop-b --json | jq -r '.candidates[] | select(.value == "3") | .letter')
"$huce" conflicts resolve "$id" --take "$letter" --note "打通了电话，确实已经搬走" --data laptop-b | sed 's/^/   /'
for desk in laptop-b laptop-a town; do "$huce" sync --data $desk >/dev/null; done
for desk in laptop-a laptop-b town; do
  expect "$desk 的分歧" "$(conflicts $desk)" 0
  expect "$desk 上的户状态" "$(field $desk "$house" status)" 3
done
proven "一处决定，处处生效　decided on one laptop, settled on all three"
expect "三处记录的散列" "$(records_hash laptop-a) $(records_hash laptop-b)" "$(records_hash town) $(records_hash town)"
proven "三台机器的记录逐字节相同（$(records_hash town)）　all records are byte for byte the same"
say ""
"$huce" history household "$house" --data town | tail -n 11 | sed 's/^/   /'

step "七、两条底线：每户至少一项增收门路，每户至少一人稳定就业　The two household invariants"
"$huce" report invariants --data laptop-a | sed 's/^/   /'

step "八、审计：从存储的字节重新验证一切　The audit"
for desk in laptop-a laptop-b town; do
  "$huce" audit --data $desk | tail -n 1 | sed "s/^/   $desk：/"
  "$huce" rebuild --check --data $desk | sed "s/^/   $desk：/"
done
server_stop
"$huced" audit --data county | tail -n 1 | sed 's/^/   县里：/'
proven "所有签名、签名链、哈希树与检查点在四处都对得上　signatures, chains, trees and checkpoints agree in all four places"
proven "记录表可由账本逐条推出　derived tables equal the ledger"
cp -r laptop-a tampered
python3 - tampered/desk.db <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
no, columns = db.execute("SELECT no, columns FROM changeset WHERE length(columns) > 4000 ORDER BY no DESC LIMIT 1").fetchone()
columns = bytearray(columns)
columns[2000] ^= 1
db.execute("UPDATE changeset SET columns = ? WHERE no = ?", (bytes(columns), no))
db.commit()
PY
rc=0
"$huce" audit --data tampered --json >tampered.json 2>/dev/null || rc=$?
expect "改动一个字节之后 audit 的退出码" $rc 4
jq -r '[.ledgers[] | .origin as $o | .findings[] | select(.damage)][0] | "   有人在磁盘上改了一个字节：\(.name)（\(.author[0:16])…）第 \(.number) 组：\(.text)"' tampered.json
proven "改动一个字节就被发现，并指出是谁的哪一组改动　one altered byte is found and named"

seconds=$((($(now_ms) - started + 500) / 1000))
changes=$(jq -n --argjson a "$("$huce" audit --data town --json)" '$a.changes')
figures+=("镇里的电脑上现有 $changes 条带签名的改动，数据库 $(($(stat -c %s town/desk.db) / 1048576)) MiB　signed changes, database size at the township")
figures+=("整个演示用时 $seconds 秒　the whole demo")
printf '\n%s证明了什么　What was proven%s\n' "$bold" "$plain"
for line in "${proofs[@]}"; do printf '   %s✓%s %s\n' "$green" "$plain" "$line"; done
printf '\n%s测到的　What was measured%s\n' "$bold" "$plain"
for line in "${figures[@]}"; do printf '   · %s\n' "$line"; done
printf '\n%s完成　Done.%s 再看一次：KEEP=1 make demo，然后 build/huce status --data build/demo/laptop-a\n' "$bold" "$plain"
printf '用网页看　as a web page：KEEP=1 make demo，build/huce serve --data build/demo/laptop-a，打开 http://127.0.0.1:7400 （口令 PIN %s）\n' "$(cat "$HUCE_PIN_FILE" 2>/dev/null || echo 135246)"
