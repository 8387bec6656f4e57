#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The mechanisms of the townships, 1 to 50, each done with the real programs: records made, steps taken,
# and a count or a list that shows it (migrations/MECHANISMS.md).
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/mech.sh"
people
today=$(day) later=$(day '+200 days') month=$(day | cut -c1-8)01

# ---- grid, organisation, people who serve ----
g1=$(new v grid level=1 name=三甲集镇网络) g2=$(new v grid level=2 name=三甲集社区网片 parent_id="$g1")
g3=$(new v grid level=3 name=第一网格 parent_id="$g2" grid_code=622924101001001 status=1)
mech 1 "镇网络、社区网片、小区网格、户网点四级" 'change v household "$h1" grid_id="$g3" &&
  is "SELECT count(*) FROM household h JOIN grid c ON c.id = h.grid_id JOIN grid b ON b.id = c.parent_id JOIN grid a ON a.id = b.parent_id
      WHERE a.level = '"'1'"' AND b.level = '"'2'"' AND c.level = '"'3'"'" 1'
mech 2 "横到边、纵到底、全覆盖：没有网格的户列得出来，补上就没有了" '
  is "SELECT count(*) FROM household WHERE grid_id IS NULL" 2 && change v household "$h2" grid_id="$g3" && change v household "$h3" grid_id="$g3" &&
  is "SELECT count(*) FROM household WHERE grid_id IS NULL" 0'
mech 3 "多网合一：一张网格承担各条线" 'for line in 综治 民政 人社 卫健; do new v duty_item line=$line text=$line入户核实 grid_level=3 post=1 class=协助 --ledger $village || true; done >/dev/null
  for line in 综治 民政 人社 卫健; do new t duty_item line=$line text=$line入户核实 grid_level=3 post=1 class=协助 --ledger $village; done >/dev/null; exchange t v
  is "SELECT count(DISTINCT line) FROM duty_item WHERE post = '"'1'"'" 4'
mech 4 "一套信息系统：部门看到的就是村里那一份" 'exchange v c && equal "$("$huce" sql "SELECT group_concat(id) FROM (SELECT id FROM household ORDER BY id)" --data c | tail -n 1)" \
  "$(ask "SELECT group_concat(id) FROM (SELECT id FROM household ORDER BY id)")"'
o1=$(new v grid_officer name=马小云 kind=1 phone_work=13800000001 public_board=1 appointed_from=2026-01-01) o2=$(new v grid_officer name=丁小宝 kind=2)
exchange v t
mech 5 "责任清单、考核评价、奖励保障" 'new t appraisal object=1 name=马小云 officer_id=$o1 from=2026-01-01 to=2026-06-30 score=92.5 stars=4 --ledger $village &&
  new t reward officer_id=$o1 reason=半年考核优秀 amount=500 points=20 on=2026-07-01 --ledger $village && exchange t v &&
  is "SELECT a.stars, r.amount FROM appraisal a JOIN reward r ON r.officer_id = a.officer_id" "$(printf "4\t50000")"'
mech 6 "一岗多责：一人几个职务，专职兼职分得开" 'new v grid_post grid_id=$g3 officer_id=$o1 role=4 from=2026-01-01 && new v grid_post grid_id=$g3 officer_id=$o1 role=7 from=2026-02-01 &&
  new v grid_post grid_id=$g3 officer_id=$o2 role=2 from=2026-02-01 && is "SELECT count(*), (SELECT group_concat(DISTINCT kind) FROM grid_officer) FROM grid_post WHERE officer_id = '"'\$o1'"'" "$(printf "2\t1,2")"'
pg=$(new v party_group name=三甲集社区党总支) pg2=$(new v party_group name=第一网格党小组 parent_id="$pg" grid_id="$g3" head=马书记)
mech 7 "专兼职网格员、网格、党小组的数目算得出来" 'change v grid $g3 party_group_id=$pg2 &&
  is "SELECT (SELECT count(*) FROM grid_officer), (SELECT count(*) FROM grid WHERE level = '"'3'"'), (SELECT count(*) FROM grid WHERE party_group_id IS NOT NULL)" "$(printf "2\t1\t1")"'
