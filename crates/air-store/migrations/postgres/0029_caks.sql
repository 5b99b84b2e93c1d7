-- The public halves of CAKs that users gave to issuers: one for each user, issuer, schema and curve.
CREATE TABLE caks (
    user_uuid   TEXT   NOT NULL REFERENCES users,
    partner_id  TEXT   NOT NULL REFERENCES partners, -- the issuer
    schema_id   TEXT   NOT NULL REFERENCES schemas,
    curve       TEXT   NOT NULL,
    public_key  TEXT   NOT NULL,
    signature   TEXT,            -- the wallet's, of the acceptance; NULL for a key that came with an issuance to the present user
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (user_uuid, partner_id, schema_id, curve)
);

INSERT INTO caks (user_uuid, partner_id, schema_id, curve, public_key, recorded_at)
SELECT user_uuid, partner_id, schema_id, curve, cak_public_key, issued_at FROM (
    SELECT *, ROW_NUMBER() OVER (
        PARTITION BY user_uuid, partner_id, schema_id, curve ORDER BY issued_at DESC, rowid DESC) AS age
    FROM credentials WHERE curve IS NOT NULL AND cak_public_key IS NOT NULL
) AS keys WHERE age = 1;

-- Users who refused credentials on their behalf, by partner.
CREATE TABLE on_behalf_refusals (
    user_uuid  TEXT   NOT NULL REFERENCES users,
    partner_id TEXT   NOT NULL REFERENCES partners,
    refused_at BIGINT NOT NULL,
    PRIMARY KEY (user_uuid, partner_id)
);

-- A callback also reports a CAK that a user accepted. It has a curve and no verifier.
ALTER TABLE callbacks ALTER COLUMN verifier_id DROP NOT NULL;
ALTER TABLE callbacks ADD COLUMN event TEXT NOT NULL DEFAULT 'cak.released';
ALTER TABLE callbacks ADD COLUMN curve TEXT;
