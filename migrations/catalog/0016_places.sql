-- SPDX-License-Identifier: MulanPSL-2.0
-- Compounds, buildings, rentals, facilities, people from elsewhere, relocation.

INSERT INTO migration(number, name) VALUES (16, 'places');

INSERT INTO codes(list, code, zh, en) VALUES
  ('compound_kind', '1', '商品房小区', 'Commercial'),
  ('compound_kind', '2', '老旧小区',   'Old'),
  ('compound_kind', '3', '三无小区',   'Without management'),
  ('compound_kind', '4', '安置区',     'Relocation site'),
  ('compound_kind', '5', '单位大院',   'Work unit');

INSERT INTO codes(list, code, zh, en) VALUES
  ('deficiency', '1', '无物业',     'No property company'),
  ('deficiency', '2', '无主管',     'No body in charge'),
  ('deficiency', '3', '无防护',     'No protection'),
  ('deficiency', '4', '无门禁',     'No gate'),
  ('deficiency', '5', '无监控',     'No camera'),
  ('deficiency', '6', '乱堆乱放',   'Clutter'),
  ('deficiency', '7', '车棚不足',   'No sheds'),
  ('deficiency', '8', '充电桩不足', 'No chargers');

INSERT INTO codes(list, code, zh, en) VALUES
  ('facility_kind', '1', '摄像头',   'Camera'),
  ('facility_kind', '2', '充电桩',   'Charger'),
  ('facility_kind', '3', '井盖',     'Manhole cover'),
  ('facility_kind', '4', '消防栓',   'Hydrant'),
  ('facility_kind', '5', '路灯',     'Street lamp'),
  ('facility_kind', '6', '车棚',     'Shed'),
  ('facility_kind', '7', '老年餐桌', 'Meals for the old'),
  ('facility_kind', '8', '健身器材', 'Sports gear');

INSERT INTO codes(list, code, zh, en) VALUES
  ('facility_status', '1', '正常', 'Good'),
  ('facility_status', '2', '故障', 'Out of order'),
  ('facility_status', '3', '拆除', 'Removed');

