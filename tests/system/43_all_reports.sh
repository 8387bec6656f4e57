#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Requests, whistles, disputes, volunteers, an earthquake, the quality of the data: the reports that a township hands
# on, counted from records that people made. Who was offline has not reported, which is not zero; a report that went out
# is fixed as it was and computed again from the same leaves; a figure opens into its records.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101002 township=622924101000
month=2025-11 day=2025-11-30

ask() { # FOLDER NAME JQ [OPTION…]
  local folder=$1 name=$2 filter=$3
  shift 3
  "$huce" report "$name" --data "$folder" --json --date $day "$@" | jq -rc "$filter"
}

county_found && county_serve && desk_join a village 马玉花 $village && desk_join b village 丁丽 $other &&
  desk_join t township 镇里 $township || { echo "not ok - a county and three desks"; finish; }

# ---- requests and whistles ----
request() { put a request source="$1" kind="$2" text="$3" registered_at="$4" due="$5" "${@:6}"; }
one=$(request 网格群 求助 老人没人照看 2025-11-03T09:00 2025-11-03T18:00 urgency=紧急)
two=$(request 随手拍 隐患 井盖坏了 2025-11-07T16:00 2025-11-14T18:00) # a Friday
three=$(request 12345 投诉 噪音 2025-11-10T09:00 2025-11-12T18:00 outside_no=W1)
request 走访 建议 修路 2025-10-30T09:00 2025-11-12T18:00 >/dev/null
act() { put a request_action request_id="$1" step="$2" at="$3" >/dev/null; }
act "$one" 受理 2025-11-03T11:00; act "$one" 反馈 2025-11-03T15:00
act "$two" 受理 2025-11-10T09:00; act "$two" 反馈 2025-11-17T16:00 # Monday: in time; solved too late
put a callback request_id="$one" at=2025-11-04T09:00 satisfied=5 >/dev/null
put a callback request_id="$two" at=2025-11-18T09:00 satisfied=2 >/dev/null
check "requests: received by source, answered and solved in time, overdue, content" equal \
  "$(ask a requests '.rows[0] | [.received, .from_chat, .from_snap, .from_12345, .responded, .solved, .overdue, .content_rate, .mean_hours]')" \
  '[3,1,1,1,2,1,2,50,123]'
check "a figure opens into its records" equal \
  "$("$huce" report requests --detail overdue --unit $village --date $day --data a --json | jq -c '[.records[].id] | sort')" \
  "$(jq -cn --arg a "$two" --arg b "$three" '[$a, $b] | sort')"
check_fails 1 "of a report that has none it says so" "$huce" report last_job --detail x --data a
put t whistle kind=管理服务哨 text=路面塌陷 village_code=$village issued_at=2025-11-05T09:00 checkin_due=2025-11-06T09:00 \
  checked_in_at=2025-11-05T12:00 status=blown >/dev/null
for desk in a t; do "$huce" sync --data $desk >/dev/null; done
check "whistles stand with the village that they are about" equal \
  "$(ask t requests '.rows[] | select(.code == "'$village'") | [.whistle_1, .in_time_rate, .received]')" '[1,100,3]'
check "a village that was never heard of has no figures: that is not zero" equal \
  "$(ask t requests '.rows[] | select(.code == "'$other'") | [.received, .overdue, .as_of]')" '[null,null,null]'
check "the total says of how many it is the sum" equal \
  "$(ask t requests '.rows[0] | [.unit, .received, .synced, .code]')" '["合计（1/17 已上报）",3,"1/17",""]'

# The other village reports, and is silent for the whole next month.
put b grid name=第1网格 level=3 >/dev/null
"$huce" sync --data b >/dev/null
"$huce" sync --data t >/dev/null
this=$(date -u -d '+8 hours' +%Y-%m) next=$(date -u -d "$(date -u -d '+8 hours' +%Y-%m-15) +1 month" +%Y-%m)
row() { "$huce" report "$1" --month "$2" --data t --json | jq -c '.rows[] | select(.code == "'$other'") | [.received, .synced]'; }
check "it was heard this month: nothing came in, a zero" equal "$(row requests "$this")" '[0,"1/1"]'
check "in a month in which it was not heard it has no figures" equal "$(row requests "$next")" '[null,"1/1"]'
six=$((6 * 86400000))
check "six days later it is known to be six days old" equal \
  "$(HUCE_CLOCK_OFFSET_MS=$six "$huce" report labour --data t --json | jq -c '.rows[] | select(.code == "'$other'") | .synced')" '"0/1"'
"$huce" report requests --date $day --data t --csv requests.csv >/dev/null
check "the file has both beside each row" grep -q '"数据截至","上报份额"' requests.csv
check "and the total's share" grep -q '"合计（2/17 已上报）".*"2/17"' requests.csv

# ---- disputes ----
dispute() { put a dispute kind="$1" facts="$2" accepted_at="$3" status=accepted "${@:4}"; }
d1=$(dispute 邻里 宅基地边界 2025-11-04T09:00)
d2=$(dispute 邻里 滴水 2025-11-06T09:00 level=township)
dispute 劳动报酬 欠薪 2025-11-08T09:00 >/dev/null
m1=$(put a mediation dispute_id="$d1" held_at=2025-11-10T09:00 agreed=1 terms=各退一步 amount=500 on_the_spot=1 \
  performed_on=2025-11-10 handshake=1 signed_on=2025-11-10)
