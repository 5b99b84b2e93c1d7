-- Answers that were given under a caller's key, for 24 hours.
CREATE TABLE idempotency_keys (
    caller      TEXT   NOT NULL, -- a partner, a user, or '' for set-up
    key         TEXT   NOT NULL,
    fingerprint BLOB   NOT NULL, -- of the call: SHA-256
    answer      TEXT   NOT NULL, -- JSON
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