INSERT INTO codes(list, code, zh, en) VALUES
  ('remediation_status', 'planned', '已计划', 'Planned'),
  ('remediation_status', 'doing',   '整改中', 'Under way'),
  ('remediation_status', 'done',    '已完成', 'Done'),
  ('remediation_status', 'checked', '已验收', 'Checked');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (110, 'compound', '小区', 'Compound', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('compound', 1, 'name',         '名称',       'Name',               'text',     'lww', 'V,T', 1, 1, '',              'len:1:60',       '',            ''),
  ('compound', 2, 'kind',         '类别',       'Kind',               'code',     'lww', 'V,T', 1, 0, 'compound_kind', '',               '',            ''),
  ('compound', 3, 'address',      '地址',       'Address',            'text',     'lww', 'V,T', 1, 0, '',              'len:1:100',      '',            ''),
  ('compound', 4, 'grid_id',      '网格',       'Grid',               'ref',      'lww', 'V,T', 1, 0, '',              '',               'grid',        ''),
  ('compound', 5, 'units',        '户数',       'Dwellings',          'int',      'lww', 'V,T', 1, 0, '',              'range:0:100000', '',            '户'),
  ('compound', 6, 'buildings_n',  '楼栋数',     'Buildings',          'int',      'lww', 'V,T', 1, 0, '',              'range:0:1000',   '',            '栋'),
  ('compound', 7, 'property_id',  '物业公司',   'Property company',   'ref',      'lww', 'V,T', 1, 0, '',              '',               'partner_org', ''),
  ('compound', 8, 'committee',    '业主委员会', 'Owners'' committee', 'bool',     'lww', 'V,T', 1, 0, '',              '',               '',            ''),
  ('compound', 9, 'deficiencies', '不足',       'Deficiencies',       'set_code', 'set', 'V,T', 1, 0, 'deficiency',    '',               '',            '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (111, 'building', '楼栋', 'Building', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('building', 1, 'compound_id', '小区',   'Compound',   'ref',  'lww', 'V,T', 1, 0, '',             'compound'),
  ('building', 2, 'name',        '楼号',   'Name',       'text', 'lww', 'V,T', 1, 1, 'len:1:40',     ''),
  ('building', 3, 'zone',        '片区',   'Zone',       'text', 'lww', 'V,T', 1, 0, 'len:1:40',     ''),
  ('building', 4, 'floors',      '层数',   'Floors',     'int',  'lww', 'V,T', 1, 0, 'range:1:200',  ''),
  ('building', 5, 'stairwells',  '单元数', 'Stairwells', 'int',  'lww', 'V,T', 1, 0, 'range:0:50',   ''),
  ('building', 6, 'dwellings_n', '套数',   'Dwellings',  'int',  'lww', 'V,T', 1, 0, 'range:0:2000', ''),
  ('building', 7, 'grid_id',     '网格',   'Grid',       'ref',  'lww', 'V,T', 1, 0, '',             'grid');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (112, 'dwelling', '房屋', 'Dwelling', 'record', 'village', 'no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit) VALUES
  ('dwelling', 1, 'building_id',  '楼栋',   'Building',  'ref',     'lww', 'V,T', 1, 0, '',              'building',  ''),
  ('dwelling', 2, 'no',           '房号',   'Number',    'text',    'lww', 'V,T', 1, 1, 'len:1:40',      '',          ''),
  ('dwelling', 3, 'household_id', '住户',   'Household', 'ref',     'lww', 'V,T', 2, 0, '',              'household', ''),
  ('dwelling', 4, 'owner',        '产权人', 'Owner',     'text',    'lww', 'V,T', 2, 0, 'len:1:50',      '',          ''),
  ('dwelling', 5, 'area',         '面积',   'Area',      'decimal', 'lww', 'V,T', 1, 0, 'range:0:99999', '',          '平方米'),
  ('dwelling', 6, 'empty',        '空置',   'Empty',     'bool',    'lww', 'V,T', 1, 0, '',              '',          '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (113, 'rental', '房屋出租', 'Rental', 'record', 'village', 'landlord');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref, unit) VALUES
  ('rental', 1, 'dwelling_id', '房屋',     'Dwelling',          'ref',  'lww', 'V,T', 2, 0, '',            'dwelling', ''),
  ('rental', 2, 'landlord',    '房东',     'Landlord',          'text', 'lww', 'V,T', 2, 1, 'len:1:50',    '',         ''),
  ('rental', 3, 'phone',       '房东电话', 'Landlord''s phone', 'text', 'lww', 'V,T', 2, 0, 'phone',       '',         ''),
  ('rental', 4, 'tenants_n',   '承租人数', 'Tenants',           'int',  'lww', 'V,T', 2, 0, 'range:0:100', '',         '人'),
  ('rental', 5, 'from',        '起租',     'From',              'date', 'lww', 'V,T', 2, 0, '',            '',         ''),
  ('rental', 6, 'to',          '到期',     'To',                'date', 'lww', 'V,T', 2, 0, '',            '',         ''),
  ('rental', 7, 'checked_on',  '最近核查', 'Checked on',        'date', 'lww', 'V,T', 2, 0, '',            '',         '');

-- A register of what is there: of a camera its place, never its pictures.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (114, 'facility', '公共设施', 'Facility', 'record', 'village', 'no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('facility', 1, 'no',          '编号',     'Number',     'text', 'lww', 'V,T', 1, 1, '',                'len:1:40',  ''),
  ('facility', 2, 'kind',        '类别',     'Kind',       'code', 'lww', 'V,T', 1, 1, 'facility_kind',   '',          ''),
  ('facility', 3, 'compound_id', '小区',     'Compound',   'ref',  'lww', 'V,T', 1, 0, '',                '',          'compound'),
  ('facility', 4, 'place',       '位置',     'Place',      'text', 'lww', 'V,T', 1, 0, '',                'len:1:100', ''),
  ('facility', 5, 'status',      '状态',     'Status',     'code', 'lww', 'V,T', 1, 0, 'facility_status', '',          ''),
  ('facility', 6, 'keeper',      '维护单位', 'Kept by',    'text', 'lww', 'V,T', 1, 0, '',                'len:1:60',  ''),
  ('facility', 7, 'checked_on',  '最近检查', 'Checked on', 'date', 'lww', 'V,T', 1, 0, '',                '',          '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (115, 'remediation', '小区整治', 'Remediation', 'record', 'village', 'deficiency');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, args) VALUES
  ('remediation', 1, 'compound_id', '小区',     'Compound',    'ref',  'once',  'V,T', 0, 1, '',                   '',          'compound', ''),
  ('remediation', 2, 'deficiency',  '不足',     'Deficiency',  'code', 'once',  'V,T', 0, 1, 'deficiency',         '',          '',         ''),
  ('remediation', 3, 'plan',        '措施',     'Plan',        'text', 'lww',   'V,T', 0, 0, '',                   'len:1:200', '',         ''),
  ('remediation', 4, 'responsible', '责任单位', 'Responsible', 'text', 'lww',   'V,T', 0, 0, '',                   'len:1:60',  '',         ''),
  ('remediation', 5, 'due',         '期限',     'Due',         'date', 'lww',   'V,T', 0, 0, '',                   '',          '',         ''),
  ('remediation', 6, 'done_on',     '完成日期', 'Done on',     'date', 'lww',   'V,T', 0, 0, '',                   '',          '',         ''),
  ('remediation', 7, 'status',      '状态',     'Status',      'code', 'state', 'V,T', 0, 0, 'remediation_status', '',          '',         '>planned,planned>doing,planned>done,doing>done,done>checked,done>doing');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (116, 'floating_resident', '流动人口', 'Person from elsewhere', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('floating_resident', 1,  'person_id',    '人员',     'Person',         'ref',  'authority', 'C:ga,V', 2, 0, '',           'person'),
  ('floating_resident', 2,  'name',         '姓名',     'Name',           'text', 'authority', 'C:ga,V', 2, 1, 'len:1:50',   ''),
  ('floating_resident', 3,  'from_div',     '来自',     'From',           'text', 'authority', 'C:ga,V', 2, 0, 'division:3', ''),
  ('floating_resident', 4,  'arrive',       '来到日期', 'Arrived',        'date', 'authority', 'C:ga,V', 2, 1, '',           ''),
  ('floating_resident', 5,  'plan_leave',   '预计离开', 'Plans to leave', 'date', 'authority', 'C:ga,V', 2, 0, '',           ''),
  ('floating_resident', 6,  'left_on',      '离开日期', 'Left on',        'date', 'authority', 'C:ga,V', 2, 0, '',           ''),
  ('floating_resident', 7,  'rental_id',    '出租房',   'Rental',         'ref',  'authority', 'C:ga,V', 2, 0, '',           'rental'),
  ('floating_resident', 8,  'job',          '从业',     'Work',           'text', 'authority', 'C:ga,V', 2, 0, 'len:1:40',   ''),
  ('floating_resident', 9,  'phone',        '电话',     'Phone',          'text', 'authority', 'C:ga,V', 2, 0, 'phone',      ''),
  ('floating_resident', 10, 'refreshed_on', '最近更新', 'Refreshed on',   'date', 'authority', 'C:ga,V', 2, 0, '',           '');

-- 搬迁一户、就业跟进一户: a task opens with it.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (117, 'relocation', '搬迁', 'Relocation', 'record', 'village', 'to_site');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('relocation', 1, 'household_id',  '户',       'Household',      'ref',  'once',      'T,V', 2, 1, '',           'household'),
  ('relocation', 2, 'from_div',      '迁出地',   'From',           'text', 'authority', 'T,V', 2, 0, 'division:3', ''),
  ('relocation', 3, 'to_site',       '安置点',   'To site',        'text', 'authority', 'T,V', 2, 1, 'len:1:60',   ''),
  ('relocation', 4, 'batch',         '批次',     'Batch',          'text', 'authority', 'T,V', 2, 0, 'len:1:30',   ''),
  ('relocation', 5, 'move_date',     '搬迁日期', 'Moved on',       'date', 'authority', 'T,V', 2, 1, '',           ''),
  ('relocation', 6, 'dwelling_no',   '房号',     'Dwelling',       'text', 'authority', 'T,V', 2, 0, 'len:1:30',   ''),
  ('relocation', 7, 'followup_task', '跟进任务', 'Follow-up task', 'ref',  'authority', 'T,V', 2, 0, '',           'task');

INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (118, 'door_code', '门牌码', 'Door code', 'record', 'village', 'token', 'token');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks, ref) VALUES
  ('door_code', 1, 'token',        '门牌码',   'Token',      'text', 'once', 'V,T', 1, 1, 'token', ''),
  ('door_code', 2, 'dwelling_id',  '房屋',     'Dwelling',   'ref',  'lww',  'V,T', 1, 0, '',      'dwelling'),
  ('door_code', 3, 'household_id', '户',       'Household',  'ref',  'lww',  'V,T', 2, 0, '',      'household'),
  ('door_code', 4, 'printed_on',   '制作日期', 'Printed on', 'date', 'lww',  'V,T', 1, 0, '',      ''),
  ('door_code', 5, 'status',       '在用',     'In use',     'bool', 'lww',  'V,T', 1, 0, '',      '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('rental', 1, 'order', 'from to', 'error', '到期不能早于起租',
   'It ends before it begins'),
  ('rental', 101, 'mask', 'landlord name V,T,C:ga', 'error', '房东:公示只露姓',
   'Landlord: the surname is posted'),
  ('rental', 102, 'mask', 'phone phone V,T,C:ga', 'error', '电话:中间四位不公开',
   'Phone: the middle is not posted'),
  ('dwelling', 1, 'belongs', '', 'error', '房屋不随户迁移',
   'A dwelling stays'),
  ('door_code', 1, 'belongs', '', 'error', '门牌码不随户迁移',
   'A door code stays'),
  ('door_code', 2, 'unique', 'token settle status=0', 'conflict', '一个门牌码用了几次',
   'A token is used several times'),
  ('floating_resident', 1, 'order', 'arrive left_on', 'error', '离开不能早于来到',
   'Left before arriving'),
  ('floating_resident', 101, 'mask', 'name name V,T,C:ga', 'error', '姓名:公示只露姓',
   'Name: the surname is posted'),
  ('floating_resident', 102, 'mask', 'phone phone V,T,C:ga', 'error', '电话:中间四位不公开',
   'Phone: the middle is not posted'),
  ('remediation', 1, 'needs', 'status done|checked done_on', 'warn', '已完成应填完成日期',
   'Done needs a date');
