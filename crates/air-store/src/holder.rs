//! The records that a user sees in the wallet: credentials, notices, disclosures, and the partners
//! that issued to the user.

use air_api::sandbox::ProofSuite;
use air_ids::{
    CoreClaimHash, Curve, EmailAddress, IssuerDid, PartnerId, ProgramId, SchemaId, UnixTime, UserUuid,
};
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    notice_outbox::EXPIRING_AT,
    schema_index::Window,
    sql::{self, query_number},
};

/// A credential in the wallet, with the names that its holder reads.
#[derive(Clone, FromRow)]
pub struct HeldCredential {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The program that it was issued by.
    pub program_id: ProgramId,
    /// The schema.
    pub schema_id: SchemaId,
    /// The schema, as JSON.
    pub form: String,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The issuer's name.
    pub issuer_name: String,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// The holder's address.
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    /// Compact SD-JWT VC.
    pub credential: String,
    /// The curve of its CAK; `None` without one.
    pub curve: Option<Curve>,
    /// The public half of its CAK, in hex; `None` without compliance encryption, or until the user accepts.
    pub cak_public_key: Option<String>,
    /// Whether the program has compliance encryption on.
    pub cak: bool,
    /// The suite of the program's W3C credentials; `None` without them.
    #[sqlx(try_from = "sql::OptionalText<ProofSuite>")]
    pub proof: Option<ProofSuite>,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// The end of its lifetime; `None` if it never expires.
    pub expires_at: Option<UnixTime>,
    /// When it was revoked; `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// Whether it is a copy for another wallet.
    pub is_copy: bool,
}

/// A credential in the wallet, without its claims.
#[derive(Clone, Debug, FromRow)]
pub struct HeldSummary {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The schema's title.
    pub title: String,
    /// The issuer's name.
    pub issuer_name: String,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// The end of its lifetime; `None` if it never expires.
    pub expires_at: Option<UnixTime>,
    /// When it was revoked; `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// Whether it is a copy for another wallet.
    pub is_copy: bool,
}

/// A change of a credential's status.
#[derive(Clone, Debug, FromRow)]
pub struct Notice {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The schema's title.
    pub title: String,
    /// The issuer's name.
    pub issuer_name: String,
    /// `issued`, `expiring`, `expired` or `revoked`.
    pub kind: String,
    /// When the status changed.
    pub at: UnixTime,
}

/// A run of a verification program, or a presentation of a wallet, as the user sees it.
#[derive(Clone, Debug, FromRow)]
pub struct Disclosure {
    /// The ID of the verification or of the presentation.
    pub id: String,
    /// `verification` or `presentation`.
    pub channel: String,
    /// The verifier's name.
    pub verifier_name: String,
    /// The schema, as JSON.
    pub form: String,
    /// A JSON array.
    pub conditions: String,
    /// A JSON array of names: of a presentation, or if the verifier requested other attributes than
    /// those of the conditions.
    pub disclosed: Option<String>,
    /// Whether the verifier requests the CAK.
    pub require_cak: bool,
    /// The state of the consent: `pending`, `agreed`, `denied` or `withdrawn`.
    pub consent: String,
    /// The result, such as `Compliant`; `None` before the decision.
    pub status: Option<String>,
    /// The `coreClaimHash` of the presented credential; `None` without one.
    pub core_claim_hash: Option<CoreClaimHash>,
    /// The curve of the released CAK; `None` without one.
    pub curve: Option<Curve>,
    /// The public half of the released CAK, in hex; `None` without one.
    pub cak_public_key: Option<String>,
    /// The number of sealed documents that the consent opens.
    #[sqlx(try_from = "sql::Unsigned")]
    pub objects: u64,
    /// The number of packages that the issuer deposited for the verifier.
    #[sqlx(try_from = "sql::Unsigned")]
    pub packages: u64,
    /// When the verifier asked.
    pub started_at: UnixTime,
    /// When the run was decided; `None` before.
    pub decided_at: Option<UnixTime>,
}

