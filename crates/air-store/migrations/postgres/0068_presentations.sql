-- Credentials that wallets presented to verifiers by OpenID4VP. The rows have the names of the disclosed claims, and no values.
CREATE TABLE presentations (
    presentation_id TEXT   PRIMARY KEY,
    request_id      TEXT   NOT NULL, -- of a presentation request, which is deleted a day after its end
    partner_id      TEXT   NOT NULL REFERENCES partners, -- the verifier
    program_id      TEXT   NOT NULL REFERENCES verification_programs,
    user_uuid       TEXT   NOT NULL REFERENCES users, -- the holder
    core_claim_hash TEXT   NOT NULL REFERENCES credentials,
    disclosed       TEXT   NOT NULL, -- names, as a JSON array
    status          TEXT   NOT NULL,
    presented_at    BIGINT NOT NULL
);

CREATE INDEX presentations_by_user ON presentations (user_uuid, presented_at);
