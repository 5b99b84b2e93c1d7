//! `air wallet` against an issuer and a verifier of the test, over HTTP.

mod attacks;
mod attested;
mod issuer;
mod node;
mod platform;
mod prefixes;
mod sign_in;
mod transactions;
mod trust;
mod trust_lists;
mod type_names;
mod verifier;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::TestEnv;

/// The files of a wallet's folder.
fn stored(env: &TestEnv) -> Vec<(String, Value)> {
    let mut files: Vec<String> = std::fs::read_dir(env.path("wallet"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let read = |name: String| {
        let json = serde_json::from_slice(&env.read(&format!("wallet/{name}"))).unwrap();
        (name, json)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn receives_a_batch_with_a_transaction_code_and_dpop_nonces() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let run = env.air(&[
        "wallet",
        "receive",
        "--tx-code",
        "493536",
        "--copies",
        "2",
        "--json",
        &issuer.offer(),
    ]);
    let receipt = run.succeeded().json();
    assert_eq!(receipt["issuer"], issuer.origin());
    assert_eq!(receipt["credentials"].as_array().unwrap().len(), 2);
    assert_eq!(receipt["credentials"][0]["isBound"], true);
    assert_eq!(receipt["credentials"][0]["type"], issuer::VCT);
    let files = stored(&env);
    assert_eq!(files.len(), 2);
    assert_ne!(files[0].1["key"], files[1].1["key"], "a key for each copy");
    #[cfg(unix)]
    for (name, _) in &files {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(env.path("wallet").join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(issuer.notifications(), ["credential_accepted"]);
}

#[test]
fn waits_for_a_deferred_credential() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms {
        is_deferred: true,
        ..issuer::Terms::default()
    });
    let offer = issuer.offer();
    env.air(&["wallet", "receive", "--tx-code", "493536", &offer])
        .succeeded();
    assert_eq!(stored(&env).len(), 1);
    let impatient = env.air(&["wallet", "receive", "--tx-code", "493536", "--wait", "0", &offer]);
    impatient.failed_with(5, "--wait ends before");
}

#[test]
fn waits_for_the_interval_before_each_request_for_a_deferred_credential() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms {
        is_deferred: true,
        deferrals: 1,
        ..issuer::Terms::default()
    });
    env.air(&["wallet", "receive", "--tx-code", "493536", &issuer.offer()])
        .succeeded();
    let intervals = issuer.intervals();
    assert_eq!(intervals.len(), 2, "{intervals:?}");
    assert!(
        intervals
            .iter()
            .all(|interval| *interval >= Duration::from_secs(1)),
        "{intervals:?}"
    );
    assert_eq!(stored(&env).len(), 1);
}

#[test]
fn replaces_an_access_token_that_ends_while_the_credential_is_deferred() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms {
        is_deferred: true,
        ended_tokens: 1,
        ..issuer::Terms::default()
    });
    env.air(&["wallet", "receive", "--tx-code", "493536", &issuer.offer()])
        .succeeded();
    assert_eq!(stored(&env).len(), 1);
    assert_eq!(issuer.notifications(), ["credential_accepted"]);
}

/// The answers to refresh requests have no other refresh token, so that the first one stays valid.
#[test]
fn replaces_a_second_access_token_by_the_same_refresh_token() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms {
        is_deferred: true,
        deferrals: 1,
        ended_tokens: 2,
        ..issuer::Terms::default()
    });
    env.air(&["wallet", "receive", "--tx-code", "493536", &issuer.offer()])
        .succeeded();
    assert_eq!(stored(&env).len(), 1);
}

#[test]
fn refuses_a_refresh_that_is_not_bound_to_the_wallets_key_any_more() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms {
        is_deferred: true,
        ended_tokens: 1,
        refreshed_type: Some("Bearer"),
        ..issuer::Terms::default()
    });
    env.air(&["wallet", "receive", "--tx-code", "493536", &issuer.offer()])
        .failed_with(
            3,
            "of the type Bearer, although the authorization server supports DPoP",
        );
    assert!(stored(&env).is_empty());
}

#[test]
fn stores_a_credential_without_proof_only_if_it_is_one_and_bound_to_no_key() {
    let receive = |unproved| {
        let env = TestEnv::new();
        let issuer = issuer::Issuer::start(issuer::Terms {
            unproved: Some(unproved),
            ..issuer::Terms::default()
        });
        let run = env.air(&[
            "wallet",
            "receive",
            "--tx-code",
            "493536",
            "--json",
            &issuer.offer(),
        ]);
        (env, issuer, run)
    };
    let (env, issuer, run) = receive(issuer::Unproved::Unbound);
    assert_eq!(run.succeeded().json()["credentials"][0]["isBound"], false);
    assert_eq!(stored(&env).len(), 1);
    assert_eq!(issuer.notifications(), ["credential_accepted"]);
    for (unproved, reason) in [
        (
            issuer::Unproved::BoundElsewhere,
            "another key than the proved ones",
        ),
        (issuer::Unproved::Junk, "unreadable credential"),
    ] {
        let (env, issuer, run) = receive(unproved);
        assert_eq!(run.code, 3, "{run:?}");
        assert!(run.text().contains(reason), "{run:?}");
        assert!(stored(&env).is_empty(), "{reason}");
        assert_eq!(issuer.notifications(), ["credential_failure"]);
    }
}

