//! Messages between a wallet, an authorization server and an issuer.

use air_jwt::jws::Unverified;
use serde_json::{Map, Value};

use super::{
    Context, Explanation, Kind,
    signatures::{signed_with, times, verify},
};
use crate::{
    Error, form,
    oauth::{CodeRequest, RefreshRequest},
    vci::{
        AuthorizationServerMetadata, CredentialRequest, CredentialResponse, DeferredCredentialRequest,
        ErrorResponse, IssuerId, IssuerMetadata, NonceResponse, NotificationEvent, NotificationRequest,
        RequestedCredential, ResponseEncryption, Rule, TokenRequest, TokenResponse,
    },
};

pub(super) fn authorization_server(json: &str, members: &Map<String, Value>) -> Explanation {
    let mut explanation = Explanation::of(Kind::AuthorizationServerMetadata);
    let named = members.get("issuer").and_then(Value::as_str);
    let issuer = named.unwrap_or_default().parse::<IssuerId>();
    let metadata = issuer.and_then(|issuer| AuthorizationServerMetadata::parse(json.as_bytes(), &issuer));
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(error) => {
            explanation.refused(&error);
            return explanation;
        }
    };
    explanation.part("server", metadata.issuer.as_str());
    explanation.part("grants", metadata.grant_types.join(", "));
    for (name, endpoint) in [
        ("token endpoint", &metadata.token_endpoint),
        ("authorization endpoint", &metadata.authorization_endpoint),
        ("pushed requests", &metadata.pushed_authorization_request_endpoint),
    ] {
        if let Some(url) = endpoint {
            explanation.part(name, url.as_str());
        }
    }
    let dpop = match metadata.dpop_algorithms.join(", ") {
        none if none.is_empty() => "not supported".to_owned(),
        algorithms => algorithms,
    };
    explanation.part("DPoP", dpop);
    if metadata.anonymous_pre_authorized {
        explanation.part("clients", "a wallet with a pre-authorized code may be anonymous");
    }
    explanation.part(
        "metadata URL",
        metadata.issuer.authorization_server_metadata_url(),
    );
    if !members.contains_key("response_types_supported") {
        explanation.breaks("RFC 8414", "2", "`response_types_supported` must be present");
    }
    if metadata.token_endpoint.is_none() {
        explanation.breaks("RFC 8414", "2", "`token_endpoint` must be present");
    }
    explanation
        .unchecked
        .push("that the server publishes it at its metadata URL");
    explanation
}

/// A signed document of issuer metadata (OpenID4VCI 1.0, section 12.2.3).
pub(super) fn signed_metadata(token: &Unverified<'_>, context: &Context<'_>) -> Explanation {
    let mut explanation = Explanation::of(Kind::SignedIssuerMetadata);
    signed_with(&mut explanation, token);
    let claims = token.dangerous_payload().unwrap_or_default();
    times(&mut explanation, &claims, context.now);
    if let Err(error) = describe_signed(&mut explanation, &claims) {
        explanation.refused(&error);
    }
    verify(&mut explanation, token, context);
    explanation
}

fn describe_signed(explanation: &mut Explanation, claims: &Map<String, Value>) -> Result<(), Error> {
    let missing = |name: &str, rule| Error::Issuance {
        place: format!("/{name}"),
        rule,
    };
    let subject = claims.get("sub").and_then(Value::as_str);
    let subject = subject.ok_or_else(|| missing("sub", Rule::Missing))?;
    if !claims.contains_key("iat") {
        return Err(missing("iat", Rule::Missing));
    }
    let issuer: IssuerId = subject.parse()?;
    let metadata = IssuerMetadata::parse(Value::Object(claims.clone()).to_string().as_bytes(), &issuer)?;
    explanation.part("issuer", metadata.issuer.as_str());
    let ids: Vec<&str> = metadata.configurations.keys().map(String::as_str).collect();
    explanation.part("credentials", ids.join(", "));
    metadata.check_as_issuer()
}

/// A request for an access token, by its grant.
pub(super) fn token_request(body: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::TokenRequest);
    let parameters = form::parse(body.as_bytes()).unwrap_or_default();
    explanation.text("grant", parameters.get("grant_type"));
    explanation.text("client", parameters.get("client_id"));
    let read = match parameters.get("grant_type").and_then(Value::as_str) {
        Some("authorization_code") => CodeRequest::parse(body.as_bytes()).map(drop),
        Some("refresh_token") => RefreshRequest::parse(body.as_bytes()).map(drop),
        _ => TokenRequest::parse(body.as_bytes()).map(|request| {
            let code = match request.transaction_code {
                Some(_) => "present",
                None => "absent",
            };
            explanation.part("transaction code", code);
        }),
    };
    if let Err(error) = read {
        explanation.refused(&error);
    }
    explanation
        .unchecked
        .push("whether the code is right, unused and not expired");
    explanation
        .unchecked
        .push("the DPoP proof and the client's attestation, which are headers");
    explanation
}