mech 8 "党总支—网格党小组—党员联系户" 'new v household_contact household_id=$h1 member_id=$p2 officer_id=$o1 from=2026-01-01 &&
  is "SELECT b.name FROM household_contact c JOIN household h ON h.id = c.household_id JOIN party_group a ON a.grid_id = h.grid_id JOIN party_group b ON b.id = a.parent_id" 三甲集社区党总支'
mech 9 "按网格摸排登记党员" 'new v person_tag person_id=$p1 tag=111 && change v party_group $pg2 members=+$p1 &&
  is "SELECT count(*) FROM person_tag t JOIN household_member m ON m.person_id = t.person_id JOIN household h ON h.id = m.household_id WHERE t.tag = '"'111'"' AND h.grid_id = '"'\$g3'"'" 1'
po=$(new v partner_org name=安居物业 kind=物业公司 committee=是)
cp=$(new v compound name=富民小区 kind=三无小区 grid_id="$g3" units=120 property_id="$po" deficiencies=无门禁,车棚不足)
mech 10 "社区—物业—小区—居民层层管理" 'is "SELECT c.name, p.name FROM compound c JOIN partner_org p ON p.id = c.property_id" "$(printf "富民小区\t安居物业")"'
g4=$(new v grid level=3b name=一号楼一单元 parent_id="$g3")
mech 11 "楼道是网格下的最小单元" 'is "SELECT b.name FROM grid a JOIN grid b ON b.id = a.parent_id WHERE a.level = '"'3b'"'" 第一网格'
mech 12 "一长二员三人小组，三人不能重" 'refused v stairwell_team grid_id=$g4 leader=马兰 informant=马兰 guarantor=丁强 from=2026-01-01 &&
  new v stairwell_team grid_id=$g4 name=一单元小组 leader=马兰 informant=马梅 guarantor=丁强 from=2026-01-01 respected=是 uses_wechat=是 honest=是 &&
  is "SELECT count(*) * 3 FROM stairwell_team" 3'
mech 13 "四级包保：领导包街、街包社、社区包网格、党员包户" 'for l in 1 2 3 4; do new t responsibility level=$l holder=包保人$l from=2026-01-01 --ledger $village; done >/dev/null; exchange t v; is "SELECT count(DISTINCT level) FROM responsibility" 4'
mech 14 "聘新就业群体为兼职网格员：身份、职责、聘期、仪式" 'new v appointment no=聘2026-1 officer_id=$o2 name=丁小宝 role=社情民意信息员,基层治理监督员,文明风尚传递员 from=2026-01-01 to=2026-12-31 ceremony=聘任仪式 &&
  is "SELECT count(*) FROM appointment a JOIN grid_officer o ON o.id = a.officer_id WHERE o.kind = '"'2'"' AND a.\"to\" >= '"'2026-12-01'"'" 1'
mech 15 "移动网格员：随手上报，成了诉求" 'new v grid_officer name=外卖小马 kind=3 && new v snap_report category=6 place=北街口 taken_at="$today 09:00" note=井盖翘起 reporter_token=0123456789abcdef0123456789abcdef &&
  is "SELECT status, hazard, place FROM request WHERE source = '"'2'"'" "$(printf "registered\t6\t北街口")"'
mech 16 "聘书、红马甲红袖章、表扬信函告单位" 'new v appointment no=聘2026-2 name=马小云 from=2026-01-01 kit=红马甲,红袖章 given_on=2026-01-05 given_by=三甲集社区 &&
  new v commendation kind=表扬信 title=热心外卖员 name=外卖小马 employer=某外卖平台 letter_sent_on=$today on=$today by=三甲集社区 && is "SELECT employer FROM commendation" 某外卖平台'
mech 17 "公示牌由登记册生成，任职一变就不在上面" 'new v liaison grid_id=$g3 kind=派出所 org=三甲集派出所 phone=0930-5551234 && "$huce" report notice_board --data v | grep 马小云 && "$huce" report notice_board --data v | grep 三甲集派出所 &&
  change v grid_officer $o1 appointed_to=2026-06-30 && ! "$huce" report notice_board --data v | grep 马小云 && change v grid_officer $o1 appointed_to=2099-12-31'
