-- SPDX-License-Identifier: MulanPSL-2.0
-- Code lists of grids, households, labour, plans and visits.

INSERT INTO migration(number, name) VALUES (2, 'work_lists');

-- Four-level grid of Linxia: 镇"网络"、社区"网片"、小区"网格"、户"网点"; 3b is optional
INSERT INTO codes(list, code, zh, en) VALUES
  ('grid_level', '1',  '网络(镇)',       'Network (town)'),
  ('grid_level', '2',  '网片(社区、村)', 'Sector (community, village)'),
  ('grid_level', '3',  '网格',           'Grid'),
  ('grid_level', '3b', '楼道、片区',     'Stairwell or section'),
  ('grid_level', '4',  '网点(户)',       'Point (household)');

-- DB6101/T 3185-2024: general or dedicated grids
INSERT INTO codes(list, code, zh, en) VALUES
  ('grid_kind', '1', '综合网格', 'General'),
  ('grid_kind', '2', '专属网格', 'Dedicated');

-- Local: whether a grid is in use
INSERT INTO codes(list, code, zh, en) VALUES
  ('grid_status', '1', '在用', 'In use'),
  ('grid_status', '2', '撤销', 'Closed');

-- Local: kinds of grid officers and their posts
INSERT INTO codes(list, code, zh, en) VALUES
  ('officer_kind', '1', '专职网格员', 'Full-time officer'),
  ('officer_kind', '2', '兼职网格员', 'Part-time officer'),
  ('officer_kind', '3', '移动网格员', 'Mobile officer'),
  ('officer_kind', '4', '网格长',     'Grid leader'),
  ('officer_kind', '5', '网片长',     'Sector leader'),
  ('officer_kind', '6', '楼道长',     'Stairwell leader'),
  ('officer_kind', '7', '信息员',     'Informant'),
  ('officer_kind', '8', '保障员',     'Guarantor');

-- HT household types; 2-4 are the three monitored kinds
INSERT INTO codes(list, code, zh, en) VALUES
  ('ht', '0', '一般户',         'Ordinary'),
  ('ht', '1', '脱贫户',         'Lifted out of poverty'),
  ('ht', '2', '脱贫不稳定户',   'Unstable after poverty'),
  ('ht', '3', '边缘易致贫户',   'On the edge of poverty'),
  ('ht', '4', '突发严重困难户', 'Sudden severe hardship'),
  ('ht', '5', '低保户',         'Minimum living allowance'),
  ('ht', '6', '特困户',         'Destitute, supported'),
  ('ht', '7', '低保边缘户',     'On the edge of the allowance'),
  ('ht', '8', '刚性支出困难户', 'Hardship by unavoidable expense');

-- Local: state of a household
INSERT INTO codes(list, code, zh, en) VALUES
  ('household_status', '1', '在册', 'Registered'),
  ('household_status', '2', '空户', 'Empty'),
  ('household_status', '3', '迁出', 'Moved out'),
  ('household_status', '4', '销户', 'Closed');

-- Housing safety grades A to D (JGJ 125-2016)
INSERT INTO codes(list, code, zh, en) VALUES
  ('housing_grade', 'A', 'A级(安全)',     'A, safe'),
  ('housing_grade', 'B', 'B级(基本安全)', 'B, basically safe'),
  ('housing_grade', 'C', 'C级(局部危房)', 'C, partly dangerous'),
  ('housing_grade', 'D', 'D级(整体危房)', 'D, dangerous');

-- Local: monitoring against falling back into poverty, step by step
INSERT INTO codes(list, code, zh, en) VALUES
  ('monitor_status', '1',  '线索',         'Lead'),
  ('monitor_status', '2',  '入户核查',     'Household check'),
  ('monitor_status', '3',  '信息比对',     'Data comparison'),
  ('monitor_status', '4',  '村级评议公示', 'Village panel and notice'),
  ('monitor_status', '5',  '乡镇审核',     'Township review'),
  ('monitor_status', '6',  '县级审定',     'County decision'),
  ('monitor_status', '7',  '在册',         'Listed'),
  ('monitor_status', '8',  '帮扶',         'Helped'),
  ('monitor_status', '9',  '风险消除核查', 'Check that the risk is gone'),
  ('monitor_status', '10', '消除评议公示', 'Panel and notice of removal'),
  ('monitor_status', '11', '消除审定',     'County decision on removal'),
  ('monitor_status', '12', '已消除',       'Removed');

