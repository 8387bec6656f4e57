-- SPDX-License-Identifier: MulanPSL-2.0
-- An invitation for somebody who has a key already (another laptop, a forgotten PIN), and until when
-- what it grants is good. ENDURING.

ALTER TABLE _invite ADD COLUMN person_id BLOB;    -- the 16 bytes that the person's grants share; NULL: new
ALTER TABLE _invite ADD COLUMN until_ms INTEGER;  -- the grant's expiry; NULL: never