put a mediation dispute_id="$d2" held_at=2025-11-20T09:00 agreed=0 >/dev/null
put a callback mediation_id="$m1" at=2025-11-25T09:00 relation_ok=1 >/dev/null
check "mediation: by kind, agreed, handshake, sum, on the spot, within 30 days, relation" equal \
  "$(ask a mediation '.rows[] | select(.kind == "邻里") | [.accepted, .agreed, .agreed_rate, .handshake, .on_the_spot, .amount, .within_30, .good, .passed_up]')" \
  '[2,1,50,1,1,500,1,1,1]'
check "… and in all" equal "$(ask a mediation '.rows[0] | [.kind, .accepted]')" '["合计",3]'

# ---- volunteers ----
team=$(put a volunteer_team name=三甲集志愿队)
v1=$(put a volunteer volunteer_no=V1 name=马小兰 team_id="$team")
v2=$(put a volunteer volunteer_no=V2 name=丁强 team_id="$team")
activity=$(put a activity title=义剪 team_id="$team" held_at=2025-11-08T09:00)
put a volunteer_hours volunteer_id="$v1" activity_id="$activity" day=2025-11-08 minutes=90 >/dev/null
wrong=$(put a volunteer_hours volunteer_id="$v2" activity_id="$activity" day=2025-11-08 minutes=900)
put a volunteer_hours volunteer_id="$v2" activity_id="$activity" day=2025-11-08 minutes=60 corrects="$wrong" >/dev/null
account=$(put a points_account name=马小兰 volunteer_id="$v1")
put a points_entry account_id="$account" points=30 reason=义剪 on=2025-11-08 >/dev/null
check "volunteers: hours without what was corrected, points, who did most, masked" equal \
  "$(ask a volunteers '.rows[0] | [.team, .volunteers, .activities, .hours, .given, .redeemed, .balance, .ranking]')" \
  '["三甲集志愿队",2,1,2.5,30,0,30,"马** 1.5、丁* 1.0"]'

# ---- an emergency ----
event=$(put t emergency_event name=地震应急 kind=地震 start=2025-11-18T23:59 --ledger $village 2>>err.txt)
"$huce" sync --data t >/dev/null; "$huce" sync --data a >/dev/null
home=$(put a household household_code=622924101001010001 address=一社)
for name in 甲 乙 丙; do
  person=$(put a person name=马$name)
  put a household_member household_id="$home" person_id="$person" relation=02 from=2020-01-01 >/dev/null
  [ $name = 丙 ] || put a muster_status event_id="$event" person_id="$person" at=2025-11-19T03:00 \
    status="$([ $name = 甲 ] && echo safe || echo missing)" >/dev/null
done
check "roll call: who is safe, who is missing, who has not been counted, and when" equal \
  "$(ask a muster '.rows[0] | [.due, .safe, .missing, .unknown, .counted_rate, .updated]')" '[3,1,1,1,66.7,"2025-11-19 03:00"]'
check "a missing person is one step away" equal \
  "$("$huce" report muster --detail missing --date $day --data a --json | jq '.records | length')" 1

# ---- quality, burden, and reports that went out ----
check "quality: what must be put right and what is to be looked at" equal \
  "$(ask a quality '[.rows[] | select(.rule == "Q1" or .rule == "Q26") | .severity] | join(" ")')" "应改 应核"
doubt=$(ask a quality_list '[.rows[] | select(.rule == "Q11")][0].id')
check "doubts as a list of work: what must be put right comes first" equal \
  "$(ask a quality_list '[.rows[].severity] | [index("应核") > rindex("应改"), .[0]]')" '[true,"应改"]'
check "each with the field to put right, and how long nobody touched it; nobody is named yet" equal \
  "$("$huce" report quality_list --data a --json | jq -c --arg d "$doubt" '.rows[] | select(.rule == "Q11" and .id == $d) | [.field, .type, .owner, .days]')" \
  '["health","person",null,0]'
put a data_issue rule=Q11 type=person record="$doubt" owner=丁丽 due=2026-12-31 status=assigned opened_on=$day >/dev/null
check "given out, it has a name and a day" equal \
  "$(ask a quality_list "[.rows[] | select(.rule == \"Q11\" and .id == \"$doubt\")][0] | [.owner, .due]")" '["丁丽","2026-12-31"]'
put a person "$doubt" health=健康 >/dev/null
check "put right, it is gone by itself" equal \
  "$(ask a quality_list "[.rows[] | select(.rule == \"Q11\" and .id == \"$doubt\")] | length")" 0
"$huce" sync --data a >/dev/null
check "a report goes out, fixed" "$huce" report requests --date $day --freeze nov.json --asked-by 民政局 --data a
check "its hash is that of the file" equal "$(sha256sum nov.json | cut -c1-64)" \
  "$("$huce" sql "SELECT hash FROM report_run" --data a | tail -n 1)"
check "at once it is computed again, the same" equal "$("$huce" report --verify nov.json --data a --json | jq -r .recount)" same
act "$three" 反馈 2025-11-11T09:00
"$huce" sync --data a >/dev/null
check "later too, from the ledger as it was then" equal "$("$huce" report --verify nov.json --data a --json | jq -r .recount)" same
check "although today's figure is another" equal "$(ask a requests '.rows[0].solved')" 2
"$huce" sync --data t >/dev/null
check "another desk knows who made it" equal "$("$huce" report --verify nov.json --data t --json | jq -r .by)" 马玉花
sed 's/"received":3/"received":4/' nov.json >typed.json
check_fails 1 "a figure that somebody typed is no report" "$huce" report --verify typed.json --data a
check "burden: the report that went out is counted, and the cells that nobody typed" equal \
  "$("$huce" report burden --data a --json | jq -c '.rows[0] | [.runs, .cells > 20]')" '[1,true]'
finish
