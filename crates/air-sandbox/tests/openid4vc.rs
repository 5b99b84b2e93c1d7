//! Wallets that receive credentials by OpenID4VCI.

mod attested;
mod authorization;
mod authorization_pages;
pub(crate) mod code_flow;
mod conformance;
mod dc_api;
mod deferred;
mod deferred_sign_in;
mod encryption;
mod key_proofs;
mod mdoc;
mod mdoc_presentations;
mod node;
pub(crate) mod outsider;
mod oversized;
pub(crate) mod presentations;
mod proved_sign_in;
mod refresh;
mod refusals;
mod same_device;
mod schemas;
mod secrets;
mod sections;
mod signed_metadata;
mod token_refusals;
mod transactions;
mod trust_lists;
mod verifier_conformance;
pub(crate) mod wallet;

use std::collections::BTreeSet;

use air_jwt::{JwkSet, PartnerToken, jws};
use air_oid4vc::vci::{AuthorizationServerMetadata, FormatMetadata};
use air_vc::{Error, Inspection, Integrity, Verifier, did::DidKey, type_metadata::TypeChain};
use air_x509::{Anchors, CertificateChain, UnixTime, ValidChain, Validator};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use self::wallet::{Answer, Wallet, keys};
use crate::support::{NOW, TestEnv};

/// The issuer's keys from the URL that its credentials name.
async fn issuer_keys(wallet: &Wallet<'_>) -> JwkSet {
    let metadata = wallet
        .issuer
        .as_str()
        .replacen("/oid4vc/", "/.well-known/jwt-vc-issuer/oid4vc/", 1);
    let metadata = wallet.env.http.get(metadata).send().await.unwrap();
    let metadata: Value = metadata.json().await.unwrap();
    assert_eq!(metadata["issuer"], wallet.issuer.as_str());
    JwkSet::from_slice(metadata["jwks"].to_string().as_bytes()).unwrap()
}

/// Verifies a credential like any verifier: keys and status list from the URLs that the credential names.
pub(crate) async fn verify(wallet: &Wallet<'_>, credential: &str) -> Result<(), Error> {
    let http = &wallet.env.http;
    let keys = issuer_keys(wallet).await;
    let verifier = Verifier::new(wallet.issuer.as_str(), &keys);
    let list = verifier.named_lists(credential)?.token.unwrap();
    let response = http.get(list.uri()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/statuslist+jwt");
    let now = UnixTime::from_secs(NOW);
    let lists = [list.verify(&response.text().await.unwrap(), now)?];
    verifier
        .with_status_lists(&lists)
        .verify(credential, now)
        .map(drop)
}

/// Checks that the platform's own verification reads the user's credential.
async fn assert_own_verification(env: &TestEnv) {
    let verify = env.token(PartnerToken::verify);
    let session = env.login_with(&verify, "ada@example.com").await;
    let start = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let path = "/sandbox/v1/verifications";
    let (_, started) = env
        .call_as_user(Method::POST, path, &session, Some(&verify), Some(&start))
        .await;
    let path = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
    let agree = json!({ "decision": "agree" });
    let (status, result) = env
        .call_as_user(Method::POST, &path, &session, None, Some(&agree))
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["status"], "Compliant", "{result}");
    assert_eq!(result["disclosedData"]["credentialSubject"]["age"], 21);
}

/// Checks that credentials conform to the metadata of their type (SD-JWT VC, section 5.6).
async fn assert_of_type(wallet: &Wallet<'_>, credentials: &[&str], vct: &str, metadata: &[u8]) {
    let mut chain = TypeChain::new(vct, Some(&Integrity::of(metadata).to_string()));
    chain.add(metadata).unwrap();
    let credential_type = chain.finish().unwrap();
    let keys = issuer_keys(wallet).await;
    let verifier = Verifier::new(wallet.issuer.as_str(), &keys)
        .without_status()
        .with_type_metadata(&credential_type);
    for credential in credentials {
        let verified = verifier.verify(credential, UnixTime::from_secs(NOW));
        assert_eq!(verified.map(drop), Ok(()));
    }
}

pub(crate) fn hash(credential: &str) -> String {
    let issuer_jwt = credential.split('~').next().unwrap();
    hex::encode(Sha256::digest(issuer_jwt))
}

