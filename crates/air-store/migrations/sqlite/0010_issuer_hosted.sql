-- The key that a holder's credentials are sealed to: the wallet's, or one that the platform made for a user who had no wallet yet.
CREATE TABLE holder_keys (
    user_uuid     TEXT   PRIMARY KEY REFERENCES users,
    public_key    TEXT   NOT NULL, -- 0x and X25519 SPKI DER in hex
    custodial_key BLOB,            -- PKCS#8 DER, until the wallet has taken it
    changed_at    BIGINT NOT NULL
);

-- Credentials that their issuers signed and sealed to the holder.
CREATE TABLE sealed_credentials (
    storage_id    TEXT   PRIMARY KEY,
    partner_id    TEXT   NOT NULL REFERENCES partners, -- the issuer
    external_id   TEXT   NOT NULL,
    fingerprint   BLOB   NOT NULL,                     -- of the call that stored it: SHA-256
    user_uuid     TEXT   NOT NULL REFERENCES users,
    schema_id     TEXT   NOT NULL REFERENCES schemas,
    proof_type    TEXT   NOT NULL,
    expires_at    TEXT   NOT NULL,                     -- ISO 8601, as it was sent
    data          BLOB   NOT NULL,
    iv            BLOB   NOT NULL,
    auth_tag      BLOB   NOT NULL,
    encrypted_key BLOB   NOT NULL,                     -- X25519 SPKI DER
    created_at    BIGINT NOT NULL,
    UNIQUE (partner_id, external_id)
);

CREATE INDEX sealed_credentials_by_holder ON sealed_credentials (user_uuid, created_at);
