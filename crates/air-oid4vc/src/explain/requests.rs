//! The contents of a presentation request.

use super::Explanation;
use crate::{
    dcql::{Meta, Query},
    vp::AuthorizationRequest,
};

pub(super) fn describe_request(explanation: &mut Explanation, request: &AuthorizationRequest) {
    if let Some(client) = request.client_id() {
        explanation.part("verifier", client.to_string());
    }
    let encrypted = if request.response_mode().is_encrypted() {
        ", encrypted"
    } else {
        ""
    };
    let answer = match request.response_uri() {
        Some(uri) => format!("to {uri}{encrypted}"),
        None => format!("through the Digital Credentials API{encrypted}"),
    };
    explanation.part("answer", answer);
    describe_query(explanation, request.query());
    for data in &request.options().transaction_data {
        explanation.part("transaction", format!("of the type {}", data.kind()));
    }
    explanation.unchecked.push("whether the nonce is fresh");
}

pub(super) fn describe_query(explanation: &mut Explanation, query: &Query) {
    for credential in query.credentials() {
        let format = credential.meta().format();
        let types = match credential.meta() {
            Meta::SdJwtVc { vct_values } => format!("{format} {}", vct_values.join(" or ")),
            Meta::Mdoc { doctype } => format!("{format} {}", doctype.as_deref().unwrap_or_default()),
            _ => format.to_owned(),
        };
        let claims: Vec<String> = credential
            .claims()
            .iter()
            .map(|claim| claim.path().to_string())
            .collect();
        let claims = match (claims.as_slice(), credential.claim_sets().len()) {
            ([], _) => "no claim that can be withheld".to_owned(),
            (claims, 0) => claims.join(" "),
            (claims, sets) => format!("one of {sets} sets of {}", claims.join(" ")),
        };
        explanation.part("asks for", format!("{}: {types}, {claims}", credential.id()));
    }
    let required = query.sets().iter().filter(|set| set.is_required()).count();
    if !query.sets().is_empty() {
        explanation.part(
            "sets",
            format!("{required} required, {} optional", query.sets().len() - required),
        );
    }
}
