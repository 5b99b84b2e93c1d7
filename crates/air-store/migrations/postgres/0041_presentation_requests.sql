-- Presentation requests of OpenID4VP.
CREATE TABLE presentation_requests (
    request_id     TEXT PRIMARY KEY,
    partner_id     TEXT NOT NULL REFERENCES partners,
    program_id     TEXT NOT NULL REFERENCES verification_programs,
    random         BYTEA NOT NULL, -- of which nonce and state are made
    decryption_key TEXT, -- a JWK of this request alone, deleted with the response
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    outcome        TEXT, -- presented or refused
    result         TEXT -- JSON
);

CREATE INDEX presentation_requests_expiring ON presentation_requests (expires_at);

CREATE INDEX presentation_requests_open ON presentation_requests (partner_id) WHERE outcome IS NULL;
