-- Verifiers learn that a credential which they accepted was revoked or has expired.
ALTER TABLE issuer_callbacks ADD COLUMN status_changes BOOLEAN NOT NULL DEFAULT FALSE; -- whether the partner subscribed

ALTER TABLE callbacks ADD COLUMN verification_id TEXT REFERENCES verifications; -- of a status change
ALTER TABLE callbacks ADD COLUMN credential_status TEXT;

CREATE INDEX verifications_accepted ON verifications (core_claim_hash) WHERE status = 'Compliant';
