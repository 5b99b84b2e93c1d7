-- The entries of status lists whose credentials were erased with their users. They stay revoked, and no credential gets them again.
CREATE TABLE erased_credentials (
    status_list  BIGINT NOT NULL REFERENCES status_lists,
    status_entry BIGINT NOT NULL,
    erased_at    BIGINT NOT NULL,
    PRIMARY KEY (status_list, status_entry)
);