#[tokio::test]
async fn a_wallet_receives_a_batch_that_any_verifier_checks() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let metadata = wallet.metadata().await;
    metadata.check_as_issuer().unwrap();
    let url = wallet.issuer.authorization_server_metadata_url();
    let server = env.http.get(url).send().await.unwrap().bytes().await.unwrap();
    let server = AuthorizationServerMetadata::parse(&server, &wallet.issuer).unwrap();
    assert_eq!(server.token_endpoint.as_deref(), Some(&*wallet.url("token")));
    assert!(server.anonymous_pre_authorized);

    let created = wallet.offered(json!({ "txCode": true })).await;
    let offer = wallet.read_offer(&created).await;
    offer.check_metadata(&metadata).unwrap();
    assert_eq!(wallet.state(&created).await["state"], "offered");
    let token = wallet.redeem(&created).await;
    assert_eq!(wallet.state(&created).await["state"], "redeemed");
    let (nonce, _) = wallet.nonces().await;
    let held = keys(3);
    let answer = wallet.request(&token, &wallet.order(&held, &nonce)).await;
    answer.assert_ok();
    assert_eq!(answer.headers["cache-control"], "no-store");
    let issued = answer.body["credentials"].as_array().unwrap();
    let issued: Vec<&str> = issued
        .iter()
        .map(|item| item["credential"].as_str().unwrap())
        .collect();
    assert_eq!(issued.len(), 3);

    let FormatMetadata::SdJwtVc { vct } = &metadata.configurations[&offer.configuration_ids[0]].format else {
        panic!("not an SD-JWT VC");
    };
    let type_metadata = env.http.get(vct).send().await.unwrap().bytes().await.unwrap();
    let type_document: Value = serde_json::from_slice(&type_metadata).unwrap();
    assert_eq!(type_document["vct"], vct.as_str());
    let schema_id = env.ids["schemas"]["adult"].as_str().unwrap();
    assert_eq!(
        type_document["aka_vcts"],
        json!([format!("urn:air:schema:{schema_id}")])
    );
    assert_of_type(&wallet, &issued, vct, &type_metadata).await;
    for (credential, key) in issued.iter().zip(&held) {
        assert_eq!(verify(&wallet, credential).await, Ok(()));
        let inspection = Inspection::of(credential).unwrap();
        let claims = inspection.claims;
        assert_eq!(claims["age"], 21);
        assert_eq!(claims["vct"], vct.as_str());
        assert_eq!(claims["aka_vcts"], type_document["aka_vcts"]);
        assert!(Integrity::matches(
            claims["vct#integrity"].as_str().unwrap(),
            &type_metadata
        ));
        for absent in ["sub", "id", "nonce"] {
            assert!(!claims.contains_key(absent), "{absent}");
        }
        let jwk: air_jwt::Jwk =
            air_jwt::Jwk::from_slice(claims["cnf"]["jwk"].to_string().as_bytes()).unwrap();
        assert_eq!(jwk.thumbprint(), key.public_jwk().thumbprint());
        assert_eq!(claims["iat"].as_u64().unwrap() % 86_400, 0);
        assert_eq!(claims["exp"].as_u64().unwrap() % 86_400, 0);
        assert!(claims["exp"].as_u64().unwrap() <= NOW + 90 * 86_400);
    }

    // They are rows like any other: the ledger, the status list and the events have them.
    for credential in &issued {
        env.wait_until_anchored(&hash(credential)).await;
    }
    let events = env.token(PartnerToken::issue);
    let (_, events) = env
        .call(Method::GET, "/sandbox/v1/events/log", Some(&events), None)
        .await;
    let events = events["events"].as_array().unwrap();
    let told = events.iter().filter(|event| event["type"] == "credential.issued");
    assert_eq!(told.count(), 3, "{events:?}");
    let revoke = json!({ "coreClaimHash": hash(issued[1]) });
    let token_of_issuer = env.token(PartnerToken::issue);
    let path = "/sandbox/v1/credentials/revoke";
    let (status, _) = env
        .call(Method::POST, path, Some(&token_of_issuer), Some(&revoke))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(verify(&wallet, issued[1]).await, Err(Error::Revoked));
    assert_eq!(verify(&wallet, issued[0]).await, Ok(()));

    let notification = json!({
        "notification_id": answer.body["notification_id"], "event": "credential_accepted",
    });
    for _ in 0..2 {
        let (_, nonce) = wallet.nonces().await;
        let proof = wallet.proof("notification", Some(&nonce), Some(&token));
        let answer = wallet.ask("notification", &token, &proof, &notification).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    }
    let state = wallet.state(&created).await;
    assert_eq!(state["state"], "issued");
    assert_eq!(state["credentials"], 3);
    assert_eq!(state["notification"], "credential_accepted");
}

