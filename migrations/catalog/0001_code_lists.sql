-- SPDX-License-Identifier: MulanPSL-2.0
-- Code lists of people and divisions. Standards keep their own codes; what is local says so.

INSERT INTO migration(number, name) VALUES (1, 'code_lists');

-- GB/T 2261.1-2003 sex
INSERT INTO codes(list, code, zh, en) VALUES
  ('gb_t_2261_1', '0', '未知',   'Unknown'),
  ('gb_t_2261_1', '1', '男',     'Male'),
  ('gb_t_2261_1', '2', '女',     'Female'),
  ('gb_t_2261_1', '9', '未说明', 'Not stated');

-- GB/T 2261.2-2003 marital status
INSERT INTO codes(list, code, zh, en, parent) VALUES
  ('gb_t_2261_2', '10', '未婚',   'Single',                      ''),
  ('gb_t_2261_2', '20', '已婚',   'Married',                     ''),
  ('gb_t_2261_2', '21', '初婚',   'First marriage',              '20'),
  ('gb_t_2261_2', '22', '再婚',   'Remarried',                   '20'),
  ('gb_t_2261_2', '23', '复婚',   'Remarried the former spouse', '20'),
  ('gb_t_2261_2', '30', '丧偶',   'Widowed',                     ''),
  ('gb_t_2261_2', '40', '离婚',   'Divorced',                    ''),
  ('gb_t_2261_2', '90', '未说明', 'Not stated',                  '');

-- GB/T 2261.3-2003 health, first level only: details are never collected
INSERT INTO codes(list, code, zh, en) VALUES
  ('gb_t_2261_3', '1', '健康',   'Healthy'),
  ('gb_t_2261_3', '2', '一般',   'Fair'),
  ('gb_t_2261_3', '3', '慢性病', 'Chronic illness'),
  ('gb_t_2261_3', '6', '残疾',   'Disabled');

-- GB/T 2261.4-2003 occupation status
INSERT INTO codes(list, code, zh, en) VALUES
  ('gb_t_2261_4', '11', '国家公务员',   'Civil servant'),
  ('gb_t_2261_4', '13', '专业技术人员', 'Professional or technician'),
  ('gb_t_2261_4', '17', '职员',         'Clerk'),
  ('gb_t_2261_4', '21', '企业管理人员', 'Enterprise manager'),
  ('gb_t_2261_4', '24', '工人',         'Worker'),
  ('gb_t_2261_4', '27', '农民',         'Farmer'),
  ('gb_t_2261_4', '31', '学生',         'Student'),
  ('gb_t_2261_4', '37', '现役军人',     'Serviceman'),
  ('gb_t_2261_4', '51', '自由职业者',   'Freelancer'),
  ('gb_t_2261_4', '54', '个体经营者',   'Self-employed'),
  ('gb_t_2261_4', '70', '无业人员',     'Without occupation'),
  ('gb_t_2261_4', '80', '离退休人员',   'Retired'),
  ('gb_t_2261_4', '90', '其他',         'Other');

