-- What the platform itself signs with.
CREATE TABLE platform_secrets (
    name       TEXT   PRIMARY KEY,
    secret     BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);

-- Semi-decrypted packages: what an issuer has taken its own layer off, for one verifier to whom the user agreed.
CREATE TABLE packages (
    package_id      TEXT   PRIMARY KEY,
    verification_id TEXT   NOT NULL REFERENCES verifications,
    issuer_id       TEXT   NOT NULL REFERENCES partners,
    verifier_id     TEXT   NOT NULL REFERENCES partners,
    name            TEXT   NOT NULL,
    size            BIGINT NOT NULL,
    sha256          TEXT   NOT NULL,
    bytes           BYTEA,            -- until the URL's time is over
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);

CREATE INDEX packages_expiring ON packages (expires_at) WHERE bytes IS NOT NULL;

CREATE TABLE package_accesses (
    sequence   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    package_id TEXT   NOT NULL REFERENCES packages,
    at         BIGINT NOT NULL,
    outcome    TEXT   NOT NULL
);

CREATE INDEX package_accesses_by_package ON package_accesses (package_id, sequence);
