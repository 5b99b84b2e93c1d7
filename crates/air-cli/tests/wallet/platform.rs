//! `air wallet receive` with a local platform: deferred, encrypted, and with signed metadata.

use super::{issuer, sign_in::send, stored};
use crate::support::{TestEnv, example, seeded_env::SeededEnv};

fn offered(desk: &SeededEnv, more: &[&str]) -> String {
    let subject = example("subject.json");
    let (program, issuer) = (desk.id("/programs/kyc"), desk.id("/issuerDid"));
    let options = ["--issuer", issuer, "--program", program, "--json", &subject];
    let offer = desk.air(&["offer"], &[&options[..], more].concat());
    offer.succeeded().json()["url"].as_str().unwrap().to_owned()
}

#[test]
fn receives_a_deferred_credential_in_encrypted_messages() {
    let desk = SeededEnv::of_examples();
    let offer = offered(&desk, &["--defers-for", "1"]);
    let receive = ["wallet", "receive", "--encrypt", "--copies", "2", &offer];
    desk.desk.air(&receive).succeeded();
    assert_eq!(stored(&desk.desk).len(), 2);
}

/// The key proof names the client (`iss`), as the token request did.
#[test]
fn receives_a_credential_as_a_named_client() {
    let desk = SeededEnv::of_examples();
    let offer = offered(&desk, &[]);
    let receive = ["wallet", "receive", "--client-id", "a-wallet", &offer];
    desk.desk.air(&receive).succeeded();
    assert_eq!(stored(&desk.desk).len(), 1);
}

#[test]
fn accepts_only_issuers_whose_metadata_a_known_authority_certified() {
    let desk = SeededEnv::of_examples();
    let authority = format!("{}/sandbox/v1/wallet-authority.pem", desk.platform.url());
    let authority = send("GET", &authority, "", "");
    assert_eq!(authority.0, 200);
    std::fs::write(desk.desk.path("issuers.pem"), authority.2).unwrap();
    let offer = offered(&desk, &[]);
    let anchored = ["wallet", "receive", "--issuer-anchors", "issuers.pem"];
    desk.desk
        .air(&[&anchored[..], &[offer.as_str()]].concat())
        .succeeded();
    assert_eq!(stored(&desk.desk).len(), 1);

    let other = SeededEnv::of_examples();
    let foreign = offered(&other, &[]);
    let run = desk.desk.air(&[&anchored[..], &[foreign.as_str()]].concat());
    run.failed_with(4, "the issuer's certificate is refused");

    let unsigned = TestEnv::new();
    std::fs::copy(desk.desk.path("issuers.pem"), unsigned.path("issuers.pem")).unwrap();
    let issuer = issuer::Issuer::start(issuer::Terms::default());
    let offer = issuer.offer();
    let run = unsigned.air(&[&anchored[..], &["--tx-code", "493536", &offer]].concat());
    run.failed_with(4, "is not signed, which --issuer-anchors requires");
}
