//! Addresses that another party names and the wallet must not connect to (SSRF).

use super::{filled, issuer, stored, verifier};
use crate::support::{
    TestEnv,
    http::{Answer, serve},
};

/// Addresses of private networks, of a cloud's metadata, and of special purposes.
const ADDRESSES: [&str; 4] = [
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00::1]/x",
    "https://100.64.0.1/x",
];

fn encoded(url: &str) -> String {
    url::form_urlencoded::byte_serialize(url.as_bytes()).collect()
}

#[test]
fn a_request_uri_is_not_fetched_from_a_private_address() {
    let env = filled();
    for address in ADDRESSES {
        for method in ["get", "post"] {
            let link = format!(
                "openid4vp://?client_id=x509_san_dns%3Averifier.example&request_uri={}&request_uri_method={method}",
                encoded(address)
            );
            env.air(&["wallet", "present", "--yes", &link])
                .failed_with(3, "not allowed");
        }
    }
}

/// A link comes from anyone, and a user of a hosted platform has no issuers and verifiers on this machine.
#[test]
fn a_link_leads_to_this_machine_only_if_the_users_platform_is_on_it() {
    let env = filled();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let verifier = verifier::Verifier::start(verifier::Terms::default());
    let by_value = serde_json::json!({
        "credential_issuer": issuer.origin(), "credential_configuration_ids": ["pid"],
    });
    let by_value = format!(
        "openid-credential-offer://?credential_offer={}",
        encoded(&by_value.to_string())
    );
    let (offer, request) = (issuer.offer(), verifier.link());
    let receive = ["wallet", "receive", "--tx-code", "493536", &offer];
    let present = ["wallet", "present", "--yes", &request];
    env.write(
        "air.toml",
        "use = \"hosted\"\n\n[profiles.hosted]\nurl = \"production\"\n",
    );
    for arguments in [&receive[..], &["wallet", "receive", &by_value], &present] {
        env.air(arguments)
            .failed_with(3, "set AIR_URL to a platform on this machine");
    }
    assert!(verifier.paths().is_empty(), "{:?}", verifier.paths());
    std::fs::remove_file(env.path("air.toml")).unwrap();
    for arguments in [&receive[..], &present] {
        env.air(arguments).succeeded();
    }
}

/// The wallet follows no redirect, so that a public URL leads nowhere else.
#[test]
fn a_request_uri_that_redirects_is_refused() {
    let env = filled();
    let origin = serve(|_, asked| match asked.path.as_str() {
        "/request" => Answer(302, vec![("location", "/elsewhere".to_owned())], String::new()),
        path => panic!("followed to {path}"),
    });
    let link = format!(
        "openid4vp://?client_id=x509_san_dns%3Averifier.example&request_uri={}",
        encoded(&format!("{origin}/request"))
    );
    env.air(&["wallet", "present", "--yes", &link])
        .failed_with(3, "answered 302");
}

#[test]
fn a_presentation_is_not_posted_to_a_private_address() {
    let env = filled();
    for address in ADDRESSES {
        let verifier = verifier::Verifier::start(verifier::Terms {
            response_uri: Some(address),
            ..verifier::Terms::default()
        });
        env.air(&["wallet", "present", "--yes", &verifier.link()])
            .failed_with(3, "not allowed");
        // A credential that nobody received was not presented.
        let counts = stored(&env);
        assert!(counts.iter().all(|(_, file)| file["presented"] != 1), "{address}");
    }
}

#[test]
fn endpoints_of_metadata_are_not_called_at_a_private_address() {
    for name in [
        "token_endpoint",
        "nonce_endpoint",
        "credential_endpoint",
        "deferred_credential_endpoint",
    ] {
        for address in ADDRESSES {
            let env = TestEnv::new();
            let issuer = issuer::Issuer::start(issuer::Terms {
                elsewhere: Some((name, address)),
                is_deferred: name.starts_with("deferred"),
                ..issuer::Terms::default()
            });
            let offer = issuer.offer();
            env.air(&["wallet", "receive", "--tx-code", "493536", &offer])
                .failed_with(3, "not allowed");
        }
    }
}

/// An authorization server is another party, whose metadata is at an address that the issuer names.
#[test]
fn metadata_of_an_authorization_server_are_not_fetched_from_a_private_address() {
    for address in ADDRESSES {
        let env = TestEnv::new();
        let origin = serve(move |origin, asked| {
            let json = vec![("content-type", "application/json".to_owned())];
            match asked.path.as_str() {
                "/.well-known/openid-credential-issuer" => {
                    let metadata = serde_json::json!({
                        "credential_issuer": origin, "authorization_servers": [address],
                        "credential_endpoint": format!("{origin}/credential"),
                        "credential_configurations_supported": { "pid": { "format": "dc+sd-jwt", "vct": "v" } },
                    });
                    Answer(200, json, metadata.to_string())
                }
                path => panic!("asked for {path}"),
            }
        });
        let offer = serde_json::json!({
            "credential_issuer": origin, "credential_configuration_ids": ["pid"],
            "grants": { "urn:ietf:params:oauth:grant-type:pre-authorized_code": { "pre-authorized_code": "c" } },
        });
        let link = format!(
            "openid-credential-offer://?credential_offer={}",
            encoded(&offer.to_string())
        );
        env.air(&["wallet", "receive", &link])
            .failed_with(3, "not allowed");
    }
}

/// Of a flow that succeeds and of its failures.
#[test]
fn no_code_token_proof_or_credential_is_on_stderr() {
    let env = filled();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let offer = issuer.offer();
    let receive = |code: &str| env.air(&["wallet", "receive", "--tx-code", code, &offer]);
    let verifier = verifier::Verifier::start(verifier::Terms::default());
    let greedy = verifier::Verifier::start(verifier::Terms {
        claim: "salary",
        ..verifier::Terms::default()
    });
    let present = |link: &str| env.air(&["wallet", "present", "--yes", link]);
    for run in [
        receive("493536"),
        receive("000000"),
        present(&verifier.link()),
        present(&greedy.link()),
    ] {
        for text in [&run.stderr, run.text()] {
            for secret in ["code-1", "access-1", "server-nonce", "eyJ"] {
                assert!(!text.contains(secret), "{secret}: {run:?}");
            }
            // The name of a file is 16 hex digits, which may contain the code.
            let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
            assert!(words.all(|word| word != "493536"), "{run:?}");
        }
    }
}
