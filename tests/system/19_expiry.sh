#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A grant has an end. The county sees it coming and so does the clerk; renewed before or after, work
# done without a network in between counts. Not renewed, it comes back and is not lost.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
day() { TZ=CST-8 date -d "+$1 days" +%F; }
at_day() { export HUCE_CLOCK_OFFSET_MS=$(($1 * 86400000)); }
again() { county_stop && county_serve; }
invite() { # FOLDER NAME OPTIONS…
  local folder=$1 name=$2
  shift 2
  "$huced" invite --ledger $village --role village --person "$name" --url "$url" --out "$folder.invite" --data county "$@" >/dev/null 2>&1 &&
    "$huce" join "$folder.invite" --data "$folder" >/dev/null 2>&1
}
check_fails 2 "an end in the past is none" "$huced" invite --ledger $village --role village --person 马 --until 2020-01-01 --data county
check_fails 2 "nor is a word" "$huced" invite --ledger $village --role village --person 马 --until soon --data county
check "Ma's grant ends in 40 days" invite a 马建国 --until "$(day 40)"
check "Ding's too" invite b 丁丽 --until "$(day 40)"
check "He's has no end" invite c 何平
house=$(put a household household_code=622924101001010001 address="一社 1 号" status=1)
"$huce" sync --data a >/dev/null; "$huce" sync --data b >/dev/null; "$huce" sync --data c >/dev/null
left() { "$huce" status --data "$1" --json | jq -c '[.grants[0].days_left, .grants[0].warning != null]'; }
names() { "$huced" member list --expiring "$1" --data county --json | jq -c '[.members[].name]'; }

# ---- seen from far off ----
check "nobody is told 40 days before" equal "$(left a) $(left c)" "[40,false] [null,false]"
check "the county finds nobody in 30 days" equal "$(names 30)" '[]'
check "and both in 60" equal "$(names 60)" '["马建国","丁丽"]'
check_fails 2 "days are a number" "$huced" member list --expiring soon --data county
at_day 15
check "25 days before, Ma is told" grep -q "还有 25 天" <<<"$("$huce" status --data a)"
check "in JSON too" equal "$(left a)" "[25,true]"

# ---- renewed in time, heard of late ----
again || finish
check "the county renews Ma's" "$huced" member renew 马建国 --until "$(day 400)" --data county
check_fails 1 "He's needs none" "$huced" member renew 何平 --data county
check_fails 1 "nobody of that name" "$huced" member renew 马小二 --data county
check "only Ding's is about to end now" equal "$(names 30)" '["丁丽"]'
county_stop
at_day 50 # Ma and Ding have had no network since
check "Ma goes on, told that it is over" "$huce" put household "$house" address="一社 2 号" --data a
check "in plain words" grep -q "已到期：还可以填写" <<<"$("$huce" status --data a)"
check "Ding too" "$huce" put household "$house" phone=15400000001 --data b
county_serve || finish
"$huce" sync --data a >sync.txt
check "the renewal reaches Ma, and he is told" grep -q "授权有了新的说法.*有效到 $(day 400)" sync.txt
check "once" equal "$("$huce" sync --data a --json | jq -c .news)" '[]'
"$huce" sync --data b >/dev/null; "$huce" sync --data c >/dev/null
check "Ma's work counts" equal "$(field c household "$house" address)" "一社 2 号"

# ---- not renewed in time ----
check "Ding's comes back" equal "$("$huce" tasks --data b --json | jq -c '[.tasks[].code]')" '["no_grant"]'
check "it does not count" equal "$(field c household "$house" phone)" null
check "the county renews hers late" "$huced" member renew 丁丽 --data county
"$huce" sync --data b >/dev/null
check "she sends it again" "$huce" tasks send "$("$huce" tasks --data b --json | jq -r '.tasks[0].id')" --data b
"$huce" sync --data b >/dev/null; "$huce" sync --data c >/dev/null
check "and it counts" equal "$(field c household "$house" phone)" 15400000001

# ---- renewed after the end, before the work has arrived ----
check "a third for a month" invite d 白雪 --until "$(day 80)"
"$huce" sync --data d >/dev/null
county_stop
at_day 100
put d household "$house" address="一社 3 号" >/dev/null
county_serve || finish
check "the county renews after the end" "$huced" member renew 白雪 --until "$(day 300)" --data county
"$huce" sync --data d >/dev/null; "$huce" sync --data c >/dev/null
check "what was written in between counts" equal "$(field c household "$house" address)" "一社 3 号"

# ---- over for good ----
at_day 650
check_fails 1 "ninety days later nothing more is written" "$huce" put household "$house" address="一社 9 号" --data a
check "the list says expired" equal "$("$huced" member list --data county --json | jq -c '[.members[] | select(.kind == "person" and .state == "expired") | .name]')" '["马建国","丁丽","白雪"]'
unset HUCE_CLOCK_OFFSET_MS
check "audit of the county" "$huced" audit --data county
check "audit at c" "$huce" audit --data c
check "derived state equals the ledger at c" "$huce" rebuild --check --data c
finish
