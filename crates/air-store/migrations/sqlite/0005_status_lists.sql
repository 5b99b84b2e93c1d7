-- Each issuer's status lists, one after the other: one is open until half of it is taken, so that free entries are found quickly and
-- its end is never reached.
CREATE TABLE status_lists (
    list_id    INTEGER PRIMARY KEY,
    partner_id TEXT   NOT NULL REFERENCES partners,
    number     BIGINT NOT NULL, -- of the issuer's, from 1
    uri        TEXT   NOT NULL, -- as its credentials name it, wherever the platform listens later
    size       BIGINT NOT NULL,
    taken      BIGINT NOT NULL,
    UNIQUE (partner_id, number)
);

-- A credential that is older than the lists has no entry.
ALTER TABLE credentials ADD COLUMN status_list BIGINT REFERENCES status_lists;
ALTER TABLE credentials ADD COLUMN status_entry BIGINT;

CREATE UNIQUE INDEX credentials_by_status ON credentials (status_list, status_entry);
CREATE INDEX credentials_revoked ON credentials (status_list, status_entry) WHERE revoked_at IS NOT NULL;
