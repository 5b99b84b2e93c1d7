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
CREATE TABLE new_callbacks (
    record_id       TEXT   PRIMARY KEY,
    event           TEXT   NOT NULL DEFAULT 'cak.released', -- or cak.available
    issuer_id       TEXT   NOT NULL REFERENCES partners,
    verifier_id     TEXT REFERENCES partners,               -- of a released key
    user_uuid       TEXT REFERENCES users,                  -- once there is something to report
    schema_id       TEXT REFERENCES schemas,
    curve           TEXT,                                   -- of an available key
    status          BIGINT NOT NULL,                        -- -1, 0, 1
    created_at      BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT,                                 -- while it is pending; a lease, while it is tried
    UNIQUE (issuer_id, created_at, record_id)
);

INSERT INTO new_callbacks (record_id, issuer_id, verifier_id, user_uuid, schema_id, status, created_at, attempts, next_attempt_at)
SELECT record_id, issuer_id, verifier_id, user_uuid, schema_id, status, created_at, attempts, next_attempt_at FROM callbacks;

CREATE TABLE new_callback_attempts (
    record_id   TEXT   NOT NULL REFERENCES new_callbacks,
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    http_status BIGINT,
    failure     TEXT,
    PRIMARY KEY (record_id, number)
) WITHOUT ROWID;

INSERT INTO new_callback_attempts (record_id, number, at, http_status, failure)
SELECT record_id, number, at, http_status, failure FROM callback_attempts;

DROP TABLE callback_attempts;
DROP TABLE callbacks;
ALTER TABLE new_callbacks RENAME TO callbacks;
ALTER TABLE new_callback_attempts RENAME TO callback_attempts;

CREATE INDEX callbacks_due ON callbacks (next_attempt_at) WHERE status = 0;
CREATE INDEX callbacks_open ON callbacks (issuer_id, verifier_id, created_at) WHERE status = -1;
CREATE INDEX callbacks_open_by_verifier ON callbacks (verifier_id) WHERE status = -1;
CREATE INDEX callbacks_listed ON callbacks (issuer_id, (status < 0), created_at DESC, record_id);
