-- The keys of issuers for suites that are not on P-256.
CREATE TABLE proof_keys (
    partner_id TEXT    NOT NULL REFERENCES partners,
    suite      TEXT    NOT NULL,
    secret     BLOB    NOT NULL, -- 32 random bytes
    public_key TEXT    NOT NULL, -- a Multikey
    created_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, suite)
);
