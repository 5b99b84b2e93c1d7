//! Validation: each rule of RFC 5280 and HAIP that a chain can break.

use std::time::Duration;

use air_x509::{
    Anchors, Certificate, CertificateChain, Error, PublicKeyType, Purpose, UnixTime, ValidChain, Validator,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    date_time_ymd,
};

use crate::authority::{Authority, NOW, chain, self_signed_leaf};

/// 2028-01-01, the end of the validity.
const END: UnixTime = UnixTime::from_secs(1_830_297_600);
/// 2026-01-01, its beginning.
const BEGIN: UnixTime = UnixTime::from_secs(1_767_225_600);

fn validate(anchors: &Anchors, chain: CertificateChain) -> Result<ValidChain, Error> {
    Validator::haip(anchors).validate(chain, NOW)
}

/// The error of a chain of a changed leaf and an unchanged root.
fn error_of_leaf(change: fn(&mut CertificateParams)) -> Option<Error> {
    let root = Authority::root("Root");
    let leaf = root.leaf_with(&PKCS_ECDSA_P256_SHA256, change);
    validate(&root.anchors(), chain(leaf, &[])).err()
}

#[test]
fn a_leaf_under_the_anchor_is_valid() {
    let root = Authority::root("Root");
    let leaf = root.leaf();
    let valid = validate(&root.anchors(), chain(leaf.clone(), &[])).unwrap();
    assert_eq!(valid.leaf(), &leaf);
    assert_eq!(valid.anchor(), &root.certificate);
    assert_eq!(valid.chain().iter().count(), 1);
    assert_eq!(valid.jwk().unwrap(), leaf.jwk().unwrap());
}

#[test]
fn intermediates_lead_to_the_anchor() {
    let root = Authority::root("Root");
    let first = root.intermediate("First");
    let second = first.intermediate("Second");
    let leaf = second.leaf();
    let both = chain(leaf.clone(), &[&second, &first]);
    assert!(validate(&root.anchors(), both).is_ok());
    // An intermediate authority may be the anchor itself.
    assert!(validate(&second.anchors(), chain(leaf.clone(), &[])).is_ok());
    let missing = validate(&root.anchors(), chain(leaf.clone(), &[&second]));
    assert_eq!(missing.unwrap_err(), Error::UnknownAuthority);
    for wrong in [
        chain(leaf.clone(), &[&first, &second]),
        chain(leaf, &[&second, &Authority::root("Other")]),
    ] {
        let index = wrong
            .intermediates()
            .iter()
            .any(Certificate::is_self_issued)
            .into();
        let rfc5280 = Validator::new(&Anchors::default()).validate(wrong, NOW);
        assert_eq!(rfc5280.unwrap_err(), Error::WrongOrder { index });
    }
}

#[test]
fn a_certificate_that_is_not_on_the_path_is_not_in_the_result() {
    // The root issued the leaf directly. Another party of the same name, with its own key, adds its
    // certificate, which names the key of an authority that issued nothing here.
    let (root, bank) = (Authority::root("Root"), Authority::root("Bank"));
    let added = bank.intermediate("Root");
    let id = bank.certificate.subject_key_id().unwrap();
    let forged = chain(root.leaf(), &[&added]);
    assert!(forged.has_authority_key_id(id));
    let error = validate(&root.anchors(), forged.clone()).unwrap_err();
    assert_eq!(error, Error::UnusedCertificate { index: 1 });
    let valid = Validator::new(&root.anchors()).validate(forged, NOW).unwrap();
    assert!(!valid.chain().has_authority_key_id(id));
    assert_eq!(valid.chain().intermediates(), []);
    // The certificates of the path stay.
    let intermediate = root.intermediate("Intermediate");
    let with_root = chain(intermediate.leaf(), &[&intermediate, &root]);
    let valid = Validator::new(&root.anchors()).validate(with_root, NOW).unwrap();
    assert_eq!(
        valid.chain().intermediates(),
        std::slice::from_ref(&intermediate.certificate)
    );
    assert!(
        valid
            .chain()
            .has_authority_key_id(root.certificate.subject_key_id().unwrap())
    );
}

