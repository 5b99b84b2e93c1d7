//! Issuers' callbacks and the attempts to deliver them.

use std::collections::HashMap;

use air_api::sandbox::AcceptedStatus;
use air_ids::{
    Curve, IssuerDid, PartnerId, SchemaId, UnixTime, UserUuid, VerificationId, VerificationProgramId,
};
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    order::{CALLBACKS, Order},
    schema_index::Window,
    sql,
    verifications::Accepted,
};

/// A callback: an event that is reported to an issuer or a verifier.
#[derive(Clone, Debug, FromRow)]
pub struct Record {
    /// The ID.
    pub record_id: String,
    /// The reported event, such as [`RELEASED`].
    pub event: String,
    /// The verifier that the key was released to.
    pub verifier_did: Option<String>,
    /// -1: open, without content; 0: waits for delivery; 1: delivered.
    pub status: i64,
    /// When it was created.
    pub created_at: UnixTime,
    /// The time of the next attempt; `None` if none follows.
    pub next_attempt_at: Option<UnixTime>,
}

/// A callback record with its issuer.
#[derive(Clone, Debug, FromRow)]
pub struct OfIssuer {
    /// The recipient.
    pub issuer_id: PartnerId,
    /// The recipient's name.
    pub issuer_name: String,
    /// The record.
    #[sqlx(flatten)]
    pub record: Record,
}

/// An attempt to deliver a callback.
#[derive(Clone, Debug, FromRow)]
pub struct Attempt {
    /// The time of the attempt.
    pub at: UnixTime,
    /// The receiver's HTTP status; `None` without a response.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub http_status: Option<u64>,
    /// The reason why there was no response.
    pub failure: Option<String>,
}

/// A callback that is due for delivery.
#[derive(Clone, FromRow)]
pub struct Due {
    /// The record's ID.
    pub record_id: String,
    /// The reported event, such as [`RELEASED`].
    pub event: String,
    /// The recipient.
    pub issuer_id: PartnerId,
    /// The recipient's DID.
    pub issuer_did: IssuerDid,
    /// The user.
    pub user_uuid: UserUuid,
    /// The schema.
    pub schema_id: SchemaId,
    /// The verifier that the key was released to.
    pub verifier_did: Option<String>,
    /// The curve of a key that became available.
    pub curve: Option<Curve>,
    /// The verification that accepted a credential whose status changed.
    pub verification_id: Option<VerificationId>,
    /// The program of that verification.
    pub program_id: Option<VerificationProgramId>,
    /// The new status of that credential.
    #[sqlx(try_from = "sql::OptionalText<AcceptedStatus>")]
    pub credential_status: Option<AcceptedStatus>,
    /// The recipient's URL.
    pub url: String,
    /// The secret that signs the callback.
    pub secret: String,
    /// The number of earlier attempts.
    #[sqlx(try_from = "sql::Unsigned")]
    pub attempts: u64,
}

/// The event of a record whose user released a key to a verifier.
pub const RELEASED: &str = "cak.released";
/// The event of a record whose user accepted a key.
pub const AVAILABLE: &str = "cak.available";

/// The event of a record that tells a verifier about the status of a credential.
pub const STATUS_CHANGED: &str = "credential.status_changed";

/// A new status of a credential that a verifier accepted, as a callback reports it.
#[derive(Clone, Copy, Debug)]
pub struct StatusChange<'a> {
    /// The verification that accepted the credential.
    pub verification: &'a Accepted,
    /// The new status.
    pub status: AcceptedStatus,
}

/// A key that a user accepted, as a callback reports it.
#[derive(Clone, Copy, Debug)]
pub struct Available<'a> {
    /// The issuer's partner ID.
    pub issuer_id: &'a PartnerId,
    /// The user.
    pub user_uuid: &'a UserUuid,
    /// The schema.
    pub schema_id: &'a SchemaId,
    /// The curve of the key.
    pub curve: Curve,
}

