-- SPDX-License-Identifier: MulanPSL-2.0
-- Fields that name photos and scans (shared/record/attachment.h): those that held a bare hash, and the photo of a
-- person's consent.

INSERT INTO migration(number, name) VALUES (21, 'attachments');

INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, sensitivity, checks) VALUES
  (3, 6, 'photo_ref', '照片', 'Photo', 'text', 'authority', 'T,V', 2, 'attachment'),
  (7, 22, 'consent_photo', '同意书照片', 'Photo of consent', 'set_text', 'set', 'V,T', 3, 'attachment'),
  (14, 9, 'household_signature', '户主签字', 'Household signature', 'text', 'lww', 'T,V', 2, 'attachment'),
  (17, 17, 'photo_refs', '照片', 'Photos', 'set_text', 'set', 'V,T', 3, 'attachment'),
  (20, 13, 'photo_refs', '照片', 'Photos', 'set_text', 'set', 'V,T,C', 2, 'attachment'),
  (21, 9, 'photo_refs', '照片', 'Photos', 'set_text', 'set', 'V,T,C', 2, 'attachment'),
  (23, 2, 'photo_hash', '照片', 'Photo', 'text', 'append', 'V,T', 2, 'attachment'),
  (29, 11, 'photo_refs', '照片', 'Photos', 'set_text', 'set', 'V,T', 1, 'attachment'),
  (46, 16, 'photo_refs', '照片', 'Photos', 'set_text', 'set', 'V,T', 2, 'attachment'),
  (50, 6, 'signatures', '推选签字', 'Signatures', 'set_text', 'set', 'V,T', 2, 'attachment'),
  (63, 9, 'photo_refs', '照片', 'Photos', 'set_text', 'set', 'V,T', 2, 'attachment'),
  (124, 7, 'evidence', '佐证', 'Evidence', 'set_text', 'set', 'C,T,V', 3, 'attachment');
