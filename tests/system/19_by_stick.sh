#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A village without any network joins by USB stick: the clerk's request goes to the county, the answer
# comes back, and work begins at once. Sticks get lost, mixed up, damaged and used twice: that is said
# in words, and nothing has changed.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found || finish # and no server runs
invite() { "$huced" invite --ledger $village --role village --person "$2" --url http://127.0.0.1:1 --out "$1" --data county "${@:3}" >/dev/null 2>&1; }
says() { local words=$1; shift; grep -q "$words" <<<"$("$@" 2>&1)"; }
members() { "$huced" member list --data county --json | jq '[.members[]] | length'; }
size() { "$huced" stats --data county --json | sha256sum; }
invite ma.invite 马建国 && invite ding.invite 丁丽 || finish

# ---- the way it should go ----
check "the clerk writes a request" "$huce" join ma.invite --request-file ma.request --data a
check "nothing is joined by that" test ! -e a
printf 000111222 >other_pin
check_fails 1 "going on needs the same PIN" "$huce" join ma.invite --request-file x --data a --pin-file other_pin
cp ma.request first.request
check "the request can be written again" "$huce" join ma.invite --request-file ma.request --data a
before=$(members)
check "the county takes it" "$huced" join accept ma.request --out ma.answer --data county
check "two grants" equal "$(members)" $((before + 2))
check "the desk takes the answer" "$huce" join --answer-file ma.answer --data a
check "it knows who works here" equal "$("$huce" status --data a --json | jq -c .people)" '["马建国"]'
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
check "and work begins at once" equal "$(field a household "$house" address)" "一社 1 号"
check "the history names him" equal "$("$huce" history household "$house" --data a --json | jq -r '.changes[0].author')" 马建国
check "audit without a network" "$huce" audit --data a

# ---- a stick that was lost ----
leaks() { grep -aqE "马建国|丁丽|guanghe|622924|127\.0\.0\.1" "$1"; }
check_fails 1 "the request tells nothing" leaks ma.request
check_fails 1 "nor does the answer" leaks ma.answer
token_hex=$(python3 - <<'PY'
import base64, hashlib
alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
bits = ''.join(f'{alphabet.index(c):05b}' for c in open('ma.invite').read().strip()[6:])
raw = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8))
at = raw.rindex(b'\x50')
print(raw[at + 1:at + 17].hex())
PY
)
check "the token is in neither" equal "$(cat ma.request ma.answer | od -An -v -tx1 | tr -d ' \n' | grep -c "${token_hex:-nothing}")" 0

# ---- twice, and again ----
check "the answer was lost: the same request gives it again" "$huced" join accept first.request --out again.answer --data county
check "nobody is granted twice" equal "$(members)" $((before + 2))
check_fails 1 "an answer that was used is not waited for" "$huce" join --answer-file again.answer --data a
check "the invitation is used up for others" "$huce" join ma.invite --request-file thief.request --data thief
check "and the county says so" says 每个邀请码只能用一次 "$huced" join accept thief.request --out thief.answer --data county
check "no answer was written" test ! -e thief.answer

# ---- mixed up ----
check "Ding asks" "$huce" join ding.invite --request-file ding.request --data b
check "the county answers" "$huced" join accept ding.request --out ding.answer --data county
check "an answer before any request" says 没有等答复的申请 "$huce" join --answer-file ding.answer --data c
check "another's answer" says 不是给这台电脑 "$huce" join --answer-file ma.answer --data b
check "a request for an answer" says 拿反了 "$huce" join --answer-file ding.request --data b
check "an answer for a request" says 拿反了 "$huced" join accept ding.answer --out x --data county
check "some other file" says 这不是 "$huced" join accept county/huced.db --out x --data county
check "the invitation itself" says 这不是 "$huced" join accept ding.invite --out x --data county
"$huced" init --county 622923 --name 永靖县 --data county2 >/dev/null
check "another county" says 别的县 "$huced" join accept ding.request --out x --data county2
check_fails 2 "what is meant must be said" "$huce" join --data b
check_fails 2 "and one thing at a time" "$huce" join ding.invite --answer-file ding.answer --data b
check_fails 2 "accept says where the answer goes" "$huced" join accept ding.request --data county

