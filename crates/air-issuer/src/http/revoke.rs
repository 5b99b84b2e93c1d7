//! `POST /admin/revoke`: revokes a credential by its nonce, or several at once.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::{Map, Value};

use super::{
    api_key::{self, Caller},
    body,
    fields::Fields,
    idempotency::{self, Answer},
    query::is_digits,
    refusal::Refusal,
};
use crate::{issue::REASON_LIMIT, state::State as Service};

const PATH: &str = "/admin/revoke";
/// The maximum number of nonces of a call.
const LIMIT: usize = 1_000;
/// The number of unknown nonces in a message.
const SHOWN: usize = 10;

/// The body is `{nonce, reason?}` or `{nonces, reason?}`. The call is idempotent also without a key.
pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Admin)?;
    let members = body::read(&headers, body).await?;
    let key = idempotency::read(&service, &headers, &actor, PATH, &members)?;
    let operation = {
        let service = service.clone();
        async move { revoke_credentials(&service, members, &actor).await }
    };
    idempotency::once(&service, key, operation).await
}

async fn revoke_credentials(
    service: &Service,
    members: Map<String, Value>,
    actor: &str,
) -> Result<Answer, Refusal> {
    let mut fields = Fields::new(members);
    let texts = read_nonces(&mut fields);
    let reason = fields.optional_text("reason");
    if reason.as_ref().is_some_and(|reason| reason.len() > REASON_LIMIT) {
        fields.refuse(format!(
            "reason must be shorter than or equal to {REASON_LIMIT} bytes"
        ));
    }
    fields.finish()?;
    let malformed = texts.iter().filter(|text| known_form(text).is_none());
    let malformed: Vec<String> = malformed.cloned().collect();
    if !malformed.is_empty() {
        return Err(unknown(&malformed, texts.len()));
    }
    let nonces: BTreeSet<u64> = texts.iter().filter_map(|text| known_form(text)).collect();
    let absent = service.revoke_all(&nonces, reason.as_deref(), actor).await?;
    if absent.is_empty() {
        return Ok(Answer::of(StatusCode::CREATED));
    }
    let absent: Vec<String> = absent.iter().map(ToString::to_string).collect();
    Err(unknown(&absent, texts.len()))
}

/// Reads `nonce`, or else `nonces`.
fn read_nonces(fields: &mut Fields) -> Vec<String> {
    let Some(several) = fields.take("nonces") else {
        let nonce = fields.text("nonce");
        if !nonce.is_empty() && !is_digits(&nonce) {
            fields.refuse("nonce must be a number string of at most 20 digits");
        }
        return vec![nonce];
    };
    let is_alone = fields.take("nonce").is_none();
    match several {
        Value::Array(nonces) if is_alone && (1..=LIMIT).contains(&nonces.len()) => {
            let texts = nonces.into_iter().map_while(|nonce| match nonce {
                Value::String(text) if is_digits(&text) => Some(text),
                _ => {
                    fields.refuse("each of nonces must be a number string of at most 20 digits");
                    None
                }
            });
            texts.collect()
        }
        _ => {
            fields.refuse(format!(
                "nonces must be a list of 1 to {LIMIT} nonces, without nonce"
            ));
            Vec::new()
        }
    }
}

/// 404 with the vendor's text, and for several nonces those that are unknown.
fn unknown(nonces: &[String], of: usize) -> Refusal {
    if of == 1 {
        return Refusal::not_found("Revocation nonce not found");
    }
    let shown = nonces.get(..SHOWN).unwrap_or(nonces).join(", ");
    let more = match nonces.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Refusal::not_found(format!(
        "Revocation nonces not found: {shown}{more}; nothing was revoked"
    ))
}

/// A nonce that a credential may have: 1 to 2^63 - 1.
pub(super) fn known_form(text: &str) -> Option<u64> {
    let nonce: u64 = text.parse().ok()?;
    (1..=u64::MAX >> 1).contains(&nonce).then_some(nonce)
}
