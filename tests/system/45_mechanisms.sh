#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The mechanisms of the townships, 51 to 100, each done with the real programs: records made, steps taken,
# and a count or a list that shows it (migrations/MECHANISMS.md).
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/mech.sh"
people
today=$(day) later=$(day '+200 days') month=$(day | cut -c1-8)01
g3=$(new v grid level=3 name=第一网格 status=1)
o1=$(new v grid_officer name=马小云 kind=1)
for h in $h1 $h2 $h3; do change v household "$h" grid_id="$g3"; done
exchange v w t

# closed FOLDER OTHER ID: a request from its registration to the archive, called back by somebody else
closed() {
  local id=$3
  change "$1" request "$id" status=accepted && change "$1" request "$id" status=handling && change "$1" request "$id" status=replied reply=已办 &&
    exchange "$1" "$2" && change "$2" request "$id" status=called satisfied=5 && change "$2" request "$id" status=archived && exchange "$2" "$1"
}

# ---- requests and response ----
mech 51 "一个本子一支笔：民情账本，一条可成诉求，办了打钩" 'f=$(new v folk_ledger_entry text=后沟路不好走 household_id=$h1 tags=修路) && r=$(new v request source=民情账本 kind=5 text=后沟路不好走 status=registered) && change v folk_ledger_entry $f request_id=$r && refused v folk_ledger_entry $f text=改写 &&
  change v folk_ledger_entry $f ticked=是 && is "SELECT count(*) FROM folk_ledger_entry f JOIN request r ON r.id = f.request_id WHERE f.ticked" 1'
mech 52 "拉家常、慰问老党员" 'new v person_tag person_id=$p1 tag=111 && new v visit household_id=$h1 kind=慰问 at="$today 09:00" note=慰问老党员 && is "SELECT count(*) FROM visit v JOIN household_member m ON m.household_id = v.household_id JOIN person_tag t ON t.person_id = m.person_id AND t.tag = '"'111'"' WHERE v.kind = '"'7'"'" 1'
mech 53 "网格群求助：当天上门，以后天天看望" 'r=$(new v request source=网格群 kind=求助 urgency=3 text=母亲一人在家 household_id=$h2 status=registered) && k=$(new v task title=每天看望 kind=定期探望 household_id=$h2 repeat=每天 request_id=$r status=open) && for d in 1 2 3; do new v contact_log household_id=$h2 way=上门 well=是 task_id=$k; done >/dev/null &&
  is "SELECT count(*), (SELECT substr(due, 1, 10) <= date(substr(registered_at, 1, 10), '"'+1 day'"') FROM request WHERE id = '"'\$r'"') FROM contact_log" "$(printf "3\t1")"'
mech 54 "随手拍：照片、派网格员、消除、结果回到拍的人" 'new v snap_report category=7 place=南巷 taken_at="$today 08:00" photo_hash=$(printf p | sha256sum | cut -c1-64) reporter_token=0123456789abcdef0123456789abcdef && r=$(ask "SELECT id FROM request WHERE source = '"'2'"'") && closed v w $r && exchange w v && is "SELECT r.status, r.reply FROM request r WHERE r.source = '"'2'"'" "$(printf "archived\t已办")"'
mech 55 "建议有回音：结果给提建议的人看" 'r=$(new v request source=来访来电 kind=建议 reporter=马大 text=取消部分停车泊位 status=registered) && closed v w $r && is "SELECT count(*) FROM request WHERE kind = '"'5'"' AND status = '"'archived'"' AND reply IS NOT NULL" 1'
mech 56 "说事墙和回音壁：到期没有答复的列得出来" 'a=$(new v wall_post text=路灯不亮 posted_at="2026-03-02 09:00") && b=$(new v wall_post text=水压低 posted_at="2026-03-02 09:00") && new v wall_reply post_id=$a text=已经安排维修 unit=社区 final=是 &&
  is "SELECT text FROM wall_post w WHERE reply_due < '"'\$today'"' AND NOT EXISTS (SELECT 1 FROM wall_reply r WHERE r.post_id = w.id)" 水压低'
