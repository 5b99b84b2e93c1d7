-- Credential offers of OpenID4VCI. References, codes and tokens are secrets, so only their digests are stored.
CREATE TABLE credential_offers (
    offer_id         TEXT    PRIMARY KEY,
    partner_id       TEXT    NOT NULL REFERENCES partners,
    program_id       TEXT    NOT NULL REFERENCES programs,
    email            TEXT    NOT NULL,
    subject          TEXT    NOT NULL, -- JSON
    replaces         BOOLEAN NOT NULL, -- whether the holder's earlier credentials of the schema are revoked
    reference_digest BLOB    NOT NULL UNIQUE,
    code_digest      BLOB    NOT NULL UNIQUE,
    tx_code_digest   BLOB, -- keyed by the code
    attempts_left    INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    token_digest     BLOB    UNIQUE,
    token_expires_at INTEGER,
    jkt              TEXT,
    responses        INTEGER NOT NULL DEFAULT 0,
    issued           INTEGER NOT NULL DEFAULT 0,
    notification     TEXT -- the last event that the wallet reported
);

CREATE INDEX credential_offers_expiring ON credential_offers (expires_at);

CREATE INDEX credential_offers_open ON credential_offers (partner_id) WHERE token_digest IS NULL;

-- Digests of values that are accepted once: nonces and proofs of possession.
CREATE TABLE single_use (
    digest     BLOB    PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE INDEX single_use_expiring ON single_use (expires_at);
