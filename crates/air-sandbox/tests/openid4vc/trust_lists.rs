//! Verification programs with a trust list: they accept the credentials of its issuers, and no others.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use air_jwt::{JwkSet, PartnerToken, SigningKey};
use air_mdoc::{StatusListClaims, StatusListCwt, X5Chain};
use air_sandbox::UnixTime;
use air_vc::{
    IssueOptions, Issuer, StatusReference,
    did::{Did, DidDocument},
    status::{Status, StatusBits, StatusList, StatusListOptions, StatusListToken},
};
use axum::{Router, body::Bytes, routing::get};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    outsider::{ISSUER, Outsider, vct},
    presentations::{Holder, asked, body, fetched, post, state},
};
use crate::support::TestEnv;

fn path(env: &TestEnv) -> String {
    let program = env.ids["verificationPrograms"]["adult"].as_str().unwrap();
    format!("/sandbox/v1/verification-programs/{program}/trust-list")
}

async fn trust(env: &TestEnv, issuers: Value) -> (StatusCode, Value) {
    let list = json!({ "trustList": { "issuers": issuers } });
    env.call(Method::PUT, &path(env), None, Some(&list)).await
}

async fn trusting(env: &TestEnv, issuers: Value) {
    let (status, answer) = trust(env, issuers).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["issuers"], json!(["University"]));
}

/// The authorities of the query that a request has for a format.
fn authorities(request: &air_oid4vc::vp::AuthorizationRequest) -> Vec<Value> {
    let query = request.query().to_value();
    let queries = query["credentials"].as_array().unwrap().iter();
    queries
        .map(|query| query["trusted_authorities"].clone())
        .collect()
}