#[test]
fn exchanges_encrypted_messages_if_the_issuer_requires_it() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms {
        is_encrypted: true,
        ..issuer::Terms::default()
    });
    env.air(&["wallet", "receive", "--tx-code", "493536", &issuer.offer()])
        .succeeded();
    assert_eq!(stored(&env).len(), 1);
}

#[test]
fn refuses_to_encrypt_without_the_issuers_parameters() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let offer = issuer.offer();
    let run = env.air(&["wallet", "receive", "--tx-code", "493536", "--encrypt", &offer]);
    run.failed_with(3, "--encrypt: the issuer's metadata has no parameters");
}

#[test]
fn a_wrong_or_missing_transaction_code_says_what_to_do() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let offer = issuer.offer();
    env.air(&["wallet", "receive", &offer])
        .failed_with(2, "requires a transaction code");
    env.air(&["wallet", "receive", "--tx-code", "12", &offer])
        .failed_with(3, "must have 6");
    let wrong = env.air(&["wallet", "receive", "--tx-code", "000000", &offer]);
    wrong.failed_with(4, "`invalid_grant`");
    assert!(
        !env.air(&["wallet", "receive", "--tx-code", "000000", &offer])
            .stderr
            .contains("code-1")
    );
    let many = env.air(&[
        "wallet",
        "receive",
        "--tx-code",
        "493536",
        "--copies",
        "9",
        &offer,
    ]);
    many.failed_with(3, "at most 2");
    env.air(&["wallet", "receive", "http://10.0.0.1/"])
        .failed_with(3, "credential_offer");
    let private = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2F10.0.0.1%2F";
    env.air(&["wallet", "receive", private])
        .failed_with(3, "not allowed");
}

#[test]
fn an_offer_that_the_issuer_withdrew_says_what_to_do() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    // The issuer has nothing at this path.
    let withdrawn = issuer.offer().replace("%2Foffer", "%2Fwithdrawn");
    let run = env.air(&["wallet", "receive", &withdrawn]);
    run.failed_with(3, "the credential offer answered 404");
    run.failed_with(3, "ask the issuer for a new one");
    assert!(!env.path("wallet").exists());
}

/// A wallet with a credential.
fn filled() -> TestEnv {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let arguments = [
        "wallet",
        "receive",
        "--tx-code",
        "493536",
        "--copies",
        "2",
        &issuer.offer(),
    ];
    env.air(&arguments).succeeded();
    env
}

#[test]
fn presents_only_the_claims_that_are_asked_for_encrypted_and_bound() {
    let env = filled();
    let verifier = verifier::Verifier::start(verifier::Terms::default());
    env.write("anchors.pem", verifier.anchors());
    let run = env.air(&[
        "wallet",
        "present",
        "--yes",
        "--verifier-anchors",
        "anchors.pem",
        "--json",
        &verifier.link(),
    ]);
    let report = run.succeeded().json();
    assert_eq!(report["presented"][0]["disclosed"], json!([["name"]]));
    assert_eq!(report["redirectUri"], "https://verifier.example/done");
    let claims = verifier.received();
    assert_eq!((&claims["name"], claims.get("city")), (&json!("Ada"), None));
    // Another presentation uses the copy that was not presented.
    env.air(&["wallet", "present", "--yes", &verifier.link()])
        .succeeded();
    let counts: Vec<Value> = stored(&env)
        .into_iter()
        .map(|(_, file)| file["presented"].clone())
        .collect();
    assert_eq!(counts, [json!(1), json!(1)]);
}

#[test]
fn answers_a_request_by_post_with_its_nonce() {
    let env = filled();
    let verifier = verifier::Verifier::start(verifier::Terms {
        by_post: true,
        is_encrypted: false,
        ..verifier::Terms::default()
    });
    env.air(&["wallet", "present", "--yes", &verifier.link()])
        .succeeded();
    assert_eq!(verifier.received()["name"], "Ada");
}