/// A release of a credential, as a callback reports it: issuer, verifier, user and schema.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// The issuer's partner ID.
    pub issuer_id: &'a PartnerId,
    /// The verifier's partner ID.
    pub verifier_id: &'a PartnerId,
    /// The user.
    pub user_uuid: &'a UserUuid,
    /// The schema.
    pub schema_id: &'a SchemaId,
}

/// Sets an issuer's URL. Returns the issuer's secret, which is the new one if the issuer had no URL before.
pub async fn set_url(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    url: &str,
    new_secret: &str,
) -> sqlx::Result<String> {
    sql::query_scalar(
        "INSERT INTO issuer_callbacks (partner_id, url, secret)
         VALUES ($1, $2, $3)
         ON CONFLICT (partner_id) DO UPDATE SET url = excluded.url RETURNING secret",
    )
    .bind(partner_id)
    .bind(url)
    .bind(new_secret)
    .fetch_one(tx)
    .await
}

/// Replaces the secret of an issuer that has a URL. Returns the URL.
pub async fn set_secret(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    secret: &str,
) -> sqlx::Result<Option<String>> {
    sql::query_scalar("UPDATE issuer_callbacks SET secret = $2 WHERE partner_id = $1 RETURNING url")
        .bind(partner_id)
        .bind(secret)
        .fetch_optional(tx)
        .await
}

/// Subscribes a partner that has a URL to status changes, or unsubscribes it. Returns `false` if it
/// has no URL.
pub async fn subscribe(tx: &mut WriteTx, partner_id: &PartnerId, status_changes: bool) -> sqlx::Result<bool> {
    let done = sql::query("UPDATE issuer_callbacks SET status_changes = $2 WHERE partner_id = $1")
        .bind(partner_id)
        .bind(status_changes)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Opens a record that has nothing to report yet.
pub async fn open(
    tx: &mut WriteTx,
    record_id: &str,
    issuer_id: &PartnerId,
    verifier_id: &PartnerId,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO callbacks (record_id, issuer_id, verifier_id, status, created_at, attempts)
         VALUES ($1, $2, $3, -1, $4, 0)",
    )
    .bind(record_id)
    .bind(issuer_id)
    .bind(verifier_id)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Inserts a record that reports an available key.
pub async fn insert_available(
    tx: &mut WriteTx,
    record_id: &str,
    available: Available<'_>,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO callbacks (record_id, event, issuer_id, user_uuid, schema_id, curve, status, created_at, attempts, next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0, $7)",
    )
    .bind(record_id)
    .bind(AVAILABLE)
    .bind(available.issuer_id)
    .bind(available.user_uuid)
    .bind(available.schema_id)
    .bind(available.curve)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Inserts a record that reports a new status to a verifier, who is its recipient.
pub async fn insert_status_change(
    tx: &mut WriteTx,
    record_id: &str,
    change: StatusChange<'_>,
    now: UnixTime,
) -> sqlx::Result<()> {
    let verification = change.verification;
    sql::query(
        "INSERT INTO callbacks (record_id, event, issuer_id, user_uuid, schema_id, verification_id, credential_status, status,
             created_at, attempts, next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, $8)",
    )
    .bind(record_id)
    .bind(STATUS_CHANGED)
    .bind(&verification.partner_id)
    .bind(&verification.user_uuid)
    .bind(&verification.schema_id)
    .bind(&verification.verification_id)
    .bind(change.status.as_str())
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Fills the oldest open record of this issuer and verifier with a release. Returns `false` if
/// there is no open record.
pub async fn fill(tx: &mut WriteTx, release: Release<'_>, now: UnixTime) -> sqlx::Result<bool> {
    let done = sql::query(
        "UPDATE callbacks SET user_uuid = $1, schema_id = $2, status = 0, next_attempt_at = $3 WHERE record_id = (
             SELECT record_id FROM callbacks WHERE issuer_id = $4 AND verifier_id = $5 AND status = -1
             ORDER BY created_at LIMIT 1)",
    )
    .bind(release.user_uuid)
    .bind(release.schema_id)
    .bind(now)
    .bind(release.issuer_id)
    .bind(release.verifier_id)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The times at which a callback is due: at or before `now`, or after `latest`. A time after
/// `latest` was set before the clock moved back, and without this rule the issuer would receive the
/// callback only at that time.
#[derive(Clone, Copy, Debug)]
pub struct DueTime {
    /// The present time.
    pub now: UnixTime,
    /// The latest time that a retry delay can set.
    pub latest: UnixTime,
}

/// Checks whether any callback is due.
pub async fn is_due(tx: &mut ReadTx, due: DueTime) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM callbacks JOIN issuer_callbacks ON partner_id = issuer_id
             WHERE status = 0 AND next_attempt_at <= $1)
         OR EXISTS (SELECT 1 FROM callbacks WHERE status = 0 AND next_attempt_at > $2)",
    )
    .bind(due.now)
    .bind(due.latest)
    .fetch_one(tx)
    .await
}