mech 57 "件件有回应：不满意不能关，别人回访" 'r=$(new v request source=走访 kind=2 text=屋顶漏雨 status=registered) && change v request $r status=accepted && change v request $r status=handling && change v request $r status=replied reply=已修 && refused v request $r status=called satisfied=5 && exchange v w &&
  change w request $r status=called satisfied=1 && refused w request $r status=archived && change w request $r status=handling && change w request $r status=replied reply=重修 && exchange w v && change v request $r status=called satisfied=4 && change v request $r status=archived'
w1=$(new t whistle kind=应急处置哨 text=路面塌陷 departments=zj,sf village_code=$village status=blown --ledger $township)
exchange t c sf
mech 58 "街道吹哨、部门报到：时间、人、联合处置、完成" 'change c whistle $w1 status=checked_in && new c whistle_response whistle_id=$w1 department=rs person=老李 --ledger $township && new sf whistle_response whistle_id=$w1 department=sf person=老陈 --ledger $township && change c whistle $w1 status=handling plan=两天抢修 && change c whistle $w1 status=done result=已回填 &&
  exchange sf c t && change t whistle $w1 status=rated rating=5 && "$huce" sql "SELECT count(*) FROM whistle_response" --data t | grep -qx 2'
mech 59 "三类哨：各有期限，吹不准退回有原因，吹不动上级督办" 'l=$(new t whistle kind=1 text=占道 status=blown issued_at="2026-02-13 15:00" --ledger $township) && k=$(new t whistle kind=2 text=拆违 status=blown issued_at="2026-03-02 09:00" --ledger $township) && exchange t c &&
  equal "$(field t whistle $l checkin_due) $(field t whistle $k checkin_due)" "2026-02-14T18:00 2026-03-02T13:00" && refused c whistle $l status=refused && change c whistle $l status=refused refusal_reason=属地事项 && exchange c t && change t whistle $k status=escalated escalated_to=县政府督查室'
mech 60 "日常巡查、发现隐患、消除、复查" 'pa=$(new v patrol route=东片一圈 from="$today 08:00" to="$today 09:00" officer_id=$o1 points=1号楼,2号楼) && z=$(new v hazard kind=飞线充电 source=1 place=1号楼 patrol_id=$pa status=found) && change v hazard $z status=fixed fixed_at="$today 10:00" 2>/dev/null || change v hazard $z status=fixed; change v hazard $z status=checked && is "SELECT count(*) FROM hazard WHERE status = '"'checked'"' AND fixed_at IS NOT NULL" 1'
printf '种类,来源,地点,设备号,发现时间\n电动车进电梯,设备告警,2号楼,D-17,2026-07-01 08:00\n高空抛物,设备告警,3号楼,D-18,2026-07-01 09:00\n' >alerts.csv
mech 61 "设备告警导入成隐患，摄像头只登记位置" '"$huce" import hazard alerts.csv --data v && new v facility no=CAM-1 kind=摄像头 place=北门 status=正常 && is "SELECT count(*), (SELECT count(*) FROM facility WHERE kind = '"'1'"') FROM hazard WHERE source = '"'3'"'" "$(printf "2\t1")"'
printf '来源,类别,内容,外部工单号,登记时间\n12345,投诉,夜间施工噪音,HL-1,2026-03-02 09:00\n12345,咨询,医保怎么缴,HL-2,2026-03-02 09:00\n' >hotline.csv
mech 62 "12345 工单进来、办结出去，同一工单不重" '"$huce" import request hotline.csv --data v && is "SELECT count(*) FROM request WHERE source = '"'12345'"' AND due IS NOT NULL" 2 && "$huce" list request --where "outside_no IS NOT NULL" --csv back.csv --data v && grep -q HL-1 back.csv && new v request source=12345 kind=3 text=同一件 outside_no=HL-1 status=registered && "$huce" conflicts list --data v | grep 一个外部工单'
mech 63 "小事不出网格、大事不出社区：逐级上报，每级有时间" 'r=$(new v request source=走访 kind=2 text=宅基地 level=grid status=registered) && change v request $r level=village && change v request $r level=township && refused v request $r level=county && for l in grid village township; do new v request_action request_id=$r step=上报 level=$l; done >/dev/null && exchange v t && change t request $r level=county &&
  is "SELECT count(*), count(at) FROM request_action WHERE step = '"'9'"'" "$(printf "3\t3")"'
