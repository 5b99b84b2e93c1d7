-- Each issuer's status lists, one after the other: one is open until half of it is taken, so that free entries are found quickly and
-- its end is never reached.
CREATE TABLE status_lists (
    list_id    INTEGER PRIMARY KEY,
    partner_id TEXT   NOT NULL REFERENCES partners,
    number     BIGINT NOT NULL, -- of the issuer's, from 1
    size       BIGINT NOT NULL,
    taken      BIGINT NOT NULL,
    UNIQUE (partner_id, number)
);

CREATE TABLE status_entries (
    list_id BIGINT NOT NULL REFERENCES status_lists,
    entry   BIGINT NOT NULL,
    vc_id   TEXT   NOT NULL, -- of a credential that is issued in the same change
    PRIMARY KEY (list_id, entry)
) WITHOUT ROWID;