/// Counts the callbacks that wait for an attempt.
pub async fn count_waiting(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM callbacks WHERE status = 0")
        .fetch_one(tx)
        .await
}

/// Leases some due callbacks until `lease_ends`. If their delivery is never recorded, they are due
/// again at that time.
pub async fn lease(tx: &mut WriteTx, due: DueTime, lease_ends: UnixTime) -> sqlx::Result<Vec<Due>> {
    sql::query("UPDATE callbacks SET next_attempt_at = $1 WHERE status = 0 AND next_attempt_at > $2")
        .bind(due.now)
        .bind(due.latest)
        .execute(tx)
        .await?;
    // A callback that another process has locked belongs to that process. (SQLite has no other process.)
    let skipping = tx.dialect().of("", "FOR UPDATE OF callbacks SKIP LOCKED");
    let due: Vec<Due> = sql::query_as(format!(
        "SELECT record_id, event, issuer_id, issuers.issuer_did, callbacks.user_uuid, schema_id, verifiers.verifier_did, curve,
             callbacks.verification_id, verifications.program_id, credential_status, url, secret, attempts FROM callbacks
         JOIN issuer_callbacks ON issuer_callbacks.partner_id = issuer_id
         JOIN partners AS issuers ON issuers.partner_id = issuer_id
         LEFT JOIN partners AS verifiers ON verifiers.partner_id = verifier_id
         LEFT JOIN verifications ON verifications.verification_id = callbacks.verification_id
         WHERE callbacks.status = 0 AND next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT 16 {skipping}"
    ))
    .bind(due.now)
    .fetch_all(tx)
    .await?;
    for one in &due {
        sql::query("UPDATE callbacks SET next_attempt_at = $1 WHERE record_id = $2")
            .bind(lease_ends)
            .bind(&one.record_id)
            .execute(tx)
            .await?;
    }
    Ok(due)
}

/// Records an attempt and the time of the next one, which is `None` after a successful delivery.
pub async fn record(
    tx: &mut WriteTx,
    record_id: &str,
    attempt: &Attempt,
    next_attempt_at: Option<UnixTime>,
) -> sqlx::Result<()> {
    sql::query(
        "UPDATE callbacks SET attempts = attempts + 1, next_attempt_at = $1, status = $2 WHERE record_id = $3",
    )
    .bind(next_attempt_at)
    .bind(u64::from(next_attempt_at.is_none()))
    .bind(record_id)
    .execute(tx)
    .await?;
    sql::query(
        "INSERT INTO callback_attempts (record_id, number, at, http_status, failure)
         SELECT record_id, attempts, $1, $2, $3 FROM callbacks WHERE record_id = $4",
    )
    .bind(attempt.at)
    .bind(attempt.http_status)
    .bind(&attempt.failure)
    .bind(record_id)
    .execute(tx)
    .await
    .map(drop)
}