pub(super) fn token_response(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::TokenResponse);
    match TokenResponse::parse(json.as_bytes()) {
        Err(error) => explanation.refused(&error),
        Ok(response) => {
            explanation.part("token type", response.token_type.as_str());
            if let Some(seconds) = response.expires_in {
                explanation.part("lifetime", format!("{seconds} s"));
            }
            for detail in &response.authorization_details {
                let count = detail.credential_identifiers.len();
                explanation.part("credential", format!("{} ({count})", detail.configuration_id));
            }
            if response.token_type.eq_ignore_ascii_case("bearer") {
                explanation.part("security", "anyone who has the token can use it");
            }
            explanation
                .unchecked
                .push("the access token, which only its issuer has to understand");
        }
    }
    explanation
}

/// The response of a nonce endpoint.
pub(super) fn nonce_response(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::NonceResponse);
    match NonceResponse::parse(json.as_bytes()) {
        Err(error) => explanation.refused(&error),
        Ok(_) => explanation.part("nonce", "present: the next proofs have it in `nonce`"),
    }
    explanation
        .unchecked
        .push("the header `Cache-Control: no-store`, which the response must have");
    explanation
        .unchecked
        .push("whether the nonce was used before, and whether it has expired");
    explanation
}

/// A request for credentials.
pub(super) fn credential_request(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::CredentialRequest);
    let described =
        CredentialRequest::parse(json.as_bytes()).map(|request| describe(&mut explanation, request));
    with_encryption(explanation, described)
}

/// A request for credentials that were deferred.
pub(super) fn deferred_request(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::DeferredCredentialRequest);
    let described = DeferredCredentialRequest::parse(json.as_bytes()).map(|request| {
        explanation.part("transaction", "present");
        request.response_encryption
    });
    explanation
        .unchecked
        .push("that the issuer deferred this transaction, and has not completed it");
    with_encryption(explanation, described)
}

/// Adds the encryption of the response to a request.
fn with_encryption(
    mut explanation: Explanation,
    described: Result<Option<ResponseEncryption>, Error>,
) -> Explanation {
    match described {
        Err(error) => explanation.refused(&error),
        Ok(Some(encryption)) => explanation.part("response", format!("encrypted with {}", encryption.enc)),
        Ok(None) => explanation.part("response", "not encrypted"),
    }
    explanation
        .unchecked
        .push("the access token and its DPoP proof, which are headers");
    explanation
}

/// A wallet's notification about issued credentials.
pub(super) fn notification(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::Notification);
    match NotificationRequest::parse(json.as_bytes()) {
        Err(error) => explanation.refused(&error),
        Ok(request) => {
            explanation.part("event", request.event.as_str());
            explanation.part(
                "meaning",
                match request.event {
                    NotificationEvent::Accepted => "the wallet stored all credentials",
                    NotificationEvent::Failure => "the wallet could not store a credential",
                    NotificationEvent::Deleted => "the user refused the credentials",
                },
            );
            if let Some(description) = request.description {
                explanation.part("description", description);
            }
        }
    }
    explanation
        .unchecked
        .push("the access token and its DPoP proof, which are headers");
    explanation
        .unchecked
        .push("that the issuer sent this `notification_id` with the credentials");
    explanation
}

/// Describes a request. Returns the encryption of its response.
fn describe(explanation: &mut Explanation, request: CredentialRequest) -> Option<ResponseEncryption> {
    match &request.credential {
        RequestedCredential::Configuration(id) => explanation.part("configuration", id.as_str()),
        RequestedCredential::Identifier(id) => explanation.part("identifier", id.as_str()),
    }
    match &request.proofs {
        None => explanation.part("proofs", "none"),
        Some(proofs) => {
            let count = proofs.proofs.len();
            explanation.part("proofs", format!("{count} of the type {}", proofs.kind));
            explanation
                .unchecked
                .push("the proofs: explain each of them alone");
        }
    }
    explanation
        .unchecked
        .push("the issuer's metadata, which must have the credential and the proof type");
    request.response_encryption
}

pub(super) fn credential_response(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::CredentialResponse);
    match CredentialResponse::parse(json.as_bytes()) {
        Err(error) => explanation.refused(&error),
        Ok(CredentialResponse::Issued {
            credentials,
            notification_id,
        }) => {
            explanation.part("credentials", credentials.len().to_string());
            if notification_id.is_some() {
                explanation.part(
                    "notification",
                    "the issuer wants to know what the wallet does with them",
                );
            }
            explanation
                .unchecked
                .push("the credentials: explain each of them alone");
        }
        Ok(CredentialResponse::Deferred { interval, .. }) => {
            explanation.part(
                "credentials",
                format!("later: the wallet asks again after {interval} s"),
            );
        }
    }
    explanation
}

pub(super) fn error_response(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::ErrorResponse);
    match ErrorResponse::parse(json.as_bytes()) {
        Err(error) => explanation.refused(&error),
        Ok(response) => {
            explanation.part("code", response.code().as_str());
            if let Some(description) = response.description() {
                explanation.part("description", description);
            }
        }
    }
    explanation
}