-- Local: causes of hardship
INSERT INTO codes(list, code, zh, en) VALUES
  ('cause', '1',  '因病',     'Illness'),
  ('cause', '2',  '因残',     'Disability'),
  ('cause', '3',  '因学',     'Schooling'),
  ('cause', '4',  '因灾',     'Disaster'),
  ('cause', '5',  '因意外',   'Accident'),
  ('cause', '6',  '缺劳动力', 'No labour'),
  ('cause', '7',  '缺技术',   'No skill'),
  ('cause', '8',  '缺资金',   'No capital'),
  ('cause', '9',  '缺土地',   'No land'),
  ('cause', '10', '就业不稳', 'Unstable job'),
  ('cause', '11', '产业失败', 'Failed business'),
  ('cause', '12', '住房饮水', 'Housing or water'),
  ('cause', '99', '其他',     'Other');

-- Local: why someone joins or leaves a household
INSERT INTO codes(list, code, zh, en) VALUES
  ('member_reason', '1', '出生', 'Birth'),
  ('member_reason', '2', '婚入', 'Married in'),
  ('member_reason', '3', '迁入', 'Moved in'),
  ('member_reason', '4', '死亡', 'Death'),
  ('member_reason', '5', '婚出', 'Married out'),
  ('member_reason', '6', '迁出', 'Moved out'),
  ('member_reason', '7', '分户', 'Household split'),
  ('member_reason', '8', '错录', 'Entered by mistake');

-- Local: where a member lives
INSERT INTO codes(list, code, zh, en) VALUES
  ('residence', '1', '常住', 'At home'),
  ('residence', '2', '外出', 'Away'),
  ('residence', '3', '寄住', 'Lodging');

-- Local: tags of people; parent cl, mz: the department that decides
INSERT INTO codes(list, code, zh, en, parent) VALUES
  ('person_tag', '101', '低保',             'Minimum living allowance',        'mz'),
  ('person_tag', '102', '特困',             'Destitute, supported',            'mz'),
  ('person_tag', '103', '残疾',             'Disabled',                        'cl'),
  ('person_tag', '104', '三类户',           'Member of a monitored household', ''),
  ('person_tag', '105', '留守老人',         'Elderly left behind',             ''),
  ('person_tag', '106', '留守妇女',         'Woman left behind',               ''),
  ('person_tag', '107', '留守儿童',         'Child left behind',               ''),
  ('person_tag', '108', '空巢老人',         'Elderly living alone',            ''),
  ('person_tag', '109', '失独家庭',         'Lost the only child',             ''),
  ('person_tag', '110', '孤儿',             'Orphan',                          'mz'),
  ('person_tag', '111', '党员',             'Party member',                    ''),
  ('person_tag', '112', '退役军人',         'Veteran',                         ''),
  ('person_tag', '113', '流动人口',         'Migrant',                         ''),
  ('person_tag', '114', '出租屋住户',       'Tenant',                          ''),
  ('person_tag', '115', '高校毕业生',       'Graduate',                        ''),
  ('person_tag', '116', '易返乡人员',       'Likely to return',                ''),
  ('person_tag', '117', '事实无人抚养儿童', 'Child without care',              'mz'),
  ('person_tag', '118', '新就业群体',       'New forms of employment',         ''),
  ('person_tag', '119', '村干部',           'Village cadre',                   ''),
  ('person_tag', '120', '村干部家属',       'Family of a village cadre',       ''),
  ('person_tag', '199', '其他',             'Other',                           '');

-- LC labour capability, wording of the national system
INSERT INTO codes(list, code, zh, en) VALUES
  ('lc', '1', '普通劳动力',         'Ordinary'),
  ('lc', '2', '技能劳动力',         'Skilled'),
  ('lc', '3', '弱劳动力或半劳动力', 'Weak or half'),
  ('lc', '4', '丧失劳动力',         'Lost'),
  ('lc', '5', '无劳动力',           'None');

-- ES employment state, derived from the spells
INSERT INTO codes(list, code, zh, en) VALUES
  ('es', '1', '稳定就业',     'Stable'),
  ('es', '2', '不稳定就业',   'Unstable'),
  ('es', '3', '季节性就业',   'Seasonal'),
  ('es', '4', '在校',         'At school'),
  ('es', '5', '参军',         'In the army'),
  ('es', '6', '未就业有意愿', 'Unemployed, willing'),
  ('es', '7', '未就业无意愿', 'Unemployed, unwilling'),
  ('es', '8', '无劳动能力',   'Unable to work'),
  ('es', '9', '失联',         'Out of contact');

