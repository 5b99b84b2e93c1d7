-- Which verification's result an answer has: it is deleted when the user takes the consent back.
ALTER TABLE idempotency_keys ADD COLUMN verification_id TEXT;

CREATE INDEX idempotency_keys_by_verification ON idempotency_keys (verification_id) WHERE verification_id IS NOT NULL;

-- Older answers don't say which verification they are of. A call that is repeated is told that the user has decided.
DELETE FROM idempotency_keys WHERE answer LIKE '%"disclosedData"%';

CREATE INDEX packages_by_verification ON packages (verification_id) WHERE bytes IS NOT NULL;

-- The bytes of packages whose consent was taken back before.
UPDATE packages SET bytes = NULL WHERE verification_id IN (
    SELECT verification_id FROM verifications WHERE consent = 'withdrawn');

-- Packages that the clock has dated later than now, once it went back.
CREATE INDEX packages_dated ON packages (created_at) WHERE bytes IS NOT NULL;
