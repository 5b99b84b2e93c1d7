-- The complete subtrees of the ledger's tree, of two leaves and more, so that a root or a proof needs a few of them and not every leaf.
CREATE TABLE ledger_nodes (
    level    BIGINT NOT NULL, -- 2^level leaves
    position BIGINT NOT NULL,
    hash     BLOB   NOT NULL,
    PRIMARY KEY (level, position)
) WITHOUT ROWID;

CREATE INDEX ledger_pending ON ledger_entries (sequence) WHERE block IS NULL;
