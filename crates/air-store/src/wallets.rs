//! Users' wallets, encrypted by their browsers.

use air_ids::UnixTime;
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A user's wallet: a private key that the user's PIN encrypts.
#[derive(Clone, Debug, FromRow)]
pub struct Wallet {
    /// The address of its account.
    pub address: String,
    /// The salt of the key derivation (PBKDF2).
    pub salt: Vec<u8>,
    /// The iterations of the key derivation.
    #[sqlx(try_from = "sql::Unsigned")]
    pub iterations: u64,
    /// The nonce of the ciphertext.
    pub iv: Vec<u8>,
    /// The encrypted private key.
    pub ciphertext: Vec<u8>,
    /// Whether it belongs to automated tests, whose PIN is public.
    pub is_automated: bool,
}

/// Finds a user's wallet.
pub async fn find(tx: &mut ReadTx, user_uuid: &str) -> sqlx::Result<Option<Wallet>> {
    sql::query_as(
        "SELECT address, salt, iterations, iv, ciphertext, is_automated FROM wallets WHERE user_uuid = $1",
    )
    .bind(user_uuid)
    .fetch_optional(tx)
    .await
}

/// Inserts a wallet.
pub async fn insert(tx: &mut WriteTx, user_uuid: &str, wallet: &Wallet, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO wallets (user_uuid, address, salt, iterations, iv, ciphertext, is_automated, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(user_uuid)
    .bind(&wallet.address)
    .bind(wallet.salt.as_slice())
    .bind(wallet.iterations)
    .bind(wallet.iv.as_slice())
    .bind(wallet.ciphertext.as_slice())
    .bind(wallet.is_automated)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Replaces a wallet: the same key under another PIN, or an automated wallet by the user's own.
pub async fn replace(tx: &mut WriteTx, user_uuid: &str, wallet: &Wallet) -> sqlx::Result<()> {
    sql::query(
        "UPDATE wallets SET address = $1, salt = $2, iterations = $3, iv = $4, ciphertext = $5, is_automated = $6
         WHERE user_uuid = $7",
    )
    .bind(&wallet.address)
    .bind(wallet.salt.as_slice())
    .bind(wallet.iterations)
    .bind(wallet.iv.as_slice())
    .bind(wallet.ciphertext.as_slice())
    .bind(wallet.is_automated)
    .bind(user_uuid)
    .execute(tx)
    .await
    .map(drop)
}