r1=$(new v request source=来访来电 kind=2 urgency=2 text=物业停水三天 grid_id="$g3" status=registered)
mech 18 "党建、派出所、物业、网格员四位一体：几家一起办一件事" 'for k in 业主委员会 物业; do new v liaison grid_id=$g3 kind=$k org=$k; done >/dev/null; for u in 派出所 物业 社区; do new v request_action request_id=$r1 step=会商 unit=$u note=到场; done >/dev/null
  is "SELECT count(DISTINCT unit), (SELECT count(DISTINCT kind) FROM liaison) FROM request_action" "$(printf "3\t3")"'
mech 19 "大工委、大党委：联席会议和决议" 'm=$(new v meeting title=党建联席会 kind=7 noticed_at="$today 08:00" status=noticed) && change v meeting $m status=held held_at="$today 15:00" chair=马书记 recorder=丁丽 eligible_n=9 present_n=8 &&
  new v resolution meeting_id=$m text=共建车棚 present_n=8 for=8 against=0 passed=是 && is "SELECT count(*) FROM resolution r JOIN meeting m ON m.id = r.meeting_id WHERE m.kind = '"'7'"' AND r.passed AND (SELECT count(*) FROM partner_org WHERE committee) = 1" 1'
mech 20 "企业认领责任清单" 'd=$(ask "SELECT id FROM duty_item WHERE line = '"'1'"'") && change v duty_item $d claimed_by=$po claimed_on=$today && is "SELECT p.name FROM duty_item d JOIN partner_org p ON p.id = d.claimed_by" 安居物业'
e1=$(new v expert name=王法官 kind=法官 field=法律,调解 org=县法院 phone=0930-5550001 hours=每周三 grids="$g3")
mech 21 "三官一师一员进网格" 'for k in 检察官 警官 律师 人民调解员; do new v expert name=张$k kind=$k field=法律 grids=$g3; done >/dev/null; is "SELECT count(DISTINCT kind) FROM expert" 5'
mech 22 "心理、法律咨询专家库" 'new v expert name=李咨询 kind=心理咨询师 field=心理 phone=0930-5550002 hours=每周五 && is "SELECT hours FROM expert WHERE kind = '"'6'"'" 每周五'
mech 23 "退休法官坐班义诊：值班、到岗、接待" 's=$(new v duty_shift post=法官坐班 person=王法官 day=$today planned_in="$today 09:00" planned_out="$today 12:00" in="$today 08:55" out="$today 12:05" expert_id=$e1 consults_n=2) &&
  new v consultation expert_id=$e1 shift_id=$s field=1 at="$today 09:30" minutes=25 result=告知起诉程序 && is "SELECT count(*) FROM consultation c JOIN duty_shift s ON s.id = c.shift_id AND s.\"in\" <= s.planned_in" 1'
mech 24 "护学岗：一天四次、提前10分钟、定岗定人，缺岗列得出来" 'i=0; for at in 07:30 12:00 14:00 17:00; do i=$((i+1)); a=; [ $i = 3 ] || a="in=$today ${at}"; new v duty_shift post=护学岗 place=校门东侧 person=马兰 day=$today planned_in="$today $at" planned_out="$today 18:30" ${a:+"$a"}; done >/dev/null
  is "SELECT count(*), sum(\"in\" IS NULL), min(iif(\"in\" IS NULL, planned_in, NULL)) FROM duty_shift WHERE post = '"'1'"'" "$(printf "4\t1\t${today}T14:00")"'