/// All strings and numbers of a value, with their paths.
fn values(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| values(value, &format!("{path}/{name}"), into)),
        Value::Array(items) => items.iter().for_each(|value| values(value, path, into)),
        leaf => {
            into.insert(format!("{path}={leaf}"));
        }
    }
}

/// Everything that a verifier sees of a credential from which nothing was disclosed.
fn visible(credential: &str) -> BTreeSet<String> {
    let issuer_jwt = credential.split('~').next().unwrap();
    let inspection = Inspection::of(&format!("{issuer_jwt}~")).unwrap();
    let mut seen = BTreeSet::new();
    values(&Value::Object(inspection.header), "header", &mut seen);
    values(&Value::Object(inspection.claims), "", &mut seen);
    for part in issuer_jwt.split('.').skip(2) {
        seen.insert(format!("signature={part}"));
    }
    seen
}

/// The paths whose values two credentials of a batch may share. Those of other holders have the same.
const SHARED: [&str; 16] = [
    "header/alg",
    "header/kid",
    "header/typ",
    "header/x5c",
    "/iss",
    "/vct",
    "/vct#integrity",
    "/aka_vcts",
    "/iat",
    "/exp",
    "/_sd_alg",
    "/cnf/jwk/alg",
    "/cnf/jwk/crv",
    "/cnf/jwk/kty",
    "/cnf/jwk/use",
    "/status/status_list/uri",
];

/// The salts of a credential's disclosures, which a verifier sees with the claims.
fn salts(credential: &str) -> Vec<String> {
    let disclosures = credential.split('~').skip(1).filter(|part| !part.is_empty());
    disclosures
        .map(|disclosure| {
            let json = URL_SAFE_NO_PAD.decode(disclosure).unwrap();
            let parts: Value = serde_json::from_slice(&json).unwrap();
            parts[0].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn nothing_links_two_credentials_of_a_batch_of_ten() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let mut batches = Vec::new();
    let mut drawn = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        let token = env.on_behalf_token(email);
        let order = env.order();
        let (_, created) = env
            .call(Method::POST, "/sandbox/v1/offers", Some(&token), Some(&order))
            .await;
        let token = wallet.redeem(&created).await;
        let (nonce, _) = wallet.nonces().await;
        let answer = wallet.request(&token, &wallet.order(&keys(10), &nonce)).await;
        answer.assert_ok();
        let issued = answer.body["credentials"].as_array().unwrap();
        let issued = issued.iter().map(|item| item["credential"].as_str().unwrap());
        drawn.extend(issued.clone().flat_map(salts));
        batches.push(issued.map(visible).collect::<Vec<_>>());
    }
    assert_eq!(batches[0].len(), 10);
    // A value that two credentials of a batch share, another holder's credential has as well.
    let foreign = &batches[1][0];
    for (index, one) in batches[0].iter().enumerate() {
        for other in &batches[0][index + 1..] {
            let linking: Vec<_> = one
                .intersection(other)
                .filter(|value| {
                    let path = value.split('=').next().unwrap();
                    !SHARED.contains(&path) || !foreign.contains(*value)
                })
                .collect();
            assert!(linking.is_empty(), "{linking:?}");
        }
    }
    let distinct: BTreeSet<_> = drawn.iter().collect();
    assert_eq!(distinct.len(), drawn.len(), "a salt is used once");
}

/// The certificate chain of a JWT's header, valid by HAIP under these anchors. Its leaf has the key that signed the JWT.
fn certified(jwt: &str, anchors: &Anchors) -> ValidChain {
    let token = jws::Unverified::parse(jwt, 1 << 20).unwrap();
    let chain = CertificateChain::from_x5c(&token.header()["x5c"]).unwrap();
    let valid = Validator::haip(anchors)
        .validate(chain, UnixTime::from_secs(NOW))
        .unwrap();
    token.verify_signature(&valid.jwk().unwrap()).unwrap();
    valid
}

#[tokio::test]
async fn credentials_and_status_lists_have_the_certificate_of_their_issuer() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let authority = format!("{}/sandbox/v1/wallet-authority.pem", env.platform.url());
    let authority = env.http.get(authority).send().await.unwrap();
    assert_eq!(
        authority.headers()["content-type"],
        "application/pem-certificate-chain"
    );
    let anchors = Anchors::from_pem(&authority.bytes().await.unwrap()).unwrap();
    let mut leaves = BTreeSet::new();
    for _ in 0..2 {
        let created = wallet.offered(json!({})).await;
        let token = wallet.redeem(&created).await;
        let (nonce, _) = wallet.nonces().await;
        let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
        answer.assert_ok();
        let credential = answer.body["credentials"][0]["credential"].as_str().unwrap();
        let issuer_jwt = credential.split('~').next().unwrap();
        let valid = certified(issuer_jwt, &anchors);
        assert_eq!(valid.leaf().uris(), [wallet.issuer.as_str()]);
        leaves.insert(valid.leaf().der().to_vec());
        let claims = Inspection::of(credential).unwrap().claims;
        let list = claims["status"]["status_list"]["uri"].as_str().unwrap();
        let list = env.http.get(list).send().await.unwrap().text().await.unwrap();
        leaves.insert(certified(&list, &anchors).leaf().der().to_vec());
    }
    assert_eq!(leaves.len(), 1, "one certificate for an issuer");
}

