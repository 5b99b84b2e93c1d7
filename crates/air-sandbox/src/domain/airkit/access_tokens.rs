//! The tokens that `login` and `getAccessToken` give a partner: who is logged in, signed by the platform (RFC 9068).

use air_jwt::{JwkSet, SigningKey, jws};
use serde_json::json;

use super::{App, Refusal, Visitor};
use crate::{ids, store::secrets};

const SECRET: &str = "access-tokens";
const TYPE: &str = "at+jwt";

/// Signs access tokens.
pub(crate) struct AccessTokens(SigningKey);

impl AccessTokens {
    /// With the platform's own key, made when it is first needed.
    pub(crate) async fn of_platform(app: &App) -> Result<Self, Refusal> {
        let new = SigningKey::generate(&mut rand::rng()).expose_pkcs8_pem();
        let mut change = app.store.change().await?;
        let now = app.platform_clock.now();
        let kept = secrets::find_or_insert(&mut change, SECRET, new.as_bytes(), now).await?;
        change.commit().await?;
        let pem = std::str::from_utf8(&kept).map_err(Refusal::internal)?;
        SigningKey::from_pem(pem).map(Self).map_err(Refusal::internal)
    }

    /// Good as long as the session.
    pub(crate) fn sign(&self, issuer: &str, visitor: &Visitor, now: u64) -> String {
        let claims = json!({
            "iss": issuer,
            "sub": visitor.user.user_uuid,
            "aud": visitor.partner.partner_id,
            "client_id": visitor.partner.partner_id,
            "iat": now,
            "exp": visitor.ends,
            "jti": ids::uuid(),
        });
        jws::sign(&self.0, TYPE, &claims)
    }
}

/// What the tokens verify with.
pub(crate) async fn public_keys(app: &App) -> Result<JwkSet, Refusal> {
    let AccessTokens(key) = AccessTokens::of_platform(app).await?;
    Ok(JwkSet::from(key.public_jwk()))
}