mech 25 "每万人配几名社区工作者，是算出来的" 'is "SELECT printf('"'%.1f'"', (SELECT count(*) FROM grid_officer) * 10000.0 / (SELECT count(*) FROM person))" 10000.0'
mech 26 "网格员持证：社会工作者证书" 'new v officer_cert officer_id=$o1 kind=社会工作者 level=初级 cert_no=SW001 issued_on=2025-05-01 && is "SELECT printf('"'%.1f'"', 100.0 * (SELECT count(DISTINCT officer_id) FROM officer_cert) / (SELECT count(*) FROM grid_officer))" 33.3'
mech 27 "自治区示范、市级重点、县级骨干、乡镇全员四级培训" 'for k in 自治区示范 市级重点 县级骨干 乡镇全员; do new v officer_training officer_id=$o1 title=网格员培训 tier=$k on=2026-03-01 hours=8 result=1; done >/dev/null; is "SELECT count(DISTINCT tier), sum(CAST(hours AS REAL)) FROM officer_training" "$(printf "4\t32")"'
mech 28 "工作和服务报酬摸底，按考核定档" 'new t officer_pay officer_id=$o1 month=2026-06-01 workload=35 band=2 amount=1800 --ledger $village && exchange t v && is "SELECT workload, band FROM officer_pay" "$(printf "35\t2")"'
mech 29 "所长兼任党委委员，事权下放" 'new c department_power power=一般纠纷调处 department=sf delegated_to=三甲集镇 concurrent_post=司法所长兼任镇党委委员 from=2026-01-01 && exchange c v && is "SELECT concurrent_post FROM department_power" 司法所长兼任镇党委委员'

# ---- household, labour archive, 一户一策 ----
mech 30 "劳务档案：一人一档，分类" 'is "SELECT count(*), sum(is_labour), sum(capability = '"'1'"') FROM labour_state" "$(printf "3\t3\t3")"'
mech 31 "剩余劳动力：已安置、未安置列得出来" 'new v employment_spell person_id=$p1 mode=2 place_scope=2 employer=工业园 start=2026-01-01 contract=3 && is "SELECT sum(state = '"'已就业'"'), sum(state = '"'未安置'"') FROM placement_state" "$(printf "1\t2")"'
mech 32 "六种就业模式" 'for m in 1 3 4 5 6; do new v employment_spell person_id=$p1 mode=$m start=2024-01-01 end=2024-06-30 months_this_year=6 $([ $m = 4 ] && echo post_type=1 post_months=6); done >/dev/null; is "SELECT count(DISTINCT mode) FROM employment_spell" 6'
new c measure_menu code=C01 category=C name=推荐务工 unit=人 department=rs eligibility='willing >= 1 and stable = 0' >/dev/null
new c measure_menu code=A01 category=A name=羊棚养殖 unit=座 eligibility='sheds < 1 and labourers >= 3' >/dev/null
exchange c v w t
pl=$(new v plan household_id="$h2" year="$(date -u +%Y)" version=1 cause=7 goal_stable_jobs=1 status=draft)
mech 33 "一户一策：菜单里适用的措施和理由，户主签字才算" '"$huce" sql "SELECT code, why FROM measure_suggestion WHERE household_id = '"'\$h2'"'" --data v | tail -n +2 | tee /dev/stderr | grep -qx "C01	未就业有意愿 1，稳定就业 0" && change v plan $pl status=discussed && refused v plan $pl status=signed &&
  change v plan $pl status=signed household_signature=$(printf x | sha256sum | cut -c1-64) signed_on=$today && new v plan_measure plan_id=$pl menu_code=C01 person_id=$p2 responsible=马小云 start=$today due=$later &&
  refused v plan $pl status=running && exchange v t && change t plan $pl status=running && exchange t v && is "SELECT count(*) FROM measure_suggestion WHERE household_id = '"'\$h2'"'" 0'
mech 34 "每户至少一项增收门路、每户至少一人稳定就业：随时查，快到期先预警" 'is "SELECT sum(lacks_channel), sum(lacks_stable) FROM household_state" "$(printf "2\t2")" && s=$(ask "SELECT id FROM employment_spell WHERE mode = '"'2'"'") &&
  is "SELECT count(*) FROM stable_warning" 0 && change v employment_spell $s end=$(day "+20 days") && is "SELECT household_code, days_left BETWEEN 19 AND 21 FROM stable_warning" "$(printf "622924101001010001\t1")" && "$huce" report last_job --data v | grep 622924101001010001'