#[tokio::test]
async fn a_wallet_without_dpop_gets_a_bearer_token() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let created = wallet.offered(json!({})).await;
    let answer = wallet.token_with(wallet.form(&created).await, None).await;
    answer.assert_ok();
    assert_eq!(answer.body["token_type"], "Bearer");
    assert!(answer.headers.contains_key("dpop-nonce"));
    let token = answer.text("access_token");
    let (nonce, _) = wallet.nonces().await;
    // A proof may name its key by a DID that contains it.
    let key = &keys(1)[0];
    let did = DidKey::new(key.verifying_key());
    let url = format!("{}#{}", did.did(), did.did().as_str().rsplit(':').next().unwrap());
    let options = air_oid4vc::vci::ProofOptions {
        issuer: &wallet.issuer,
        now: UnixTime::from_secs(NOW),
        nonce: Some(&nonce),
        client_id: None,
        key: air_oid4vc::vci::ProofKey::DidUrl(&url),
    };
    let order = json!({
        "credential_configuration_id": env.ids["programs"]["adult"],
        "proofs": { "jwt": [air_oid4vc::vci::prove(key, &options)] },
    });
    let request = env.http.post(wallet.url("credential")).bearer_auth(&token);
    let answer = Answer::of(request.json(&order)).await;
    answer.assert_ok();
    let credential = answer.body["credentials"][0]["credential"].as_str().unwrap();
    assert_eq!(verify(&wallet, credential).await, Ok(()));
}

#[tokio::test]
async fn any_page_may_be_a_wallet() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let origin = "https://wallet.example";
    let preflight = env
        .http
        .request(Method::OPTIONS, wallet.url("token"))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "dpop");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], origin);
    let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("dpop"), "{allowed}");
    let nonce = env.http.post(wallet.url("nonce")).header("origin", origin);
    let answer = Answer::of(nonce).await;
    let exposed = answer.headers["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("dpop-nonce"), "{exposed}");
}

#[tokio::test]
async fn the_first_response_of_an_offer_replaces_earlier_credentials() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let mut credentials = Vec::new();
    for members in [json!({}), json!({ "onDuplicate": "ignore" }), json!({})] {
        let created = wallet.offered(members).await;
        let token = wallet.redeem(&created).await;
        for _ in 0..2 {
            let (nonce, _) = wallet.nonces().await;
            let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
            answer.assert_ok();
            let credential = answer.body["credentials"][0]["credential"].as_str().unwrap();
            credentials.push(credential.to_owned());
        }
    }
    for (index, credential) in credentials.iter().enumerate() {
        let expected = if index < 4 { Err(Error::Revoked) } else { Ok(()) };
        assert_eq!(verify(&wallet, credential).await, expected, "{index}");
    }
}

#[tokio::test]
async fn the_platforms_own_verification_reads_a_wallets_credential() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let created = wallet.offered(json!({})).await;
    let token = wallet.redeem(&created).await;
    let (nonce, _) = wallet.nonces().await;
    let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    answer.assert_ok();
    let credential = answer.body["credentials"][0]["credential"].as_str().unwrap();
    env.wait_until_anchored(&hash(credential)).await;
    assert_own_verification(&env).await;
}
