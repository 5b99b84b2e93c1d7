-- The key that a user's credentials of one issuer are bound to (cnf), which the platform keeps for the user.
CREATE TABLE holder_signing_keys (
    user_uuid   TEXT   NOT NULL REFERENCES users,
    partner_id  TEXT   NOT NULL REFERENCES partners, -- the issuer
    private_key BYTEA  NOT NULL,                     -- P-256, PKCS#8 DER
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (user_uuid, partner_id)
);
