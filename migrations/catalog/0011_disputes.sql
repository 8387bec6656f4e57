-- SPDX-License-Identifier: MulanPSL-2.0
-- Disputes, mediation to the handshake, and the bodies that mediate.

INSERT INTO migration(number, name) VALUES (11, 'disputes');

INSERT INTO codes(list, code, zh, en) VALUES
  ('dispute_source', '1', '申请',     'Applied for'),
  ('dispute_source', '2', '排查',     'Found by looking'),
  ('dispute_source', '3', '转办',     'Passed on'),
  ('dispute_source', '4', '诉求',     'From a request'),
  ('dispute_source', '5', '公安移交', 'From the police');

INSERT INTO codes(list, code, zh, en) VALUES
  ('dispute_level', 'grid',     '网格',       'Grid'),
  ('dispute_level', 'village',  '村（社区）', 'Village'),
  ('dispute_level', 'township', '乡镇',       'Township'),
  ('dispute_level', 'county',   '县',         'County');

INSERT INTO codes(list, code, zh, en) VALUES
  ('dispute_risk', '1', '低', 'Low'),
  ('dispute_risk', '2', '中', 'Medium'),
  ('dispute_risk', '3', '高', 'High');

INSERT INTO codes(list, code, zh, en) VALUES
  ('dispute_status', 'accepted',      '受理',           'Accepted'),
  ('dispute_status', 'investigating', '调查',           'Investigated'),
  ('dispute_status', 'mediating',     '调解中',         'Being mediated'),
  ('dispute_status', 'agreed',        '达成协议',       'Agreed'),
  ('dispute_status', 'performed',     '已履行',         'Performed'),
  ('dispute_status', 'followed',      '已回访',         'Followed up'),
  ('dispute_status', 'closed',        '归档',           'Closed'),
  ('dispute_status', 'failed',        '调解不成',       'Failed'),
  ('dispute_status', 'passed',        '移交上级或司法', 'Passed on'),
  ('dispute_status', 'withdrawn',     '撤回',           'Withdrawn');

INSERT INTO codes(list, code, zh, en) VALUES
  ('agreement_kind', '1', '书面', 'Written'),
  ('agreement_kind', '2', '口头', 'Oral');

INSERT INTO codes(list, code, zh, en) VALUES
  ('party_side', '1', '申请人',     'Applicant'),
  ('party_side', '2', '被申请人',   'Respondent'),
  ('party_side', '3', '其他当事人', 'Other party');

INSERT INTO codes(list, code, zh, en) VALUES
  ('mediation_org_kind', '1', '村居',   'Village or community'),
  ('mediation_org_kind', '2', '乡镇',   'Township'),
  ('mediation_org_kind', '3', '行业性', 'Trade'),
  ('mediation_org_kind', '4', '企事业', 'Enterprise or institution');

INSERT INTO codes(list, code, zh, en) VALUES
  ('mediator_kind', '1', '人民调解员', 'People''s mediator'),
  ('mediator_kind', '2', '网格员',     'Grid officer'),
  ('mediator_kind', '3', '民警',       'Police officer'),
  ('mediator_kind', '4', '律师',       'Lawyer'),
  ('mediator_kind', '5', '法官',       'Judge'),
  ('mediator_kind', '6', '村干部',     'Village cadre'),
  ('mediator_kind', '7', '其他',       'Other');

