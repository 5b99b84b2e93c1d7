-- Responses of the operator's calls with an `Idempotency-Key`, for 24 hours.
CREATE TABLE idempotency_keys (
    -- Keyed hashes (HMAC-SHA256, hex) of the caller and its key, and of the path and the body.
    key_ref TEXT NOT NULL PRIMARY KEY,
    call_ref TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- The time until which the first call is in progress, if it has no response.
    lease_ends BIGINT NOT NULL,
    -- The response. Its body is empty.
    status BIGINT,
    location TEXT
);

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);

-- The reason of a revocation.
ALTER TABLE audit ADD COLUMN detail TEXT;
