-- How many of the credential's objects, in the order of their storage, a verification released: those that were stored by then, if the
-- program asks for the key.
ALTER TABLE verifications ADD COLUMN objects BIGINT NOT NULL DEFAULT 0;

UPDATE verifications SET objects = (
    SELECT COUNT(*) FROM objects
    WHERE objects.core_claim_hash = verifications.core_claim_hash AND objects.created_at <= verifications.decided_at)
WHERE status = 'Compliant' AND program_id IN (SELECT program_id FROM verification_programs WHERE require_cak);