-- EM employment modes: 1-4 from the practice of Linxia, 5 and 6 local; the county may edit the list
INSERT INTO codes(list, code, zh, en) VALUES
  ('em', '1', '畜牧养殖',           'Animal husbandry'),
  ('em', '2', '经济开发区企业安置', 'Development zone enterprise'),
  ('em', '3', '有组织劳务输转',     'Organised labour transfer'),
  ('em', '4', '公益性岗位',         'Public-welfare post'),
  ('em', '5', '帮扶车间、就业工厂', 'Workshop near home'),
  ('em', '6', '自主创业、灵活就业', 'Own business, flexible work'),
  ('em', '9', '其他',               'Other');

-- PS place of work, breakdown of the statistics bureau
INSERT INTO codes(list, code, zh, en) VALUES
  ('ps', '1', '乡内',     'In the township'),
  ('ps', '2', '县内乡外', 'In the county'),
  ('ps', '3', '省内县外', 'In the province'),
  ('ps', '4', '国内省外', 'In the country'),
  ('ps', '5', '国(境)外', 'Abroad');

-- EP public-welfare posts
INSERT INTO codes(list, code, zh, en) VALUES
  ('ep', '1',  '护林',               'Forest'),
  ('ep', '2',  '护路',               'Road'),
  ('ep', '3',  '护水护河',           'River'),
  ('ep', '4',  '保洁',               'Cleaning'),
  ('ep', '5',  '护校',               'School'),
  ('ep', '6',  '治安协管',           'Public order'),
  ('ep', '7',  '村级网格员、信息员', 'Village grid officer, informant'),
  ('ep', '8',  '光伏公益',           'Solar station'),
  ('ep', '9',  '养老护理',           'Elderly care'),
  ('ep', '10', '其他',               'Other');

-- NR why someone has no job
INSERT INTO codes(list, code, zh, en) VALUES
  ('nr', '1',  '照料老人',   'Cares for the old'),
  ('nr', '2',  '照料小孩',   'Cares for children'),
  ('nr', '3',  '照料病残',   'Cares for the ill or disabled'),
  ('nr', '4',  '本人患病',   'Ill'),
  ('nr', '5',  '无合适岗位', 'No suitable post'),
  ('nr', '6',  '技能不足',   'Lacks skill'),
  ('nr', '7',  '年龄原因',   'Age'),
  ('nr', '8',  '返乡待岗',   'Returned, waiting'),
  ('nr', '9',  '无就业意愿', 'Unwilling'),
  ('nr', '10', '其他',       'Other');

-- Local: kinds of people with difficulty in finding work
INSERT INTO codes(list, code, zh, en) VALUES
  ('hardship', '1', '零就业家庭成员', 'Member of a household without a job'),
  ('hardship', '2', '大龄失业人员',   'Older unemployed'),
  ('hardship', '3', '残疾人',         'Disabled'),
  ('hardship', '4', '低保家庭成员',   'Member of an allowance household'),
  ('hardship', '5', '长期失业人员',   'Long unemployed'),
  ('hardship', '6', '失地农民',       'Lost the land'),
  ('hardship', '7', '脱贫劳动力',     'Labourer lifted out of poverty'),
  ('hardship', '9', '其他',           'Other');

-- Local: kinds of labour contract
INSERT INTO codes(list, code, zh, en) VALUES
  ('contract', '0', '无',         'None'),
  ('contract', '1', '口头',       'Oral'),
  ('contract', '2', '一年以下',   'Under one year'),
  ('contract', '3', '一年及以上', 'One year or more');

-- National vocational qualification levels
INSERT INTO codes(list, code, zh, en) VALUES
  ('skill_level', '0', '无',       'None'),
  ('skill_level', '5', '初级工',   'Level 5, junior'),
  ('skill_level', '4', '中级工',   'Level 4, intermediate'),
  ('skill_level', '3', '高级工',   'Level 3, senior'),
  ('skill_level', '2', '技师',     'Level 2, technician'),
  ('skill_level', '1', '高级技师', 'Level 1, senior technician'),
  ('skill_level', 'S', '专项能力', 'Special ability certificate');

