-- The newest final block, as the submitter saw it while a checkpoint waited for one.
ALTER TABLE chain ADD COLUMN final_block BIGINT;
