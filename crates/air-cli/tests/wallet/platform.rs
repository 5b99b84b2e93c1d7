//! `air wallet receive` with a local platform: deferred, encrypted, and with signed metadata.

use super::{issuer, sign_in::send, stored};
use crate::support::{TestEnv, example, seeded_env::SeededEnv};

fn offered(env: &SeededEnv, more: &[&str]) -> String {
    let subject = example("subject.json");
    let (program, issuer) = (env.id("/programs/kyc"), env.id("/issuerDid"));
    let options = ["--issuer", issuer, "--program", program, "--json", &subject];
    let offer = env.air(&["offer"], &[&options[..], more].concat());
    offer.succeeded().json()["url"].as_str().unwrap().to_owned()
}

#[test]
fn receives_a_deferred_credential_in_encrypted_messages() {
    let env = SeededEnv::of_examples();
    let offer = offered(&env, &["--defers-for", "1"]);
    let receive = ["wallet", "receive", "--encrypt", "--copies", "2", &offer];
    env.cli.air(&receive).succeeded();
    assert_eq!(stored(&env.cli).len(), 2);
}

/// The key proof names the client (`iss`), as the token request did.
#[test]
fn receives_a_credential_as_a_named_client() {
    let env = SeededEnv::of_examples();
    let offer = offered(&env, &[]);
    let receive = ["wallet", "receive", "--client-id", "a-wallet", &offer];
    env.cli.air(&receive).succeeded();
    assert_eq!(stored(&env.cli).len(), 1);
}

#[test]
fn accepts_only_issuers_whose_metadata_a_known_authority_certified() {
    let env = SeededEnv::of_examples();
    let authority = format!("{}/sandbox/v1/wallet-authority.pem", env.platform.url());
    let authority = send("GET", &authority, "", "");
    assert_eq!(authority.0, 200);
    std::fs::write(env.cli.path("issuers.pem"), authority.2).unwrap();
    let offer = offered(&env, &[]);
    let anchored = ["wallet", "receive", "--issuer-anchors", "issuers.pem"];
    env.cli
        .air(&[&anchored[..], &[offer.as_str()]].concat())
        .succeeded();
    assert_eq!(stored(&env.cli).len(), 1);

    let other = SeededEnv::of_examples();
    let foreign = offered(&other, &[]);
    let run = env.cli.air(&[&anchored[..], &[foreign.as_str()]].concat());
    run.failed_with(4, "the issuer's certificate is refused");

    let unsigned = TestEnv::new();
    std::fs::copy(env.cli.path("issuers.pem"), unsigned.path("issuers.pem")).unwrap();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let offer = issuer.offer();
    let run = unsigned.air(&[&anchored[..], &["--tx-code", "493536", &offer]].concat());
    run.failed_with(4, "is not signed, which --issuer-anchors requires");
}