mech 35 "搬迁一户、就业跟进一户：任务自己开出来" 'new v relocation household_id=$h3 to_site=三甲集安置点 move_date=2025-05-01 batch=2025-1 && is "SELECT t.title, t.status FROM task t WHERE t.household_id = '"'\$h3'"'" "$(printf "搬迁户就业跟进\topen")"'
for i in 1 2; do a=$(new v asset no=S$i kind=羊棚 place=村东 cost=20000); printf -v "a$i" %s "$a"; done
mech 36 "集体羊棚一户一座，重了就列为分歧" 'change v asset $a1 holder_id=$h1 && change v asset $a2 holder_id=$h1 && "$huce" conflicts list --data v | grep 一户占了几处 && change v asset $a2 holder_id=$h2 && ! "$huce" conflicts list --data v | grep 一户占了几处'
mech 37 "抓阄：名单先冻结，当场报数，谁都能再算一遍" 'l=$(new v lottery title=羊棚抓阄 held_on=2026-12-05T09:00 place=村委会 status=open lots="$a1,$a2") && for h in $h1 $h2 $h3; do new v lottery_entry lottery_id=$l household_id=$h kind=羊棚 status=applied; done >/dev/null &&
  "$huce" lottery freeze "$l" --envelope envelope.txt --data v && "$huce" lottery sheet "$l" --data v | grep 名单指纹'
st=$(new v labour_station name=三甲集劳务工作站 head=马站长 grids="$g3" --ledger $village)
vac=$(new v job_vacancy station_id="$st" employer=兰州建工 job=电焊工 skill=电焊 place_scope=3 wage_month=5000 n=2 status=open --ledger $village)
mech 38 "劳务工作站、招聘岗位、成批输出、返回" 'b=$(new v dispatch_batch name=2026春第一批 date=2026-03-01 route=三甲集—兰州 vehicle=大巴 vacancy_id=$vac people=$p3 status=planned --ledger $village) && change v dispatch_batch $b status=sent && change v dispatch_batch $b status=returned returned_on=2026-11-01 &&
  is "SELECT count(*) FROM dispatch_batch b JOIN job_vacancy v ON v.id = b.vacancy_id WHERE b.status = '"'returned'"'" 1'
mech 39 "收集招聘信息、筛选、推荐、面试、上岗，理由写得出来" 'f=$(ask "SELECT id FROM labour_profile WHERE person_id = '"'\$p2'"'") && change v labour_profile $f main_skill=电焊 wish_place=3 wish_wage_min=4000 &&
  is "SELECT score, why FROM job_match WHERE person_id = '"'\$p2'"'" "$(printf "7\t会电焊；愿意在省内县外；月工资5000元，不低于所要的4000元")" && pm=$(new v placement person_id=$p2 vacancy_id=$vac why=会电焊 stage=referred) &&
  refused v placement $pm stage=interview && change v placement $pm stage=interview interview_at="$today 10:00" && change v placement $pm stage=hired interview_result=通过 && change v placement $pm stage=started started_on=$today && is "SELECT count(*) FROM job_match WHERE person_id = '"'\$p2'"'" 0'
mech 40 "扫盲班、四点半课堂：课次、到课、学会没有" 'k=$(new v class_course title=第一期扫盲班 kind=扫盲班 no=1 from=2026-01-05) && u=$(new v class_enrolment course_id=$k person_id=$p3 name=马三) && refused v class_enrolment course_id=$k name=小马 under_14=是 &&
  for d in 05 06 10; do new v class_session course_id=$k day=2026-01-$d hours=$([ $d = 10 ] && echo 6 || echo 1) attended=$u; done >/dev/null && change v class_enrolment $u result=能读写 finished_on=2026-06-30 && is "SELECT count(*), sum(CAST(hours AS REAL)), (SELECT count(*) FROM class_enrolment WHERE result = '"'1'"') FROM class_session" "$(printf "3\t8\t1")"'
