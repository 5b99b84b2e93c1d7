-- The backends of issuers that sign themselves: what the platform calls to preview and to issue a credential.
CREATE TABLE issuer_backends (
    partner_id            TEXT    PRIMARY KEY REFERENCES partners,
    did                   TEXT    NOT NULL, -- did:web, whose document has the issuer's keys
    available_vc_url      TEXT    NOT NULL,
    issue_vc_url          TEXT    NOT NULL,
    revocation_status_url TEXT,             -- the nonce is appended
    api_key               TEXT    NOT NULL, -- a secret of the backend, sent to it in x-api-key
    changed_at            INTEGER NOT NULL
);