-- GB/T 3304-1991 ethnic groups, all 58 rows
INSERT INTO codes(list, code, zh, en) VALUES
  ('gb_t_3304', '01', '汉族',       'Han'),
  ('gb_t_3304', '02', '蒙古族',     'Mongol'),
  ('gb_t_3304', '03', '回族',       'Hui'),
  ('gb_t_3304', '04', '藏族',       'Zang'),
  ('gb_t_3304', '05', '维吾尔族',   'Uygur'),
  ('gb_t_3304', '06', '苗族',       'Miao'),
  ('gb_t_3304', '07', '彝族',       'Yi'),
  ('gb_t_3304', '08', '壮族',       'Zhuang'),
  ('gb_t_3304', '09', '布依族',     'Buyei'),
  ('gb_t_3304', '10', '朝鲜族',     'Chosen'),
  ('gb_t_3304', '11', '满族',       'Man'),
  ('gb_t_3304', '12', '侗族',       'Dong'),
  ('gb_t_3304', '13', '瑶族',       'Yao'),
  ('gb_t_3304', '14', '白族',       'Bai'),
  ('gb_t_3304', '15', '土家族',     'Tujia'),
  ('gb_t_3304', '16', '哈尼族',     'Hani'),
  ('gb_t_3304', '17', '哈萨克族',   'Kazak'),
  ('gb_t_3304', '18', '傣族',       'Dai'),
  ('gb_t_3304', '19', '黎族',       'Li'),
  ('gb_t_3304', '20', '傈僳族',     'Lisu'),
  ('gb_t_3304', '21', '佤族',       'Va'),
  ('gb_t_3304', '22', '畲族',       'She'),
  ('gb_t_3304', '23', '高山族',     'Gaoshan'),
  ('gb_t_3304', '24', '拉祜族',     'Lahu'),
  ('gb_t_3304', '25', '水族',       'Sui'),
  ('gb_t_3304', '26', '东乡族',     'Dongxiang'),
  ('gb_t_3304', '27', '纳西族',     'Naxi'),
  ('gb_t_3304', '28', '景颇族',     'Jingpo'),
  ('gb_t_3304', '29', '柯尔克孜族', 'Kirgiz'),
  ('gb_t_3304', '30', '土族',       'Tu'),
  ('gb_t_3304', '31', '达斡尔族',   'Daur'),
  ('gb_t_3304', '32', '仫佬族',     'Mulao'),
  ('gb_t_3304', '33', '羌族',       'Qiang'),
  ('gb_t_3304', '34', '布朗族',     'Blang'),
  ('gb_t_3304', '35', '撒拉族',     'Salar'),
  ('gb_t_3304', '36', '毛南族',     'Maonan'),
  ('gb_t_3304', '37', '仡佬族',     'Gelao'),
  ('gb_t_3304', '38', '锡伯族',     'Xibe'),
  ('gb_t_3304', '39', '阿昌族',     'Achang'),
  ('gb_t_3304', '40', '普米族',     'Pumi'),
  ('gb_t_3304', '41', '塔吉克族',   'Tajik'),
  ('gb_t_3304', '42', '怒族',       'Nu'),
  ('gb_t_3304', '43', '乌孜别克族', 'Uzbek'),
  ('gb_t_3304', '44', '俄罗斯族',   'Russ'),
  ('gb_t_3304', '45', '鄂温克族',   'Ewenki'),
  ('gb_t_3304', '46', '德昂族',     'Deang'),
  ('gb_t_3304', '47', '保安族',     'Bonan'),
  ('gb_t_3304', '48', '裕固族',     'Yugur'),
  ('gb_t_3304', '49', '京族',       'Gin'),
  ('gb_t_3304', '50', '塔塔尔族',   'Tatar'),
  ('gb_t_3304', '51', '独龙族',     'Derung'),
  ('gb_t_3304', '52', '鄂伦春族',   'Oroqen'),
  ('gb_t_3304', '53', '赫哲族',     'Hezhen'),
  ('gb_t_3304', '54', '门巴族',     'Monba'),
  ('gb_t_3304', '55', '珞巴族',     'Lhoba'),
  ('gb_t_3304', '56', '基诺族',     'Jino'),
  ('gb_t_3304', '97', '其他',       'Other'),
  ('gb_t_3304', '98', '外国血统',   'Foreign descent');