#[test]
fn a_root_on_p384_signs_a_leaf_on_p256() {
    let root = Authority::root_with("Root", &PKCS_ECDSA_P384_SHA384, |_| ());
    let valid = validate(&root.anchors(), chain(root.leaf(), &[])).unwrap();
    assert_eq!(valid.anchor().key_type(), PublicKeyType::P384);
}

#[test]
fn haip_the_leaf_is_not_self_signed() {
    let root = Authority::root("Root");
    let error = validate(&root.anchors(), chain(self_signed_leaf(), &[])).unwrap_err();
    assert_eq!(error, Error::LeafSelfSigned);
}

#[test]
fn haip_the_chain_does_not_contain_the_anchor() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate");
    let with_root = chain(intermediate.leaf(), &[&intermediate, &root]);
    let error = validate(&root.anchors(), with_root.clone()).unwrap_err();
    assert_eq!(error, Error::ContainsAnchor { index: 2 });
    // An anchor that is not self-signed, and a self-signed certificate that is no anchor.
    let error = validate(
        &intermediate.anchors(),
        chain(intermediate.leaf(), &[&intermediate]),
    )
    .unwrap_err();
    assert_eq!(error, Error::ContainsAnchor { index: 1 });
    let error = validate(&intermediate.anchors(), chain(root.leaf(), &[&root])).unwrap_err();
    assert_eq!(error, Error::ContainsAnchor { index: 1 });
    assert!(Validator::new(&root.anchors()).validate(with_root, NOW).is_ok());
}

#[test]
fn haip_the_leaf_has_a_key_on_p256() {
    let root = Authority::root("Root");
    let leaf = root.leaf_with(&PKCS_ECDSA_P384_SHA384, |_| ());
    let error = validate(&root.anchors(), chain(leaf.clone(), &[])).unwrap_err();
    assert_eq!(
        error,
        Error::LeafKeyNotP256 {
            found: PublicKeyType::P384
        }
    );
    let valid = Validator::new(&root.anchors())
        .validate(chain(leaf, &[]), NOW)
        .unwrap();
    assert_eq!(
        valid.jwk().unwrap_err(),
        Error::UnsupportedKey {
            found: PublicKeyType::P384
        }
    );
    let leaf = root.leaf_with(&PKCS_ED25519, |_| ());
    let error = validate(&root.anchors(), chain(leaf, &[])).unwrap_err();
    assert_eq!(
        error,
        Error::LeafKeyNotP256 {
            found: PublicKeyType::Other
        }
    );
}

#[test]
fn the_leaf_is_no_authority() {
    let error = error_of_leaf(|leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(error, Some(Error::LeafIsAuthority));
}

#[test]
fn the_leaf_may_sign() {
    let error = error_of_leaf(|leaf| leaf.key_usages = vec![KeyUsagePurpose::KeyAgreement]);
    assert_eq!(error, Some(Error::LeafKeyUsage));
    assert_eq!(error_of_leaf(|leaf| leaf.key_usages = vec![]), None);
}

#[test]
fn the_leaf_has_the_required_purpose() {
    let root = Authority::root("Root");
    let anchors = root.anchors();
    let signer = root.leaf_with(&PKCS_ECDSA_P256_SHA256, |leaf| {
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![1, 0, 18013, 5, 1, 2])];
    });
    for (leaf, purpose, is_valid) in [
        (&signer, Purpose::MdocSigner, true),
        (&signer, Purpose::MdocReader, false),
        (&root.leaf(), Purpose::MdocSigner, false),
    ] {
        let verdict = Validator::haip(&anchors)
            .for_purpose(purpose)
            .validate(chain(leaf.clone(), &[]), NOW);
        assert_eq!(
            verdict.err(),
            (!is_valid).then_some(Error::WrongPurpose { required: purpose })
        );
    }
    assert!(validate(&anchors, chain(signer, &[])).is_ok());
}