mech 64 "接诉即办：响应率、办结率、满意率算得出来" '"$huce" report requests --data v | grep -q . && is "SELECT printf('"'%.0f'"', 100.0 * sum(satisfied >= 4) / count(satisfied)) FROM request WHERE status = '"'archived'"'" 100'
mech 65 "一站办理、代办医保缴费" 's=$(new v service_item kind=医保缴费 person_id=$p1 household_id=$h1 status=received) && refused v service_item $s status=done && change v service_item $s status=done result=已缴380元 && is "SELECT count(*) FROM service_item WHERE status = '"'done'"' AND done_on IS NOT NULL" 1'
mech 66 "民生实事：老年餐桌、车棚、充电桩，进度和投资" 'for n in 老年餐桌 停车棚 充电桩; do new v project name=$n stage=施工 cost=50000 start=2026-05-01; done >/dev/null; is "SELECT count(*), sum(cost) / 100 FROM project" "$(printf "3\t150000")"'

# ---- self-government, openness, mediation ----
mech 67 "村民知情大会：通知、到会、发言、决议" 'm=$(new v meeting title=羊棚知情大会 kind=知情大会 noticed_at="2026-05-01 09:00" status=noticed) && change v meeting $m status=held held_at="2026-05-03 09:00" chair=马书记 recorder=丁丽 eligible_n=300 present_n=210 speeches=大家发言 &&
  for n in 马大 马二; do new v meeting_attendance meeting_id=$m name=$n role=村民 signed=是; done >/dev/null && i=$(new v agenda_item text=畜牧养殖怎么办 meeting_id=$m status=listed) && new v resolution meeting_id=$m item_id=$i text=建羊棚202座 present_n=210 for=190 against=5 abstain=15 passed=是 && is "SELECT passed FROM resolution WHERE meeting_id = '"'\$m'"'" 1'
new c meeting_procedure name=村代会55124 kind=3 quorum='present_n*3>=eligible_n*2' majority='for*2>present_n' every_months=3 steps="议题征集；会前公示；到会过三分之二；逐项表决；公布和监督" >/dev/null
exchange c v
mech 68 "村代会55124：步骤可配置，代表联系5至15户" 'q=$(ask "SELECT id FROM meeting_procedure") && m=$(new v meeting title=村代会 kind=3 procedure_id=$q noticed_at="2026-05-01 09:00" status=noticed) && refused v meeting $m status=held held_at="2026-05-12 09:00" chair=马书记 recorder=丁丽 eligible_n=30 present_n=19 &&
  change v meeting $m status=held held_at="2026-05-12 09:00" chair=马书记 recorder=丁丽 eligible_n=30 present_n=20 && change v meeting $m steps_done=议题征集,会前公示,逐项表决 && new v representative name=马代表 households=$h1,$h2,$h3 from=2026-01-01 filed=是 && is "SELECT steps FROM meeting_procedure" "议题征集；会前公示；到会过三分之二；逐项表决；公布和监督"'
