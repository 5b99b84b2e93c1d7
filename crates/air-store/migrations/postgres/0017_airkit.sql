-- For which partner a user is present: the SDK's pages keep one partner's sessions apart from another's. What was opened before has none.
ALTER TABLE sessions ADD COLUMN partner_id TEXT REFERENCES partners;

-- What a run shows beside its verdict: NULL is what its conditions test, else a JSON array of attributes' names.
ALTER TABLE verifications ADD COLUMN disclosed TEXT;

-- Users' wallets, as their browsers encrypted them: the key that opens one is made of what its user types, and is never here.
CREATE TABLE wallets (
    user_uuid    TEXT    PRIMARY KEY REFERENCES users,
    address      TEXT    NOT NULL, -- of the wallet's secp256k1 key, 0x and 40 hex digits
    salt         BYTEA   NOT NULL, -- of PBKDF2
    iterations   BIGINT  NOT NULL,
    iv           BYTEA   NOT NULL,
    ciphertext   BYTEA   NOT NULL, -- AES-256-GCM, with its tag
    is_automated BOOLEAN NOT NULL, -- under the PIN of automated tests, which everyone knows
    created_at   BIGINT  NOT NULL
);
