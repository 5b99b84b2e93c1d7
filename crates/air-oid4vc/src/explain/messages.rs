//! Offers, requests, queries and metadata, and the kind of other messages.

use serde_json::Value;

use super::{
    Context, Explanation, Kind, issuance,
    requests::{describe_query, describe_request},
    responses,
};
use crate::{
    dcql::Query,
    vci::{CredentialOffer, IssuerId, IssuerMetadata, OfferLink},
    vp::{AuthorizationRequest, Invocation, RequestUriMethod, Signature},
};

pub(super) fn of_link(link: &str) -> Option<Explanation> {
    let (_, query) = link.split_once('?')?;
    let has = |name: &str| {
        query
            .split('&')
            .any(|parameter| parameter.split('=').next() == Some(name))
    };
    if has("credential_offer") || has("credential_offer_uri") {
        return Some(offer(OfferLink::parse(link)));
    }
    let is_request = ["request_uri", "request", "dcql_query", "response_type"];
    is_request.into_iter().any(has).then(|| invocation(link))
}

pub(super) fn of_json(json: &str, _: &Context<'_>) -> Option<Explanation> {
    let value: Value = serde_json::from_str(json).ok()?;
    let has = |name: &str| value.get(name).is_some();
    if has("credential_configuration_ids") || has("grants") {
        let parsed = CredentialOffer::parse(json.as_bytes());
        return Some(offer(parsed.map(|offer| OfferLink::Offer(Box::new(offer)))));
    }
    if has("credential_configurations_supported") || has("credential_endpoint") {
        return Some(metadata(json, &value));
    }
    if has("dcql_query") || has("response_type") {
        let mut explanation = Explanation::of(Kind::PresentationRequest);
        match value
            .as_object()
            .map(|members| AuthorizationRequest::from_members(members, Signature::Absent))
        {
            Some(Ok(request)) => describe_request(&mut explanation, &request),
            Some(Err(error)) => explanation.refused(&error),
            None => {}
        }
        return Some(explanation);
    }
    if has("data") && has("protocol") {
        return value.as_object().and_then(responses::of_dc_api);
    }
    if let Some(explanation) = of_issuance(json, &value) {
        return Some(explanation);
    }
    if has("vp_token") {
        return Some(responses::of_json(json));
    }
    if has("error") {
        return Some(issuance::error_response(json));
    }
    has("credentials").then(|| {
        let mut explanation = Explanation::of(Kind::Query);
        match Query::parse(json.as_bytes()) {
            Ok(query) => describe_query(&mut explanation, &query),
            Err(error) => explanation.refused(&error),
        }
        explanation
    })
}

/// A message of an issuance.
fn of_issuance(json: &str, value: &Value) -> Option<Explanation> {
    let members = value.as_object()?;
    let has = |name: &str| members.contains_key(name);
    if has("access_token") {
        return Some(issuance::token_response(json));
    }
    if ["credential_configuration_id", "credential_identifier", "proofs"]
        .into_iter()
        .any(has)
    {
        return Some(issuance::credential_request(json));
    }
    let has_credentials = value
        .pointer("/credentials/0")
        .is_some_and(|first| first.get("credential").is_some());
    if has_credentials || has("transaction_id") && has("interval") {
        return Some(issuance::credential_response(json));
    }
    if has("transaction_id") {
        return Some(issuance::deferred_request(json));
    }
    let is_event = |event: &Value| {
        event
            .as_str()
            .is_some_and(|event| event.starts_with("credential_"))
    };
    if has("notification_id") && !has("credentials") || members.get("event").is_some_and(is_event) {
        return Some(issuance::notification(json));
    }
    if has("c_nonce") {
        return Some(issuance::nonce_response(json));
    }
    let is_server = [
        "token_endpoint",
        "authorization_endpoint",
        "response_types_supported",
        "grant_types_supported",
    ];
    let is_server = has("issuer") && is_server.into_iter().any(has);
    is_server.then(|| issuance::authorization_server(json, members))
}

