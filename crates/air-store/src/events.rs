//! Events, in the order of the transactions. They are read by their sequence number only, so they
//! need no other index.

use air_ids::{PartnerId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// An event that is appended.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// A random text. With the sequence number, it is the event's ID.
    pub nonce: &'a str,
    /// The type, such as `credential.issued`.
    pub kind: &'a str,
    /// The partner that may see it; `None` for the operator alone.
    pub partner_id: Option<&'a PartnerId>,
    /// JSON.
    pub data: &'a str,
}

/// A stored event.
#[derive(Clone, Debug, FromRow)]
pub struct StoredEvent {
    /// The sequence number, in the order of the transactions.
    #[sqlx(try_from = "sql::Unsigned")]
    pub sequence: u64,
    /// The random part of the ID.
    pub nonce: String,
    /// The type, such as `credential.issued`.
    #[sqlx(rename = "type")]
    pub kind: String,
    /// The partner that may see it; `None` for the operator alone.
    pub partner_id: Option<PartnerId>,
    /// When it happened, by the platform's clock.
    pub created_at: UnixTime,
    /// The data as JSON.
    pub data: String,
}

/// An event with owned fields, for a transaction that another task executes.
#[derive(Clone, Debug)]
pub struct OwnedEvent {
    /// A random text. With the sequence number, it is the event's ID.
    pub nonce: String,
    /// The type, such as `credential.issued`.
    pub kind: &'static str,
    /// The partner that may see it; `None` for the operator alone.
    pub partner_id: Option<PartnerId>,
    /// The data as JSON.
    pub data: String,
}

impl OwnedEvent {
    /// Returns the event with borrowed fields.
    #[must_use]
    pub fn borrowed(&self) -> NewEvent<'_> {
        NewEvent {
            nonce: &self.nonce,
            kind: self.kind,
            partner_id: self.partner_id.as_ref(),
            data: &self.data,
        }
    }
}

/// Appends an event in the transaction that it reports.
pub async fn append(connection: &mut WriteTx, event: &NewEvent<'_>, now: UnixTime) -> sqlx::Result<()> {
    sql::query("INSERT INTO events (nonce, type, partner_id, created_at, data) VALUES ($1, $2, $3, $4, $5)")
        .bind(event.nonce)
        .bind(event.kind)
        .bind(event.partner_id)
        .bind(now)
        .bind(event.data)
        .enqueue(connection)
        .await
}

/// Queues one event for each credential in these ledger entries.
pub async fn append_anchored(
    tx: &mut WriteTx,
    nonce: &str,
    leaves: std::ops::Range<u64>,
    now: UnixTime,
) -> sqlx::Result<()> {
    // A hash is hexadecimal and a number is decimal, so the concatenated text is valid JSON.
    sql::query(
        r#"INSERT INTO events (nonce, type, partner_id, created_at, data)
           SELECT $1, 'credential.anchored', credentials.partner_id, $2,
               '{"coreClaimHash":"' || credentials.core_claim_hash || '","vcId":"' || credentials.vc_id
               || '","block":' || ledger_entries.block || ',"leafIndex":' || ledger_entries.leaf_index || '}'
           FROM ledger_entries
           JOIN credentials ON credentials.core_claim_hash = ledger_entries.core_claim_hash
           WHERE ledger_entries.leaf_index >= $3 AND ledger_entries.leaf_index < $4
           ORDER BY ledger_entries.leaf_index"#,
    )
    .bind(nonce)
    .bind(now)
    .bind(leaves.start)
    .bind(leaves.end)
    .enqueue(tx)
    .await
}

/// Returns the events after a sequence number, oldest first.
pub async fn after(tx: &mut ReadTx, sequence: u64, limit: u64) -> sqlx::Result<Vec<StoredEvent>> {
    sql::query_as(
        "SELECT sequence, nonce, type, partner_id, created_at, data FROM events
         WHERE sequence > $1 ORDER BY sequence LIMIT $2",
    )
    .bind(sequence)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Returns the last events, newest first.
pub async fn last(tx: &mut ReadTx, limit: u64) -> sqlx::Result<Vec<StoredEvent>> {
    sql::query_as(
        "SELECT sequence, nonce, type, partner_id, created_at, data FROM events ORDER BY sequence DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Finds the event with a sequence number.
pub async fn find(tx: &mut ReadTx, sequence: u64) -> sqlx::Result<Option<StoredEvent>> {
    sql::query_as(
        "SELECT sequence, nonce, type, partner_id, created_at, data FROM events WHERE sequence = $1",
    )
    .bind(sequence)
    .fetch_optional(tx)
    .await
}

/// Returns the newest event's sequence number.
pub async fn head(tx: &mut ReadTx) -> sqlx::Result<Option<u64>> {
    sql::query_number("SELECT sequence FROM events ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(tx)
        .await
}
