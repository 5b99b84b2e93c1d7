-- When a block that had the entry was taken back, the last time: it waited again from then on.
ALTER TABLE ledger_entries ADD COLUMN taken_back_at BIGINT;
