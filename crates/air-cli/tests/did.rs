//! DIDs through the binary: documents printed, served, resolved, and keys of issuers found by their names.

use air_jwt::SigningKey;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{self, TestEnv, server::Server, web::Web};

/// An environment with an issuer's key, its public set, and a subject.
fn test_env() -> TestEnv {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "issuer.pem", "--kid", "k1"])
        .succeeded();
    let set = env.air(&["jwks", "export", "--key", "issuer.pem", "--kid", "k1"]);
    env.write("jwks.json", set.succeeded().stdout);
    env.write("subject.json", r#"{ "isOver18": true }"#);
    env
}

fn document(env: &TestEnv, arguments: &[&str]) -> Value {
    let document = ["did", "document", "--jwks", "jwks.json"];
    env.air(&[&document, arguments].concat()).succeeded().json()
}

fn issue(env: &TestEnv, issuer: &str) -> String {
    let issue = [
        "credential",
        "issue",
        "--key",
        "issuer.pem",
        "--kid",
        "k1",
        "--issuer",
        issuer,
        "--vct",
        "t",
        "subject.json",
    ];
    env.air(&issue).succeeded().text().to_owned()
}

fn verify(env: &TestEnv, issuer: &str, credential: &str) -> support::Run {
    env.air_with(&["credential", "verify", "--issuer", issuer, "-"], credential)
}

/// `localhost` with the port of the pages, as did:web writes it.
fn local_did(web: &Web) -> String {
    let port = web.url("").rsplit(':').next().unwrap().to_owned();
    format!("did:web:localhost%3A{port}")
}

#[test]
fn a_web_issuers_keys_are_found_by_its_name() {
    let (env, web) = (test_env(), Web::start());
    let did = local_did(&web);
    verify(&env, &did, &issue(&env, &did)).failed_with(5, "failed to fetch a document from localhost");

    let served = document(&env, &["--did", &did]);
    assert_eq!(served["verificationMethod"][0]["id"], format!("{did}#k1"));
    web.put("/.well-known/did.json", served.to_string());
    let resolved = env.air(&["did", "resolve", &did]).succeeded().json();
    assert_eq!(resolved, served);
    let verified = verify(&env, &did, &issue(&env, &did)).succeeded().json();
    assert_eq!(verified["claims"]["isOver18"], true);

    // Another's document under this name says nothing.
    web.put(
        "/.well-known/did.json",
        document(&env, &["--did", "did:web:other.example"]).to_string(),
    );
    verify(&env, &did, &issue(&env, &did)).failed_with(3, "not the requested DID");
}

#[test]
fn an_https_issuers_metadata_is_found_below_well_known() {
    let (env, web) = (test_env(), Web::start());
    let issuer = web.url("/eu").replace("127.0.0.1", "localhost");
    let metadata = document(&env, &["--issuer", &issuer]);
    assert_eq!(metadata["issuer"], issuer);
    web.put("/.well-known/jwt-vc-issuer/eu", metadata.to_string());
    verify(&env, &issuer, &issue(&env, &issuer)).succeeded();
}

/// An SD-JWT VC with no claim to disclose, signed at 1795875760, whose header has no `kid`.
fn without_kid(key: &SigningKey, issuer: &str) -> String {
    let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let header = encode(json!({ "alg": "ES256", "typ": "dc+sd-jwt" }));
    let claims = json!({ "iss": issuer, "vct": "urn:x:y", "iat": 1_795_875_760, "name": "Ada" });
    let input = format!("{header}.{}", encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}~")
}

#[test]
fn the_only_key_of_an_issuers_metadata_needs_no_kid() {
    let (env, web) = (TestEnv::new(), Web::start());
    let issuer = web.url("").replace("127.0.0.1", "localhost");
    let set: Value = serde_json::from_str(include_str!("cases/jwks_onekey_nokid.json")).unwrap();
    let metadata = json!({ "issuer": issuer, "jwks": set });
    web.put("/.well-known/jwt-vc-issuer", metadata.to_string());
    let at = |credential: &str| {
        let verify = ["credential", "verify", "--issuer", &issuer, "--at", "1795875800"];
        env.air_with(&[&verify[..], &["-"]].concat(), credential)
    };
    let key = SigningKey::from_pem(include_str!("cases/p8.pem")).unwrap();
    let verified = at(&without_kid(&key, &issuer)).succeeded().json();
    assert_eq!(verified["claims"]["name"], "Ada");
    let stranger = SigningKey::generate(&mut rand::rng());
    let refused = at(&without_kid(&stranger, &issuer));
    refused.failed_with(4, "credential refused");
    assert_eq!(refused.json()["failed"], "signature");
}

#[test]
fn a_key_is_its_own_issuer() {
    let env = test_env();
    for method in ["did:key", "did:jwk"] {
        let document = document(&env, &["--did", method]);
        let did = document["id"].as_str().unwrap();
        assert!(did.starts_with(&format!("{method}:")), "{did}");
        assert_eq!(env.air(&["did", "resolve", did]).succeeded().json(), document);
        let name = document["verificationMethod"][0]["id"].as_str().unwrap();
        let issue = [
            "credential",
            "issue",
            "--key",
            "issuer.pem",
            "--kid",
            name,
            "--issuer",
            did,
            "--vct",
            "t",
            "subject.json",
        ];
        let credential = env.air(&issue).succeeded().text().to_owned();
        verify(&env, did, &credential).succeeded();
    }
}

#[test]
fn a_typing_error_is_caught_before_anyone_is_asked() {
    let env = test_env();
    let resolve = |did: &str| env.air(&["did", "resolve", "--url", "http://127.0.0.1:1", did]);
    resolve("did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB").failed_with(3, "checksum");
    resolve("did:air:id:test:4P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB").failed_with(5, "127.0.0.1:1");
    resolve("did:example:123").failed_with(3, "unsupported DID method");
    resolve("air:test").failed_with(3, "air:test");
    resolve("did:web:127.0.0.1").failed_with(3, "did:web:127.0.0.1");
    verify(&env, "did:air:id:test:x", "a.b.c~").failed_with(3, "did:air:id:test:x");
    env.air(&["did", "document", "--jwks", "jwks.json"])
        .failed_with(2, "--did");
}

#[test]
fn a_local_platforms_issuer_is_resolved_by_it() {
    let env = test_env();
    env.write(
        "seed.json",
        json!({
            "partner": { "name": "P", "jwksUrl": "http://127.0.0.1:9/jwks.json", "allowedOrigins": [], "issueOnBehalf": true },
            "schemas": [], "programs": [], "verificationPrograms": [],
        })
        .to_string(),
    );
    let sandbox = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        ":memory:",
        "--seed",
        "seed.json",
    ];
    let server = Server::start(&env.path(""), &sandbox);
    let did = server.ready["seeded"]["issuerDid"].as_str().unwrap();
    let resolved = env
        .air(&["did", "resolve", "--url", server.url(), did])
        .succeeded()
        .json();
    assert_eq!(resolved["id"], did);
    assert_eq!(resolved["verificationMethod"].as_array().unwrap().len(), 1);
    server.interrupt();
}

#[test]
fn a_method_that_is_unknown_has_no_hint_at_an_option_of_other_commands() {
    let run = TestEnv::new().air(&["did", "resolve", "did:foo:x"]);
    run.failed_with(3, "did:foo:x");
    assert!(!run.stderr.contains("--issuer-jwks"), "{run:?}");
}
