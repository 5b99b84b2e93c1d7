-- One row, once the platform's clock was moved.
CREATE TABLE platform_clock (
    id             BIGINT PRIMARY KEY, -- 1
    offset_seconds BIGINT NOT NULL     -- ahead of the machine's
);