mech 41 "上门对残疾人心理辅导，下次上门有日期" 'hc=$(new v help_case person_id=$p3 need=心理 helper=丁丽 frequency=每周 next_due=$today goals=自立 status=open) && new v visit household_id=$h3 kind=8 at="$today 10:00" present=是 next_due=$later && change v help_case $hc next_due=$later && is "SELECT next_due > '"'\$today'"' FROM help_case" 1'
mech 42 "门牌二维码：不含个人信息，查得到户，没有网也行" 't1=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d " \n") && county_stop && new v door_code token=$t1 household_id=$h1 status=是 && is "SELECT h.household_code FROM door_code d JOIN household h ON h.id = d.household_id WHERE d.token = '"'\$t1'"'" 622924101001010001; rc=$?; county_serve && [ $rc = 0 ]'
mech 43 "数字化底账：每次改动有人有时间" 'change v household $h1 phone=13800000009 && "$huce" history household $h1 --data v --json | jq -e "[.changes[] | select(.author != null)] | length >= 3"'
mech 44 "人、房、事一次采集" 'bd=$(new v building name=1号楼 zone=东片区 floors=6 stairwells=3 dwellings_n=36 compound_id=$cp grid_id=$g3) && new v dwelling building_id=$bd no=1-1-101 household_id=$h1 area=80 && new v request source=走访 kind=1 household_id=$h1 text=咨询医保 status=registered &&
  is "SELECT count(*) FROM household h JOIN dwelling d ON d.household_id = h.id JOIN request r ON r.household_id = h.id JOIN household_member m ON m.household_id = h.id WHERE h.id = '"'\$h1'"'" 1'
mech 45 "片区、楼栋、套数" 'for b in 2 3; do new v building name=${b}号楼 zone=西片区 dwellings_n=40 compound_id=$cp; done >/dev/null; is "SELECT count(*), count(DISTINCT zone), sum(dwellings_n) FROM building" "$(printf "3\t2\t116")"'
mech 46 "三无小区整治：不足、措施、期限、验收" 'rm=$(new v remediation compound_id=$cp deficiency=无门禁 plan=安装门禁 responsible=安居物业 due=$later status=planned) && change v remediation $rm status=done && change v remediation $rm status=checked && change v compound $cp deficiencies=-无门禁 && is "SELECT done_on IS NOT NULL FROM remediation WHERE status = '"'checked'"'" 1'

# ---- visiting ----
mech 47 "每月最小单元全覆盖走访：覆盖率和没走到的" 'new v visit household_id=$h1 kind=1 at="$today 09:00" officer_id=$o1 present=是 && is "SELECT count(*), (SELECT count(DISTINCT household_id) FROM visit WHERE substr(at, 1, 7) = substr('"'\$today'"', 1, 7)) FROM household" "$(printf "3\t2")"'
mech 48 "四必联：这些户排在前面" 'new v visit_plan household_id=$h2 month=$month kind=5 first=是 reason=空巢老人 officer_id=$o1 && new v visit_plan household_id=$h1 month=$month kind=1 && is "SELECT household_id = '"'\$h2'"' FROM visit_plan ORDER BY coalesce(first, 0) DESC LIMIT 1" 1 && for k in 3 4 5 6; do new v visit household_id=$h2 kind=$k at="$today 11:0$k"; done >/dev/null && is "SELECT count(DISTINCT kind) FROM visit WHERE kind BETWEEN '"'3'"' AND '"'6'"'" 4'
mech 49 "四必掌握：党员、流动人口、房屋出租、喜事丧事" 'new v visit household_id=$h3 kind=1 at="$today 14:00" topics=1,2,3,4 && rt=$(new v rental landlord=马房东 tenants_n=2 from=2026-01-01) && new v floating_resident name=张外来 arrive=2026-01-02 rental_id=$rt from_div=620102000000 && new v life_event kind=婚嫁 date=$today household_id=$h3 tables=20 within_rules=是 &&
  is "SELECT (SELECT count(*) FROM person_tag WHERE tag = '"'111'"'), (SELECT count(*) FROM floating_resident), (SELECT count(*) FROM rental), (SELECT count(*) FROM life_event)" "$(printf "1\t1\t1\t1")"'
mech 50 "网格大走访：访到户、问到人、事不漏" 'ca=$(new v campaign name=网格大走访 from=$today led_by=三甲集社区) && for h in $h1 $h2 $h3; do new v visit_plan household_id=$h month=2027-01-01 kind=2 campaign_id=$ca; done >/dev/null && new v visit household_id=$h1 kind=2 at="$today 16:00" needs=路灯不亮 &&
  is "SELECT count(*), sum(EXISTS (SELECT 1 FROM visit v WHERE v.household_id = p.household_id AND v.kind = '"'2'"')) FROM visit_plan p WHERE campaign_id IS NOT NULL" "$(printf "3\t1")"'
for desk in v t; do check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk; done
finish
