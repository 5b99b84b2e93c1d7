-- The issuance program whose credentials a verification program accepts predicate proofs of; NULL for the credentials themselves.
ALTER TABLE verification_programs ADD COLUMN predicate_proofs_of TEXT REFERENCES programs;
-- The open requests of runs for predicate proofs.
CREATE TABLE predicate_requests (
    verification_id TEXT   PRIMARY KEY REFERENCES verifications,
    request         TEXT   NOT NULL, -- JSON
    expires_at      BIGINT NOT NULL
);
