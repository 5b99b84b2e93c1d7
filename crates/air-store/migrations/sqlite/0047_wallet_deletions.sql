-- Credentials that their holder deleted from the wallet. The issuer's record stays, and so does the validity.
CREATE TABLE wallet_deletions (
    core_claim_hash TEXT   PRIMARY KEY REFERENCES credentials,
    deleted_at      BIGINT NOT NULL
) WITHOUT ROWID;

-- The list of what a user showed.
CREATE INDEX verifications_by_user ON verifications (user_uuid, started_at);
