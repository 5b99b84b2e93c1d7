-- Where an issuer hears of released keys, and what that is signed with.
CREATE TABLE issuer_callbacks (
    partner_id TEXT PRIMARY KEY REFERENCES partners,
    url        TEXT NOT NULL,
    secret     TEXT NOT NULL -- whsec_…, base64
);

CREATE TABLE callbacks (
    record_id       TEXT   PRIMARY KEY,
    issuer_id       TEXT   NOT NULL REFERENCES partners,
    verifier_id     TEXT   NOT NULL REFERENCES partners,
    user_uuid       TEXT REFERENCES users,   -- once there is something to tell
    schema_id       TEXT REFERENCES schemas,
    status          BIGINT NOT NULL,         -- -1, 0, 1
    created_at      BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT,                  -- while it is pending; a lease, while it is tried
    UNIQUE (issuer_id, created_at, record_id)
);

CREATE INDEX callbacks_due ON callbacks (next_attempt_at) WHERE status = 0;
CREATE INDEX callbacks_open ON callbacks (issuer_id, verifier_id, created_at) WHERE status = -1;

CREATE TABLE callback_attempts (
    record_id   TEXT   NOT NULL REFERENCES callbacks,
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    http_status BIGINT,
    failure     TEXT,
    PRIMARY KEY (record_id, number)
) WITHOUT ROWID;
