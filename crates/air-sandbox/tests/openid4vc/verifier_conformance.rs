//! The negative modules of the OpenID Foundation's conformance suite for verifiers, over HTTP and
//! under their names: each with the status and the code of the response. Their variants are
//! `direct_post` and `direct_post.jwt` with `x509_hash`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use air_oid4vc::vp::{AuthorizationRequest, Presentation, VpToken};

use super::{
    mdoc_presentations,
    presentations::{Holder, asked, body, fetched, post, state},
    wallet::Answer,
};
use crate::support::{NOW, TestEnv};

const YEAR: u64 = 31_536_000;

/// A presentation, and its proof of possession with changed claims.
fn bound(holder: &Holder<'_>, request: &AuthorizationRequest, shown: &str, change: fn(&mut Value)) -> String {
    let mut claims = json!({
        "iat": NOW, "aud": request.audience(None).unwrap(), "nonce": request.nonce().as_str(),
        "sd_hash": URL_SAFE_NO_PAD.encode(Sha256::digest(shown)),
    });
    change(&mut claims);
    format!("{shown}{}", holder.proof_with(&claims))
}

/// The response is an `invalid_request` with this reason, and repeats no secret of the request.
#[track_caller]
fn assert_invalid(answer: &Answer, reason: &str, request: &AuthorizationRequest) {
    answer.assert_refused(400, "invalid_request");
    let said = answer.text("error_description");
    assert!(said.contains(reason), "{said}");
    assert!(!said.contains(request.nonce().as_str()), "{said}");
}

/// The verifier refuses the presentation, encrypted and plain, and takes a good one afterwards.
async fn refuses(present: impl Fn(&Holder<'_>, &AuthorizationRequest) -> String, reason: &'static str) {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    for encrypted in [true, false] {
        let created = asked(&env, json!({ "encrypted": encrypted })).await;
        let request = fetched(&env, &created).await;
        let token = |text: String| VpToken::new().with("credential", Presentation::Text(text));
        let form = body(&request, token(present(&holder, &request)));
        assert_invalid(&post(&env, &request, form).await, reason, &request);
        assert_eq!(state(&env, &created).await["state"], "open");
        let good = bound(&holder, &request, &holder.unbound(), |_| ());
        let answer = post(&env, &request, body(&request, token(good))).await;
        answer.assert_ok();
    }
}

/// The verifier refuses a proof of possession with this change.
async fn refuses_proof(change: fn(&mut Value), reason: &'static str) {
    refuses(
        |holder, request| bound(holder, request, &holder.unbound(), change),
        reason,
    )
    .await;
}

#[tokio::test]
async fn vp_verifier_invalid_kb_jwt_signature() {
    refuses(
        |holder, request| {
            let good = bound(holder, request, &holder.unbound(), |_| ());
            let (input, _) = good.rsplit_once('.').unwrap();
            format!("{input}.{}", "A".repeat(86))
        },
        "the holder's signature",
    )
    .await;
}

/// The proof of possession is over the credential with the wrong signature, so that only the
/// issuer's signature is invalid.
#[tokio::test]
async fn vp_verifier_invalid_credential_signature() {
    refuses(
        |holder, request| {
            let shown = holder.unbound();
            let (issuer_jwt, disclosures) = shown.split_once('~').unwrap();
            let (input, _) = issuer_jwt.rsplit_once('.').unwrap();
            let forged = format!("{input}.{}~{disclosures}", "A".repeat(86));
            bound(holder, request, &forged, |_| ())
        },
        "signature",
    )
    .await;
}

#[tokio::test]
async fn vp_verifier_invalid_sd_hash() {
    let other = |claims: &mut Value| {
        claims["sd_hash"] = URL_SAFE_NO_PAD.encode(Sha256::digest("another")).into();
    };
    refuses_proof(other, "over another credential").await;
}

#[tokio::test]
async fn vp_verifier_invalid_kb_jwt_nonce() {
    refuses_proof(
        |claims| claims["nonce"] = "another-nonce-of-16-bytes".into(),
        "nonce is not the verifier's",
    )
    .await;
}

#[tokio::test]
async fn vp_verifier_invalid_kb_jwt_aud() {
    refuses_proof(
        |claims| claims["aud"] = "x509_hash:another".into(),
        "for another audience",
    )
    .await;
}

#[tokio::test]
async fn vp_verifier_kb_jwt_iat_in_past() {
    refuses_proof(|claims| claims["iat"] = (NOW - YEAR).into(), "s old").await;
}

#[tokio::test]
async fn vp_verifier_kb_jwt_iat_in_future() {
    refuses_proof(|claims| claims["iat"] = (NOW + YEAR).into(), "in the future").await;
}

#[tokio::test]
async fn vp_verifier_invalid_session_transcript() {
    let env = TestEnv::start().await;
    let holder = mdoc_presentations::Holder::of(&env).await;
    for encrypted in [true, false] {
        let created = asked(&env, json!({ "formats": ["mso_mdoc"], "encrypted": encrypted })).await;
        let request = fetched(&env, &created).await;
        let of_session = |nonce: &'static str| {
            let session = mdoc_presentations::transcript_with(&request, |session| {
                if !nonce.is_empty() {
                    session.nonce = nonce;
                }
            });
            body(&request, mdoc_presentations::token(&holder.present(&session)))
        };
        let answer = post(&env, &request, of_session("another-nonce-of-16-bytes")).await;
        assert_invalid(&answer, "invalid device signature", &request);
        post(&env, &request, of_session("")).await.assert_ok();
    }
}
