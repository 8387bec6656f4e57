-- SPDX-License-Identifier: MulanPSL-2.0
-- What of a person's data is shown to whom, and who took it out of the system unmasked.

INSERT INTO migration(number, name) VALUES (9, 'masks');

-- "field kind who": on a screen those see it whole who are named like writers; in a file and on a list nobody does
-- (shared/record/mask.h). What has no rule and sensitivity 3 is hidden in files.
INSERT INTO rules(tbl, no, kind, args, zh, en) VALUES
  (3, 101, 'mask', 'phone_own phone V,T,C', '网格员个人电话:中间四位不公开', 'Own phone: the middle is not posted'),
  (5, 101, 'mask', 'address hide V,T,C',    '住址:公示只到村',             'Address: a posted list ends at the village'),
  (5, 102, 'mask', 'phone phone V,T,C',     '户联系电话:中间四位不公开',   'Phone: the middle is not posted'),
  (5, 103, 'mask', 'hh_type hide V,T,C:nc,C:mz',        '户类型:不公开',   'Household type: not posted'),
  (5, 104, 'mask', 'monitor_status hide V,T,C:nc,C:mz', '监测状态:不公开', 'Monitoring state: not posted'),
  (5, 105, 'mask', 'monitor_risks hide V,T,C:nc,C:mz',  '监测风险:不公开', 'Monitored risks: not posted'),
  (7, 101, 'mask', 'id_no id V,T,C:ga,C:mz,C:rs,C:cl,C:yb', '身份证号:系统内前6后4,公示不露地区和生日',
   'Id number: 6 and 4 inside; no region, no birth posted'),
  (7, 102, 'mask', 'id_hash hide V,T,C:ga',   '证件哈希:不公开',             'Hash of the id: not posted'),
  (7, 103, 'mask', 'name name V,T,C',         '姓名:公示只露姓',             'Name: the surname is posted'),
  (7, 104, 'mask', 'birth birth V,T,C',       '出生日期:系统内只给年,公示不露', 'Birth: the year inside, nothing posted'),
  (7, 105, 'mask', 'phone phone V,T,C',       '电话:中间四位不公开',         'Phone: the middle is not posted'),
  (7, 106, 'mask', 'hukou_div hide V,T,C',    '户籍地:不公开',               'Registered at: not posted'),
  (7, 107, 'mask', 'live_div hide V,T,C',     '现住地:不公开',               'Lives at: not posted'),
  (7, 108, 'mask', 'ethnic hide V,T,C:ga',    '民族:不导出',                 'Ethnic group: not exported'),
  (7, 109, 'mask', 'health hide V,T,C:wj,C:rs,C:mz,C:cl', '健康状况:不公开', 'Health: not posted'),
  (7, 110, 'mask', 'school_status hide V,T,C', '在校状况:不公开',            'At school: not posted'),
  (8, 101, 'mask', 'tag hide V,T,C:mz,C:cl',   '人员标签:不公开',            'Tag: not posted'),
  (8, 102, 'mask', 'evidence hide V,T,C:mz,C:cl', '标签依据:不公开',         'Evidence of a tag: not posted');

-- Written by the program when somebody exports without masks; nobody else needs to.
INSERT INTO tables(no, name, zh, en, kind, home, title, sort) VALUES
  (19, 'access_note', '明文导出登记', 'Unmasked export', 'append', 'village', 'what', 90);

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, required, checks) VALUES
  ('access_note', 1, 'what',   '导出了什么', 'What',   'text', 'append', 'V,T,C', 1, 1, 'len:1:200'),
  ('access_note', 2, 'reason', '原因',       'Reason', 'text', 'append', 'V,T,C', 1, 1, 'len:2:200'),
  ('access_note', 3, 'rows',   '行数',       'Rows',   'int',  'append', 'V,T,C', 1, 1, 'range:0:100000000'),
  ('access_note', 4, 'on',     '日期',       'On',     'date', 'append', 'V,T,C', 1, 1, '');
