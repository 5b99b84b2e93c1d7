//! Copies of credentials that their holders take to other wallets, by offers. A wallet may receive several copies under one offer.

use air_ids::{CoreClaimHash, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A copy under an offer.
#[derive(Clone, Debug, FromRow)]
pub struct WalletExport {
    /// The offer.
    pub offer_id: String,
    /// When it was offered.
    pub offered_at: UnixTime,
    /// The copy, after a wallet received it.
    pub copy_hash: Option<CoreClaimHash>,
    /// When the other wallet received it; `None` before.
    pub received_at: Option<UnixTime>,
}

/// Records an offer to another wallet.
pub async fn insert(
    tx: &mut WriteTx,
    offer_id: &str,
    core_claim_hash: &CoreClaimHash,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO wallet_exports (offer_id, number, core_claim_hash, offered_at) VALUES ($1, 0, $2, $3)",
    )
    .bind(offer_id)
    .bind(core_claim_hash)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// A copy that a wallet received.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedCopy<'a> {
    /// The offer.
    pub offer_id: &'a str,
    /// The number of the copy among those of its offer, from 0.
    pub number: u64,
    /// The credential that is copied.
    pub core_claim_hash: &'a CoreClaimHash,
    /// The copy.
    pub copy_hash: &'a CoreClaimHash,
}

/// Records a copy that a wallet received.
pub async fn receive(tx: &mut WriteTx, copy: ReceivedCopy<'_>, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO wallet_exports (offer_id, number, core_claim_hash, offered_at, copy_hash, received_at)
         VALUES ($1, $2, $3, $4, $5, $4)
         ON CONFLICT (offer_id, number) DO UPDATE SET copy_hash = excluded.copy_hash, received_at = excluded.received_at",
    )
    .bind(copy.offer_id)
    .bind(copy.number)
    .bind(copy.core_claim_hash)
    .bind(now)
    .bind(copy.copy_hash)
    .execute(tx)
    .await
    .map(drop)
}

/// Returns the offered and received copies of a credential, newest first.
pub async fn list(
    tx: &mut ReadTx,
    core_claim_hash: &CoreClaimHash,
    limit: u64,
) -> sqlx::Result<Vec<WalletExport>> {
    sql::query_as(
        "SELECT offer_id, offered_at, copy_hash, received_at FROM wallet_exports WHERE core_claim_hash = $1
         ORDER BY offered_at DESC, offer_id, number LIMIT $2",
    )
    .bind(core_claim_hash)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Counts the offers of copies of a credential.
pub async fn count(tx: &mut ReadTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(DISTINCT offer_id) FROM wallet_exports WHERE core_claim_hash = $1")
        .bind(core_claim_hash)
        .fetch_one(tx)
        .await
}

/// Counts the offers of copies of all credentials of a credential's holder that a wallet can still redeem at `now`, up to a limit.
pub async fn count_open(
    tx: &mut ReadTx,
    core_claim_hash: &CoreClaimHash,
    now: UnixTime,
    limit: u64,
) -> sqlx::Result<u64> {
    // `CROSS JOIN` keeps the order of the tables in SQLite, which would begin with all open offers.
    sql::query_number(
        "SELECT COUNT(*) FROM (
             SELECT 1 FROM credentials CROSS JOIN wallet_exports CROSS JOIN credential_offers
             WHERE credentials.user_uuid = (SELECT user_uuid FROM credentials WHERE core_claim_hash = $1)
                 AND wallet_exports.core_claim_hash = credentials.core_claim_hash AND wallet_exports.number = 0
                 AND credential_offers.offer_id = wallet_exports.offer_id AND credential_offers.token_digest IS NULL
                 AND credential_offers.attempts_left > 0 AND credential_offers.expires_at > $2
             LIMIT $3) AS counted",
    )
    .bind(core_claim_hash)
    .bind(now)
    .bind(limit)
    .fetch_one(tx)
    .await
}

/// The statement of [`end_unused`]. With `token_digest`, SQLite would read all open offers.
pub(super) const UNUSED_ENDED: &str = "DELETE FROM credential_offers WHERE copied_from = $1 AND token_expires_at IS NULL AND needs_sign_in = FALSE";

/// Ends the holder's offers of copies that no wallet redeemed. An offer of a sign-in stays: the user agreed to it, and its code ends soon.
pub async fn end_unused(tx: &mut WriteTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<()> {
    sql::query(UNUSED_ENDED)
        .bind(core_claim_hash)
        .execute(tx)
        .await
        .map(drop)
}

/// Forgets the offers that led to no copy and can't any more at `now`: nobody redeemed them in time.
pub async fn forget_unused(
    tx: &mut WriteTx,
    core_claim_hash: &CoreClaimHash,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "DELETE FROM wallet_exports WHERE core_claim_hash = $1 AND copy_hash IS NULL
             AND NOT EXISTS (SELECT 1 FROM credential_offers WHERE credential_offers.offer_id = wallet_exports.offer_id
                 AND (token_digest IS NOT NULL OR expires_at > $2))",
    )
    .bind(core_claim_hash)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Revokes the copies of a credential, and returns those that were not revoked yet.
pub async fn revoke_copies(
    tx: &mut WriteTx,
    core_claim_hash: &CoreClaimHash,
    now: UnixTime,
) -> sqlx::Result<Vec<CoreClaimHash>> {
    sql::query_scalar(
        "UPDATE credentials SET revoked_at = $1 WHERE revoked_at IS NULL AND core_claim_hash IN (
             SELECT copy_hash FROM wallet_exports WHERE wallet_exports.core_claim_hash = $2) RETURNING core_claim_hash",
    )
    .bind(now)
    .bind(core_claim_hash)
    .fetch_all(tx)
    .await
}

