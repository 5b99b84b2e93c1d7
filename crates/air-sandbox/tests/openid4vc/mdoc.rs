//! Wallets that receive mdocs by OpenID4VCI.

use std::collections::BTreeSet;

use air_jwt::{JwkSet, PartnerToken, SigningKey, VerifyingKey};
use air_mdoc::{
    CredentialStatus, IssuerClaim, IssuerSigned, StatusListCwt, UntrustedIssuer, Value as Cbor, Verifier,
};
use air_oid4vc::{
    oauth::{AuthorizationRequest as CodeRequest, Requested},
    vci::FormatMetadata,
};
use air_vc::status::{Status, StatusListClaims, StatusListVerifier, StatusReference};
use air_x509::{Anchors, CertificateChain, Purpose, UnixTime, Validator};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    code_flow::{CLIENT, CodeFlow, REDIRECT},
    wallet::{Wallet, keys},
};
use crate::support::{NOW, TestEnv};

fn configuration(env: &TestEnv) -> String {
    format!("{}.mdoc", env.ids["programs"]["adult"].as_str().unwrap())
}

pub(super) fn doc_type(env: &TestEnv) -> String {
    format!("urn:air:schema:{}", env.ids["schemas"]["adult"].as_str().unwrap())
}

pub(super) fn hash(credential: &IssuerSigned) -> String {
    hex::encode(Sha256::digest(credential.mso_bytes()))
}

/// Receives one mdoc for each key.
pub(super) async fn received(wallet: &Wallet<'_>, keys: &[SigningKey]) -> Vec<IssuerSigned> {
    let created = wallet.offered(json!({ "format": "mso_mdoc" })).await;
    let token = wallet.redeem(&created).await;
    let (nonce, _) = wallet.nonces().await;
    let order = wallet.order_of(&configuration(wallet.env), keys, &nonce);
    let answer = wallet.request(&token, &order).await;
    answer.assert_ok();
    let issued = answer.body["credentials"].as_array().unwrap();
    let texts = issued.iter().map(|item| item["credential"].as_str().unwrap());
    texts
        .map(|text| IssuerSigned::from_base64url(text).unwrap())
        .collect()
}

async fn anchors(env: &TestEnv) -> Anchors {
    let url = format!("{}/sandbox/v1/wallet-authority.pem", env.platform.url());
    let pem = env.http.get(url).send().await.unwrap().bytes().await.unwrap();
    Anchors::from_pem(&pem).unwrap()
}

