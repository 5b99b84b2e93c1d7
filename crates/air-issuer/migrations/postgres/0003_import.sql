-- The next index of a list whose indices are sequential, because another service began it. NULL: indices are random.
ALTER TABLE status_lists ADD COLUMN next_index BIGINT;

-- Revoked nonces of credentials that another service issued and of which no record exists.
CREATE TABLE revoked_nonces (
    nonce BIGINT NOT NULL PRIMARY KEY
);
