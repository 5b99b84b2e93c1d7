-- A wallet that receives several copies under one offer has a row for each.
CREATE TABLE new_wallet_exports (
    offer_id        TEXT   NOT NULL,
    number          BIGINT NOT NULL, -- from 0, for each offer
    core_claim_hash TEXT   NOT NULL REFERENCES credentials, -- the credential that is copied
    offered_at      BIGINT NOT NULL,
    copy_hash       TEXT   UNIQUE REFERENCES credentials, -- the copy, after a wallet received it
    received_at     BIGINT,
    PRIMARY KEY (offer_id, number)
);

INSERT INTO new_wallet_exports (offer_id, number, core_claim_hash, offered_at, copy_hash, received_at)
SELECT offer_id, 0, core_claim_hash, offered_at, copy_hash, received_at FROM wallet_exports;

DROP TABLE wallet_exports;
ALTER TABLE new_wallet_exports RENAME TO wallet_exports;

CREATE INDEX wallet_exports_by_credential ON wallet_exports (core_claim_hash);

-- The credentials that wallets received under offers. A revocation ends the tokens of the offer.
CREATE TABLE offer_credentials (
    core_claim_hash TEXT PRIMARY KEY REFERENCES credentials,
    offer_id        TEXT NOT NULL
);

CREATE INDEX offer_credentials_by_offer ON offer_credentials (offer_id);
