-- What a checkpoint cost, and the newest final block when its own block was seen to be final.
ALTER TABLE chain_transactions ADD COLUMN gas_used INTEGER;
ALTER TABLE chain_transactions ADD COLUMN gas_price INTEGER; -- in wei for each gas
ALTER TABLE chain_transactions ADD COLUMN final_block INTEGER;
-- The number of leaves that were reported as anchored before it was final.
ALTER TABLE chain_transactions ADD COLUMN reported_before INTEGER;

-- The sequence up to which the outbox was pruned.
ALTER TABLE chain ADD COLUMN pruned_to INTEGER NOT NULL DEFAULT 0;

-- The leaves whose credentials were reported as anchored. One row, from the first start with a chain.
CREATE TABLE chain_reports (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    leaves      INTEGER NOT NULL,
    waits_since INTEGER -- since when those without a final checkpoint wait for one; none while there is no chain
);

INSERT INTO chain_reports (id, leaves, waits_since)
SELECT 1, COALESCE((SELECT MAX(ledger_size) FROM chain_transactions WHERE state = 'final'), 0), started_at FROM chain;
