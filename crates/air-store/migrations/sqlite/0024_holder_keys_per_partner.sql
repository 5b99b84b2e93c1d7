-- A user has one encryption key for each partner that seals to the user: no partner's session reads or replaces another partner's key.
CREATE TABLE partner_holder_keys (
    user_uuid     TEXT   NOT NULL REFERENCES users,
    partner_id    TEXT   NOT NULL REFERENCES partners,
    public_key    TEXT   NOT NULL, -- 0x and X25519 SPKI DER in hex
    custodial_key BLOB,            -- PKCS#8 DER, until the wallet has taken it
    changed_at    BIGINT NOT NULL,
    PRIMARY KEY (user_uuid, partner_id)
);

-- Each partner that sealed something to the user's one key keeps that key: the credentials open with nothing else.
INSERT INTO partner_holder_keys (user_uuid, partner_id, public_key, custodial_key, changed_at)
SELECT DISTINCT holder_keys.user_uuid, partner_id, public_key, custodial_key, changed_at
FROM holder_keys JOIN sealed_credentials ON sealed_credentials.user_uuid = holder_keys.user_uuid;

DROP TABLE holder_keys;
ALTER TABLE partner_holder_keys RENAME TO holder_keys;