-- GB/T 4658-2006 education; 91 is local, for the literacy class
INSERT INTO codes(list, code, zh, en, parent) VALUES
  ('gb_t_4658', '10', '研究生教育',       'Postgraduate',                        ''),
  ('gb_t_4658', '11', '博士研究生毕业',   'Doctorate, graduated',                '10'),
  ('gb_t_4658', '12', '博士研究生结业',   'Doctorate, completed',                '10'),
  ('gb_t_4658', '13', '博士研究生肄业',   'Doctorate, unfinished',               '10'),
  ('gb_t_4658', '14', '硕士研究生毕业',   'Master, graduated',                   '10'),
  ('gb_t_4658', '15', '硕士研究生结业',   'Master, completed',                   '10'),
  ('gb_t_4658', '16', '硕士研究生肄业',   'Master, unfinished',                  '10'),
  ('gb_t_4658', '17', '研究生班毕业',     'Postgraduate class, graduated',       '10'),
  ('gb_t_4658', '18', '研究生班结业',     'Postgraduate class, completed',       '10'),
  ('gb_t_4658', '19', '研究生班肄业',     'Postgraduate class, unfinished',      '10'),
  ('gb_t_4658', '20', '大学本科教育',     'Undergraduate',                       ''),
  ('gb_t_4658', '21', '大学本科毕业',     'Bachelor, graduated',                 '20'),
  ('gb_t_4658', '22', '大学本科结业',     'Bachelor, completed',                 '20'),
  ('gb_t_4658', '23', '大学本科肄业',     'Bachelor, unfinished',                '20'),
  ('gb_t_4658', '28', '大学普通班毕业',   'University general class, graduated', '20'),
  ('gb_t_4658', '30', '大学专科教育',     'College',                             ''),
  ('gb_t_4658', '31', '大学专科毕业',     'College, graduated',                  '30'),
  ('gb_t_4658', '32', '大学专科结业',     'College, completed',                  '30'),
  ('gb_t_4658', '33', '大学专科肄业',     'College, unfinished',                 '30'),
  ('gb_t_4658', '40', '中等职业教育',     'Secondary vocational',                ''),
  ('gb_t_4658', '41', '中等专科毕业',     'Secondary specialised, graduated',    '40'),
  ('gb_t_4658', '42', '中等专科结业',     'Secondary specialised, completed',    '40'),
  ('gb_t_4658', '43', '中等专科肄业',     'Secondary specialised, unfinished',   '40'),
  ('gb_t_4658', '44', '职业高中毕业',     'Vocational high school, graduated',   '40'),
  ('gb_t_4658', '45', '职业高中结业',     'Vocational high school, completed',   '40'),
  ('gb_t_4658', '46', '职业高中肄业',     'Vocational high school, unfinished',  '40'),
  ('gb_t_4658', '47', '技工学校毕业',     'Skilled workers school, graduated',   '40'),
  ('gb_t_4658', '48', '技工学校结业',     'Skilled workers school, completed',   '40'),
  ('gb_t_4658', '49', '技工学校肄业',     'Skilled workers school, unfinished',  '40'),
  ('gb_t_4658', '60', '普通高级中学教育', 'Senior secondary',                    ''),
  ('gb_t_4658', '61', '普通高中毕业',     'Senior secondary, graduated',         '60'),
  ('gb_t_4658', '62', '普通高中结业',     'Senior secondary, completed',         '60'),
  ('gb_t_4658', '63', '普通高中肄业',     'Senior secondary, unfinished',        '60'),
  ('gb_t_4658', '70', '初级中学教育',     'Junior secondary',                    ''),
  ('gb_t_4658', '71', '初中毕业',         'Junior secondary, graduated',         '70'),
  ('gb_t_4658', '73', '初中肄业',         'Junior secondary, unfinished',        '70'),
  ('gb_t_4658', '80', '小学教育',         'Primary',                             ''),
  ('gb_t_4658', '81', '小学毕业',         'Primary, graduated',                  '80'),
  ('gb_t_4658', '83', '小学肄业',         'Primary, unfinished',                 '80'),
  ('gb_t_4658', '90', '其他',             'Other',                               ''),
  ('gb_t_4658', '91', '文盲或半文盲',     'Illiterate or semi-literate',         '90');