/// A partner that issued to the user, or whose credentials on the user's behalf the user refused.
#[derive(Clone, Debug, FromRow)]
pub struct IssuerOfUser {
    /// The partner.
    pub partner_id: PartnerId,
    /// The partner's name.
    pub name: String,
    /// The number of credentials in the wallet.
    #[sqlx(try_from = "sql::Unsigned")]
    pub held: u64,
    /// When the user refused credentials on the user's behalf; `None` if they are allowed.
    pub refused_at: Option<UnixTime>,
}

/// Selects the credentials in the wallet of the user that is bound first.
const IN_WALLET: &str = "credentials.user_uuid = $1 AND NOT EXISTS (SELECT 1 FROM wallet_deletions \
    WHERE wallet_deletions.core_claim_hash = credentials.core_claim_hash)";

const HELD: &str = "SELECT credentials.core_claim_hash, credentials.program_id, credentials.schema_id, form, credentials.partner_id, \
    partners.name AS issuer_name, issuer_did, email, credential, curve, cak_public_key, cak, proof, issued_at, expires_at, revoked_at, \
    (SELECT 1 FROM wallet_exports WHERE copy_hash = credentials.core_claim_hash) IS NOT NULL AS is_copy \
    FROM credentials JOIN schemas ON schemas.schema_id = credentials.schema_id \
    JOIN programs ON programs.program_id = credentials.program_id \
    JOIN partners ON partners.partner_id = credentials.partner_id \
    JOIN users ON users.user_uuid = credentials.user_uuid";

/// Returns the credentials in a user's wallet, newest first.
pub async fn held(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    window: Window,
) -> sqlx::Result<Vec<HeldCredential>> {
    sql::query_as(format!(
        "{HELD} WHERE {IN_WALLET} ORDER BY issued_at DESC, credentials.rowid DESC LIMIT $2 OFFSET $3"
    ))
    .bind(user_uuid)
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Returns summaries of the newest credentials in a user's wallet: of one issuer, or of all.
pub async fn summaries(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    issuer: Option<&PartnerId>,
    limit: u64,
) -> sqlx::Result<Vec<HeldSummary>> {
    let of_issuer = issuer.map_or("", |_| "AND credentials.partner_id = $3");
    let query = sql::query_as(format!(
        "SELECT credentials.core_claim_hash, schemas.title, partners.name AS issuer_name, issued_at, expires_at, revoked_at,
             (SELECT 1 FROM wallet_exports WHERE copy_hash = credentials.core_claim_hash) IS NOT NULL AS is_copy
         FROM credentials JOIN schemas ON schemas.schema_id = credentials.schema_id
         JOIN partners ON partners.partner_id = credentials.partner_id
         WHERE {IN_WALLET} {of_issuer} ORDER BY issued_at DESC, credentials.rowid DESC LIMIT $2"
    ))
    .bind(user_uuid)
    .bind(limit);
    let query = match issuer {
        Some(issuer) => query.bind(issuer),
        None => query,
    };
    query.fetch_all(tx).await
}

/// Counts the credentials in the wallet.
pub async fn count_held(tx: &mut ReadTx, user_uuid: &UserUuid) -> sqlx::Result<u64> {
    query_number(format!("SELECT count(*) FROM credentials WHERE {IN_WALLET}"))
        .bind(user_uuid)
        .fetch_one(tx)
        .await
}

/// Returns a credential in a user's wallet.
pub async fn find_held(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    core_claim_hash: &str,
) -> sqlx::Result<Option<HeldCredential>> {
    sql::query_as(format!(
        "{HELD} WHERE {IN_WALLET} AND credentials.core_claim_hash = $2"
    ))
    .bind(user_uuid)
    .bind(core_claim_hash)
    .fetch_optional(tx)
    .await
}

/// The notices of a user's credentials.
fn notices_of(columns: &str) -> String {
    format!(
        "WITH kept AS (
             SELECT credentials.core_claim_hash, schemas.title, partners.name AS issuer_name, issued_at, expires_at, revoked_at,
                 {EXPIRING_AT} AS expiring_at
             FROM credentials JOIN schemas ON schemas.schema_id = credentials.schema_id
             JOIN partners ON partners.partner_id = credentials.partner_id WHERE {IN_WALLET}
         )
         SELECT {columns} FROM (
             SELECT core_claim_hash, title, issuer_name, CAST('issued' AS TEXT) AS kind, issued_at AS at, 1 AS step FROM kept
             UNION ALL
             SELECT core_claim_hash, title, issuer_name, CAST('expiring' AS TEXT), expiring_at, 2 FROM kept
             WHERE expiring_at <= $2 AND (revoked_at IS NULL OR revoked_at > expiring_at)
             UNION ALL
             SELECT core_claim_hash, title, issuer_name, CAST('expired' AS TEXT), expires_at, 3 FROM kept
             WHERE expires_at <= $2 AND (revoked_at IS NULL OR revoked_at >= expires_at)
             UNION ALL
             SELECT core_claim_hash, title, issuer_name, CAST('revoked' AS TEXT), revoked_at, 4 FROM kept
             WHERE revoked_at IS NOT NULL
         ) AS notices"
    )
}

