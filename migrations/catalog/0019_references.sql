-- SPDX-License-Identifier: MulanPSL-2.0
-- References of the first types to types that were not there yet.

INSERT INTO migration(number, name) VALUES (19, 'references');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, ref) VALUES
  (2,  8,  'party_group_id', '党小组',     'Party group',    'ref',     'lww', 'V,T',      1, 'party_group'),
  (9,  16, 'station_id',     '劳务工作站', 'Labour station', 'ref',     'lww', 'V,T',      1, 'labour_station'),
  (10, 10, 'batch_id',       '输出批次',   'Dispatch batch', 'ref',     'lww', 'C:rs,V,T', 1, 'dispatch_batch'),
  (17, 13, 'request_ids',    '转办诉求',   'Requests',       'set_ref', 'set', 'V,T',      1, 'request');
