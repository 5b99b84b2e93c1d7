//! The exchange of an authorization code for an access token.

use std::{fmt, time::Duration};

use air_ids::EmailAddress;
use air_oid4vc::oauth::{Client, CodeRequest, IssuedCode};

use crate::{
    App, Refusal, ids,
    openid4vc::{
        digest, families, issuer,
        tokens::{self, NotExchanged, OnceOnly},
    },
};
use air_store::{
    authorization_requests::{self, AuthorizationRequest},
    credential_offers::{self, Assignment, Token},
    single_use,
};

/// The lifetime of a code in seconds.
pub(super) const LIFETIME: Duration = Duration::from_mins(1);

/// A request for an access token.
#[derive(Debug)]
pub struct CodeExchange<'a> {
    /// The request.
    pub request: &'a CodeRequest,
    /// The client that sent it.
    pub client: Client<'a>,
    /// The DPoP proof.
    pub proof: Option<OnceOnly>,
}

/// An access token.
pub struct TokenOfCode {
    /// The token.
    pub access_token: String,
    /// The lifetime of the token.
    pub lifetime: Duration,
    /// The refresh token, if the access token is bound to a key.
    pub refresh_token: Option<String>,
    /// The configuration that the request's `authorization_details` named.
    pub configuration_id: Option<String>,
}

/// Shows no tokens.
impl fmt::Debug for TokenOfCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenOfCode")
            .field("configuration_id", &self.configuration_id)
            .finish_non_exhaustive()
    }
}

/// Exchanges a code for tokens. A code is consumed by its first use, also by a refused one. A second use ends the tokens that the first
/// one returned (RFC 6749, 4.1.2).
pub async fn exchange(
    app: &App,
    partner_id: &str,
    exchange: &CodeExchange<'_>,
) -> Result<TokenOfCode, NotExchanged> {
    let now = app.machine_clock.now();
    let code_digest = digest(exchange.request.code());
    // A request with an unknown code does not wait for the writer.
    let mut read = app.store.read().await?;
    let found = authorization_requests::find_by_code(&mut read, partner_id, &code_digest).await?;
    drop(read);
    let row = found.ok_or(NotExchanged::UnknownCode)?;
    let mut tx = app.store.write().await?;
    if let Some(proof) = exchange.proof
        && !single_use::spend(&mut tx, &proof.digest, proof.expires_at).await?
    {
        return Err(NotExchanged::ProofUsed);
    }
    let (offer_id, email) = agreement(&row)?;
    if !authorization_requests::redeem(&mut tx, &row.request_id, now).await? {
        // The first use may have completed since the row was read. The offer may have the tokens of another code.
        let row = authorization_requests::find_by_code(&mut tx, partner_id, &code_digest).await?;
        if row.is_some_and(|row| row.has_tokens) {
            families::revoke(&mut tx, offer_id, now).await?;
        }
        app.commit(tx).await?;
        app.cache.wallets.forget_grants(offer_id);
        return Err(NotExchanged::UnknownCode);
    }
    let ends = row.decided_at.unwrap_or_default().saturating_add(LIFETIME);
    let code = IssuedCode::restore(row.form.as_bytes(), ends).map_err(Refusal::internal)?;
    let grant = match code.redeem(exchange.request, &exchange.client, now) {
        Ok(grant) => grant,
        Err(error) => {
            app.commit(tx).await?;
            return Err(match error {
                air_oid4vc::Error::Authorization { rule, .. } => NotExchanged::Broken(rule),
                error => Refusal::internal(error).into(),
            });
        }
    };
    let offer = credential_offers::find(&mut tx, offer_id).await?;
    let offer = offer.ok_or_else(|| Refusal::internal("a code without its offer"))?;
    let lifetime = tokens::lifetime(&offer);
    let access_token = ids::bearer_token();
    let stored = Token {
        digest: &digest(&access_token),
        expires_at: now.saturating_add(lifetime),
        jkt: grant.dpop_key(),
        client_id: Some(grant.client_id()),
    };
    let configuration_id = issuer::configuration_id(row.program_id.as_str(), row.format);
    let has_identifiers = !grant.requested().configuration_ids().is_empty();
    // Another authorization may have redeemed the offer.
    let is_redeemed = credential_offers::redeem(&mut tx, offer_id, stored).await?;
    let mut refresh_token = None;
    if is_redeemed {
        let assignment = Assignment {
            email,
            has_identifiers,
        };
        credential_offers::assign(&mut tx, offer_id, assignment).await?;
        authorization_requests::record_tokens(&mut tx, &row.request_id).await?;
        refresh_token = families::begin(&mut tx, offer_id, grant.dpop_key(), now).await?;
    }
    app.commit(tx).await?;
    if !is_redeemed {
        return Err(NotExchanged::UnknownCode);
    }
    Ok(TokenOfCode {
        access_token,
        lifetime,
        refresh_token,
        configuration_id: has_identifiers.then_some(configuration_id),
    })
}

/// The offer and the user of a code.
fn agreement(row: &AuthorizationRequest) -> Result<(&str, &str), Refusal> {
    row.offer_id
        .as_deref()
        .zip(row.email.as_ref().map(EmailAddress::as_str))
        .ok_or_else(|| Refusal::internal("a code without its offer and its user"))
}