-- GB/T 4761-2008 relation to the head of the household
INSERT INTO codes(list, code, zh, en, parent) VALUES
  ('gb_t_4761', '01', '本人',           'Self',                              ''),
  ('gb_t_4761', '02', '户主',           'Head of household',                 ''),
  ('gb_t_4761', '10', '配偶',           'Spouse',                            ''),
  ('gb_t_4761', '11', '夫',             'Husband',                           '10'),
  ('gb_t_4761', '12', '妻',             'Wife',                              '10'),
  ('gb_t_4761', '20', '子',             'Son',                               ''),
  ('gb_t_4761', '21', '独生子',         'Only son',                          '20'),
  ('gb_t_4761', '22', '长子',           'Eldest son',                        '20'),
  ('gb_t_4761', '23', '次子',           'Second son',                        '20'),
  ('gb_t_4761', '24', '三子',           'Third son',                         '20'),
  ('gb_t_4761', '25', '四子',           'Fourth son',                        '20'),
  ('gb_t_4761', '26', '五子',           'Fifth son',                         '20'),
  ('gb_t_4761', '27', '养子或继子',     'Adopted son or stepson',            '20'),
  ('gb_t_4761', '28', '女婿',           'Son-in-law',                        '20'),
  ('gb_t_4761', '29', '其他儿子',       'Other son',                         '20'),
  ('gb_t_4761', '30', '女',             'Daughter',                          ''),
  ('gb_t_4761', '31', '独生女',         'Only daughter',                     '30'),
  ('gb_t_4761', '32', '长女',           'Eldest daughter',                   '30'),
  ('gb_t_4761', '33', '次女',           'Second daughter',                   '30'),
  ('gb_t_4761', '34', '三女',           'Third daughter',                    '30'),
  ('gb_t_4761', '35', '四女',           'Fourth daughter',                   '30'),
  ('gb_t_4761', '36', '五女',           'Fifth daughter',                    '30'),
  ('gb_t_4761', '37', '养女或继女',     'Adopted daughter or stepdaughter',  '30'),
  ('gb_t_4761', '38', '儿媳',           'Daughter-in-law',                   '30'),
  ('gb_t_4761', '39', '其他女儿',       'Other daughter',                    '30'),
  ('gb_t_4761', '40', '孙子女',         'Grandchild',                        ''),
  ('gb_t_4761', '41', '孙子',           'Grandson',                          '40'),
  ('gb_t_4761', '42', '孙女',           'Granddaughter',                     '40'),
  ('gb_t_4761', '43', '外孙子',         'Daughter''s son',                   '40'),
  ('gb_t_4761', '44', '外孙女',         'Daughter''s daughter',              '40'),
  ('gb_t_4761', '45', '孙媳妇',         'Grandson''s wife',                  '40'),
  ('gb_t_4761', '46', '孙女婿',         'Granddaughter''s husband',          '40'),
  ('gb_t_4761', '47', '曾孙子',         'Great-grandson',                    '40'),
  ('gb_t_4761', '48', '曾孙女',         'Great-granddaughter',               '40'),
  ('gb_t_4761', '49', '其他孙辈',       'Other grandchild',                  '40'),
  ('gb_t_4761', '50', '父母',           'Parent',                            ''),
  ('gb_t_4761', '51', '父亲',           'Father',                            '50'),
  ('gb_t_4761', '52', '母亲',           'Mother',                            '50'),
  ('gb_t_4761', '53', '公公',           'Husband''s father',                 '50'),
  ('gb_t_4761', '54', '婆婆',           'Husband''s mother',                 '50'),
  ('gb_t_4761', '55', '岳父',           'Wife''s father',                    '50'),
  ('gb_t_4761', '56', '岳母',           'Wife''s mother',                    '50'),
  ('gb_t_4761', '57', '继父或养父',     'Stepfather or adoptive father',     '50'),
  ('gb_t_4761', '58', '继母或养母',     'Stepmother or adoptive mother',     '50'),
  ('gb_t_4761', '59', '其他父母',       'Other parent',                      '50'),
  ('gb_t_4761', '60', '祖父母',         'Grandparent',                       ''),
  ('gb_t_4761', '61', '祖父',           'Paternal grandfather',              '60'),
  ('gb_t_4761', '62', '祖母',           'Paternal grandmother',              '60'),
  ('gb_t_4761', '63', '外祖父',         'Maternal grandfather',              '60'),
  ('gb_t_4761', '64', '外祖母',         'Maternal grandmother',              '60'),
  ('gb_t_4761', '65', '配偶的祖父母',   'Spouse''s grandparent',             '60'),
  ('gb_t_4761', '66', '曾祖父',         'Great-grandfather',                 '60'),
  ('gb_t_4761', '67', '曾祖母',         'Great-grandmother',                 '60'),
  ('gb_t_4761', '68', '配偶的曾祖父母', 'Spouse''s great-grandparent',       '60'),
  ('gb_t_4761', '69', '其他祖辈',       'Other grandparent',                 '60'),
  ('gb_t_4761', '70', '兄弟姐妹',       'Sibling',                           ''),
  ('gb_t_4761', '71', '兄',             'Elder brother',                     '70'),
  ('gb_t_4761', '72', '嫂',             'Elder brother''s wife',             '70'),
  ('gb_t_4761', '73', '弟',             'Younger brother',                   '70'),
  ('gb_t_4761', '74', '弟媳',           'Younger brother''s wife',           '70'),
  ('gb_t_4761', '75', '姐',             'Elder sister',                      '70'),
  ('gb_t_4761', '76', '姐夫',           'Elder sister''s husband',           '70'),
  ('gb_t_4761', '77', '妹',             'Younger sister',                    '70'),
  ('gb_t_4761', '78', '妹夫',           'Younger sister''s husband',         '70'),
  ('gb_t_4761', '79', '其他兄弟姐妹',   'Other sibling',                     '70'),
  ('gb_t_4761', '80', '其他',           'Other',                             ''),
  ('gb_t_4761', '81', '伯父',           'Father''s elder brother',           '80'),
  ('gb_t_4761', '82', '伯母',           'Wife of father''s elder brother',   '80'),
  ('gb_t_4761', '83', '叔父',           'Father''s younger brother',         '80'),
  ('gb_t_4761', '84', '婶母',           'Wife of father''s younger brother', '80'),
  ('gb_t_4761', '85', '舅父',           'Mother''s brother',                 '80'),
  ('gb_t_4761', '86', '舅母',           'Wife of mother''s brother',         '80'),
  ('gb_t_4761', '87', '姨父',           'Husband of mother''s sister',       '80'),
  ('gb_t_4761', '88', '姨母',           'Mother''s sister',                  '80'),
  ('gb_t_4761', '89', '姑父',           'Husband of father''s sister',       '80'),
  ('gb_t_4761', '90', '姑母',           'Father''s sister',                  '80'),
  ('gb_t_4761', '91', '堂兄弟姐妹',     'Paternal cousin',                   '80'),
  ('gb_t_4761', '92', '表兄弟姐妹',     'Maternal cousin',                   '80'),
  ('gb_t_4761', '93', '侄子',           'Brother''s son',                    '80'),
  ('gb_t_4761', '94', '侄女',           'Brother''s daughter',               '80'),
  ('gb_t_4761', '95', '外甥',           'Sister''s son',                     '80'),
  ('gb_t_4761', '96', '外甥女',         'Sister''s daughter',                '80'),
  ('gb_t_4761', '97', '其他亲属',       'Other relative',                    '80'),
  ('gb_t_4761', '99', '非亲属',         'Not related',                       '80');