mech 69 "村民会议：提前10天、过半数、监督意见" 'm=$(new v meeting title=村民会议 kind=1 noticed_at="2026-05-01 09:00" status=noticed) && refused v meeting $m status=held held_at="2026-05-06 09:00" chair=马 recorder=丁 eligible_n=300 present_n=200 && refused v meeting $m status=held held_at="2026-05-20 09:00" chair=马 recorder=丁 eligible_n=300 present_n=150 households_n=90 delegates_n=59 &&
  change v meeting $m status=held held_at="2026-05-20 09:00" chair=马 recorder=丁 eligible_n=300 present_n=150 households_n=90 delegates_n=60 && refused v resolution meeting_id=$m text=假通过 present_n=150 for=75 against=10 passed=是 && refused v meeting $m status=closed && change v meeting $m supervisor_opinion=程序合规 supervisor=马监督 && change v meeting $m status=closed && new v supervision matter=村民会议 meeting_id=$m opinion=程序合规 ok=是'
ve=$(new v venue name=扯磨议事堂 brand=罐罐茶 address=一社)
mech 70 "同心网格议事会：小急难入池，议了有结果" 'i=$(new v agenda_item text=楼道灯坏 urgent=小,急 venue_id=$ve proposer=马二 status=pooled) && change v agenda_item $i status=listed && change v agenda_item $i status=decided && refused v agenda_item $i status=done && change v agenda_item $i status=done result=已换灯 && is "SELECT v.brand FROM agenda_item i JOIN venue v ON v.id = i.venue_id WHERE i.status = '"'done'"' AND i.done_on IS NOT NULL" 罐罐茶'
mech 71 "公示不少于5天、有异议要答复、张贴的已遮盖" 'refused v notice title=低保评议 kind=评议 masked_body=马**户 from=2026-05-01 to=2026-05-03 status=posted && n=$(new v notice title=低保评议 kind=评议 body=马大户 masked_body=马**户 from=2026-05-01 to=2026-05-08 status=posted) && o=$(new v objection notice_id=$n text=条件不符 status=received) && refused v objection $o status=upheld && change v objection $o status=rejected answer=已核实 answered_on=2026-05-06 &&
  change v notice $n status=ended && is "SELECT count(*) FROM notice WHERE status = '"'ended'"'" 1'
mech 72 "调解：几方调解、协议、当场支付500元、握手言和" 'd=$(new v dispute no=2026-1 kind=邻里 facts=排水起争执 status=accepted) && for s in 申请人 被申请人; do new v dispute_party dispute_id=$d side=$s name=马$s id_seen=是; done >/dev/null && refused v dispute $d status=mediating && change v dispute $d status=mediating informed_on=$today &&
  md=$(new v mediation dispute_id=$d held_at="$today 10:00" bodies=社区网片长,网格长,网格员 agreed=是 agreement_kind=口头 terms=支付500元 amount=500 on_the_spot=是 performed_on=$today handshake=是) && change v dispute $d status=agreed agreed_in=$md && is "SELECT amount, handshake, on_the_spot FROM mediation" "$(printf "50000\t1\t1")"'
mech 73 "即时履行，之后回访双方关系" 'd=$(ask "SELECT id FROM dispute WHERE no = '"'2026-1'"'") && change v dispute $d status=performed && refused v dispute $d status=followed && change v dispute $d status=followed relation_ok=是 && md=$(ask "SELECT id FROM mediation") && new v callback mediation_id=$md relation_ok=是 way=上门 && change v dispute $d status=closed && is "SELECT status, followed_at IS NOT NULL FROM dispute" "$(printf "closed\t1")" && "$huce" report mediation --data v'
mo=$(new v mediation_org name=三甲集社区调委会 kind=村居 members_n=5 --ledger $village)
mech 74 "警律联调：民警、律师、调解员一起，风险分级" 'for k in 民警 律师 人民调解员; do new v mediator org_id=$mo name=张$k kind=$k --ledger $village; done >mediators.txt; ids=$(paste -sd, mediators.txt) && d=$(new v dispute no=2026-2 kind=劳动报酬 risk=高 facts=欠薪 status=accepted) && new v mediation dispute_id=$d held_at="$today 15:00" mediators=$ids &&
  is "SELECT count(DISTINCT kind), (SELECT risk FROM dispute WHERE no = '"'2026-2'"') FROM mediator" "$(printf "3\t3")"'
