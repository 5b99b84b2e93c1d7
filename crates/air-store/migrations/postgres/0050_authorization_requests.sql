-- Pushed authorization requests of OpenID4VCI, with their codes. Request URIs and codes are secrets, so only their digests are stored.
CREATE TABLE authorization_requests (
    request_id     TEXT    PRIMARY KEY,
    partner_id     TEXT    NOT NULL REFERENCES partners,
    program_id     TEXT    NOT NULL REFERENCES programs,
    client_id      TEXT    NOT NULL,
    form           TEXT    NOT NULL, -- the parameters of the request
    request_digest BYTEA   NOT NULL UNIQUE,
    offer_id       TEXT, -- of the request's issuer_state, or made when the user agrees
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL, -- until when the row is kept
    begun_at       BIGINT, -- when the user's browser arrived first
    decided_at     BIGINT,
    email          TEXT, -- of the user who agreed
    code_digest    BYTEA   UNIQUE, -- present if the user agreed
    redeemed_at    BIGINT
);

CREATE INDEX authorization_requests_expiring ON authorization_requests (expires_at);

CREATE INDEX authorization_requests_open ON authorization_requests (partner_id) WHERE decided_at IS NULL;

-- Whether the user signs in and agrees, so that the offer's code is an issuer_state.
ALTER TABLE credential_offers ADD COLUMN needs_sign_in BOOLEAN NOT NULL DEFAULT FALSE;

-- Whether the token response named the credential by an identifier.
ALTER TABLE credential_offers ADD COLUMN has_identifiers BOOLEAN NOT NULL DEFAULT FALSE;

-- The client that redeemed the authorization code.
ALTER TABLE credential_offers ADD COLUMN client_id TEXT;