-- GB/T 4762-1984 political status
INSERT INTO codes(list, code, zh, en) VALUES
  ('gb_t_4762', '01', '中共党员',       'Member of the Communist Party'),
  ('gb_t_4762', '02', '中共预备党员',   'Probationary party member'),
  ('gb_t_4762', '03', '共青团员',       'Communist Youth League member'),
  ('gb_t_4762', '04', '民革会员',       'Revolutionary Committee of the Kuomintang'),
  ('gb_t_4762', '05', '民盟盟员',       'China Democratic League'),
  ('gb_t_4762', '06', '民建会员',       'China National Democratic Construction Association'),
  ('gb_t_4762', '07', '民进会员',       'China Association for Promoting Democracy'),
  ('gb_t_4762', '08', '农工党党员',     'Chinese Peasants and Workers Democratic Party'),
  ('gb_t_4762', '09', '致公党党员',     'China Zhi Gong Party'),
  ('gb_t_4762', '10', '九三学社社员',   'Jiusan Society'),
  ('gb_t_4762', '11', '台盟盟员',       'Taiwan Democratic Self-Government League'),
  ('gb_t_4762', '12', '无党派民主人士', 'Independent democrat'),
  ('gb_t_4762', '13', '群众',           'No party');

-- Local: kinds of identity paper
INSERT INTO codes(list, code, zh, en) VALUES
  ('id_type', '1', '居民身份证',           'Citizen id card'),
  ('id_type', '2', '户口簿',               'Household register'),
  ('id_type', '3', '港澳台居民居住证',     'Residence permit for Hong Kong, Macao, Taiwan'),
  ('id_type', '4', '外国人永久居留身份证', 'Foreign permanent resident id card'),
  ('id_type', '9', '其他',                 'Other');

-- Local: where a child or student is at school; asked for from 6 to 16
INSERT INTO codes(list, code, zh, en) VALUES
  ('school_status', '0', '学龄前儿童', 'Below school age'),
  ('school_status', '1', '幼儿园',     'Kindergarten'),
  ('school_status', '2', '小学',       'Primary school'),
  ('school_status', '3', '初中',       'Junior secondary'),
  ('school_status', '4', '普通高中',   'Senior secondary'),
  ('school_status', '5', '中职中专',   'Secondary vocational'),
  ('school_status', '6', '大专高职',   'College'),
  ('school_status', '7', '本科及以上', 'University'),
  ('school_status', '8', '休学',       'Suspended schooling'),
  ('school_status', '9', '失学辍学',   'Dropped out');