pub(super) async fn revoke(env: &TestEnv, hash: &str) {
    let (token, body) = (env.token(PartnerToken::issue), json!({ "coreClaimHash": hash }));
    let path = "/sandbox/v1/credentials/revoke";
    let (status, answer) = env.call(Method::POST, path, Some(&token), Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// The status of a credential in the list that it names.
async fn status(wallet: &Wallet<'_>, credential: &IssuerSigned) -> Status {
    let http = &wallet.env.http;
    let Some(CredentialStatus::StatusList(named)) = credential.mso().status() else {
        panic!("no status list");
    };
    let metadata = wallet
        .issuer
        .as_str()
        .replacen("/oid4vc/", "/.well-known/jwt-vc-issuer/oid4vc/", 1);
    let metadata: Value = http.get(metadata).send().await.unwrap().json().await.unwrap();
    let keys = JwkSet::from_slice(metadata["jwks"].to_string().as_bytes()).unwrap();
    let list = http.get(&named.uri).send().await.unwrap().text().await.unwrap();
    let verifier = StatusListVerifier::new(wallet.issuer.as_str(), &keys, named.uri.clone());
    let reference = StatusReference {
        index: named.index,
        uri: named.uri.clone(),
    };
    let list = verifier.verify(&list, UnixTime::from_secs(NOW)).unwrap();
    let status = list.status(&reference).unwrap();
    assert_eq!(cwt_status(wallet, &verifier, &reference).await, status);
    status
}

/// The status in the same list as CWT (Token Status List, 8.1).
async fn cwt_status(
    wallet: &Wallet<'_>,
    verifier: &StatusListVerifier<'_>,
    reference: &StatusReference,
) -> Status {
    let request = wallet.env.http.get(&reference.uri);
    let response = request.header("accept", StatusListCwt::MEDIA_TYPE).send().await;
    let response = response.unwrap();
    assert_eq!(response.headers()["content-type"], StatusListCwt::MEDIA_TYPE);
    let mut vary = response.headers().get_all("vary").iter();
    assert!(vary.any(|value| value == "accept"));
    let token = StatusListCwt::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert!(token.certificates().unwrap().is_some());
    let key = verifier.key(token.key_id()).unwrap();
    let claims = token.verify(key.verifying_key()).unwrap();
    let claims = StatusListClaims {
        issuer: claims.issuer.as_deref(),
        uri: &claims.uri,
        issued_at: claims.issued_at,
        not_before: claims.not_before,
        expires_at: claims.expires_at,
        ttl: claims.ttl,
        bits: claims.bits,
        compressed: &claims.compressed,
    };
    let list = verifier.accept(&claims, UnixTime::from_secs(NOW)).unwrap();
    list.status(reference).unwrap()
}

#[tokio::test]
async fn a_wallet_receives_a_batch_of_mdocs_that_any_verifier_checks() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let metadata = wallet.metadata().await;
    metadata.check_as_issuer().unwrap();
    let offered = &metadata.configurations[&configuration(&env)];
    let doctype = doc_type(&env);
    assert_eq!(
        offered.format,
        FormatMetadata::Mdoc {
            doctype: doctype.clone()
        }
    );
    assert_eq!(offered.binding_methods, ["cose_key"]);
    assert_eq!(
        offered.other["credential_metadata"]["claims"][0]["path"],
        json!([doctype, "age"])
    );
    let held = keys(3);
    let issued = received(&wallet, &held).await;
    assert_eq!(issued.len(), 3);

    let anchors = anchors(&env).await;
    let by_authority = |claim: &IssuerClaim<'_>| -> Result<VerifyingKey, UntrustedIssuer> {
        let chain = CertificateChain::from_ders(claim.certificates.iter()).unwrap();
        // ISO/IEC 18013-5, B.1.4: the certificate is for signers of mdocs.
        let valid = Validator::haip(&anchors)
            .for_purpose(Purpose::MdocSigner)
            .validate(chain, UnixTime::from_secs(NOW))
            .map_err(UntrustedIssuer::new)?;
        assert_eq!(valid.leaf().uris(), [wallet.issuer.as_str()]);
        // ISO/IEC 18013-5, B.1: the signer and its authority are of the same country.
        for certificate in [valid.leaf(), valid.anchor()] {
            assert!(
                certificate.subject().contains("C=ZZ"),
                "{}",
                certificate.subject()
            );
        }
        Ok(valid.jwk().unwrap().verifying_key().clone())
    };
    for (credential, key) in issued.iter().zip(&held) {
        let verified = Verifier::new(&by_authority)
            .requiring_doc_type(doctype.parse().unwrap())
            .verify_issuer_signed(credential, UnixTime::from_secs(NOW))
            .unwrap();
        assert_eq!(verified.element(&doctype, "age"), Some(&Cbor::from(21)));
        assert_eq!(verified.element(&doctype, "country"), Some(&Cbor::from("UTO")));
        assert_eq!(verified.mso().device_key(), key.verifying_key());
        let validity = verified.mso().validity();
        assert_eq!(validity.signed.as_secs() % 86_400, 0);
        assert_eq!(validity.valid_until.as_secs() % 86_400, 0);
        assert!(validity.valid_until.as_secs() <= NOW + 90 * 86_400);
    }

    // They are rows like any other: the ledger, the status list and the events have them.
    for credential in &issued {
        env.wait_until_anchored(&hash(credential)).await;
        assert_eq!(status(&wallet, credential).await, Status::Valid);
    }
    let token = env.token(PartnerToken::issue);
    let (_, events) = env
        .call(Method::GET, "/sandbox/v1/events/log", Some(&token), None)
        .await;
    let events = events["events"].as_array().unwrap();
    let told = events.iter().filter(|event| event["type"] == "credential.issued");
    assert_eq!(told.count(), 3, "{events:?}");
    revoke(&env, &hash(&issued[1])).await;
    assert_eq!(status(&wallet, &issued[1]).await, Status::Invalid);
    assert_eq!(status(&wallet, &issued[0]).await, Status::Valid);
}

