//! The client identifier prefixes of verifiers, end to end: the wallet authenticates the request by
//! each, and presents.

use super::{
    filled,
    verifier::{Client, DNS_NAME, Terms, Verifier},
};

fn asking(client: Client) -> Verifier {
    Verifier::start(Terms {
        client,
        ..Terms::default()
    })
}

#[test]
fn x509_san_dns_names_the_certificate() {
    let env = filled();
    let verifier = asking(Client::DnsName(DNS_NAME));
    env.write("anchors.pem", verifier.anchors());
    let present = ["wallet", "present", "--yes", "--verifier-anchors", "anchors.pem"];
    env.air(&[&present[..], &[&verifier.link()]].concat()).succeeded();
    assert_eq!(verifier.received()["name"], "Ada");
}

/// Also without anchors: the name is all that the user sees of the verifier.
#[test]
fn x509_san_dns_with_a_name_that_the_certificate_does_not_have_is_refused() {
    let env = filled();
    for name in ["bank.example", "example", "a.localhost"] {
        let verifier = asking(Client::DnsName(name));
        env.write("anchors.pem", verifier.anchors());
        let link = verifier.link();
        for anchors in [&["--verifier-anchors", "anchors.pem"][..], &[]] {
            let arguments = [&["wallet", "present", "--yes"][..], anchors, &[&link]].concat();
            env.air(&arguments).failed_with(4, "certificate");
        }
        assert!(verifier.is_unanswered(), "{name}");
    }
}

#[test]
fn did_web_names_the_key() {
    let env = filled();
    let verifier = asking(Client::DidWeb);
    let run = env.air(&["wallet", "present", "--yes", &verifier.link()]);
    assert!(run.stderr.contains("nobody vouches for the verifier"), "{run:?}");
    run.succeeded();
    assert_eq!(verifier.received()["name"], "Ada");
}

/// A link of one verifier with the request of another one.
#[test]
fn a_link_that_names_another_did_is_refused() {
    let env = filled();
    let verifier = asking(Client::DidWeb);
    let other = asking(Client::DidWeb);
    let (own, foreign) = (verifier.link(), other.link());
    let (client, _) = foreign.split_once("&request_uri=").unwrap();
    let (_, request_uri) = own.split_once("&request_uri=").unwrap();
    let mixed = format!("{client}&request_uri={request_uri}");
    env.air(&["wallet", "present", "--yes", &mixed])
        .failed_with(4, "/client_id");
    assert!(verifier.is_unanswered() && other.is_unanswered());
    // Neither DID was resolved.
    assert_eq!(verifier.paths(), ["/request"]);
    assert!(other.paths().is_empty());
}

/// Nobody signed the request: the identifier is the address that the response goes to, and nothing else.
#[test]
fn redirect_uri_names_the_address_of_the_response() {
    let env = filled();
    let verifier = Verifier::start(Terms {
        is_encrypted: false,
        ..Terms::default()
    });
    let link = verifier.unsigned_link();
    let run = env.air(&["wallet", "present", "--yes", "--json", &link]);
    assert!(run.stderr.contains("the request is not signed"), "{run:?}");
    let report = run.succeeded().json();
    let named = report["verifier"].as_str().unwrap();
    assert!(named.starts_with("redirect_uri:http://127.0.0.1:"), "{named}");
    let elsewhere = link.replacen("response_uri=http", "response_uri=https", 1);
    assert_ne!(elsewhere, link);
    env.air(&["wallet", "present", "--yes", &elsewhere])
        .failed_with(3, "/response_uri");
}
