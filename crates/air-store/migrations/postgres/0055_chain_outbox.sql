-- What a checkpoint cost, and the newest final block when its own block was seen to be final.
ALTER TABLE chain_transactions ADD COLUMN gas_used BIGINT;
ALTER TABLE chain_transactions ADD COLUMN gas_price BIGINT; -- in wei for each gas
ALTER TABLE chain_transactions ADD COLUMN final_block BIGINT;
-- The number of leaves that were reported as anchored before it was final.
ALTER TABLE chain_transactions ADD COLUMN reported_before BIGINT;

-- The sequence up to which the outbox was pruned.
ALTER TABLE chain ADD COLUMN pruned_to BIGINT NOT NULL DEFAULT 0;

-- The leaves whose credentials were reported as anchored. One row, from the first start with a chain.
CREATE TABLE chain_reports (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    leaves      BIGINT NOT NULL,
    waits_since BIGINT -- since when those without a final checkpoint wait for one; none while there is no chain
);

INSERT INTO chain_reports (id, leaves, waits_since)
SELECT 1, COALESCE((SELECT MAX(ledger_size) FROM chain_transactions WHERE state = 'final'), 0), started_at FROM chain;