#[test]
fn every_certificate_is_valid_at_the_time() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate_with("Intermediate", |params| {
        params.not_before = date_time_ymd(2026, 6, 1);
        params.not_after = date_time_ymd(2027, 6, 1);
    });
    let anchors = root.anchors();
    let at = |now| {
        Validator::haip(&anchors)
            .validate(chain(intermediate.leaf(), &[&intermediate]), now)
            .err()
    };
    assert_eq!(at(NOW), None);
    let second = Duration::from_secs(1);
    assert_eq!(
        at(BEGIN.saturating_sub(second)),
        Some(Error::NotYetValid { index: 0, ahead: 1 })
    );
    assert!(matches!(at(BEGIN), Some(Error::NotYetValid { index: 1, .. })));
    assert!(matches!(at(END), Some(Error::Expired { index: 1, .. })));
    assert_eq!(
        at(END.saturating_add(second)),
        Some(Error::Expired { index: 0, ago: 1 })
    );
}

#[test]
fn the_validity_includes_its_ends() {
    let root = Authority::root("Root");
    let anchors = root.anchors();
    let at = |now| {
        Validator::haip(&anchors)
            .validate(chain(root.leaf(), &[]), now)
            .err()
    };
    assert_eq!((at(BEGIN), at(END)), (None, None));
}

#[test]
fn the_anchor_is_valid_at_the_time() {
    let expired = Authority::root_with("Root", &PKCS_ECDSA_P256_SHA256, |params| {
        params.not_after = date_time_ymd(2026, 12, 1);
    });
    let leaf = expired.leaf();
    assert_eq!(
        validate(&expired.anchors(), chain(leaf.clone(), &[])).unwrap_err(),
        Error::AnchorNotValid
    );
    // An anchor that issued nothing here is not the reason.
    assert_eq!(
        validate(&expired.anchors(), chain(Authority::root("Other").leaf(), &[])).unwrap_err(),
        Error::UnknownAuthority
    );
    // Another anchor of the same name does not help.
    let both = Anchors::new([Authority::root("Root").certificate, expired.certificate.clone()]).unwrap();
    assert!(validate(&both, chain(leaf, &[])).is_err());
}

#[test]
fn an_anchor_issued_the_chain() {
    let (root, other) = (Authority::root("Root"), Authority::root("Other"));
    let error = validate(&other.anchors(), chain(root.leaf(), &[])).unwrap_err();
    assert_eq!(error, Error::UnknownAuthority);
    assert_eq!(
        validate(&Anchors::default(), chain(root.leaf(), &[])).unwrap_err(),
        Error::UnknownAuthority
    );
    let both = Anchors::new([other.certificate.clone(), root.certificate.clone()]).unwrap();
    assert_eq!(
        validate(&both, chain(root.leaf(), &[])).unwrap().anchor(),
        &root.certificate
    );
}

#[test]
fn another_key_of_the_same_name_does_not_sign() {
    let (root, impostor) = (Authority::root("Root"), Authority::root("Root"));
    let error = validate(&root.anchors(), chain(impostor.leaf(), &[])).unwrap_err();
    assert_eq!(error, Error::BadSignature);
    let both = Anchors::new([impostor.certificate.clone(), root.certificate.clone()]).unwrap();
    let valid = validate(&both, chain(root.leaf(), &[])).unwrap();
    assert_eq!(valid.anchor(), &root.certificate);
}

#[test]
fn a_changed_certificate_is_noticed() {
    let root = Authority::root("Root");
    let leaf = root.leaf();
    let name = leaf
        .der()
        .windows(16)
        .position(|bytes| bytes == b"verifier.example")
        .unwrap();
    let mut der = leaf.der().to_vec();
    der[name] = b'V';
    let changed = Certificate::from_der(&der).unwrap();
    assert_eq!(changed.dns_names()[0], "Verifier.example");
    let error = validate(&root.anchors(), chain(changed, &[])).unwrap_err();
    assert_eq!(error, Error::BadSignature);
}

#[test]
fn authorities_sign_with_supported_algorithms() {
    let root = Authority::root_with("Root", &PKCS_ED25519, |_| ());
    let error = validate(&root.anchors(), chain(root.leaf(), &[])).unwrap_err();
    assert_eq!(error, Error::UnsupportedAlgorithm);
}

