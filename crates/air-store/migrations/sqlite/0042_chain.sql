-- The chain that holds the ledger's checkpoints. One row, from the first start with a chain.
CREATE TABLE chain (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    chain_id   INTEGER NOT NULL,
    contract   BLOB, -- none until it is deployed
    code_hash  BLOB,
    started_at INTEGER NOT NULL,
    alarm      TEXT -- what keeps checkpoints from the chain now
);

-- The outbox: each signed transaction is stored before it is sent.
CREATE TABLE chain_transactions (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    nonce        INTEGER NOT NULL,
    ledger_size  INTEGER NOT NULL, -- 0 creates the contract
    root         BLOB    NOT NULL,
    sender       BLOB    NOT NULL,
    raw          BLOB    NOT NULL,
    hash         BLOB    NOT NULL,
    max_fee      INTEGER NOT NULL, -- in wei for each gas; without tip the price
    tip          INTEGER,
    state        TEXT    NOT NULL, -- sent, included, final, replaced or failed
    block_number INTEGER,
    block_hash   BLOB,
    stored_at    INTEGER NOT NULL,
    sent_at      INTEGER,
    sent_block   INTEGER, -- the newest block then
    final_at     INTEGER,
    UNIQUE (nonce, hash)
);

CREATE INDEX chain_transactions_by_state ON chain_transactions (state, ledger_size);

CREATE INDEX chain_transactions_by_hash ON chain_transactions (hash);