#[tokio::test]
async fn an_offer_permits_its_own_format_alone() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    for (format, other) in [
        (
            "mso_mdoc",
            env.ids["programs"]["adult"].as_str().unwrap().to_owned(),
        ),
        ("dc+sd-jwt", configuration(&env)),
    ] {
        let created = wallet.offered(json!({ "format": format })).await;
        assert_eq!(wallet.state(&created).await["format"], format);
        let token = wallet.redeem(&created).await;
        let (nonce, _) = wallet.nonces().await;
        let order = wallet.order_of(&other, &keys(1), &nonce);
        let answer = wallet.request(&token, &order).await;
        answer.assert_refused(403, "insufficient_scope");
    }
    let mut order = env.order();
    order["format"] = "ldp_vc".into();
    let token = env.on_behalf_token("ada@example.com");
    let (status, answer) = env
        .call(Method::POST, "/sandbox/v1/offers", Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}

/// The second time, the wallet has no offer, and the claims are those of the mdoc that the user has.
#[tokio::test]
async fn the_code_flow_issues_mdocs_with_and_without_an_offer() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let configuration = configuration(&env);
    let created = flow
        .wallet
        .offered(json!({ "signIn": true, "format": "mso_mdoc" }))
        .await;
    let offer = flow.wallet.read_offer(&created).await;
    assert_eq!(offer.configuration_ids, [configuration.as_str()]);
    let state = offer.authorization_code.unwrap().issuer_state.unwrap();
    // The offer is of the mdoc alone.
    let other = flow.request().with_issuer_state(&state);
    assert_eq!(flow.push(&other.to_form()).await.status, StatusCode::BAD_REQUEST);
    for state in [Some(&state), None] {
        let requested = Requested::configurations([configuration.as_str()]);
        let mut request = CodeRequest::new(CLIENT, REDIRECT, requested, &flow.verifier);
        if let Some(state) = state {
            request = request.with_issuer_state(state);
        }
        let code = flow.agreed(&request, None).await;
        let token = flow.redeem(&code).await;
        token.assert_ok();
        let detail = &token.body["authorization_details"][0];
        assert_eq!(detail["credential_configuration_id"], configuration.as_str());
        let (nonce, _) = flow.wallet.nonces().await;
        let mut order = flow.wallet.order_of(&configuration, &keys(1), &nonce);
        let members = order.as_object_mut().unwrap();
        members.remove("credential_configuration_id");
        members.insert(
            "credential_identifier".into(),
            detail["credential_identifiers"][0].clone(),
        );
        let answer = flow.wallet.request(&token.text("access_token"), &order).await;
        answer.assert_ok();
        let text = answer.body["credentials"][0]["credential"].as_str().unwrap();
        let issued = IssuerSigned::from_base64url(text).unwrap();
        assert_eq!(issued.mso().doc_type().as_str(), doc_type(&env));
        let (_, items) = issued.namespaces().next().unwrap();
        assert_eq!(items.len(), 2);
    }
}

#[tokio::test]
async fn a_proof_of_an_mdoc_has_a_key_on_p_256() {
    let env = TestEnv::start().await;
    let metadata = Wallet::new(&env).metadata().await;
    let offered = &metadata.configurations[&configuration(&env)];
    assert_eq!(offered.proof_types["jwt"].algorithms, ["ES256"]);
}

/// The parts of a credential that a verifier sees, although nothing is disclosed.
fn visible(credential: &IssuerSigned) -> BTreeSet<String> {
    let mso = credential.mso();
    let Some(CredentialStatus::StatusList(status)) = mso.status() else {
        panic!("no status list");
    };
    let items = credential.namespaces().flat_map(|(_, items)| items);
    let mut seen: BTreeSet<String> = items
        .map(|item| hex::encode(Sha256::digest(item.as_bytes())))
        .collect();
    seen.insert(hex::encode(
        mso.device_key().to_uncompressed_p256_point().unwrap(),
    ));
    seen.insert(format!("index {}", status.index));
    seen.insert(hex::encode(credential.mso_bytes()));
    seen
}

#[tokio::test]
async fn nothing_links_two_mdocs_of_a_batch_except_what_all_holders_have() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let issued = received(&wallet, &keys(10)).await;
    for (index, one) in issued.iter().enumerate() {
        for other in &issued[index + 1..] {
            let shared: Vec<_> = visible(one).intersection(&visible(other)).cloned().collect();
            assert_eq!(shared, Vec::<String>::new());
            // The times are rounded, and the certificate is the issuer's.
            assert_eq!(one.mso().validity(), other.mso().validity());
            assert_eq!(one.certificates(), other.certificates());
        }
    }
}