#[test]
fn issuers_are_authorities() {
    let root = Authority::root("Root");
    for change in [
        (|params| params.is_ca = IsCa::ExplicitNoCa) as fn(&mut CertificateParams),
        |params| params.is_ca = IsCa::NoCa,
        |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature],
    ] {
        let intermediate = root.intermediate_with("Intermediate", change);
        let error = validate(&root.anchors(), chain(intermediate.leaf(), &[&intermediate])).unwrap_err();
        assert_eq!(error, Error::IssuerNotAuthority);
        assert_eq!(
            Anchors::new([root.certificate.clone(), intermediate.certificate]).unwrap_err(),
            Error::AnchorNotAuthority { index: 1 }
        );
    }
}

#[test]
fn the_path_is_not_too_long() {
    let root = Authority::root_with("Root", &PKCS_ECDSA_P256_SHA256, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    assert!(validate(&root.anchors(), chain(root.leaf(), &[])).is_ok());
    let first = root.intermediate_with("First", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let second = first.intermediate("Second");
    let error = validate(&root.anchors(), chain(second.leaf(), &[&second, &first])).unwrap_err();
    assert_eq!(error, Error::PathTooLong);
}

#[test]
fn the_path_length_of_the_anchor_counts() {
    for (most, is_valid) in [(0, false), (1, true)] {
        let change = if most == 0 {
            |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))
        } else {
            |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1))
        };
        let root = Authority::root_with("Root", &PKCS_ECDSA_P256_SHA256, change);
        let below = root.intermediate("Below");
        let error = validate(&root.anchors(), chain(below.leaf(), &[&below])).err();
        assert_eq!(error, (!is_valid).then_some(Error::PathTooLong), "{most}");
    }
}

#[test]
fn names_follow_the_constraints() {
    let root = Authority::root_with("Root", &PKCS_ECDSA_P256_SHA256, |params| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("example.org".to_owned())],
            excluded_subtrees: vec![],
        });
    });
    let error = validate(&root.anchors(), chain(root.leaf(), &[])).unwrap_err();
    assert_eq!(error, Error::NameConstraint);
}

#[test]
fn unknown_critical_extensions_are_refused() {
    let error = error_of_leaf(|leaf| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        leaf.custom_extensions = vec![extension];
    });
    assert_eq!(error, Some(Error::CriticalExtension));
    let error = error_of_leaf(|leaf| {
        leaf.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0])];
    });
    assert_eq!(error, None);
}

#[test]
fn a_signer_gets_the_chain_of_its_own_certificate() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate");
    let leaf = intermediate.leaf();
    let whole = chain(leaf.clone(), &[&intermediate]);
    let x5c = whole.signing_x5c(&leaf.jwk().unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&x5c).unwrap(), whole.to_x5c());
    let read = CertificateChain::from_x5c(&serde_json::to_value(&x5c).unwrap()).unwrap();
    assert!(validate(&root.anchors(), read).is_ok());
}

#[test]
fn a_signer_gets_no_chain_that_haip_refuses() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate");
    let leaf = intermediate.leaf();
    let key = leaf.jwk().unwrap();

    let own = self_signed_leaf();
    let refused = chain(own.clone(), &[]).signing_x5c(&own.jwk().unwrap());
    assert_eq!(refused.unwrap_err(), Error::LeafSelfSigned);
    let refused = chain(leaf.clone(), &[&intermediate, &root]).signing_x5c(&key);
    assert_eq!(refused.unwrap_err(), Error::ContainsAnchor { index: 2 });
    let other = root.intermediate("Other");
    let refused = chain(leaf.clone(), &[&other]).signing_x5c(&key);
    assert_eq!(refused.unwrap_err(), Error::WrongOrder { index: 0 });
    let foreign = intermediate.leaf().jwk().unwrap();
    let refused = chain(leaf, &[&intermediate]).signing_x5c(&foreign);
    assert_eq!(refused.unwrap_err(), Error::ForeignLeaf);
}
