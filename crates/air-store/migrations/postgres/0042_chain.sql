-- The chain that holds the ledger's checkpoints. One row, from the first start with a chain.
CREATE TABLE chain (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    chain_id   BIGINT NOT NULL,
    contract   BYTEA, -- none until it is deployed
    code_hash  BYTEA,
    started_at BIGINT NOT NULL,
    alarm      TEXT -- what keeps checkpoints from the chain now
);

-- The outbox: each signed transaction is stored before it is sent.
CREATE TABLE chain_transactions (
    sequence     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nonce        BIGINT NOT NULL,
    ledger_size  BIGINT NOT NULL, -- 0 creates the contract
    root         BYTEA    NOT NULL,
    sender       BYTEA    NOT NULL,
    raw          BYTEA    NOT NULL,
    hash         BYTEA    NOT NULL,
    max_fee      BIGINT NOT NULL, -- in wei for each gas; without tip the price
    tip          BIGINT,
    state        TEXT    NOT NULL, -- sent, included, final, replaced or failed
    block_number BIGINT,
    block_hash   BYTEA,
    stored_at    BIGINT NOT NULL,
    sent_at      BIGINT,
    sent_block   BIGINT, -- the newest block then
    final_at     BIGINT,
    UNIQUE (nonce, hash)
);

CREATE INDEX chain_transactions_by_state ON chain_transactions (state, ledger_size);

CREATE INDEX chain_transactions_by_hash ON chain_transactions (hash);
