//! Semi-decrypted packages, and the accesses to their URLs.

use air_ids::{PackageId, PartnerId, UnixTime, VerificationId};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A semi-decrypted package that an issuer deposited for a verifier, without its bytes.
#[derive(Clone, Debug, FromRow)]
pub struct Package {
    /// The ID.
    pub package_id: PackageId,
    /// The verification whose consent covers it.
    pub verification_id: VerificationId,
    /// The issuer.
    pub issuer_id: PartnerId,
    /// The verifier.
    pub verifier_id: PartnerId,
    /// The file name.
    pub name: String,
    /// The size in bytes.
    #[sqlx(try_from = "sql::Unsigned")]
    pub size: u64,
    /// The SHA-256 of the bytes, in hex.
    pub sha256: String,
    /// When it was deposited.
    pub created_at: UnixTime,
    /// The end of the signed URL.
    pub expires_at: UnixTime,
}

/// A request to a package's URL.
#[derive(Clone, Debug, FromRow)]
pub struct Access {
    /// The time of the request.
    pub at: UnixTime,
    /// The outcome, as in the API: `granted`, `expired`, `withdrawn` or `badSignature`.
    pub outcome: String,
}

/// A verification to which the user consented, with the credential's issuer.
#[derive(Clone, Debug, FromRow)]
pub struct Agreed {
    /// The verifier.
    pub verifier_id: PartnerId,
    /// The issuer of the presented credential.
    pub issuer_id: PartnerId,
    /// The result, such as `Compliant`.
    pub status: Option<String>,
    /// Whether the verifier requests the CAK.
    pub require_cak: bool,
}

/// Inserts a package.
pub async fn insert(tx: &mut WriteTx, package: &Package, bytes: &[u8]) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO packages (package_id, verification_id, issuer_id, verifier_id, name, size, sha256, bytes,
             created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&package.package_id)
    .bind(&package.verification_id)
    .bind(&package.issuer_id)
    .bind(&package.verifier_id)
    .bind(&package.name)
    .bind(package.size)
    .bind(&package.sha256)
    .bind(bytes)
    .bind(package.created_at)
    .bind(package.expires_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds a package.
pub async fn find(tx: &mut ReadTx, package_id: &str) -> sqlx::Result<Option<Package>> {
    sql::query_as(
        "SELECT package_id, verification_id, issuer_id, verifier_id, name, size, sha256, created_at, expires_at
         FROM packages WHERE package_id = $1",
    )
    .bind(package_id)
    .fetch_optional(tx)
    .await
}

/// The state that decides whether a package's signed URL is valid.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct State {
    /// The end of the signed URL.
    pub expires_at: UnixTime,
    /// Whether the user's consent is still given.
    pub is_agreed: bool,
    /// Whether the bytes are still stored.
    pub is_kept: bool,
}

/// Returns the state of a package.
pub async fn state(tx: &mut ReadTx, package_id: &PackageId) -> sqlx::Result<Option<State>> {
    sql::query_as(
        "SELECT packages.expires_at, verifications.consent = 'agreed' AS is_agreed,
             packages.bytes IS NOT NULL AS is_kept
         FROM packages JOIN verifications USING (verification_id) WHERE package_id = $1",
    )
    .bind(package_id)
    .fetch_optional(tx)
    .await
}

/// Returns the package's bytes, until they are deleted or the user withdraws the consent.
pub async fn bytes(tx: &mut ReadTx, package_id: &str) -> sqlx::Result<Option<Vec<u8>>> {
    let found: Option<Option<Vec<u8>>> = sql::query_scalar(
        "SELECT bytes FROM packages JOIN verifications USING (verification_id)
         WHERE package_id = $1 AND consent = 'agreed'",
    )
    .bind(package_id)
    .fetch_optional(tx)
    .await?;
    Ok(found.flatten())
}

/// Finds a verification, if its consent still holds and a credential was presented.
pub async fn find_agreed(tx: &mut ReadTx, verification_id: &str) -> sqlx::Result<Option<Agreed>> {
    sql::query_as(
        "SELECT verifications.partner_id AS verifier_id, credentials.partner_id AS issuer_id,
             verifications.status, verification_programs.require_cak
         FROM verifications
         JOIN verification_programs ON verification_programs.program_id = verifications.program_id
         JOIN credentials ON credentials.core_claim_hash = verifications.core_claim_hash
         WHERE verifications.verification_id = $1 AND verifications.consent = 'agreed'",
    )
    .bind(verification_id)
    .fetch_optional(tx)
    .await
}

/// Checks whether any package with stored bytes has expired at `now`.
pub async fn any_expired(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM packages WHERE bytes IS NOT NULL AND expires_at <= $1)")
        .bind(now)
        .fetch_one(tx)
        .await
}

/// Deletes the bytes of expired packages.
pub async fn forget_expired(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "UPDATE stored_bytes SET total = total - (
             SELECT SUM(size) FROM packages
             WHERE issuer_id = stored_bytes.partner_id AND bytes IS NOT NULL AND expires_at <= $1)
         WHERE partner_id IN (SELECT issuer_id FROM packages WHERE bytes IS NOT NULL AND expires_at <= $1)",
    )
    .bind(now)
    .execute(tx)
    .await?;
    sql::query("UPDATE packages SET bytes = NULL WHERE bytes IS NOT NULL AND expires_at <= $1")
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Deletes the bytes of a verification's packages.
pub async fn forget_verification(tx: &mut WriteTx, verification_id: &str) -> sqlx::Result<()> {
    sql::query(
        "UPDATE stored_bytes SET total = total - (
             SELECT SUM(size) FROM packages
             WHERE issuer_id = stored_bytes.partner_id AND bytes IS NOT NULL AND verification_id = $1)
         WHERE partner_id IN (SELECT issuer_id FROM packages WHERE bytes IS NOT NULL AND verification_id = $1)",
    )
    .bind(verification_id)
    .execute(tx)
    .await?;
    sql::query("UPDATE packages SET bytes = NULL WHERE bytes IS NOT NULL AND verification_id = $1")
        .bind(verification_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether any package with stored bytes was deposited later than `now`.
pub async fn any_after(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM packages WHERE bytes IS NOT NULL AND created_at > $1)")
        .bind(now)
        .fetch_one(tx)
        .await
}

/// Dates the packages that are later than `now` to `now`, with the same lifetime, after the clock
/// was moved back.
pub async fn date_back(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "UPDATE packages SET expires_at = $1 + (expires_at - created_at), created_at = $1
         WHERE bytes IS NOT NULL AND created_at > $1",
    )
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Records a request to a package's URL.
pub async fn record(
    tx: &mut WriteTx,
    package_id: &PackageId,
    outcome: &str,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO package_accesses (package_id, at, outcome) VALUES ($1, $2, $3)")
        .bind(package_id)
        .bind(now)
        .bind(outcome)
        .execute(tx)
        .await
        .map(drop)
}

/// Counts the accesses with one outcome.
pub async fn count_accesses(tx: &mut ReadTx, package_id: &str, outcome: &str) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM package_accesses WHERE package_id = $1 AND outcome = $2")
        .bind(package_id)
        .bind(outcome)
        .fetch_one(tx)
        .await
}

/// Returns all accesses, oldest first.
pub async fn accesses(tx: &mut ReadTx, package_id: &str) -> sqlx::Result<Vec<Access>> {
    sql::query_as("SELECT at, outcome FROM package_accesses WHERE package_id = $1 ORDER BY sequence")
        .bind(package_id)
        .fetch_all(tx)
        .await
}