/// Returns the notices of a user's credentials up to `now`, newest first.
pub async fn notices(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    now: UnixTime,
    window: Window,
) -> sqlx::Result<Vec<Notice>> {
    let notices = notices_of("core_claim_hash, title, issuer_name, kind, at");
    sql::query_as(format!(
        "{notices} ORDER BY at DESC, step DESC, core_claim_hash LIMIT $3 OFFSET $4"
    ))
    .bind(user_uuid)
    .bind(now)
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Counts the notices of a user.
pub async fn count_notices(tx: &mut ReadTx, user_uuid: &UserUuid, now: UnixTime) -> sqlx::Result<u64> {
    query_number(notices_of("count(*)"))
        .bind(user_uuid)
        .bind(now)
        .fetch_one(tx)
        .await
}

const RUNS: &str = "SELECT verification_id AS id, CAST('verification' AS TEXT) AS channel, partners.name AS verifier_name, form, \
    conditions, disclosed, require_cak, consent, status, verifications.core_claim_hash, credentials.curve, \
    credentials.cak_public_key, verifications.objects, \
    (SELECT count(*) FROM packages WHERE packages.verification_id = verifications.verification_id) AS packages, \
    started_at, decided_at \
    FROM verifications JOIN verification_programs ON verification_programs.program_id = verifications.program_id \
    JOIN schemas ON schemas.schema_id = verification_programs.schema_id \
    JOIN partners ON partners.partner_id = verifications.partner_id \
    LEFT JOIN credentials ON credentials.core_claim_hash = verifications.core_claim_hash";

/// A presentation of a wallet has its user's consent and releases no key.
const PRESENTATIONS: &str = "SELECT presentation_id AS id, CAST('presentation' AS TEXT) AS channel, partners.name AS verifier_name, \
    form, conditions, disclosed, FALSE AS require_cak, CAST('agreed' AS TEXT) AS consent, status, \
    presentations.core_claim_hash, credentials.curve, credentials.cak_public_key, CAST(0 AS BIGINT) AS objects, \
    CAST(0 AS BIGINT) AS packages, presented_at AS started_at, presented_at AS decided_at \
    FROM presentations JOIN verification_programs ON verification_programs.program_id = presentations.program_id \
    JOIN credentials ON credentials.core_claim_hash = presentations.core_claim_hash \
    JOIN schemas ON schemas.schema_id = credentials.schema_id \
    JOIN partners ON partners.partner_id = presentations.partner_id";

/// Returns the runs of verification programs with a user, and the presentations of the user's
/// wallets, newest first.
pub async fn disclosures(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    window: Window,
) -> sqlx::Result<Vec<Disclosure>> {
    // Each part is cut by its index before the parts are merged.
    sql::query_as(format!(
        "SELECT * FROM ({RUNS} WHERE verifications.user_uuid = $1 ORDER BY started_at DESC, verification_id LIMIT $4) AS runs
         UNION ALL
         SELECT * FROM ({PRESENTATIONS} WHERE presentations.user_uuid = $1 ORDER BY presented_at DESC, presentation_id LIMIT $4)
             AS presented
         ORDER BY started_at DESC, id LIMIT $2 OFFSET $3"
    ))
    .bind(user_uuid)
    .bind(window.limit)
    .bind(window.offset)
    .bind(window.offset.saturating_add(window.limit))
    .fetch_all(tx)
    .await
}

/// Counts the runs of verification programs with a user.
pub async fn count_disclosures(tx: &mut ReadTx, user_uuid: &UserUuid) -> sqlx::Result<u64> {
    query_number(
        "SELECT (SELECT count(*) FROM verifications WHERE user_uuid = $1)
             + (SELECT count(*) FROM presentations WHERE user_uuid = $1)",
    )
    .bind(user_uuid)
    .fetch_one(tx)
    .await
}

/// Returns a run of a verification program with a user.
pub async fn find_run(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    verification_id: &str,
) -> sqlx::Result<Option<Disclosure>> {
    sql::query_as(format!(
        "{RUNS} WHERE verifications.user_uuid = $1 AND verification_id = $2"
    ))
    .bind(user_uuid)
    .bind(verification_id)
    .fetch_optional(tx)
    .await
}

/// Returns a presentation of a user's wallet.
pub async fn find_presentation(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    presentation_id: &str,
) -> sqlx::Result<Option<Disclosure>> {
    sql::query_as(format!(
        "{PRESENTATIONS} WHERE presentations.user_uuid = $1 AND presentation_id = $2"
    ))
    .bind(user_uuid)
    .bind(presentation_id)
    .fetch_optional(tx)
    .await
}

/// Returns the partners that issued to a user or that the user refused, by name.
pub async fn issuers(tx: &mut ReadTx, user_uuid: &UserUuid, limit: u64) -> sqlx::Result<Vec<IssuerOfUser>> {
    sql::query_as(format!(
        "SELECT partners.partner_id, name, refused_at, (SELECT count(*) FROM credentials
             WHERE credentials.partner_id = partners.partner_id AND {IN_WALLET}) AS held
         FROM partners LEFT JOIN on_behalf_refusals
             ON on_behalf_refusals.partner_id = partners.partner_id AND on_behalf_refusals.user_uuid = $1
         WHERE refused_at IS NOT NULL OR partners.partner_id IN (SELECT partner_id FROM credentials WHERE user_uuid = $1)
         ORDER BY lower(name), partners.partner_id LIMIT $2"
    ))
    .bind(user_uuid)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Deletes a credential from its holder's wallet. Returns `false` if the wallet does not have it.
pub async fn delete(
    tx: &mut WriteTx,
    user_uuid: &UserUuid,
    core_claim_hash: &str,
    now: UnixTime,
) -> sqlx::Result<bool> {
    let deleted = sql::query(format!(
        "INSERT INTO wallet_deletions (core_claim_hash, deleted_at)
         SELECT core_claim_hash, $3 FROM credentials WHERE {IN_WALLET} AND core_claim_hash = $2"
    ))
    .bind(user_uuid)
    .bind(core_claim_hash)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Returns a credential to its holder's wallet, if it was deleted from there.
pub async fn undelete(tx: &mut WriteTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<()> {
    sql::query("DELETE FROM wallet_deletions WHERE core_claim_hash = $1")
        .bind(core_claim_hash)
        .enqueue(tx)
        .await
}
