-- Until when a program issues, and how many credentials.
ALTER TABLE programs ADD COLUMN accessible_until BIGINT;
ALTER TABLE programs ADD COLUMN maximum_issuance BIGINT;
-- How many it has issued; counted where there is a maximum.
ALTER TABLE programs ADD COLUMN issued BIGINT NOT NULL DEFAULT 0;