mech 75 "各类人民调解组织登记册" 'for k in 乡镇 行业性 企事业; do new v mediation_org name=${k}调委会 kind=$k members_n=3 --ledger $village; done >/dev/null; is "SELECT count(DISTINCT kind), sum(members_n) FROM mediation_org" "$(printf "4\t14")"'
mech 76 "老王说和室" 'x=$(new v venue name=老王说和室 keeper=老王 hours=每天) && d=$(ask "SELECT id FROM dispute WHERE no = '"'2026-2'"'") && new v mediation dispute_id=$d held_at="$today 16:00" venue_id=$x && is "SELECT v.name FROM mediation m JOIN venue v ON v.id = m.venue_id" 老王说和室'
mech 77 "最美系列、星级楼道、先锋个人" 'new t appraisal object=楼道 name=一单元 from=2026-01-01 stars=5 votes=42 by=三甲集镇 --ledger $village && new t commendation kind=最美系列 title=最美网格员 name=马小云 on=$today --ledger $village && exchange t v && is "SELECT stars, votes, (SELECT count(*) FROM commendation) FROM appraisal" "$(printf "5\t42\t1")"'
mech 78 "村规民约有版本，喜事丧事报备，不记彩礼数额" 'vr=$(new v village_rule title=村规民约 version=2 text=喜事新办 adopted_on=2026-05-20) && new v life_event kind=婚嫁 date=$today household_id=$h1 tables=15 within_rules=是 rule_id=$vr && is "SELECT r.version FROM life_event e JOIN village_rule r ON r.id = e.rule_id" 2 && ! "$huce" sql "SELECT * FROM life_event" --data v | head -1 | grep -iE "bride|彩礼|sum"'

# ---- volunteers, policy, special groups, emergency, burden ----
vt=$(new v volunteer_team name=银发服务队 leader=马兰 field=敬老助残)
vo=$(new v volunteer volunteer_no=ZY001 name=马兰 person_id="$p1" team_id="$vt" skills=理发 interests=敬老助残 joined=2026-01-01 status=在册)
mech 79 "志愿者、队伍、活动、时长" 'a=$(new v activity title=敬老院理发 theme=敬老助残 team_id=$vt held_at="$today 09:00" people_n=30) && for m in 120 90; do new v volunteer_hours volunteer_id=$vo activity_id=$a day=$today minutes=$m; done >/dev/null && is "SELECT sum(minutes) / 60.0, (SELECT count(*) FROM activity) FROM volunteer_hours" "$(printf "3.5\t1")" && "$huce" report volunteers --data v'
mech 80 "1+N+50：项目按专长和意愿配人" 'new v volunteer_project name=爱心义剪 theme=敬老助残 skills=理发 team_id=$vt && new v volunteer_project name=法律咨询 theme=普法 skills=法律 &&
  is "SELECT group_concat(p.name) FROM volunteer_project p, volunteer v WHERE instr(p.skills, v.skills)" 爱心义剪'