-- Local: kind of household registration
INSERT INTO codes(list, code, zh, en) VALUES
  ('hukou_kind', '1', '农业户口',   'Rural'),
  ('hukou_kind', '2', '非农业户口', 'Urban'),
  ('hukou_kind', '3', '居民户口',   'Unified resident registration'),
  ('hukou_kind', '4', '集体户口',   'Collective registration'),
  ('hukou_kind', '9', '无户口',     'Not registered');

-- Local: medical insurance
INSERT INTO codes(list, code, zh, en) VALUES
  ('insured_med', '0', '未参保',       'None'),
  ('insured_med', '1', '城乡居民医保', 'Resident scheme'),
  ('insured_med', '2', '职工医保',     'Employee scheme'),
  ('insured_med', '9', '其他',         'Other');

-- Local: old-age pension insurance
INSERT INTO codes(list, code, zh, en) VALUES
  ('insured_pen', '0', '未参保',       'None'),
  ('insured_pen', '1', '城乡居民养老', 'Resident scheme'),
  ('insured_pen', '2', '职工养老',     'Employee scheme'),
  ('insured_pen', '9', '其他',         'Other');

-- Local: whether a person lives
INSERT INTO codes(list, code, zh, en) VALUES
  ('life_state', '1', '在世', 'Living'),
  ('life_state', '2', '死亡', 'Dead'),
  ('life_state', '3', '失踪', 'Missing');

-- NBS urban-rural classification of 2008
INSERT INTO codes(list, code, zh, en) VALUES
  ('urban_rural', '111', '主城区',     'Main urban area'),
  ('urban_rural', '112', '城乡结合区', 'Urban-rural fringe'),
  ('urban_rural', '121', '镇中心区',   'Town centre'),
  ('urban_rural', '122', '镇乡结合区', 'Town-rural fringe'),
  ('urban_rural', '123', '特殊区域',   'Special area'),
  ('urban_rural', '210', '乡中心区',   'Township centre'),
  ('urban_rural', '220', '村庄',       'Village');

-- GB/T 10114-2003 and NBS rules: from the digits, never from the name
INSERT INTO codes(list, code, zh, en) VALUES
  ('division_kind', '10', '省级',     'Province'),
  ('division_kind', '20', '地级',     'Prefecture'),
  ('division_kind', '30', '县级',     'County'),
  ('division_kind', '41', '街道',     'Sub-district (001-099)'),
  ('division_kind', '42', '镇',       'Town (100-199)'),
  ('division_kind', '43', '乡',       'Township (200-399)'),
  ('division_kind', '44', '类乡级',   'Like a township (400-599)'),
  ('division_kind', '51', '居委会',   'Residents'' committee (001-199)'),
  ('division_kind', '52', '村委会',   'Villagers'' committee (200-399)'),
  ('division_kind', '53', '类居委会', 'Like a residents'' committee (400-499)'),
  ('division_kind', '54', '类村委会', 'Like a villagers'' committee (500-599)'),
  ('division_kind', '58', '虚拟单位', 'Virtual unit (498, 598)');

-- Local: whether a division still exists
INSERT INTO codes(list, code, zh, en) VALUES
  ('division_status', 'live',      '正常',   'Live'),
  ('division_status', 'merged',    '已合并', 'Merged'),
  ('division_status', 'cancelled', '已撤销', 'Cancelled');

-- County departments: each code is the role dept:<code> and the writer C:<code>
INSERT INTO codes(list, code, zh, en) VALUES
  ('department', 'ga', '公安',     'Public security'),
  ('department', 'mz', '民政',     'Civil affairs'),
  ('department', 'rs', '人社',     'Human resources and social security'),
  ('department', 'nc', '农业农村', 'Agriculture and rural affairs'),
  ('department', 'cl', '残联',     'Disabled persons'' federation'),
  ('department', 'wj', '卫健',     'Health'),
  ('department', 'sf', '司法',     'Justice'),
  ('department', 'zf', '政法委',   'Political and legal affairs'),
  ('department', 'yj', '应急',     'Emergency management'),
  ('department', 'yb', '医保',     'Medical insurance'),
  ('department', 'zj', '住建',     'Housing and construction'),
  ('department', 'jy', '教育',     'Education');
