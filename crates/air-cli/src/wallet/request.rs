//! Reads a presentation request: from its link, or from the URL that the link names.

use air_fetch::{Fetcher, Request};
use air_oid4vc::vp::{
    AuthorizationRequest, ClientId, Expected, Invocation, Nonce, REQUEST_OBJECT_TYPE, RequestObject,
    RequestUriMethod, RequestUriPost,
};
use serde_json::{Map, Value, json};

use super::{
    endpoint::{fetch, refused},
    verifier::VerifierArgs,
};
use crate::{exit::Failure, output::Output, time};

/// The accepted difference between clocks in seconds.
const SKEW: u64 = 60;

/// Reads and authenticates a request.
pub(super) async fn read(
    fetcher: &Fetcher,
    link: &str,
    verifiers: &VerifierArgs,
    output: Output,
) -> Result<AuthorizationRequest, Failure> {
    let refused_link = |error: &air_oid4vc::Error| match refused(error) {
        failure if link.starts_with("openid-credential-offer:") => {
            failure.with_hint("this is a credential offer: run `air wallet receive`")
        }
        failure => failure,
    };
    match Invocation::parse(link).map_err(|error| refused_link(&error))? {
        Invocation::Unsigned(request) => {
            verifiers.check_unsigned(request.client_id())?;
            output.note("warning: the request is not signed, so nobody knows who the verifier is");
            Ok(*request)
        }
        Invocation::ByValue { client_id, request } => {
            verifiers.check_client(&client_id)?;
            verify(&request, &client_id, None, &[], verifiers, output).await
        }
        Invocation::ByReference {
            client_id,
            request_uri,
            method,
        } => {
            verifiers.check_client(&client_id)?;
            let nonce = match method {
                RequestUriMethod::Get => None,
                RequestUriMethod::Post => Some(fresh_nonce()?),
            };
            let request = request_for(&request_uri, nonce.as_ref());
            let answer = fetch(fetcher, "the request object", &request).await?;
            let jwt = std::str::from_utf8(&answer.bytes)
                .map_err(|_| Failure::rejected("the request object is not text"))?;
            let sources = [request_uri.as_str()];
            verify(
                jwt.trim(),
                &client_id,
                nonce.as_ref(),
                &sources,
                verifiers,
                output,
            )
            .await
        }
        _ => Err(Failure::rejected("this form of a request is not supported")),
    }
}

/// The URL that a link names for its request object.
pub(super) fn source(link: &str) -> Option<String> {
    match Invocation::parse(link) {
        Ok(Invocation::ByReference { request_uri, .. }) => Some(request_uri),
        _ => None,
    }
}

/// `sources`: the URLs that led from the link to the request object.
async fn verify(
    jwt: &str,
    client_id: &ClientId,
    wallet_nonce: Option<&Nonce>,
    sources: &[&str],
    verifiers: &VerifierArgs,
    output: Output,
) -> Result<AuthorizationRequest, Failure> {
    let object = RequestObject::parse(jwt).map_err(|error| refused(&error))?;
    // The request may name another client than its link, whose DID must not be resolved.
    object
        .check_client(client_id)
        .map_err(|error| Failure::not_authorised(error.to_string()))?;
    let verifier = verifiers.authenticate(&object, sources).await?;
    if !verifier.is_known {
        output.note(
            "warning: nobody vouches for the verifier; name the authority of its certificate with --verifier-anchors, or whom \
             you trust with --trust-list",
        );
    }
    let expected = Expected {
        client_id: Some(client_id),
        wallet_nonce: wallet_nonce.map(Nonce::as_str),
        audience: None,
        now: time::now(),
        skew: SKEW,
    };
    let request = object
        .verify(&verifier.key, &expected)
        .map_err(|error| Failure::not_authorised(error.to_string()))?;
    verifiers.check_permitted(&verifier, request.query())?;
    Ok(request)
}

fn request_for<'a>(url: &'a str, nonce: Option<&Nonce>) -> Request<'a> {
    let request = match nonce {
        None => Request::get(url),
        Some(nonce) => {
            let body = RequestUriPost {
                wallet_metadata: Some(wallet_metadata()),
                wallet_nonce: Some(nonce.clone()),
            };
            Request::post(url, "application/x-www-form-urlencoded", body.to_form())
        }
    };
    request.with_header("Accept", format!("application/{REQUEST_OBJECT_TYPE}"))
}

/// The capabilities of the wallet (OpenID4VP 1.0, section 10).
fn wallet_metadata() -> Map<String, Value> {
    let metadata = json!({
        "vp_formats_supported": {
            "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] },
            "mso_mdoc": { "issuerauth_alg_values": [-7, -9], "deviceauth_alg_values": [-7, -9] },
        },
        "client_id_prefixes_supported": ["redirect_uri", "x509_hash", "x509_san_dns", "decentralized_identifier"],
        "request_object_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["vp_token"],
        "response_modes_supported": ["direct_post", "direct_post.jwt"],
        "authorization_encryption_alg_values_supported": ["ECDH-ES"],
        "authorization_encryption_enc_values_supported": ["A128GCM", "A256GCM"],
    });
    metadata.as_object().cloned().unwrap_or_default()
}

fn fresh_nonce() -> Result<Nonce, Failure> {
    let bytes: [u8; 16] = rand::random();
    Nonce::from_random(&bytes).map_err(|error| refused(&error))
}
