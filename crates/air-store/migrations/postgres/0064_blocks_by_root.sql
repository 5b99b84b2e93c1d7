-- Blocks are found by their root, too.
CREATE INDEX ledger_blocks_by_root ON ledger_blocks (root);
