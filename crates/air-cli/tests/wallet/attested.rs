//! `air wallet receive --wallet-provider`: attested clients and keys.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use super::{issuer, stored};
use crate::support::TestEnv;

/// Two certificates of an authority, and the key and the certificate of a wallet provider in one file.
fn certified() -> ([String; 2], String) {
    let params = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2036, 1, 1);
        params
    };
    let mut authority = params("Wallet provider authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority_key = KeyPair::generate().unwrap();
    let anchor = authority.self_signed(&authority_key).unwrap();
    authority.not_after = date_time_ymd(2037, 1, 1);
    let renewed = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = params("Wallet provider");
    leaf.use_authority_key_identifier_extension = true;
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    (
        [anchor.pem(), renewed.pem()],
        format!("{}{}", key.serialize_pem(), leaf.pem()),
    )
}

fn provider() -> String {
    certified().1
}

/// Under the same authority, the certified key of any wallet could attest others.
#[test]
fn a_platform_does_not_trust_one_authority_for_providers_and_keys() {
    let env = TestEnv::new();
    let ([authority, renewed], _) = certified();
    std::fs::write(env.path("authority.pem"), authority).unwrap();
    std::fs::write(env.path("renewed.pem"), renewed).unwrap();
    for keys in ["authority.pem", "renewed.pem"] {
        let both = [
            "--wallet-providers",
            "authority.pem",
            "--wallet-key-authorities",
            keys,
        ];
        let run = env.air(&[&["sandbox", "up"][..], &both].concat());
        run.failed_with(2, "have the same authority");
    }
}

#[test]
fn receives_with_attested_keys_of_either_proof_type() {
    for kind in ["jwt", "attestation"] {
        let env = TestEnv::new();
        std::fs::write(env.path("provider.pem"), provider()).unwrap();
        let issuer = issuer::Issuer::start(issuer::Terms {
            attested: Some(kind),
            ..issuer::Terms::default()
        });
        let offer = issuer.offer();
        let receive = [
            "wallet",
            "receive",
            "--tx-code",
            "493536",
            "--copies",
            "2",
            &offer,
        ];
        let provider = ["--wallet-provider", "provider.pem"];
        env.air(&[&receive[..], &provider].concat()).succeeded();
        let files = stored(&env);
        assert_eq!(files.len(), 2, "{kind}");
        assert_ne!(files[0].1["key"], files[1].1["key"]);
        let chosen = ["--proof-type", kind];
        env.air(&[&receive[..], &provider, &chosen].concat()).succeeded();
    }
}

#[test]
fn refuses_a_proof_type_that_the_issuer_lacks_and_a_foreign_certificate() {
    let env = TestEnv::new();
    let issuer = issuer::Issuer::start(issuer::Terms {
        attested: Some("attestation"),
        ..issuer::Terms::default()
    });
    let offer = issuer.offer();
    let receive = ["wallet", "receive", "--tx-code", "493536", &offer];
    std::fs::write(env.path("provider.pem"), provider()).unwrap();
    let more = ["--wallet-provider", "provider.pem", "--proof-type", "jwt"];
    let run = env.air(&[&receive[..], &more].concat());
    run.failed_with(3, "a proof of another type than `jwt`");

    let key = KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(
        env.path("foreign.pem"),
        format!("{key}{}", certificate_of(&provider())),
    )
    .unwrap();
    let foreign = ["--wallet-provider", "foreign.pem"];
    env.air(&[&receive[..], &foreign].concat())
        .failed_with(3, "foreign.pem");
}

fn certificate_of(file: &str) -> &str {
    &file[file.find("-----BEGIN CERTIFICATE").unwrap()..]
}