ac=$(new v points_account name=马兰 volunteer_id="$vo")
new v points_entry account_id="$ac" kind=1 points=50 reason=敬老院理发 >/dev/null
mech 81 "时长晾晒、积分兑换：断网时也花不过上次确认的余额，不会花两次" 'refused v redemption account_id=$ac goods=洗衣粉 points=20 && exchange v w && new v redemption account_id=$ac goods=洗衣粉 points=40 && refused v redemption account_id=$ac goods=香皂 points=20 && new v allowance volunteer_id=$vo kind=餐补 amount=30 month=$month && is "SELECT balance, overdrawn FROM points_balance" "$(printf "10\t0")"'
mech 82 "荣誉激励" 'new t commendation kind=荣誉证书 title=优秀志愿者 volunteer_id=$vo name=马兰 on=$today --ledger $village && exchange t v && is "SELECT c.title FROM commendation c JOIN volunteer v ON v.id = c.volunteer_id" 优秀志愿者'
new c policy_item title=技能补贴 topic=就业 for_whom=有意愿的劳动力 eligibility='willing >= 1' from=2026-01-01 >/dev/null
exchange c v
mech 83 "政策上门：谁知道了，谁符合还没告知" 'po=$(ask "SELECT id FROM policy_item") && new v policy_delivery policy_id=$po household_id=$h1 way=外卖小哥 && is "SELECT count(*) FROM household h WHERE NOT EXISTS (SELECT 1 FROM policy_delivery d WHERE d.household_id = h.id AND d.policy_id = '"'\$po'"')" 2'
mech 84 "普法、家庭教育活动按主题" 'for k in 普法 家庭教育 禁毒反诈; do new v activity title=$k theme=$k held_at="2026-12-04 09:00" people_n=20; done >/dev/null; is "SELECT count(DISTINCT theme), sum(people_n) FROM activity WHERE held_at LIKE '"'2026-12-04%'"'" "$(printf "3\t60")"'
ex=$(new v expert name=马律师 kind=律师 field=法律)
mech 85 "法律援助和咨询记录" 'new v consultation expert_id=$ex field=法律援助 minutes=30 result=协助申请 && is "SELECT count(*), sum(minutes) FROM consultation" "$(printf "1\t30")"'
mech 87 "失独、空巢、残疾人家庭一对一：帮扶人、频次、下次上门" 'new v person_tag person_id=$p2 tag=空巢老人 && hc=$(new v help_case person_id=$p2 need=陪伴 helper=马小云 frequency=每周 next_due=$today status=open) && refused v help_case $hc status=closed && is "SELECT count(*) FROM help_case h JOIN person_tag t ON t.person_id = h.person_id WHERE h.next_due <= '"'\$today'"'" 1'
mech 89 "特殊群体服务、心理建设：个案从开到结" 'hc=$(new v help_case person_id=$p3 need=心理 helper=李社工 frequency=每半月 goals=走出来 status=open) && change v help_case $hc progress=愿意出门 && change v help_case $hc status=closed closed_on=$today close_reason=目标达到 && is "SELECT status FROM help_case WHERE need = '"'3'"'" closed'
ev=
mech 90 "平战结合：签发命令、分工、清点、需求、物资、解除" 'refused t emergency_event name=地震 kind=1 status=ordered --ledger $village; ev=$(new t emergency_event name=地震 kind=1 level=3 order_no=三政应1号 status=ordered --ledger $village) && exchange t v w && new v emergency_duty event_id=$ev role=清点 person=马小云 && mu=$(new v muster_status event_id=$ev person_id=$p1 household_id=$h1 status=安全) && exchange v w &&
  change v muster_status $mu place=家中 status=安全 && change w muster_status $mu status=失联 && exchange v w v && equal "$(field v muster_status $mu status)" missing && new v supply_need event_id=$ev household_id=$h2 item=药品 n=2 status=asked && new v supply_move event_id=$ev item=药品 in=10 && new v supply_move event_id=$ev item=药品 out=2 && is "SELECT sum(coalesce(\"in\", 0)) - sum(coalesce(\"out\", 0)) FROM supply_move" 8 && change t emergency_event $ev status=lifted && "$huce" report muster --data v'