/// Unsigned requests: of a client that only its own URL names, and of one that claims another's name.
const NAMED_BY_URL: &str = "openid4vp://?client_id=redirect_uri%3Ahttps%3A%2F%2Fevil.example%2Fanswer&response_type=vp_token&response_mode=direct_post&response_uri=https%3A%2F%2Fevil.example%2Fanswer&nonce=n-0S6_WzA2MjbGciOiJSUzI1NiJ9&dcql_query=%7B%22credentials%22%3A%5B%7B%22id%22%3A%22pid%22%2C%22format%22%3A%22dc%2Bsd-jwt%22%2C%22meta%22%3A%7B%22vct_values%22%3A%5B%22https%3A%2F%2Fissuer.example%2Fpid%22%5D%7D%7D%5D%7D";
const NAMED_FALSELY: &str = "openid4vp://?client_id=https%3A%2F%2Fbank.example&response_type=vp_token&response_mode=direct_post&response_uri=https%3A%2F%2Fevil.example%2Fanswer&nonce=n-0S6_WzA2MjbGciOiJSUzI1NiJ9&dcql_query=%7B%22credentials%22%3A%5B%7B%22id%22%3A%22pid%22%2C%22format%22%3A%22dc%2Bsd-jwt%22%2C%22meta%22%3A%7B%22vct_values%22%3A%5B%22https%3A%2F%2Fissuer.example%2Fpid%22%5D%7D%7D%5D%7D";

#[test]
fn refuses_unsigned_requests_where_signed_ones_are_required_and_names_that_nobody_checked() {
    let env = filled();
    let verifier = verifier::Verifier::start(verifier::Terms::default());
    env.write("anchors.pem", verifier.anchors());
    let present = ["wallet", "present", "--yes"];
    let anchors = ["--verifier-anchors", "anchors.pem"];
    for link in [NAMED_BY_URL, NAMED_FALSELY] {
        env.air(&[&present[..], &anchors, &[link]].concat())
            .failed_with(4, "the request is not signed, which --verifier-anchors requires");
    }
    env.air(&[&present[..], &[NAMED_FALSELY]].concat())
        .failed_with(4, "not registered with this wallet");
}

#[test]
fn refuses_a_verifier_that_is_not_trusted_or_asks_for_what_is_not_there() {
    let env = filled();
    let verifier = verifier::Verifier::start(verifier::Terms::default());
    let other = verifier::Verifier::start(verifier::Terms::default());
    env.write("anchors.pem", other.anchors());
    let arguments = [
        "wallet",
        "present",
        "--yes",
        "--verifier-anchors",
        "anchors.pem",
        &verifier.link(),
    ];
    env.air(&arguments).failed_with(4, "certificate is refused");
    assert!(verifier.is_unanswered());
    env.air(&["wallet", "present", &verifier.link()])
        .failed_with(2, "--yes");

    let greedy = verifier::Verifier::start(verifier::Terms {
        claim: "salary",
        ..verifier::Terms::default()
    });
    env.air(&["wallet", "present", "--yes", &greedy.link()])
        .failed_with(3, "no credential matches");
    assert_eq!(greedy.refusal().as_deref(), Some("access_denied"));
}

#[test]
fn refuses_a_verifier_with_a_did_where_a_certificate_is_required() {
    let env = filled();
    let verifier = verifier::Verifier::start(verifier::Terms {
        client: verifier::Client::DidJwk,
        ..verifier::Terms::default()
    });
    env.write("anchors.pem", verifier.anchors());
    let present = ["wallet", "present", "--yes"];
    let anchors = ["--verifier-anchors", "anchors.pem"];
    let link = verifier.link();
    env.air(&[&present[..], &anchors, &[&link]].concat()).failed_with(
        4,
        "has a DID and no certificate, which --verifier-anchors requires",
    );
    assert!(verifier.is_unanswered());
    // Without anchors, the DID is sufficient.
    env.air(&[&present[..], &[&link]].concat()).succeeded();
    assert_eq!(verifier.received()["name"], "Ada");
}

/// A verifier whose question is answered at once without a match would learn which credentials a wallet has
/// (OpenID4VP 1.0, section 15.4.1).
#[cfg(target_os = "linux")]
#[test]
fn a_verifier_learns_nothing_of_the_wallet_before_the_user_has_answered() {
    let env = filled();
    for (claim, answer, code) in [
        ("salary", "n", None),
        ("salary", "y", Some("access_denied")),
        ("name", "n", Some("access_denied")),
    ] {
        let verifier = verifier::Verifier::start(verifier::Terms {
            claim,
            ..verifier::Terms::default()
        });
        let shown = env.at_a_terminal(&["wallet", "present", &verifier.link()], answer);
        assert_eq!(verifier.refusal().as_deref(), code, "{claim}, {answer}: {shown}");
    }
}

#[test]
fn a_link_for_the_other_command_is_named() {
    let env = TestEnv::new();
    env.air(&["wallet", "receive", "openid4vp://?client_id=x"])
        .failed_with(3, "run `air wallet present`");
    env.air(&[
        "wallet",
        "present",
        "--yes",
        "openid-credential-offer://?credential_offer=%7B%7D",
    ])
    .failed_with(3, "run `air wallet receive`");
}