/// Returns an issuer's records: first the filled ones, then the open ones, each group newest first.
pub async fn of_issuer(tx: &mut ReadTx, issuer_id: &PartnerId, window: Window) -> sqlx::Result<Vec<Record>> {
    sql::query_as(
        "SELECT record_id, event, verifier_did, status, callbacks.created_at, next_attempt_at FROM callbacks
         LEFT JOIN partners ON partners.partner_id = verifier_id WHERE issuer_id = $1
         ORDER BY (status < 0), callbacks.created_at DESC, record_id LIMIT $2 OFFSET $3",
    )
    .bind(issuer_id)
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// The filter of callbacks. An empty text matches all.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallbackFilter<'a> {
    /// `open`, `pending` or `delivered`.
    pub state: &'a str,
    /// The event, such as [`AVAILABLE`].
    pub event: &'a str,
    /// Part of an ID, in lower case.
    pub text: &'a str,
}

/// The condition of a filter, whose values are the first three.
pub(crate) const MATCHES: &str = "($1 = '' OR ($1 = 'open' AND status < 0) OR ($1 = 'pending' AND status = 0) \
    OR ($1 = 'delivered' AND status > 0)) AND ($2 = '' OR event = $2) \
    AND ($3 = '%%' OR lower(record_id) LIKE $3 ESCAPE '!')";

/// Returns the records of all issuers that match. By default, the filled ones are first, then the
/// open ones, each group newest first.
pub async fn newest(
    tx: &mut ReadTx,
    filter: CallbackFilter<'_>,
    order: Option<Order<'_>>,
    window: Window,
) -> sqlx::Result<Vec<OfIssuer>> {
    let order = CALLBACKS.clause(order);
    sql::query_as(format!(
        "SELECT issuer_id, issuers.name AS issuer_name, record_id, event, verifiers.verifier_did, status, callbacks.created_at,
             next_attempt_at FROM callbacks
         LEFT JOIN partners AS verifiers ON verifiers.partner_id = verifier_id
         JOIN partners AS issuers ON issuers.partner_id = issuer_id
         WHERE {MATCHES} {order} LIMIT $4 OFFSET $5"
    ))
    .bind(filter.state)
    .bind(filter.event)
    .bind(sql::containing(filter.text))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// An attempt of one of several records.
#[derive(Clone, Debug, FromRow)]
struct AttemptOf {
    record_id: String,
    #[sqlx(flatten)]
    attempt: Attempt,
}

/// Returns the last hundred attempts of each of these records, oldest first, in one query.
pub async fn attempts(tx: &mut ReadTx, record_ids: &[&str]) -> sqlx::Result<HashMap<String, Vec<Attempt>>> {
    if record_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let places = sql::places(1, record_ids.len());
    let query = sql::query_as(format!(
        "SELECT record_id, at, http_status, failure FROM (
             SELECT record_id, number, at, http_status, failure,
                 ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY number DESC) AS place
             FROM callback_attempts WHERE record_id IN {places}
         ) AS newest WHERE place <= 100 ORDER BY record_id, number"
    ));
    let query = record_ids.iter().fold(query, |query, id| query.bind(*id));
    let mut found: HashMap<String, Vec<Attempt>> = HashMap::new();
    for AttemptOf { record_id, attempt } in query.fetch_all(tx).await? {
        found.entry(record_id).or_default().push(attempt);
    }
    Ok(found)
}

/// Schedules a record for delivery again. Returns `false` if the issuer has no such filled record.
pub async fn replay(
    tx: &mut WriteTx,
    record_id: &str,
    issuer_id: &PartnerId,
    now: UnixTime,
) -> sqlx::Result<bool> {
    let done = sql::query(
        "UPDATE callbacks SET status = 0, next_attempt_at = $1 WHERE record_id = $2 AND issuer_id = $3 AND status >= 0",
    )
    .bind(now)
    .bind(record_id)
    .bind(issuer_id)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