/// The parameters of a body.
pub(super) fn of_form(body: &str) -> Option<Explanation> {
    let has = |name: &str| {
        body.split('&')
            .any(|parameter| parameter.split('=').next() == Some(name))
    };
    if has("grant_type") {
        return Some(issuance::token_request(body));
    }
    ["vp_token", "response"]
        .into_iter()
        .any(has)
        .then(|| responses::of_form(body))
}

fn offer(link: Result<OfferLink, crate::Error>) -> Explanation {
    let mut explanation = Explanation::of(Kind::CredentialOffer);
    match link {
        Err(error) => explanation.refused(&error),
        Ok(OfferLink::Uri(uri)) => {
            let host = url::Url::parse(&uri)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned));
            explanation.part("offer", format!("at a URL of {}", host.unwrap_or_default()));
            explanation
                .unchecked
                .push("the offer itself, which must be fetched from its URL");
        }
        Ok(OfferLink::Offer(offer)) => describe_offer(&mut explanation, &offer),
    }
    explanation
}

fn describe_offer(explanation: &mut Explanation, offer: &CredentialOffer) {
    explanation.part("issuer", offer.issuer.as_str());
    explanation.part("credentials", offer.configuration_ids.join(", "));
    if let Some(grant) = &offer.pre_authorized_code {
        let code = match &grant.transaction_code {
            None => "a pre-authorized code, without a transaction code".to_owned(),
            Some(code) => {
                let length = match code.length {
                    None => String::new(),
                    Some(1) => " of 1 character".to_owned(),
                    Some(length) => format!(" of {length} characters"),
                };
                format!(
                    "a pre-authorized code, with a transaction code{length} that the issuer sends separately"
                )
            }
        };
        explanation.part("grant", code);
        if grant.transaction_code.is_none() {
            explanation.part("security", "anyone who has the offer gets the credentials");
        }
    }
    if offer.authorization_code.is_some() {
        explanation.part("grant", "an authorization code: the user logs in at the issuer");
    }
    if offer.pre_authorized_code.is_none() && offer.authorization_code.is_none() {
        explanation.part(
            "grant",
            "none named: the authorization server's metadata has the possible ones",
        );
    }
    explanation
        .unchecked
        .push("the issuer's metadata, which must have these credentials");
    explanation
        .unchecked
        .push("whether the code is unused and has not expired");
}

fn metadata(json: &str, value: &Value) -> Explanation {
    let mut explanation = Explanation::of(Kind::IssuerMetadata);
    let named = value.get("credential_issuer").and_then(Value::as_str);
    let issuer = named.unwrap_or_default().parse::<IssuerId>();
    let metadata = issuer.and_then(|issuer| IssuerMetadata::parse(json.as_bytes(), &issuer));
    match metadata {
        Err(error) => explanation.refused(&error),
        Ok(metadata) => {
            explanation.part("issuer", metadata.issuer.as_str());
            let ids: Vec<&str> = metadata.configurations.keys().map(String::as_str).collect();
            explanation.part("credentials", ids.join(", "));
            explanation.part("metadata URL", metadata.issuer.metadata_url());
            if let Err(error) = metadata.check_as_issuer() {
                explanation.refused(&error);
            }
            explanation
                .unchecked
                .push("that the issuer serves it at its metadata URL");
        }
    }
    explanation
}

fn invocation(link: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::PresentationRequest);
    match Invocation::parse(link) {
        Err(error) => explanation.refused(&error),
        Ok(Invocation::Unsigned(request)) => {
            explanation.part("signature", "none: nobody knows who the verifier is");
            describe_request(&mut explanation, &request);
        }
        Ok(Invocation::ByReference {
            client_id, method, ..
        }) => {
            explanation.part("verifier", client_id.to_string());
            let method = match method {
                RequestUriMethod::Get => "GET",
                RequestUriMethod::Post => "POST, with a nonce of the wallet",
            };
            explanation.part("request object", format!("to fetch by {method}"));
            explanation
                .unchecked
                .push("the request object, which must be fetched from its URL");
        }
        Ok(Invocation::ByValue { client_id, .. }) => {
            explanation.part("verifier", client_id.to_string());
            explanation.part("request object", "in the link: explain the value of `request`");
            explanation.unchecked.push("the request object in the link");
        }
    }
    explanation
}
