-- SPDX-License-Identifier: MulanPSL-2.0
-- Collective assets (sheds, stalls) and who gets them: applicants, a frozen list, a draw that everybody can
-- compute again (agent/LOTTERY.md).

INSERT INTO migration(number, name) VALUES (20, 'lottery');

INSERT INTO codes(list, code, zh, en) VALUES
  ('asset_kind', '1', '羊棚', 'Sheep shed'),
  ('asset_kind', '2', '牛棚', 'Cattle shed'),
  ('asset_kind', '3', '大棚', 'Greenhouse'),
  ('asset_kind', '4', '摊位', 'Stall'),
  ('asset_kind', '5', '车位', 'Parking space'),
  ('asset_kind', '9', '其他', 'Other'),
  ('asset_status', '1', '空闲', 'Free'),
  ('asset_status', '2', '已分配', 'Allotted'),
  ('asset_status', '3', '停用', 'Out of use'),
  ('lottery_status', 'open', '报名中', 'Open'),
  ('lottery_status', 'frozen', '名单已冻结', 'List frozen'),
  ('lottery_status', 'drawn', '已抓阄', 'Drawn'),
  ('lottery_status', 'cancelled', '已取消', 'Cancelled'),
  ('lottery_entry_status', 'applied', '已报名', 'Applied'),
  ('lottery_entry_status', 'withdrawn', '已退出', 'Withdrawn');

INSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES
  (200, 'asset',          '集体资产', 'Collective asset',      'record', 'village', 'no',    'no'),
  (201, 'lottery',        '抓阄',     'Lottery',               'record', 'village', 'title', ''),
  (202, 'lottery_entry',  '抓阄报名', 'Lottery application',   'record', 'village', 'kind',  ''),
  (203, 'lottery_list',   '抓阄名单', 'Frozen lottery list',   'append', 'village', 'list_hash', ''),
  (204, 'lottery_draw',   '抓阄记录', 'Lottery draw',          'append', 'village', 'drawn_at', ''),
  (205, 'lottery_result', '抓阄结果', 'Lottery result',        'append', 'village', 'rank',  '');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit, args) VALUES
  ('asset', 1, 'no',        '编号',     'Number',   'text',  'review', 'V,T', 0, 1, '',             'len:1:20',          '',          '',   ''),
  ('asset', 2, 'kind',      '种类',     'Kind',     'code',  'lww',    'V,T', 0, 1, 'asset_kind',   '',                  '',          '',   ''),
  ('asset', 3, 'place',     '位置',     'Place',    'text',  'lww',    'V,T', 0, 0, '',             'len:1:100',         '',          '',   ''),
  ('asset', 4, 'cost',      '造价',     'Cost',     'money', 'lww',    'V,T', 0, 0, '',             'range:0:100000000', '',          '元', ''),
  ('asset', 5, 'status',    '状态',     'Status',   'code',  'lww',    'V,T', 0, 0, 'asset_status', '',                  '',          '',   ''),
  ('asset', 6, 'holder_id', '使用户',   'Holder',   'ref',   'review', 'V,T', 1, 0, '',             '',                  'household', '',   ''),
  ('asset', 7, 'note',      '说明',     'Note',     'text',  'lww',    'V,T', 0, 0, '',             'len:1:400',         '',          '',   ''),

  ('lottery', 1, 'title',   '名称',     'Title',    'text',    'review', 'V,T', 0, 1, '',               'len:1:60',  '',      '', ''),
  ('lottery', 2, 'lots',    '标的',     'Lots',     'set_ref', 'set',    'V,T', 0, 0, '',               '',          'asset', '', ''),
  ('lottery', 3, 'held_on', '抓阄时间', 'Held on',  'time',    'lww',    'V,T', 0, 0, '',               '',          '',      '', ''),
  ('lottery', 4, 'place',   '地点',     'Place',    'text',    'lww',    'V,T', 0, 0, '',               'len:1:100', '',      '', ''),
  ('lottery', 5, 'terms',   '报名条件', 'Terms',    'text',    'lww',    'V,T', 0, 0, '',               'len:1:400', '',      '', ''),
  ('lottery', 6, 'status',  '状态',     'Status',   'code',    'state',  'V,T', 0, 0, 'lottery_status', '',          '',      '', '>open,>frozen,open>frozen,frozen>drawn,open>cancelled,frozen>cancelled'),

  ('lottery_entry', 1, 'lottery_id',   '抓阄',     'Lottery',   'ref',  'once',  'V,T', 1, 1, '',                     '',          'lottery',   '', ''),
  ('lottery_entry', 2, 'household_id', '户',       'Household', 'ref',  'once',  'V,T', 1, 1, '',                     '',          'household', '', ''),
  ('lottery_entry', 3, 'kind',         '种类',     'Kind',      'code', 'once',  'V,T', 0, 1, 'asset_kind',           '',          '',          '', ''),
  ('lottery_entry', 4, 'reason',       '申请理由', 'Reason',    'text', 'lww',   'V,T', 2, 0, '',                     'len:1:400', '',          '', ''),
  ('lottery_entry', 5, 'status',       '状态',     'Status',    'code', 'state', 'V,T', 1, 0, 'lottery_entry_status', '',          '',          '', '>applied,>withdrawn,applied>withdrawn'),

  ('lottery_list', 1, 'lottery_id', '抓阄',     'Lottery',       'ref',  'append', 'V,T', 1, 1, '', '',       'lottery', '', ''),
  ('lottery_list', 2, 'list',       '名单',     'List',          'text', 'append', 'V,T', 1, 1, '', '',       '',        '', ''),
  ('lottery_list', 3, 'list_hash',  '名单指纹', 'Hash of list',  'text', 'append', 'V,T', 0, 1, '', 'hex:64', '',        '', ''),
  ('lottery_list', 4, 'seed_hash',  '种子指纹', 'Hash of seed',  'text', 'append', 'V,T', 0, 1, '', 'hex:64', '',        '', ''),

  ('lottery_draw', 1, 'lottery_id',  '抓阄',         'Lottery',        'ref',      'append', 'V,T', 1, 1, '', '',            'lottery', '', ''),
  ('lottery_draw', 2, 'seed',        '种子',         'Seed',           'text',     'append', 'V,T', 0, 1, '', 'hex:32',      '',        '', ''),
  ('lottery_draw', 3, 'numbers',     '当场报的数',   'Public numbers', 'text',     'append', 'V,T', 0, 1, '', 'len:5:400',   '',        '', ''),
  ('lottery_draw', 4, 'withdrawn',   '抓阄前退出的', 'Withdrawn',      'text',     'append', 'V,T', 1, 0, '', 'len:1:20000', '',        '', ''),
  ('lottery_draw', 5, 'result',      '结果',         'Result',         'text',     'append', 'V,T', 1, 1, '', '',            '',        '', ''),
  ('lottery_draw', 6, 'result_hash', '结果指纹',     'Hash of result', 'text',     'append', 'V,T', 0, 1, '', 'hex:64',      '',        '', ''),
  ('lottery_draw', 7, 'drawn_at',    '抓阄时间',     'Drawn at',       'time',     'append', 'V,T', 0, 1, '', '',            '',        '', ''),
  ('lottery_draw', 8, 'witnesses',   '见证人',       'Witnesses',      'set_text', 'set',    'V,T', 1, 0, '', 'len:1:30',    '',        '', ''),

  ('lottery_result', 1, 'lottery_id',   '抓阄',   'Lottery',   'ref',  'append', 'V,T', 1, 1, '',           '',             'lottery',   '', ''),
  ('lottery_result', 2, 'household_id', '户',     'Household', 'ref',  'append', 'V,T', 1, 1, '',           '',             'household', '', ''),
  ('lottery_result', 3, 'asset_id',     '标的',   'Lot',       'ref',  'append', 'V,T', 0, 1, '',           '',             'asset',     '', ''),
  ('lottery_result', 4, 'kind',         '种类',   'Kind',      'code', 'append', 'V,T', 0, 0, 'asset_kind', '',             '',          '', ''),
  ('lottery_result', 5, 'rank',         '名次',   'Rank',      'int',  'append', 'V,T', 0, 1, '',           'range:1:9999', '',          '', ''),
  ('lottery_result', 6, 'after',        '递补自', 'In place of', 'ref', 'append', 'V,T', 1, 0, '',          '',             'household', '', '');

-- One application per household and kind, one shed per household.
INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('asset', 1, 'unique', 'no settle no=', 'conflict', '几项资产用了同一个编号', 'Assets have the same number'),
  ('asset', 2, 'unique', 'holder_id kind settle holder_id=', 'conflict', '一户占了几处同类资产',
   'A household holds several assets of one kind'),
  ('lottery_entry', 1, 'unique', 'lottery_id household_id kind status=applied settle status=withdrawn', 'conflict',
   '一户报了几次名', 'A household applied several times');