#[cfg(test)]
mod tests {
    use air_api::sandbox::CredentialFormat;

    use super::*;
    use crate::{
        Data, Store,
        credential_offers::{self, Offer, Token},
    };

    const ROWS: [&str; 5] = [
        "INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did,
             issuer_key, created_at) VALUES ('p', 'P', 'u', '[]', TRUE, 'did:i', 'did:v', 'k', 1)",
        r#"INSERT INTO schemas (schema_id, partner_id, form, created_at) VALUES ('s', 'p', '{"title":"S"}', 1)"#,
        "INSERT INTO programs (program_id, partner_id, schema_id, cak, expiration, published, created_at)
             VALUES ('g', 'p', 's', FALSE, 'permanent', TRUE, 1)",
        "INSERT INTO users (user_uuid, email, holder_did, created_at) VALUES ('ada', 'ada@example.com', 'did:ada', 1)",
        "INSERT INTO users (user_uuid, email, holder_did, created_at) VALUES ('eve', 'eve@example.com', 'did:eve', 1)",
    ];

    async fn hold(tx: &mut WriteTx, hash: &CoreClaimHash, holder: &str) {
        sql::query(
            "INSERT INTO credentials (core_claim_hash, vc_id, program_id, schema_id, partner_id, user_uuid, credential, issued_at)
             VALUES ($1, $2, 'g', 's', 'p', $3, 'credential', 1)",
        )
        .bind(hash)
        .bind(hash.to_string())
        .bind(holder)
        .execute(tx)
        .await
        .unwrap();
    }

    /// Offers a credential, or a copy of this one.
    async fn offer(tx: &mut WriteTx, number: u8, copied_from: Option<CoreClaimHash>) -> String {
        let offer = Offer {
            offer_id: number.to_string(),
            partner_id: "p".parse().unwrap(),
            program_id: "g".parse().unwrap(),
            format: CredentialFormat::SdJwtVc,
            email: "ada@example.com".parse().unwrap(),
            subject: "{}".to_owned(),
            replaces: false,
            reference_digest: vec![number; 32],
            code_digest: vec![number; 32],
            tx_code_digest: None,
            attempts_left: 5,
            created_at: UnixTime::from_secs(10),
            expires_at: UnixTime::from_secs(100),
            token_digest: None,
            token_expires_at: None,
            jkt: None,
            responses: 0,
            issued: 0,
            notification: None,
            needs_sign_in: false,
            has_identifiers: false,
            client_id: None,
            defers_for: None,
            copied_from,
        };
        credential_offers::insert(tx, &offer).await.unwrap();
        if let Some(hash) = copied_from {
            insert(tx, &offer.offer_id, &hash, offer.created_at)
                .await
                .unwrap();
        }
        offer.offer_id
    }

    #[tokio::test]
    async fn open_copies_count_for_their_holder_and_not_for_the_issuer() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for row in ROWS {
            tx.run(row).await.unwrap();
        }
        let [first, second, other] = [1, 2, 3].map(|byte| CoreClaimHash::from_bytes([byte; 32]));
        for (hash, holder) in [(&first, "ada"), (&second, "ada"), (&other, "eve")] {
            hold(&mut tx, hash, holder).await;
        }
        let now = UnixTime::from_secs(20);
        offer(&mut tx, 1, None).await;
        let redeemed = offer(&mut tx, 2, Some(first)).await;
        offer(&mut tx, 3, Some(second)).await;
        offer(&mut tx, 4, Some(other)).await;
        let partner = "p".parse().unwrap();
        let open = credential_offers::count_open(&mut tx, &partner, now, 10).await;
        assert_eq!(open.unwrap(), 1);
        for (hash, limit, expected) in [(first, 10, 2), (second, 10, 2), (second, 1, 1), (other, 10, 1)] {
            let count = count_open(&mut tx, &hash, now, limit).await.unwrap();
            assert_eq!(count, expected, "{hash}");
        }
        let token = Token {
            digest: &[9; 32],
            expires_at: UnixTime::from_secs(50),
            jkt: None,
            client_id: None,
        };
        assert!(
            credential_offers::redeem(&mut tx, &redeemed, token)
                .await
                .unwrap()
        );
        assert_eq!(count_open(&mut tx, &first, now, 10).await.unwrap(), 1);
        let end = UnixTime::from_secs(100);
        assert_eq!(count_open(&mut tx, &first, end, 10).await.unwrap(), 0);
    }
}
