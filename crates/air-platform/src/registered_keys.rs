//! Public keys that the operator registers for a partner, so that its tokens verify without a server for its JWK set.

use air_api::{
    PartnerId,
    sandbox::{RegisterKeys, RegisteredKeys},
};
use air_jwt::{JwkSet, Kid};
use serde_json::json;

use super::{
    App, Refusal,
    idempotency::{Caller, IdempotentResponse, RequestKey},
};
use air_store::partners::{self, Partner};

/// The maximum number of keys of a partner. A new key takes the place of the oldest one.
const LIMIT: usize = 10;

/// Adds keys to a partner's registered keys. A key replaces one with the same id.
pub async fn register(
    app: &App,
    partner_id: &PartnerId,
    new: RegisterKeys,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<RegisteredKeys>, Refusal> {
    let response = app
        .idempotent(Caller::SET_UP, request_key, async |tx| {
            let partner = partners::find(tx, partner_id.as_str()).await?.ok_or_else(|| {
                Refusal::not_found("no such partner; `partner` must be an id that this platform issued")
            })?;
            let keys = merged(&registered(&partner)?, &parse(&new)?)?;
            partners::register_keys(tx, partner_id.as_str(), &keys.to_json()).await?;
            Ok(RegisteredKeys {
                partner_id: partner_id.clone(),
                kids: keys.kids().map(Kid::to_string).collect(),
            })
        })
        .await?;
    app.cache.forget_partner(partner_id.as_str());
    Ok(response)
}

fn parse(new: &RegisterKeys) -> Result<JwkSet, Refusal> {
    if new.keys.is_empty() || new.keys.len() > LIMIT {
        return Err(Refusal::bad_request("keys must be 1 to 10 public keys"));
    }
    let count = new.keys.len();
    let keys = JwkSet::from_slice(json!({ "keys": new.keys }).to_string().as_bytes())
        .map_err(|error| Refusal::bad_request(format!("keys: {error}")))?;
    if keys.iter().count() != count {
        return Err(Refusal::bad_request(
            "keys: each must be a public ES256 or RS256 key for signatures, with an id of its own",
        ));
    }
    Ok(keys)
}

/// Returns a partner's registered keys, which may be none.
pub(super) fn registered(partner: &Partner) -> Result<JwkSet, Refusal> {
    match &partner.registered_keys {
        Some(keys) => JwkSet::from_slice(keys.as_bytes()).map_err(Refusal::internal),
        None => Ok(JwkSet::default()),
    }
}

fn merged(earlier: &JwkSet, added: &JwkSet) -> Result<JwkSet, Refusal> {
    let kept = earlier
        .iter()
        .filter(|key| added.find(key.kid().as_str()).is_none())
        .chain(added.iter());
    let surplus = kept.clone().count().saturating_sub(LIMIT);
    JwkSet::new(kept.skip(surplus).cloned()).map_err(Refusal::internal)
}
