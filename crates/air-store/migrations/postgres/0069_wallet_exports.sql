-- The credential that an offer copies, for another wallet of its holder: its coreClaimHash.
ALTER TABLE credential_offers ADD COLUMN copied_from TEXT;

CREATE INDEX credential_offers_copies ON credential_offers (copied_from) WHERE copied_from IS NOT NULL;

-- Copies of credentials that their holders took to other wallets.
CREATE TABLE wallet_exports (
    offer_id        TEXT   PRIMARY KEY,
    core_claim_hash TEXT   NOT NULL REFERENCES credentials, -- the credential that is copied
    offered_at      BIGINT NOT NULL,
    copy_hash       TEXT   UNIQUE REFERENCES credentials, -- the copy, after a wallet received it
    received_at     BIGINT
);

CREATE INDEX wallet_exports_by_credential ON wallet_exports (core_claim_hash);