# ---- damaged ----
state=$(size)
damage() { python3 - "$1" "$2" "$3" <<'PY'
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
where = int(sys.argv[3])
if where < 0:
    data = data[:where]
else:
    data[where % len(data)] ^= 1
open(sys.argv[2], 'wb').write(data)
PY
}
bad=0
for at in 5 40 -1; do
  damage first.request bad.request $at
  "$huced" join accept bad.request --out bad.answer --data county >bad.txt 2>&1
  [ $? = 1 ] && grep -q "文件\|答复" bad.txt && [ ! -e bad.answer ] || { bad=$((bad + 1)); cat bad.txt; }
  damage ding.answer bad.answer $at
  "$huce" join --answer-file bad.answer --data b >bad.txt 2>&1
  [ $? = 1 ] && grep -q "文件\|答复" bad.txt && [ ! -e b ] || { bad=$((bad + 1)); cat bad.txt; }
  rm -f bad.answer
done
check "bits flipped and ends cut off: refused in words, 6 times" equal $bad 0
check "nothing has changed at the county" equal "$(size)" "$state"
check_fails 1 "the wrong PIN" "$huce" join --answer-file ding.answer --data b --pin-file other_pin
check "Ding still joins" "$huce" join --answer-file ding.answer --data b

# ---- too late ----
invite late.invite 何平 --days 1
"$huce" join late.invite --request-file late.request --data d >/dev/null
export HUCE_CLOCK_OFFSET_MS=$((2 * 86400000))
check "an invitation that has run out" says 已过期 "$huced" join accept late.request --out late.answer --data county
unset HUCE_CLOCK_OFFSET_MS

# ---- a second person, on a desk that is encrypted ----
printf '三岔路口的那棵 老榆树' >passphrase
invite e.invite 白雪 && invite f.invite 何平
HUCE_PASSPHRASE_FILE=passphrase check "an encrypted desk asks" "$huce" join e.invite --request-file e.request --data e
check "nothing of the invitation lies open meanwhile" equal "$(grep -rac HUCE1- e.joining | grep -vc ':0')" 0
"$huced" join accept e.request --out e.answer --data county >/dev/null
check_fails 2 "the answer wants its passphrase" "$huce" join --answer-file e.answer --data e
export HUCE_PASSPHRASE_FILE=$PWD/passphrase
check "and joins" "$huce" join --answer-file e.answer --data e
check "encrypted, and the county can help already" equal "$("$huce" vault --data e --json | jq -c '[.encrypted, .recoverable]')" "[true,true]"
printf 975310 >second_pin
check "a second person asks on it" "$huce" join f.invite --request-file f.request --data e --pin-file second_pin
"$huced" join accept f.request --out f.answer --data county >/dev/null
check "and joins" "$huce" join --answer-file f.answer --data e --pin-file second_pin
check "both can sign" "$huce" put household household_code=622924101001010009 address="二社" status=1 --data e --as 何平 --pin-file second_pin
unset HUCE_PASSPHRASE_FILE

# ---- and one day a network ----
county_serve || finish
for desk in a b; do
  python3 - $desk "$url" <<'PY'
import sqlite3, sys
db = sqlite3.connect(f'{sys.argv[1]}/desk.db')
db.execute("UPDATE setting SET value = CAST(? AS BLOB) WHERE name = 'url'", (sys.argv[2],))
db.commit()
PY
  check "the first exchange of $desk" "$huce" sync --data $desk
done
check "the work is there" equal "$(field b household "$house" address)" "一社 1 号"
check "audit of the county" "$huced" audit --data county
finish
