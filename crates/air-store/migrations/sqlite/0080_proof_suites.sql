-- The suite of the W3C credentials of a program, if it has one, and whether they are without a status entry.
ALTER TABLE programs ADD COLUMN proof TEXT;
ALTER TABLE programs ADD COLUMN unlinkable BOOLEAN NOT NULL DEFAULT false;
-- The suites of W3C credentials that a verification program accepts, as a JSON array; NULL for none.
ALTER TABLE verification_programs ADD COLUMN proofs TEXT;
