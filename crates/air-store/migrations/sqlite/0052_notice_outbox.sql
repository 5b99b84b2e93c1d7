-- Notices that a channel sends to users. A row is deleted once its notice is sent, or no longer true.
CREATE TABLE notice_outbox (
    core_claim_hash TEXT   NOT NULL REFERENCES credentials,
    kind            TEXT   NOT NULL, -- issued, expiring, expired, revoked
    next_at         BIGINT NOT NULL, -- when it is due; after an attempt, when the next one is
    attempts        BIGINT NOT NULL,
    PRIMARY KEY (core_claim_hash, kind)
) WITHOUT ROWID;

CREATE INDEX notice_outbox_due ON notice_outbox (next_at);
CREATE INDEX notice_outbox_retried ON notice_outbox (next_at) WHERE attempts > 0;

-- One row while a channel is on: the last event whose notices are in the outbox.
CREATE TABLE notice_position (
    id       BIGINT PRIMARY KEY, -- 1
    sequence BIGINT NOT NULL
);
