-- The keys of issuers on BLS12-381, which sign credentials for predicate proofs.
CREATE TABLE predicate_keys (
    partner_id TEXT   PRIMARY KEY REFERENCES partners,
    secret     BLOB   NOT NULL, -- a scalar of 32 bytes
    public_key TEXT   NOT NULL, -- a Multikey
    created_at BIGINT NOT NULL
);
-- The schemes of programs whose credentials can be used for predicate proofs. Programs of one issuer can have the same scheme.
CREATE TABLE predicate_schemes (
    program_id TEXT   PRIMARY KEY REFERENCES programs,
    document   TEXT   NOT NULL, -- JSON, as it is served
    created_at BIGINT NOT NULL
);
