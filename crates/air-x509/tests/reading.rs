//! Reading of certificates, chains and anchors.

use air_x509::{Anchors, Certificate, CertificateChain, Error, UnixTime};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::authority::{Authority, chain};

fn x5c(certificates: &[&Certificate]) -> Value {
    certificates
        .iter()
        .map(|certificate| json!(STANDARD.encode(certificate.der())))
        .collect()
}

#[test]
fn x5c_round_trips() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate");
    let leaf = intermediate.leaf();
    let value = x5c(&[&leaf, &intermediate.certificate]);
    let read = CertificateChain::from_x5c(&value).unwrap();
    assert_eq!(
        (read.leaf(), read.intermediates()),
        (&leaf, &[intermediate.certificate.clone()][..])
    );
    assert_eq!(read.to_x5c(), value);
    let ders = CertificateChain::from_ders([leaf.der(), intermediate.certificate.der()]).unwrap();
    assert_eq!(ders, read);
    assert_eq!(read, chain(leaf, &[&intermediate]));
}

#[test]
fn x5c_is_bounded() {
    let root = Authority::root("Root");
    let leaf = root.leaf();
    for value in [
        json!([]),
        json!(null),
        json!({}),
        json!("x"),
        json!([7]),
        json!([STANDARD.encode(leaf.der()), null]),
    ] {
        assert_eq!(CertificateChain::from_x5c(&value).unwrap_err(), Error::InvalidX5c);
    }
    let many: Vec<&Certificate> = std::iter::repeat_n(&leaf, 9).collect();
    assert_eq!(
        CertificateChain::from_x5c(&x5c(&many)).unwrap_err(),
        Error::TooManyCertificates { count: 9, limit: 8 }
    );
    assert!(CertificateChain::from_x5c(&x5c(&many[..8])).is_ok());
    let large = json!([STANDARD.encode(leaf.der()), STANDARD.encode(vec![0x30; 9000])]);
    assert!(matches!(
        CertificateChain::from_x5c(&large),
        Err(Error::CertificateTooLarge {
            index: 1,
            limit: 8192,
            ..
        })
    ));
    for text in [
        URL_SAFE_NO_PAD.encode(leaf.der()),
        format!("{} ", STANDARD.encode(leaf.der())),
        "*".to_owned(),
    ] {
        let is_refused = CertificateChain::from_x5c(&json!([text]));
        // Base64url is the same when neither of its two letters nor padding occurs.
        assert!(
            matches!(is_refused, Err(Error::InvalidBase64 { index: 0 }))
                || text == STANDARD.encode(leaf.der())
        );
    }
}

#[test]
fn a_certificate_is_read_whole() {
    let leaf = Authority::root("Root").leaf();
    for length in [0, 1, leaf.der().len() - 1] {
        let error = Certificate::from_der(&leaf.der()[..length]).unwrap_err();
        assert_eq!(error, Error::MalformedCertificate { index: 0 });
    }
    let longer = [leaf.der(), &[0]].concat();
    assert_eq!(
        Certificate::from_der(&longer).unwrap_err(),
        Error::MalformedCertificate { index: 0 }
    );
}

#[test]
fn fields_are_those_of_the_certificate() {
    let root = Authority::root("Root");
    let leaf = root.leaf();
    assert_eq!(leaf.subject(), "CN=Verifier");
    assert_eq!(
        (leaf.not_before(), leaf.not_after()),
        (
            UnixTime::from_secs(1_767_225_600),
            UnixTime::from_secs(1_830_297_600)
        )
    );
    assert_eq!(leaf.dns_names(), ["verifier.example", "*.other.example"]);
    assert_eq!(leaf.uris(), ["https://verifier.example/metadata"]);
    assert_eq!(leaf.authority_key_id(), root.certificate.subject_key_id());
    assert!(leaf.authority_key_id().is_some());
    assert!(leaf.names_as_issuer(&root.certificate) && !leaf.is_self_issued() && !leaf.is_authority());
    assert!(root.certificate.is_self_issued() && root.certificate.is_authority());
    assert_eq!(
        leaf.x509_hash(),
        URL_SAFE_NO_PAD.encode(Sha256::digest(leaf.der()))
    );
    assert!(!format!("{leaf:?}").contains(&STANDARD.encode(leaf.der())));
}

/// OpenID4VP 1.0, 5.9.3: the client id is the name of one host.
#[test]
fn names_are_compared_whole() {
    let leaf = Authority::root("Root").leaf();
    assert!(leaf.has_dns_name("verifier.example") && leaf.has_dns_name("VERIFIER.example"));
    for name in [
        "",
        "example",
        "a.verifier.example",
        "a.other.example",
        "verifier.example.",
    ] {
        assert!(!leaf.has_dns_name(name), "{name}");
    }
    assert!(leaf.has_uri("https://verifier.example/metadata"));
    assert!(!leaf.has_uri("https://verifier.example/METADATA"));
}

/// OpenID4VP 1.0, 6.1.1.1: any certificate of the chain may name the authority.
#[test]
fn a_chain_names_its_authorities() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate");
    let both = chain(intermediate.leaf(), &[&intermediate]);
    for authority in [&root, &intermediate] {
        assert!(both.has_authority_key_id(authority.certificate.subject_key_id().unwrap()));
    }
    let other = Authority::root("Other");
    assert!(!both.has_authority_key_id(other.certificate.subject_key_id().unwrap()));
}

#[test]
fn anchors_are_authorities() {
    let root = Authority::root("Root");
    let anchors = Anchors::new([root.certificate.clone(), root.leaf()]);
    assert_eq!(anchors.unwrap_err(), Error::AnchorNotAuthority { index: 1 });
    let many = std::iter::repeat_n(root.certificate.clone(), 1025);
    assert_eq!(
        Anchors::new(many).unwrap_err(),
        Error::TooManyAnchors { limit: 1024 }
    );
    assert!(matches!(
        Anchors::from_pem(b"no certificate"),
        Err(Error::UnreadableAnchors(_))
    ));
}

#[test]
fn a_renewed_authority_is_in_both_sets() {
    let (root, other) = (Authority::root("Root"), Authority::root("Root"));
    let old = root.anchors();
    assert!(!old.share_authority(&other.anchors()), "another key");
    assert!(!old.share_authority(&Anchors::default()));
    let renewed = root.renewed();
    assert!(old.certificates().all(|own| *own != renewed.certificate));
    let both = Anchors::new([other.certificate, renewed.certificate]).unwrap();
    assert!(old.share_authority(&both) && both.share_authority(&old));
}

proptest! {
    /// Certificates with a changed byte are refused or read, and never panic.
    #[test]
    fn changed_bytes_do_not_panic(at: prop::sample::Index, byte: u8) {
        let root = include_bytes!("vectors/isomdl-certificates/isomdl_iaca_signer.pem");
        let block = &air_pem::certificates(root).unwrap()[0];
        let mut der = block.der().to_vec();
        let at = at.index(der.len());
        der[at] = byte;
        if let Ok(certificate) = Certificate::from_der(&der) {
            let _ = (certificate.jwk(), certificate.x509_hash());
        }
    }
}
