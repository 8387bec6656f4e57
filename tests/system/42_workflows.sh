#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Steps that the catalog's rules allow or forbid, with the real programs: a request to its call-back by
# somebody else, a whistle to its escalation, a deadline over working days, a task that opens by itself,
# points that are not spent twice, an emergency whose worse word stands.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
township=622924101000

county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village && desk_join t township 马镇长 $township &&
  desk_join d dept:zj 住建老王 622924000000 || finish

# exchange FOLDER…: each in turn
exchange() { for desk in "$@"; do "$huce" sync --data "$desk" >/dev/null 2>&1; done; }
# step FOLDER TYPE ID FIELD=VALUE…: for check
step() { local folder=$1; shift; "$huce" put "$@" --data "$folder"; }

# ---- a request ----
r=$(put a request source=网格群 kind=2 urgency=3 text="老人三天没有开门" status=登记)
check "a request is registered" test "${#r}" = 32
check "its time and its deadline of four hours come by themselves" test -n "$(field a request "$r" due | grep T)"
check_fails 1 "it does not begin with its end" step a request source=1 kind=2 text=x status=归档
check "accepted" step a request "$r" status=受理
check_fails 1 "a step that is not declared is refused" step a request "$r" status=归档
check "handled" step a request "$r" status=办理中
check_fails 1 "no reply without a result" step a request "$r" status=已反馈
check "replied" step a request "$r" status=已反馈 reply="上门看过，老人去了女儿家"
check_fails 1 "who handled it does not call back" step a request "$r" status=已回访 satisfied=5
check_fails 1 "and nobody writes in another's name" step a request "$r" handler=00000000000000000000000000000001
exchange a b
check_fails 1 "a call-back asks whether they are satisfied" step b request "$r" status=已回访
check "somebody else calls back" step b request "$r" status=已回访 satisfied=2
check_fails 1 "who is not satisfied is not archived" step b request "$r" status=归档
check "it is opened again" step b request "$r" status=办理中
check "replied by another" step b request "$r" status=已反馈 reply="联系上女儿，已报平安"
exchange b a
check "now the first may call back" step a request "$r" status=已回访 satisfied=5
check "and archive it" step a request "$r" status=归档
exchange a b
check "both desks show the same" equal "$(field a request "$r" status) $(field b request "$r" handler)" \
  "archived $(field a request "$r" handler)"
check "people see names where the signature holds numbers" bash -c "'$huce' get request $r --data b | grep -E '承办人.*（丁丽）'"
check "nothing was refused on the way" equal "$("$huce" conflicts list --reported --data b --json | jq '[.conflicts[] | select(.type == "request")] | length')" 0

# ---- a whistle ----
w=$(put t whistle kind=应急处置哨 text="路面塌陷" status=已吹 --ledger $township)
check "the township blows" test "${#w}" = 32
check_fails 1 "nobody escalates before the check-in is due" step t whistle "$w" status=escalated escalated_to=县政府
exchange t d
check_fails 1 "a refusal has its reason" step d whistle "$w" status=refused
check "the department checks in" step d whistle "$w" status=checked_in
check "with time and person" test "$(field d whistle "$w" checked_in_by | wc -c)" = 33
check "a plan" step d whistle "$w" status=handling plan="两天抢修"
check "done" step d whistle "$w" status=done result="已回填，恢复通行"
exchange d t
check "rated by the township" step t whistle "$w" status=rated rating=5
late=$(put t whistle kind=应急处置哨 text="井盖丢失" status=已吹 issued_at="2026-01-05 09:00" --ledger $township)
check "half an hour" equal "$(field t whistle "$late" checkin_due)" 2026-01-05T09:30
check "past the time it goes up" step t whistle "$late" status=escalated escalated_to=县政府
service=$(put t whistle kind=管理服务哨 text="小广告" status=已吹 issued_at="2026-02-13 15:00" --ledger $township)
check "a working day before the festival, worked on the Saturday" equal "$(field t whistle "$service" checkin_due)" 2026-02-14T18:00
more=$(put t whistle kind=管理服务哨 text="占道" status=已吹 issued_at="2026-02-14 15:00" --ledger $township)
check "and after it" equal "$(field t whistle "$more" checkin_due)" 2026-02-24T18:00

# ---- what opens by itself ----
h=$(put a household household_code=622924101001010001 address="一社 1 号")
put a relocation household_id=622924101001010001 to_site=三甲集安置点 move_date=2025-05-01 >/dev/null
check "who is relocated is followed up" equal "$("$huce" sql "SELECT title, kind, status FROM task WHERE household_id = '$h'" --data a | tail -n 1)" \
  "$(printf '搬迁户就业跟进\t1\topen')"
put a wall_post text="三号楼路灯不亮" >/dev/null
check "what is put up on the wall is a request" equal "$("$huce" sql "SELECT text, status, due > registered_at FROM request WHERE source = '3'" --data a | tail -n 1)" \
  "$(printf '三号楼路灯不亮\tregistered\t1')"

# ---- points ----
account=$(put a points_account name=马兰 household_id=622924101001010001)
put a points_entry account_id="$account" points=30 reason="义务植树" kind=1 >/dev/null
check_fails 1 "points that the county has not confirmed are not spent" step a redemption account_id="$account" goods=洗衣粉 points=20
exchange a b
check "then they are" step a redemption account_id="$account" goods=洗衣粉 points=20
check_fails 1 "but not twice" step a redemption account_id="$account" goods=香皂 points=20
check "up to the rest" step a redemption account_id="$account" goods=香皂 points=10

# ---- an emergency ----
check_fails 1 "an order has its number and level" step t emergency_event name=暴雨 kind=2 status=ordered --ledger $township
check "a signed order" step t emergency_event name=暴雨 kind=2 level=2 order_no=三政应〔2026〕1号 status=ordered --ledger $township
person=$(put a person name=马老汉)
e=$("$huce" list emergency_event --data t --json | jq -r '.records[0].id')
m=$(put a muster_status event_id="$e" person_id="$person" status=安全 at="2026-07-01 10:00")
exchange a b
put a muster_status "$m" status=安全 place=家里 at="2026-07-01 12:00" >/dev/null
put b muster_status "$m" status=失联 at="2026-07-01 11:00" >/dev/null
exchange a b a b
check "of two who did not know of each other the worse word stands" equal "$(field a muster_status "$m" status) $(field b muster_status "$m" status)" "missing missing"

for desk in a b t d; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
finish
