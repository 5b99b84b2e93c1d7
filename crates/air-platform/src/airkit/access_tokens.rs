//! Access tokens from `login` and `getAccessToken`, by which the platform tells a partner who is
//! logged in (RFC 9068).

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{JwkSet, SigningKey, jws};
use serde_json::json;

use super::{App, Refusal, SignedInUser};
use crate::ids;
use air_store::secrets;

const SECRET: &str = "access-tokens";
const TYPE: &str = "at+jwt";

/// The lifetime of an access token. A logout does not revoke the token, but `getAccessToken` issues
/// no new one.
const LIFETIME: Duration = Duration::from_mins(15);

/// The signer of access tokens.
#[expect(missing_debug_implementations, reason = "it has a secret key")]
pub struct AccessTokens(SigningKey);

impl AccessTokens {
    /// Returns a signer with the platform's key, which is generated on first use.
    pub async fn of_platform(app: &App) -> Result<Self, Refusal> {
        if let Some(kept) = Self::kept(app).await? {
            return Ok(kept);
        }
        Self::read(&find_or_generate_key(app).await?)
    }

    /// Returns a signer with the existing key, without changes.
    async fn kept(app: &App) -> Result<Option<Self>, Refusal> {
        let kept = secrets::find(&mut *app.store.read().await?, SECRET).await?;
        kept.as_deref().map(Self::read).transpose()
    }

    fn read(pem: &[u8]) -> Result<Self, Refusal> {
        let pem = std::str::from_utf8(pem).map_err(Refusal::internal)?;
        SigningKey::from_pem(pem).map(Self).map_err(Refusal::internal)
    }

    /// Signs a token for at most 15 minutes, and never for longer than the session. `account` is
    /// the address of the user's wallet.
    #[must_use]
    pub fn sign(
        &self,
        issuer: &str,
        signed_in: &SignedInUser,
        account: Option<&str>,
        now: UnixTime,
    ) -> String {
        let mut claims = json!({
            "iss": issuer,
            "sub": signed_in.user.user_uuid,
            "aud": signed_in.partner.partner_id,
            "client_id": signed_in.partner.partner_id,
            "partnerId": signed_in.partner.partner_id,
            "iat": now,
            "exp": signed_in.ends.min(now.saturating_add(LIFETIME)),
            "jti": ids::uuid(),
        });
        if let Some(account) = account {
            claims["abstractAccountAddress"] = account.into();
        }
        if let Some(id) = &signed_in.partner_user_id {
            claims["partnerUserId"] = id.as_str().into();
        }
        jws::sign(&self.0, TYPE, &claims)
    }
}

/// Generates the key unless the platform has one. A platform with the AIR Kit's pages does so at its start, so that the key
/// is published before the first token.
///
/// # Errors
/// [`air_store::Error`] of the database.
pub async fn open_key(app: &App) -> Result<(), air_store::Error> {
    Ok(find_or_generate_key(app).await.map(drop)?)
}

/// Whether the platform has a key.
pub(crate) async fn has_key(app: &App) -> sqlx::Result<bool> {
    let kept = secrets::find(&mut *app.store.read().await?, SECRET).await?;
    Ok(kept.is_some())
}

pub(crate) async fn find_or_generate_key(app: &App) -> sqlx::Result<Vec<u8>> {
    let new = SigningKey::generate(&mut rand::rng()).expose_pkcs8_pem();
    let mut tx = app.store.write().await?;
    let now = app.platform_clock.now();
    let kept = secrets::find_or_insert(&mut tx, SECRET, new.as_bytes(), now).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Returns the public keys of the tokens. Anyone may call this, so it creates and changes nothing.
pub async fn public_keys(app: &App) -> Result<JwkSet, Refusal> {
    let kept = AccessTokens::kept(app).await?;
    Ok(kept.map_or_else(JwkSet::default, |AccessTokens(key)| key.public_jwk().into()))
}
