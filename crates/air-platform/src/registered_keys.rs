//! Public keys that the operator registers for a partner, so that its tokens verify without a
//! server for its JWK set.

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
            partners::register_keys(tx, partner_id, &keys.to_json()).await?;
            Ok(RegisteredKeys {
                partner_id: partner_id.clone(),
                kids: keys.kids().map(Kid::to_string).collect(),
            })
        })
        .await?;
    app.cache.forget_partner(partner_id.as_str());
    Ok(response)
}

/// Removes a registered key of a partner. Returns the keys that are left.
pub async fn remove(app: &App, partner_id: &PartnerId, kid: &str) -> Result<RegisteredKeys, Refusal> {
    let mut tx = app.store.write().await?;
    let partner = partners::find(&mut tx, partner_id.as_str())
        .await?
        .ok_or_else(|| {
            Refusal::not_found("no such partner; `partner` must be an id that this platform issued")
        })?;
    let earlier = registered(&partner)?;
    if earlier.find(kid).is_none() {
        return Err(Refusal::not_found(
            "this partner has no registered key with this id; the dashboard lists them",
        ));
    }
    let kept = earlier.iter().filter(|key| key.kid().as_str() != kid).cloned();
    let keys = JwkSet::new(kept).map_err(Refusal::internal)?;
    partners::register_keys(&mut tx, partner_id, &keys.to_json()).await?;
    app.commit(tx).await?;
    app.cache.forget_partner(partner_id.as_str());
    Ok(RegisteredKeys {
        partner_id: partner_id.clone(),
        kids: keys.kids().map(Kid::to_string).collect(),
    })
}

/// Returns the ids of stored registered keys.
pub fn kids(stored: Option<&str>) -> Result<Vec<String>, Refusal> {
    Ok(parse_stored(stored)?.kids().map(Kid::to_string).collect())
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
    parse_stored(partner.registered_keys.as_deref())
}

fn parse_stored(stored: Option<&str>) -> Result<JwkSet, Refusal> {
    match stored {
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
