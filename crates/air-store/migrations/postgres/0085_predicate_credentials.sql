-- The open challenge of a credential, to which the holder commits.
CREATE TABLE predicate_challenges (
    core_claim_hash TEXT   PRIMARY KEY REFERENCES credentials,
    digest          BYTEA  NOT NULL, -- SHA-256 of the challenge
    expires_at      BIGINT NOT NULL
);
-- The signatures of credentials for predicate proofs.
CREATE TABLE predicate_credentials (
    core_claim_hash   TEXT   PRIMARY KEY REFERENCES credentials,
    commitment_digest BYTEA  NOT NULL, -- SHA-256 of the challenge and the holder's commitment
    signature         BYTEA  NOT NULL,
    revocation_nonce  BYTEA  NOT NULL,
    signed_at         BIGINT NOT NULL
);