-- Local: training courses a person may wish for
INSERT INTO codes(list, code, zh, en) VALUES
  ('course', '1',  '种植',     'Planting'),
  ('course', '2',  '养殖',     'Animal husbandry'),
  ('course', '3',  '建筑工',   'Construction'),
  ('course', '4',  '电焊工',   'Welding'),
  ('course', '5',  '电工',     'Electrician'),
  ('course', '6',  '烹饪',     'Cooking'),
  ('course', '7',  '家政护理', 'Housekeeping and care'),
  ('course', '8',  '缝纫',     'Sewing'),
  ('course', '9',  '驾驶',     'Driving'),
  ('course', '10', '电子商务', 'E-commerce'),
  ('course', '11', '挖掘机',   'Excavator'),
  ('course', '12', '普通话',   'Mandarin'),
  ('course', '13', '扫盲',     'Literacy'),
  ('course', '99', '其他',     'Other');

-- Local: result of a course
INSERT INTO codes(list, code, zh, en) VALUES
  ('course_result', '1', '合格',     'Passed'),
  ('course_result', '2', '不合格',   'Failed'),
  ('course_result', '3', '中途退出', 'Left');

-- NBS income kinds
INSERT INTO codes(list, code, zh, en) VALUES
  ('income_kind', '1', '工资性收入',     'Wage'),
  ('income_kind', '2', '生产经营性收入', 'Business'),
  ('income_kind', '3', '财产性收入',     'Property'),
  ('income_kind', '4', '转移性收入',     'Transfer');

-- Local: states of a plan
INSERT INTO codes(list, code, zh, en) VALUES
  ('plan_status', 'draft',     '草稿',   'Draft'),
  ('plan_status', 'discussed', '已商议', 'Discussed'),
  ('plan_status', 'signed',    '已签字', 'Signed'),
  ('plan_status', 'running',   '实施中', 'Running'),
  ('plan_status', 'reviewed',  '已评估', 'Reviewed'),
  ('plan_status', 'closed',    '已结束', 'Closed');

-- Local: categories of the menu
INSERT INTO codes(list, code, zh, en) VALUES
  ('measure_category', 'A', '产业养殖',     'Animal husbandry'),
  ('measure_category', 'B', '产业种植',     'Planting'),
  ('measure_category', 'C', '务工就业',     'Work'),
  ('measure_category', 'D', '公益岗位',     'Public-welfare post'),
  ('measure_category', 'E', '技能培训',     'Training'),
  ('measure_category', 'F', '创业贷款',     'Business loan'),
  ('measure_category', 'G', '教育资助',     'Schooling'),
  ('measure_category', 'H', '医疗帮扶',     'Medical help'),
  ('measure_category', 'I', '住房饮水',     'Housing and water'),
  ('measure_category', 'J', '社会保障',     'Social security'),
  ('measure_category', 'K', '残疾照护',     'Care for the disabled'),
  ('measure_category', 'L', '搬迁后续',     'After relocation'),
  ('measure_category', 'M', '扫盲和普通话', 'Literacy and Mandarin'),
  ('measure_category', 'N', '精神帮扶',     'One-to-one support');

-- Local: states of a measure
INSERT INTO codes(list, code, zh, en) VALUES
  ('measure_status', '1', '未开始', 'Not begun'),
  ('measure_status', '2', '进行中', 'In progress'),
  ('measure_status', '3', '已完成', 'Done'),
  ('measure_status', '4', '未完成', 'Not reached'),
  ('measure_status', '5', '取消',   'Cancelled');

-- VK kinds of visit; 3-6 are the four must-contact kinds
INSERT INTO codes(list, code, zh, en) VALUES
  ('vk', '1',  '月度全覆盖走访',   'Monthly round'),
  ('vk', '2',  '网格大走访',       'Grid campaign'),
  ('vk', '3',  '疫情防控必联',     'Must contact: epidemic'),
  ('vk', '4',  '入户工作必联',     'Must contact: household work'),
  ('vk', '5',  '空巢留守老小必联', 'Must contact: left-behind old and young'),
  ('vk', '6',  '邻里矛盾纠纷必联', 'Must contact: disputes'),
  ('vk', '7',  '慰问',             'Condolence'),
  ('vk', '8',  '帮扶',             'Help'),
  ('vk', '9',  '回访',             'Follow-up'),
  ('vk', '10', '应急清点',         'Emergency roll');

-- Local: four must-know registers and usual topics
INSERT INTO codes(list, code, zh, en) VALUES
  ('visit_topic', '1',  '党员',     'Party members'),
  ('visit_topic', '2',  '流动人口', 'Migrants'),
  ('visit_topic', '3',  '房屋出租', 'Rentals'),
  ('visit_topic', '4',  '喜事丧事', 'Weddings and funerals'),
  ('visit_topic', '5',  '就业',     'Work'),
  ('visit_topic', '6',  '收入',     'Income'),
  ('visit_topic', '7',  '上学',     'School'),
  ('visit_topic', '8',  '看病',     'Medical care'),
  ('visit_topic', '9',  '住房饮水', 'Housing and water'),
  ('visit_topic', '10', '矛盾纠纷', 'Disputes'),
  ('visit_topic', '11', '安全隐患', 'Hazards'),
  ('visit_topic', '12', '政策宣传', 'Policies'),
  ('visit_topic', '99', '其他',     'Other');

