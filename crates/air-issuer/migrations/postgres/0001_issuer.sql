-- The issuer's own records. Neither claims nor credentials are stored; an envelope opens for its holder alone.

-- What the first start or the first credential fixes.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE issuances (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id TEXT NOT NULL UNIQUE,
    holder_did TEXT NOT NULL,
    schema_id TEXT NOT NULL,
    vct TEXT NOT NULL,
    -- Keyed hashes (HMAC-SHA256, hex) of the user's id, of the subject, and of everything that makes two requests equal.
    user_ref TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    request_ref TEXT NOT NULL,
    cnf_thumbprint TEXT,
    -- 63 random bits.
    nonce BIGINT NOT NULL UNIQUE,
    list BIGINT,
    idx BIGINT,
    kid TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    reason TEXT,
    state TEXT NOT NULL CHECK (state IN ('prepared', 'stored', 'abandoned')),
    UNIQUE (list, idx)
);

CREATE INDEX issuances_by_request ON issuances (request_ref, expires_at);
CREATE INDEX issuances_by_holder ON issuances (holder_did, seq);
CREATE INDEX issuances_by_schema ON issuances (schema_id, seq);

-- Uploads that dStorage has not confirmed. Each try sends the same bytes.
CREATE TABLE outbox (
    external_id TEXT NOT NULL PRIMARY KEY REFERENCES issuances (external_id),
    body BYTEA NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    last_error TEXT
);

CREATE INDEX outbox_by_time ON outbox (next_at);

CREATE TABLE status_lists (
    number BIGINT NOT NULL PRIMARY KEY,
    -- The taken indices, as air-vc encodes them.
    allocated BYTEA NOT NULL,
    -- The statuses, compressed (zlib).
    statuses BYTEA NOT NULL,
    -- Counts the changes of the statuses.
    version BIGINT NOT NULL,
    -- The signed list, the version it shows, and the time of its signature.
    signed TEXT,
    signed_version BIGINT,
    signed_at BIGINT
);

-- Append-only. Each instance chains its own entries.
CREATE TABLE audit (
    instance TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    external_id TEXT,
    actor TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (instance, seq)
);
