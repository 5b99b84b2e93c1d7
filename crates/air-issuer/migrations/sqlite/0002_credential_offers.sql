-- Offers to wallets (OpenID4VCI), until an hour after their end. References, codes and tokens are keyed hashes (HMAC-SHA256, hex).
CREATE TABLE credential_offers (
    offer_id TEXT NOT NULL PRIMARY KEY,
    schema_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- Absent if the wallet's key names the holder.
    holder_did TEXT,
    reference_hash TEXT NOT NULL UNIQUE,
    code_hash TEXT NOT NULL UNIQUE,
    tx_code_hash TEXT,
    attempts_left INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The access token, after the exchange of the code.
    token_hash TEXT UNIQUE,
    token_expires_at INTEGER,
    jkt TEXT,
    client_id TEXT,
    -- The number of credential responses, and of credentials in them.
    responses INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    notification TEXT
);

CREATE INDEX credential_offers_by_time ON credential_offers (expires_at);

CREATE TABLE offer_issuances (
    external_id TEXT NOT NULL PRIMARY KEY,
    offer_id TEXT NOT NULL
);

CREATE INDEX offer_issuances_by_offer ON offer_issuances (offer_id);

-- Values that are accepted once: nonces and DPoP proofs (SHA-256, hex), until they are too old to be accepted.
CREATE TABLE single_use (
    digest TEXT NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE INDEX single_use_by_time ON single_use (expires_at);