-- One quarrel, from acceptance to the visit after the handshake.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (40, 'dispute', '纠纷', 'Dispute', 'record', 'village', 'no');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, derive, args) VALUES
  ('dispute', 1,  'no',            '编号',           'Number',                'text', 'lww',       'V,T,C:sf', 1, 0, '',               'len:1:40',   '',              '',    ''),
  ('dispute', 2,  'kind',          '类别',           'Kind',                  'code', 'lww',       'V,T,C:sf', 1, 1, 'dispute_kind',   '',           '',              '',    ''),
  ('dispute', 3,  'level',         '层级',           'Level',                 'code', 'lww',       'V,T,C:sf', 1, 0, 'dispute_level',  '',           '',              '',    ''),
  ('dispute', 4,  'risk',          '风险等级',       'Risk',                  'code', 'lww',       'V,T,C:sf', 1, 0, 'dispute_risk',   '',           '',              '',    ''),
  ('dispute', 5,  'source',        '来源',           'Source',                'code', 'once',      'V,T,C:sf', 1, 0, 'dispute_source', '',           '',              '',    ''),
  ('dispute', 6,  'facts',         '基本情况',       'Facts',                 'text', 'append',    'V,T,C:sf', 2, 1, '',               'len:1:1200', '',              '',    ''),
  ('dispute', 7,  'grid_id',       '网格',           'Grid',                  'ref',  'lww',       'V,T,C:sf', 1, 0, '',               '',           'grid',          '',    ''),
  ('dispute', 8,  'request_id',    '诉求',           'Request',               'ref',  'lww',       'V,T,C:sf', 1, 0, '',               '',           'request',       '',    ''),
  ('dispute', 9,  'accepted_at',   '受理时间',       'Accepted at',           'time', 'once',      'V,T,C:sf', 1, 0, '',               '',           '',              'now', ''),
  ('dispute', 10, 'due',           '调解期限',       'Due',                   'time', 'authority', 'T,V',      1, 0, '',               '',           '',              'due', ''),
  ('dispute', 11, 'informed_on',   '告知日期',       'Parties informed on',   'date', 'lww',       'V,T,C:sf', 1, 0, '',               '',           '',              '',    ''),
  ('dispute', 12, 'investigation', '调查情况',       'Investigation',         'text', 'lww',       'V,T,C:sf', 2, 0, '',               'len:1:1200', '',              '',    ''),
  ('dispute', 13, 'status',        '状态',           'Status',                'code', 'state',     'V,T,C:sf', 1, 0, 'dispute_status', '',           '',              '',    '>accepted,accepted>investigating,accepted>mediating,investigating>mediating,mediating>agreed,mediating>failed,mediating>passed,failed>mediating,failed>passed,failed>closed,passed>closed,agreed>performed,performed>followed,followed>closed,agreed>mediating,accepted>withdrawn,mediating>withdrawn'),
  ('dispute', 14, 'passed_to',     '移交单位',       'Passed to',             'text', 'lww',       'V,T,C:sf', 1, 0, '',               'len:1:60',   '',              '',    ''),
  ('dispute', 15, 'pass_reason',   '移交原因',       'Reason for passing on', 'text', 'lww',       'V,T,C:sf', 1, 0, '',               'len:1:200',  '',              '',    ''),
  ('dispute', 16, 'org_id',        '调解组织',       'Mediation body',        'ref',  'lww',       'V,T,C:sf', 1, 0, '',               '',           'mediation_org', '',    ''),
  ('dispute', 17, 'relation_ok',   '关系良好',       'Relation is good',      'bool', 'lww',       'V,T,C:sf', 2, 0, '',               '',           '',              '',    ''),
  ('dispute', 18, 'followed_at',   '回访时间',       'Followed up at',        'time', 'lww',       'V,T,C:sf', 1, 0, '',               '',           '',              '',    ''),
  ('dispute', 19, 'followed_by',   '回访人',         'Followed up by',        'text', 'lww',       'V,T,C:sf', 1, 0, '',               'author',     '',              '',    ''),
  ('dispute', 20, 'closed_on',     '归档日期',       'Closed on',             'date', 'lww',       'V,T,C:sf', 1, 0, '',               '',           '',              '',    ''),
  ('dispute', 21, 'agreed_in',     '达成协议的调解', 'Agreed in',             'ref',  'lww',       'V,T,C:sf', 1, 0, '',               '',           'mediation',     '',    ''),
  ('dispute', 22, 'performed_on',  '履行日期',       'Performed on',          'date', 'lww',       'V,T,C:sf', 1, 0, '',               '',           '',              '',    '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (41, 'dispute_party', '纠纷当事人', 'Party to a dispute', 'record', 'village', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('dispute_party', 1, 'dispute_id', '纠纷',         'Dispute',          'ref',  'append', 'V,T,C:sf', 2, 1, '',           '',          'dispute'),
  ('dispute_party', 2, 'side',       '当事人身份',   'Side',             'code', 'append', 'V,T,C:sf', 2, 1, 'party_side', '',          ''),
  ('dispute_party', 3, 'person_id',  '人员',         'Person',           'ref',  'append', 'V,T,C:sf', 2, 0, '',           '',          'person'),
  ('dispute_party', 4, 'name',       '姓名或单位',   'Name',             'text', 'append', 'V,T,C:sf', 2, 1, '',           'len:1:60',  ''),
  ('dispute_party', 5, 'phone',      '电话',         'Phone',            'text', 'lww',    'V,T,C:sf', 2, 0, '',           'phone',     ''),
  ('dispute_party', 6, 'id_seen',    '身份证明已核', 'Identity checked', 'bool', 'lww',    'V,T,C:sf', 2, 0, '',           '',          ''),
  ('dispute_party', 7, 'attitude',   '意见',         'What they want',   'text', 'lww',    'V,T,C:sf', 2, 0, '',           'len:1:400', '');

-- One sitting. What was agreed is written once: a correction conflicts and is decided by a person.
INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (42, 'mediation', '调解', 'Mediation', 'record', 'village', 'held_at');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref, unit) VALUES
  ('mediation', 1,  'dispute_id',        '纠纷',     'Dispute',               'ref',      'once', 'V,T,C:sf', 1, 1, '',               '',                  'dispute',  ''),
  ('mediation', 2,  'held_at',           '调解时间', 'Held at',               'time',     'lww',  'V,T,C:sf', 1, 1, '',               '',                  '',         ''),
  ('mediation', 3,  'venue_id',          '地点',     'Venue',                 'ref',      'lww',  'V,T,C:sf', 1, 0, '',               '',                  'venue',    ''),
  ('mediation', 4,  'mediators',         '调解员',   'Mediators',             'set_ref',  'set',  'V,T,C:sf', 1, 0, '',               '',                  'mediator', ''),
  ('mediation', 5,  'bodies',            '参与单位', 'Bodies taking part',    'set_text', 'set',  'V,T,C:sf', 1, 0, '',               'len:1:40',          '',         ''),
  ('mediation', 6,  'record',            '调解记录', 'Record',                'text',     'lww',  'V,T,C:sf', 2, 0, '',               'len:1:2000',        '',         ''),
  ('mediation', 7,  'agreed',            '达成协议', 'Agreed',                'bool',     'lww',  'V,T,C:sf', 1, 0, '',               '',                  '',         ''),
  ('mediation', 8,  'agreement_kind',    '协议形式', 'Kind of agreement',     'code',     'once', 'V,T,C:sf', 1, 0, 'agreement_kind', '',                  '',         ''),
  ('mediation', 9,  'terms',             '协议内容', 'Terms',                 'text',     'once', 'V,T,C:sf', 2, 0, '',               'len:1:1200',        '',         ''),
  ('mediation', 10, 'amount',            '金额',     'Sum',                   'money',    'once', 'V,T,C:sf', 2, 0, '',               'range:0:100000000', '',         '元'),
  ('mediation', 11, 'perform_by',        '履行期限', 'Perform by',            'date',     'lww',  'V,T,C:sf', 1, 0, '',               '',                  '',         ''),
  ('mediation', 12, 'on_the_spot',       '当场履行', 'Performed on the spot', 'bool',     'lww',  'V,T,C:sf', 1, 0, '',               '',                  '',         ''),
  ('mediation', 13, 'performed_on',      '履行日期', 'Performed on',          'date',     'lww',  'V,T,C:sf', 1, 0, '',               '',                  '',         ''),
  ('mediation', 14, 'performance_proof', '履行凭证', 'Proof of performance',  'text',     'lww',  'V,T,C:sf', 2, 0, '',               'len:1:200',         '',         ''),
  ('mediation', 15, 'handshake',         '握手言和', 'Handshake',             'bool',     'lww',  'V,T,C:sf', 1, 0, '',               '',                  '',         ''),
  ('mediation', 16, 'judicial_confirm',  '司法确认', 'Confirmed by a court',  'bool',     'lww',  'V,T,C:sf', 1, 0, '',               '',                  '',         ''),
  ('mediation', 17, 'signed_on',         '签字日期', 'Signed on',             'date',     'once', 'V,T,C:sf', 1, 0, '',               '',                  '',         '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (43, 'mediation_org', '调解组织', 'Mediation body', 'record', 'any', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, unit) VALUES
  ('mediation_org', 1, 'name',      '名称',     'Name',     'text', 'lww', 'C:sf,T,V', 0, 1, '',                   'len:1:60',    ''),
  ('mediation_org', 2, 'kind',      '类别',     'Kind',     'code', 'lww', 'C:sf,T,V', 0, 1, 'mediation_org_kind', '',            ''),
  ('mediation_org', 3, 'division',  '所在区划', 'Division', 'text', 'lww', 'C:sf,T,V', 0, 0, '',                   'division:3',  ''),
  ('mediation_org', 4, 'founded',   '成立日期', 'Founded',  'date', 'lww', 'C:sf,T,V', 0, 0, '',                   '',            ''),
  ('mediation_org', 5, 'members_n', '人数',     'Members',  'int',  'lww', 'C:sf,T,V', 0, 0, '',                   'range:0:999', '人'),
  ('mediation_org', 6, 'phone',     '电话',     'Phone',    'text', 'lww', 'C:sf,T,V', 0, 0, '',                   'len:5:20',    ''),
  ('mediation_org', 7, 'status',    '在用',     'In use',   'bool', 'lww', 'C:sf,T,V', 0, 0, '',                   '',            '');

INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES
  (44, 'mediator', '调解员', 'Mediator', 'record', 'any', 'name');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, list, checks, ref) VALUES
  ('mediator', 1, 'org_id', '调解组织', 'Mediation body', 'ref',      'lww', 'C:sf,T,V', 1, 0, '',              '',              'mediation_org'),
  ('mediator', 2, 'name',   '姓名',     'Name',           'text',     'lww', 'C:sf,T,V', 1, 1, '',              'name;len:1:50', ''),
  ('mediator', 3, 'kind',   '身份',     'Kind',           'code',     'lww', 'C:sf,T,V', 1, 0, 'mediator_kind', '',              ''),
  ('mediator', 4, 'field',  '擅长',     'Field',          'set_code', 'set', 'C:sf,T,V', 1, 0, 'dispute_kind',  '',              ''),
  ('mediator', 5, 'phone',  '工作电话', 'Work phone',     'text',     'lww', 'C:sf,T,V', 1, 0, '',              'len:5:20',      ''),
  ('mediator', 6, 'from',   '聘任起',   'From',           'date',     'lww', 'C:sf,T,V', 1, 0, '',              '',              ''),
  ('mediator', 7, 'to',     '聘任止',   'To',             'date',     'lww', 'C:sf,T,V', 1, 0, '',              '',              '');

INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES
  ('dispute', 1, 'order', 'accepted_at due', 'error', '期限不能早于受理',
   'Due before it was accepted'),
  ('dispute', 2, 'belongs', '', 'error', '纠纷留在受理的村',
   'A dispute stays where it was accepted'),
  ('dispute_party', 101, 'mask', 'name name V,T,C:sf', 'error', '当事人:公示只露姓',
   'Party: the surname is posted'),
  ('dispute_party', 102, 'mask', 'phone phone V,T,C:sf', 'error', '电话:中间四位不公开',
   'Phone: the middle is not posted'),
  ('mediation', 1, 'needs', 'on_the_spot 1 performed_on', 'error', '当场履行应填履行日期',
   'Performance on the spot needs its date'),
  ('mediation', 2, 'requires', 'performed_on terms', 'error', '履行之前应有协议',
   'Performance needs an agreement'),
  ('mediation', 3, 'requires', 'amount terms', 'error', '有金额应有协议内容',
   'A sum needs its terms'),
  ('mediation', 101, 'mask', 'amount hide V,T,C:sf', 'error', '金额:不公开',
   'Sum: not posted'),
  ('mediator', 1, 'order', 'from to', 'error', '聘任止不能早于聘任起',
   'It ends before it begins');
