//! Both sides of limits, and fields that no other test reads: mutations of the code that no other test finds.

use air_x509::{Anchors, Certificate, CertificateChain, Error, PublicKeyType, TrustList, Validator};
use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SanType};
use serde_json::json;

use crate::{
    authority::{Authority, NOW, chain},
    trust_list::pem,
};

/// The maximum length of a certificate.
const LENGTH: usize = 8192;

#[test]
fn a_certificate_has_a_limited_length() {
    let malformed = Error::MalformedCertificate { index: 0 };
    assert_eq!(Certificate::from_der(&[0x30; LENGTH]).unwrap_err(), malformed);
    assert_eq!(
        Certificate::from_der(&[0x30; LENGTH + 1]).unwrap_err(),
        Error::CertificateTooLarge {
            index: 0,
            length: LENGTH + 1,
            limit: LENGTH
        }
    );
    let of_text = |text: String| CertificateChain::from_x5c(&json!([text])).unwrap_err();
    assert_eq!(of_text(STANDARD.encode([0x30; LENGTH])), malformed);
    // A longer text is not decoded.
    assert_eq!(
        of_text("*".repeat(12_004)),
        Error::CertificateTooLarge {
            index: 0,
            length: 9003,
            limit: LENGTH
        }
    );
}

#[test]
fn a_chain_has_a_limited_number_of_certificates() {
    let leaf = Authority::root("Root").leaf();
    let read = |count| CertificateChain::from_ders(std::iter::repeat_n(leaf.der(), count));
    assert_eq!(read(0).unwrap_err(), Error::InvalidX5c);
    assert_eq!(read(8).unwrap().iter().count(), 8);
    assert_eq!(
        read(9).unwrap_err(),
        Error::TooManyCertificates { count: 9, limit: 8 }
    );
}

#[test]
fn an_rsa_key_is_read() {
    let root = Authority::root("Root");
    let leaf = root.leaf_with(&PKCS_RSA_SHA256, |_| ());
    assert_eq!(leaf.key_type(), PublicKeyType::Rsa);
    let valid = Validator::new(&root.anchors())
        .validate(chain(leaf.clone(), &[]), NOW)
        .unwrap();
    assert_eq!(valid.jwk().unwrap().algorithm().as_str(), "RS256");
    assert_eq!(
        Validator::haip(&root.anchors())
            .validate(chain(leaf, &[]), NOW)
            .unwrap_err(),
        Error::LeafKeyNotP256 {
            found: PublicKeyType::Rsa
        }
    );
}

#[test]
fn an_issuer_has_the_first_uri_or_the_first_host_of_its_certificate() {
    let root = Authority::root("Root");
    assert_eq!(
        root.leaf().alternative_name(),
        Some("https://verifier.example/metadata")
    );
    let without_uri = root.leaf_with(&PKCS_ECDSA_P256_SHA256, |params| {
        params
            .subject_alt_names
            .retain(|name| !matches!(name, SanType::URI(_)));
    });
    assert_eq!(without_uri.alternative_name(), Some("verifier.example"));
    assert_eq!(root.certificate.alternative_name(), None);
}

#[test]
fn an_authority_is_its_name_and_its_key() {
    let root = Authority::root("Root");
    let anchors = root.anchors();
    let of = |certificate: Certificate| Anchors::new([certificate]).unwrap();
    assert!(anchors.share_authority(&of(root.certificate.clone())));
    assert!(!anchors.share_authority(&of(root.renamed("Other"))));
    assert!(!anchors.share_authority(&Authority::root("Root").anchors()));
    assert!(anchors.share_authority(&of(root.renewed().certificate)));
}

#[test]
fn a_set_of_anchors_may_be_empty() {
    assert!(Anchors::default().is_empty());
    assert!(!Authority::root("Root").anchors().is_empty());
}

#[test]
fn a_trust_list_has_a_limited_length_and_number_of_parties() {
    let party = json!({ "name": "A", "did": "did:web:a.example", "types": "*" });
    let list = |count: usize| json!({ "issuers": vec![&party; count] }).to_string();
    let read = |text: &str| TrustList::from_json(text.as_bytes());
    assert_eq!(read(&list(1024)).unwrap().issuers().count(), 1024);
    assert!(read(&list(1025)).is_err());
    let text = list(1);
    let longest = " ".repeat(1024 * 1024 - text.len()) + &text;
    assert!(read(&longest).is_ok());
    assert!(read(&format!(" {longest}")).is_err());
}

#[test]
fn a_trust_list_has_the_anchors_of_its_verifiers() {
    let root = Authority::root("Root");
    let list = json!({ "verifiers": [
        { "name": "A", "x509": { "anchors": [pem(&root)] }, "types": "*" },
    ]});
    let list = TrustList::from_json(list.to_string().as_bytes()).unwrap();
    let anchors = list.verifier_anchors().unwrap();
    assert!(anchors.certificates().eq([&root.certificate]));
    assert!(list.issuer_anchors().unwrap().is_empty());
}