mech 91 "报表是生成的，不是填的：存档有指纹，谁都能核对" '"$huce" report requests --freeze frozen.json --asked-by 县信访局 --data v && "$huce" report --verify frozen.json --data v && is "SELECT count(*) FROM report_run" 1'
new c admission_item name=就业月报 department=rs class=协助 basis=县政府文件 approved_until="$later" status=admitted >/dev/null
exchange c v
mech 92 "准入事项：没有准入的报表可以拒绝，减负观察员记下来" 'refused c admission_item name=无依据报表 department=rs status=admitted; new v burden_report form=临时台账 asked_by=某科室 refused=是 minutes=0 observer=马观察 && is "SELECT count(*) FROM burden_report b WHERE b.refused AND NOT EXISTS (SELECT 1 FROM admission_item a WHERE a.name = b.form AND a.status = '"'admitted'"')" 1'
mech 93 "六必查：牌子、制度、展板、证明清点前后" 'for k in 牌子 制度 展板 证明; do new v burden_count kind=$k before=20 after=5; done >/dev/null; is "SELECT sum(before) - sum(after) FROM burden_count" 60 && "$huce" report burden --data v'
mech 94 "不合理证明：能查到的不让人跑" 'ct=$(new v cert_request what=无业证明 person_id=$p3 asked_by=某银行 status=asked) && refused v cert_request $ct status=derived && change v cert_request $ct status=derived source="劳务档案：无在岗记录" && is "SELECT source FROM cert_request c WHERE NOT EXISTS (SELECT 1 FROM employment_spell s WHERE s.person_id = c.person_id AND s.\"end\" IS NULL)" "劳务档案：无在岗记录"'
mech 95 "打通部门数据壁垒：同一项部门说了算，村里说的也留着" 'change v household $h1 hh_type=0 && exchange v nc && change nc household $h1 hh_type=3 && exchange nc v && equal "$(field v household $h1 hh_type)" 3 && change v household $h1 hh_type=0 && exchange v nc && equal "$(field nc household $h1 hh_type)" 3 && "$huce" history household $h1 --data nc | grep -c . | grep -qv "^0"'
mech 96 "纵向到底：村、乡镇、县各级汇总" 'exchange v t c && "$huce" report labour --data c --json | jq -e ".rows | length > 100" && "$huce" report labour --data t --json | jq -e ".rows | length > 1"'
mech 97 "上传下达：指令有回执，谁没签收列得出来" 'dr=$(new t directive title=防汛通知 text=各村值守 from_level=township to_units=三甲集社区,新庄村 due=$later --ledger $village) && exchange t v && new v receipt directive_id=$dr kind=已阅 unit=三甲集社区 --ledger $village && exchange v t && "$huce" sql "SELECT d.to_units LIKE '"'%新庄村%'"' AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.unit = '"'新庄村'"') FROM directive d" --data t | grep -qx 1'
mech 98 "底数清：数据质量有分数、有名单" 'new v person name=缺项人 sex=1 >/dev/null; "$huce" report quality --data v --json | jq -e ".rows | length > 0" && [ "$(ask "SELECT count(*) FROM quality_issue")" -gt 0 ]'
su=$(new v subsidy item=交通补助 year=2026 household_id="$h1" person_id="$p1" amount=600 status=applied)
mech 99 "补贴：村初审、镇审核、县审批、发放，同一人不能又审又批" 'refused t subsidy $su status=village_ok; change v subsidy $su status=village_ok && exchange v t && refused v subsidy $su status=reviewed && change t subsidy $su status=reviewed && exchange t c && change c subsidy $su status=approved && refused c subsidy $su status=paid && change c subsidy $su status=paid paid_on=$today channel=一卡通 && exchange c v && is "SELECT status, amount FROM subsidy" "$(printf "paid\t60000")"'
mech 100 "领导责任、示范：每个单位每年的目标，和实际比" 'new c target unit=$village year=2026 indicator=走访覆盖率 value=100 model=是 leader=马镇长 && exchange c v && is "SELECT t.value, printf('"'%.0f'"', 100.0 * (SELECT count(DISTINCT household_id) FROM visit) / (SELECT count(*) FROM household)) FROM target t" "$(printf "100\t33")"'
for desk in v t; do check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk; done
finish