fn assert_untrusted(answer: &super::wallet::Answer) {
    answer.assert_refused(400, "invalid_request");
    let reason = answer.body["error_description"].as_str().unwrap();
    assert!(
        reason.contains("the credential's issuer is not trusted"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_credential_under_a_listed_authority_is_accepted_and_another_refused() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let (own, other) = (Outsider::new(), Outsider::new());
    trusting(&env, json!([own.certified()])).await;
    let created = asked(&env, json!({ "encrypted": false })).await;
    let request = fetched(&env, &created).await;
    let aki = json!([{ "type": "aki", "values": [own.authority_key_id()] }]);
    assert_eq!(authorities(&request), [aki]);

    // Neither another authority nor the platform's own is in the list.
    let foreign = other.present(&other.credential(&env, |_| ()), &request);
    assert_untrusted(&post(&env, &request, body(&request, foreign)).await);
    assert_untrusted(&post(&env, &request, body(&request, holder.answer(&request))).await);
    assert_eq!(state(&env, &created).await["state"], "open");

    let token = own.present(&own.credential(&env, |_| ()), &request);
    post(&env, &request, body(&request, token)).await.assert_ok();
    let state = state(&env, &created).await;
    let result = &state["result"];
    assert_eq!(result["status"], "Compliant", "{state}");
    assert_eq!(result["trustedAs"], "University");
    let disclosed = &result["disclosedData"];
    assert_eq!(disclosed["credentialSubject"], json!({ "age": 21 }));
    assert_eq!(disclosed["issuerDid"], ISSUER);
    assert_eq!(disclosed["credentialType"], vct(&env));
    assert_eq!(disclosed["issuanceDate"], "2027-01-15 08:00:00");
    assert_eq!(disclosed["expirationDate"], "2027-01-15 09:00:00");

    // Without the list, the platform's issuers are accepted again.
    let (status, answer) = env.call(Method::DELETE, &path(&env), None, None).await;
    assert_eq!((status, &answer["issuers"]), (StatusCode::OK, &json!([])));
    let request = fetched(&env, &asked(&env, json!({})).await).await;
    assert_eq!(authorities(&request), [Value::Null]);
    let own = own.present(&own.credential(&env, |_| ()), &request);
    assert_untrusted(&post(&env, &request, body(&request, own)).await);
    post(&env, &request, body(&request, holder.answer(&request)))
        .await
        .assert_ok();
}

#[tokio::test]
async fn an_mdoc_under_a_listed_authority_is_accepted_and_another_refused() {
    let env = TestEnv::start().await;
    let (own, other) = (Outsider::new(), Outsider::new());
    trusting(&env, json!([own.certified()])).await;
    let created = asked(&env, json!({ "formats": ["mso_mdoc"] })).await;
    let request = fetched(&env, &created).await;
    let aki = json!([{ "type": "aki", "values": [own.authority_key_id()] }]);
    assert_eq!(authorities(&request), [aki]);
    let foreign = other.present_mdoc(&env, None, &request);
    assert_untrusted(&post(&env, &request, body(&request, foreign)).await);
    let token = own.present_mdoc(&env, None, &request);
    post(&env, &request, body(&request, token)).await.assert_ok();
    let state = state(&env, &created).await;
    assert_eq!(state["result"]["status"], "Compliant", "{state}");
    assert_eq!(state["result"]["disclosedData"]["issuerDid"], ISSUER);
}

/// ISO/IEC 18013-5, B.1.4: a certificate for something else signs no mdocs.
#[tokio::test]
async fn the_certificate_of_an_mdoc_is_for_signers_of_mdocs() {
    let env = TestEnv::start().await;
    let own = Outsider::with_leaf(|_| ());
    trusting(&env, json!([own.certified()])).await;
    let formats = json!({ "formats": ["dc+sd-jwt", "mso_mdoc"] });
    let request = fetched(&env, &asked(&env, formats).await).await;
    let token = own.present_mdoc(&env, None, &request);
    let answer = post(&env, &request, body(&request, token)).await;
    assert_untrusted(&answer);
    let reason = answer.body["error_description"].as_str().unwrap();
    assert!(reason.contains("extended key usage 1.0.18013.5.1.2"), "{reason}");
    // The same certificate signs SD-JWT VCs.
    let token = own.present(&own.credential(&env, |_| ()), &request);
    post(&env, &request, body(&request, token)).await.assert_ok();
}

/// SD-JWT VC, section 2.5: the certificate is the identity of an issuer without `iss`.
#[tokio::test]
async fn a_credential_without_issuer_is_accepted_by_its_certificate() {
    let env = TestEnv::start().await;
    let (own, other) = (Outsider::new(), Outsider::new());
    trusting(&env, json!([own.certified()])).await;
    let created = asked(&env, json!({})).await;
    let request = fetched(&env, &created).await;
    let foreign = other.present(&other.unnamed(&env), &request);
    assert_untrusted(&post(&env, &request, body(&request, foreign)).await);
    let token = own.present(&own.unnamed(&env), &request);
    post(&env, &request, body(&request, token)).await.assert_ok();
    let status = state(&env, &created).await;
    assert_eq!(status["result"]["status"], "Compliant", "{status}");
    assert_eq!(status["result"]["trustedAs"], "University");
    assert_eq!(status["result"]["disclosedData"]["issuerDid"], ISSUER);

    // Pinned keys need an `iss`, and so does the platform without a list.
    trusting(&env, json!([own.pinned()])).await;
    let request = fetched(&env, &asked(&env, json!({})).await).await;
    let token = own.present(&own.unnamed(&env), &request);
    assert_untrusted(&post(&env, &request, body(&request, token)).await);
    env.call(Method::DELETE, &path(&env), None, None).await;
    let request = fetched(&env, &asked(&env, json!({})).await).await;
    let token = own.present(&own.unnamed(&env), &request);
    assert_untrusted(&post(&env, &request, body(&request, token)).await);
}

/// SD-JWT VC, 2.2.2.2: a query for one of the types in `aka_vcts` matches, if the list has it for the issuer.
#[tokio::test]
async fn another_type_of_a_credential_counts_if_the_list_has_it_too() {
    let env = TestEnv::start().await;
    let own = Outsider::new();
    let national = "urn:example:national";
    let of_types = |party: Value, types: Value| {
        let mut party = party;
        party["types"] = types;
        party
    };
    let renamed = |options: &mut IssueOptions| {
        let usual = std::mem::replace(&mut options.vct, national.to_owned());
        options.other_types = vec![usual];
    };
    let issuer = || Issuer::new(ISSUER, &own.key);
    for (party, issuer) in [
        (own.certified(), issuer().with_x5c(&own.x5c)),
        (own.pinned(), issuer()),
    ] {
        let credential = own.issue(&issuer, &env, 21, renamed);
        trusting(
            &env,
            json!([of_types(party.clone(), json!([national, vct(&env)]))]),
        )
        .await;
        let created = asked(&env, json!({})).await;
        let request = fetched(&env, &created).await;
        let token = own.present(&credential, &request);
        post(&env, &request, body(&request, token)).await.assert_ok();
        let state = state(&env, &created).await;
        assert_eq!(state["result"]["disclosedData"]["credentialType"], national);

        // Another key may issue the type of the query, but this one may not.
        let other = of_types(Outsider::new().pinned(), json!("*"));
        let list = json!([of_types(party, json!([national])), other]);
        let (status, answer) = trust(&env, list).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let request = fetched(&env, &asked(&env, json!({})).await).await;
        let token = own.present(&credential, &request);
        post(&env, &request, body(&request, token))
            .await
            .assert_refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn the_platforms_credentials_are_accepted_if_the_list_has_its_authority() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let url = format!("{}/sandbox/v1/wallet-authority.pem", env.platform.url());
    let anchor = env.http.get(url).send().await.unwrap().text().await.unwrap();
    let party = json!({ "name": "University", "x509": { "anchors": [anchor] }, "types": [vct(&env)] });
    trusting(&env, json!([party])).await;
    let created = asked(&env, json!({})).await;
    let request = fetched(&env, &created).await;
    assert_eq!(authorities(&request)[0][0]["type"], "aki");
    post(&env, &request, body(&request, holder.answer(&request)))
        .await
        .assert_ok();
    let state = state(&env, &created).await;
    assert_eq!(state["result"]["status"], "Compliant", "{state}");
    // The store has its status, as it has without a list.
    assert_eq!(state["result"].get("trustedAs"), None);
    assert_eq!(
        state["result"]["disclosedData"]["issuerDid"],
        env.ids["issuerDid"]
    );
}

#[tokio::test]
async fn pinned_keys_are_accepted_and_leave_authorities_out_of_the_query() {
    let env = TestEnv::start().await;
    let (pinned, certified) = (Outsider::new(), Outsider::new());
    let mut second = certified.certified();
    second["name"] = json!("Academy");
    let (status, answer) = trust(&env, json!([pinned.pinned(), second])).await;
    assert_eq!(
        (status, &answer["issuers"]),
        (StatusCode::OK, &json!(["University", "Academy"]))
    );
    for (issuer, has_certificates) in [(&pinned, false), (&certified, true)] {
        let created = asked(&env, json!({})).await;
        let request = fetched(&env, &created).await;
        // `aki` would exclude credentials without certificates.
        assert_eq!(authorities(&request), [Value::Null]);
        let credential = if has_certificates {
            issuer.credential(&env, |_| ())
        } else {
            issuer.uncertified(&env)
        };
        let token = issuer.present(&credential, &request);
        post(&env, &request, body(&request, token)).await.assert_ok();
        assert_eq!(state(&env, &created).await["result"]["status"], "Compliant");
    }
    let request = fetched(&env, &asked(&env, json!({})).await).await;
    let forged = certified.present(&certified.uncertified(&env), &request);
    post(&env, &request, body(&request, forged))
        .await
        .assert_refused(400, "invalid_request");
}

/// Serves a document at this path, and counts its fetches.
#[expect(clippy::disallowed_methods, reason = "the issuer's own server")]
fn serve(listener: tokio::net::TcpListener, path: &str, document: impl Into<Bytes>) -> Arc<AtomicUsize> {
    let document = document.into();
    let fetches = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&fetches);
    let answer = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        std::future::ready(document.clone())
    };
    let router = Router::new().route(path, get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    fetches
}

/// A list with a revoked entry 1 and a suspended entry 2.
fn list() -> StatusList {
    let mut list = StatusList::new(StatusBits::Two, 16).unwrap();
    list.set(1, Status::Invalid).unwrap();
    list.set(2, Status::Suspended).unwrap();
    list
}

/// A listener for a status list, and the list's URL.
async fn list_server() -> (tokio::net::TcpListener, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/list", listener.local_addr().unwrap());
    (listener, uri)
}

/// A server of the list as CWT, signed by this key.
async fn cwt_status_list(key: &SigningKey, certificates: Option<&X5Chain>) -> String {
    let (listener, uri) = list_server().await;
    let claims = StatusListClaims {
        issuer: None,
        uri: uri.clone(),
        issued_at: UnixTime::from_secs(crate::support::NOW),
        not_before: None,
        expires_at: None,
        ttl: None,
        bits: list().bits().number().into(),
        compressed: list().to_zlib(),
    };
    let token = StatusListCwt::sign(key, &claims, certificates).unwrap();
    serve(listener, "/list", token.to_bytes());
    uri
}

/// A server of the list, and the number of fetches.
async fn status_list(issuer: &Outsider) -> (String, Arc<AtomicUsize>) {
    let (listener, uri) = list_server().await;
    let options = StatusListOptions {
        issued_at: UnixTime::from_secs(crate::support::NOW),
        x5c: Some(issuer.x5c.clone()),
        ..StatusListOptions::default()
    };
    let token = StatusListToken::sign(&issuer.key, &uri, &list(), &options).into_string();
    let fetches = serve(listener, "/list", token);
    (uri, fetches)
}

/// ISO/IEC 18013-5 lists are CWTs, signed by the issuer's certificate or its pinned key.
#[tokio::test]
async fn a_status_list_as_cwt_decides_too() {
    let env = TestEnv::start().await;
    let (issuer, other) = (Outsider::new(), Outsider::new());
    trusting(&env, json!([issuer.certified()])).await;
    let own = cwt_status_list(&issuer.key, Some(&issuer.x5chain())).await;
    let foreign = cwt_status_list(&other.key, Some(&other.x5chain())).await;
    for (uri, index, expected) in [
        (&own, 0, Some("Compliant")),
        (&own, 1, Some("Revoked")),
        (&own, 2, Some("Revoked")),
        (&foreign, 0, None),
    ] {
        let uri = uri.clone();
        let created = asked(&env, json!({ "formats": ["mso_mdoc"] })).await;
        let request = fetched(&env, &created).await;
        let token = issuer.present_mdoc(&env, Some(StatusReference { index, uri }), &request);
        let answer = post(&env, &request, body(&request, token)).await;
        if let Some(expected) = expected {
            answer.assert_ok();
            let state = state(&env, &created).await;
            assert_eq!(state["result"]["status"], expected, "{index}: {state}");
        } else {
            assert_untrusted(&answer);
        }
    }
    trusting(&env, json!([issuer.pinned()])).await;
    let own = cwt_status_list(&issuer.key, None).await;
    let foreign = cwt_status_list(&other.key, None).await;
    for (uri, is_accepted) in [(own, true), (foreign, false)] {
        let request = fetched(&env, &asked(&env, json!({})).await).await;
        let reference = StatusReference { index: 0, uri };
        let by_key = Issuer::new(ISSUER, &issuer.key);
        let credential = issuer.issue(&by_key, &env, 21, |options| options.status = Some(reference));
        let token = issuer.present(&credential, &request);
        let answer = post(&env, &request, body(&request, token)).await;
        if is_accepted {
            answer.assert_ok();
        } else {
            answer.assert_refused(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn the_status_list_of_an_outside_issuer_decides() {
    let env = TestEnv::start().await;
    let issuer = Outsider::new();
    trusting(&env, json!([issuer.certified()])).await;
    let (uri, fetches) = status_list(&issuer).await;
    for (index, expected) in [(0, "Compliant"), (1, "Revoked"), (2, "Revoked")] {
        let reference = || StatusReference {
            index,
            uri: uri.clone(),
        };
        for format in ["dc+sd-jwt", "mso_mdoc"] {
            let created = asked(&env, json!({ "formats": [format] })).await;
            let request = fetched(&env, &created).await;
            let token = if format == "mso_mdoc" {
                issuer.present_mdoc(&env, Some(reference()), &request)
            } else {
                let credential = issuer.credential(&env, |options| options.status = Some(reference()));
                issuer.present(&credential, &request)
            };
            post(&env, &request, body(&request, token)).await.assert_ok();
            let state = state(&env, &created).await;
            assert_eq!(state["result"]["status"], expected, "{format} {index}: {state}");
            let is_shown = state["result"].get("disclosedData").is_some();
            assert_eq!(is_shown, expected == "Compliant");
        }
    }
    // One fetch a minute is enough for all presentations.
    let fetches = fetches.load(Ordering::SeqCst);
    assert!((1..=3).contains(&fetches), "{fetches}");
    // A credential whose status is not known is not accepted.
    for (index, uri) in [
        (0, uri.replace("/list", "/other")),
        (16, uri.clone()),
        (0, "http://10.0.0.1/list".to_owned()),
        (0, format!("{}/list", env.platform.url())),
    ] {
        let request = fetched(&env, &asked(&env, json!({})).await).await;
        let reference = StatusReference { index, uri };
        let credential = issuer.credential(&env, |options| options.status = Some(reference));
        let token = issuer.present(&credential, &request);
        let answer = post(&env, &request, body(&request, token)).await;
        answer.assert_refused(400, "invalid_request");
        let reason = answer.body["error_description"].as_str().unwrap();
        assert!(
            reason.contains("the credential's status list is refused"),
            "{reason}"
        );
    }
}

/// Anyone can post presentations to an open request, and each leads to the issuer's DID document.
#[tokio::test]
async fn forged_presentations_cause_one_fetch_of_the_did_document() {
    let env = TestEnv::start().await;
    let (issuer, forger) = (Outsider::new(), Outsider::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let did = format!("did:web:localhost%3A{}", listener.local_addr().unwrap().port());
    let name: Did = did.parse().unwrap();
    let document = DidDocument::for_issuer(&name, &JwkSet::from(issuer.key.public_jwk()));
    let fetches = serve(listener, "/.well-known/did.json", document.to_json());
    trusting(&env, json!([{ "name": "University", "did": did, "types": "*" }])).await;
    let created = asked(&env, json!({ "encrypted": false })).await;
    let request = fetched(&env, &created).await;
    for _ in 0..6 {
        let forged = forger.present(&forger.credential_as(&env, &did), &request);
        post(&env, &request, body(&request, forged))
            .await
            .assert_refused(400, "invalid_request");
    }
    let fetches = fetches.load(Ordering::SeqCst);
    assert!((1..=3).contains(&fetches), "{fetches}");
}

#[tokio::test]
async fn a_list_must_have_issuers_and_one_for_the_type() {
    let env = TestEnv::start().await;
    let issuer = Outsider::new();
    let mut unknown = issuer.certified();
    unknown["extra"] = json!(true);
    for issuers in [json!([]), json!({}), json!([unknown]), json!([{ "name": "A" }])] {
        let (status, answer) = trust(&env, issuers.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{issuers}: {answer}");
        let new = json!({
            "partnerId": env.ids["partnerId"], "schemaId": env.ids["schemas"]["adult"],
            "trustList": { "issuers": issuers },
        });
        let create = "/sandbox/v1/verification-programs";
        let (status, answer) = env.call(Method::POST, create, None, Some(&new)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    let mut elsewhere = issuer.certified();
    elsewhere["types"] = json!(["urn:example:degree"]);
    trusting(&env, json!([elsewhere])).await;
    let token = env.token(PartnerToken::verify);
    let request = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let path = "/sandbox/v1/presentation-requests";
    let (status, answer) = env.call(Method::POST, path, Some(&token), Some(&request)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert!(
        answer
            .to_string()
            .contains("no issuer of the program's trust list")
    );
    let missing = "/sandbox/v1/verification-programs/unknown/trust-list";
    let (status, _) = env.call(Method::DELETE, missing, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_program_with_a_list_checks_the_presentations_of_wallets_only() {
    let env = TestEnv::start().await;
    trusting(&env, json!([Outsider::new().certified()])).await;
    let verify = env.token(PartnerToken::verify);
    let session = env.login_with(&verify, "ada@example.com").await;
    let start = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let (status, answer) = env
        .call_as_user(
            Method::POST,
            "/sandbox/v1/verifications",
            &session,
            Some(&verify),
            Some(&start),
        )
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}

#[tokio::test]
async fn a_seed_has_the_trust_lists_of_its_programs() {
    let env = TestEnv::start().await;
    let issuer = Outsider::new();
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["name"] = json!("Registrar");
    seed["verificationPrograms"][0]["trustList"] = json!({ "issuers": [issuer.certified()] });
    let ids = env.seed(&seed).await;
    assert_eq!(env.seed(&seed).await, ids);
    let path = "/sandbox/v1/verification-programs";
    let (_, programs) = env.call(Method::GET, path, None, None).await;
    let lists: Vec<&Value> = programs["records"]
        .as_array()
        .unwrap_or_else(|| panic!("{programs}"))
        .iter()
        .map(|program| &program["hasTrustList"])
        .collect();
    assert_eq!(lists, [&json!(true), &json!(false)]);
    seed["verificationPrograms"][0]["trustList"] = json!({ "issuers": [issuer.pinned()] });
    let (status, answer) = env
        .call(Method::POST, "/sandbox/v1/seed", None, Some(&seed))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert!(answer.to_string().contains("`trustList`"), "{answer}");
}