-- Local: kinds of request
INSERT INTO codes(list, code, zh, en) VALUES
  ('request_kind', '1', '咨询', 'Question'),
  ('request_kind', '2', '求助', 'Call for help'),
  ('request_kind', '3', '投诉', 'Complaint'),
  ('request_kind', '4', '举报', 'Report'),
  ('request_kind', '5', '建议', 'Suggestion'),
  ('request_kind', '6', '表扬', 'Praise'),
  ('request_kind', '7', '隐患', 'Hazard');

-- Local: kinds of whistle
INSERT INTO codes(list, code, zh, en) VALUES
  ('whistle_kind', '1', '管理服务哨', 'Management and service'),
  ('whistle_kind', '2', '重点工作哨', 'Key work'),
  ('whistle_kind', '3', '应急处置哨', 'Emergency');

-- Local: kinds of hazard
INSERT INTO codes(list, code, zh, en) VALUES
  ('hazard', '1',  '飞线充电',     'Loose charging cable'),
  ('hazard', '2',  '小广告',       'Illegal posters'),
  ('hazard', '3',  '楼道堆放',     'Blocked stairwell'),
  ('hazard', '4',  '高空抛物',     'Thrown objects'),
  ('hazard', '5',  '电动车进电梯', 'E-bike in lift'),
  ('hazard', '6',  '井盖异常',     'Manhole cover'),
  ('hazard', '7',  '路面塌陷',     'Sunken road'),
  ('hazard', '8',  '污水管破裂',   'Burst sewer'),
  ('hazard', '9',  '垃圾死角',     'Rubbish heap'),
  ('hazard', '10', '噪音',         'Noise'),
  ('hazard', '11', '群租',         'Overcrowded rental'),
  ('hazard', '12', '违停',         'Illegal parking'),
  ('hazard', '99', '其他',         'Other');

-- Local: kinds of dispute
INSERT INTO codes(list, code, zh, en) VALUES
  ('dispute_kind', '1',  '婚姻家庭', 'Marriage and family'),
  ('dispute_kind', '2',  '邻里',     'Neighbours'),
  ('dispute_kind', '3',  '劳动报酬', 'Wages'),
  ('dispute_kind', '4',  '损害赔偿', 'Damages'),
  ('dispute_kind', '5',  '土地承包', 'Land contract'),
  ('dispute_kind', '6',  '宅基地',   'Homestead'),
  ('dispute_kind', '7',  '物业',     'Property management'),
  ('dispute_kind', '8',  '借贷',     'Loans'),
  ('dispute_kind', '9',  '消费',     'Consumption'),
  ('dispute_kind', '99', '其他',     'Other');

-- Local: kinds of meeting
INSERT INTO codes(list, code, zh, en) VALUES
  ('meeting_kind', '1', '村民会议',     'Villagers'' assembly'),
  ('meeting_kind', '2', '户代表会议',   'Household delegates'),
  ('meeting_kind', '3', '村民代表会议', 'Villagers'' representatives'),
  ('meeting_kind', '4', '知情大会',     'Informed assembly'),
  ('meeting_kind', '5', '网格议事会',   'Grid council'),
  ('meeting_kind', '6', '居民议事会',   'Residents'' council'),
  ('meeting_kind', '7', '党建联席会',   'Joint party meeting'),
  ('meeting_kind', '8', '监督会',       'Supervision meeting');

-- Local: kinds of emergency
INSERT INTO codes(list, code, zh, en) VALUES
  ('emergency_kind', '1', '地震',         'Earthquake'),
  ('emergency_kind', '2', '洪水暴雨',     'Flood, storm'),
  ('emergency_kind', '3', '暴雪低温',     'Snow, cold'),
  ('emergency_kind', '4', '滑坡',         'Landslide'),
  ('emergency_kind', '5', '火灾',         'Fire'),
  ('emergency_kind', '6', '疫情',         'Epidemic'),
  ('emergency_kind', '7', '重大活动保障', 'Major event'),
  ('emergency_kind', '8', '停水停电',     'Water or power cut'),
  ('emergency_kind', '9', '其他',         'Other');
