//! Chains that others made: of mobile driving licences, and of the EUDI reference libraries.

use air_jwt::jws::Unverified;
use air_x509::{
    Anchors, Certificate, CertificateChain, Error, PublicKeyType, Purpose, UnixTime, ValidChain, Validator,
};

/// 2024-01-01, within the validity of the licences' certificates.
const IN_2024: UnixTime = UnixTime::from_secs(1_704_067_200);
/// 2026-08-15.
const IN_2026: UnixTime = UnixTime::from_secs(1_786_752_000);

fn certificate(pem: &str) -> Certificate {
    Certificate::from_der(air_pem::certificates(pem.as_bytes()).unwrap()[0].der()).unwrap()
}

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("vectors/isomdl-certificates/", $name, ".pem"))
    };
}

fn validate(leaf: &str, others: &[&str], anchor: &str, now: UnixTime) -> Result<ValidChain, Error> {
    let anchors = Anchors::from_pem(anchor.as_bytes()).unwrap();
    let others = others.iter().map(|pem| certificate(pem)).collect();
    let chain = CertificateChain::new(certificate(leaf), others);
    Validator::haip(&anchors)
        .for_purpose(Purpose::MdocSigner)
        .validate(chain, now)
}

#[test]
fn the_signer_of_a_licence() {
    let root = pem!("isomdl_iaca_root_cert");
    let valid = validate(pem!("isomdl_iaca_signer"), &[], root, IN_2024).unwrap();
    assert_eq!(valid.anchor(), &certificate(root));
    assert_eq!(valid.leaf().purposes(), ["1.0.18013.5.1.2"]);
    assert_eq!(
        valid.leaf().authority_key_id(),
        certificate(root).subject_key_id()
    );
    let expired = validate(pem!("isomdl_iaca_signer"), &[], root, IN_2026).unwrap_err();
    assert!(matches!(expired, Error::Expired { index: 0, .. }));
}

/// The signer has the basic constraint of an authority.
#[test]
fn the_incorrect_signer() {
    let error = validate(
        pem!("isomdl_incorrect_iaca_signer"),
        &[],
        pem!("isomdl_iaca_root_cert"),
        IN_2024,
    );
    assert_eq!(error.unwrap_err(), Error::LeafIsAuthority);
}

/// The intermediate certificate may not sign others: its key usage is digital signatures only.
#[test]
fn the_incorrect_intermediate() {
    let (leaf, intermediate) = (pem!("isomdl_iaca_leaf_signer"), pem!("isomdl_iaca_intermediate"));
    let error = validate(leaf, &[intermediate], pem!("isomdl_iaca_root_cert"), IN_2024);
    assert_eq!(error.unwrap_err(), Error::IssuerNotAuthority);
}

#[test]
fn the_reader_of_another_authority() {
    let anchors = Anchors::from_pem(pem!("isomdl_iaca_root_cert").as_bytes()).unwrap();
    let chain = || CertificateChain::new(certificate(pem!("reader_auth")), vec![]);
    let error = Validator::haip(&anchors)
        .for_purpose(Purpose::MdocReader)
        .validate(chain(), IN_2024);
    assert_eq!(error.unwrap_err(), Error::UnknownAuthority);
    let required = Purpose::MdocSigner;
    let error = Validator::haip(&anchors)
        .for_purpose(required)
        .validate(chain(), IN_2024);
    assert_eq!(error.unwrap_err(), Error::WrongPurpose { required });
}

#[test]
fn a_signer_under_an_authority_on_p384() {
    let valid = validate(
        pem!("owf_multipaz_ds_p384"),
        &[],
        pem!("owf_multipaz_iaca_p384"),
        IN_2026,
    )
    .unwrap();
    assert_eq!(valid.leaf().key_type(), PublicKeyType::P256);
    assert_eq!(valid.anchor().key_type(), PublicKeyType::P384);
}

#[test]
fn self_signed_certificates_of_three_curves() {
    for (pem, key) in [
        (pem!("256-cert"), PublicKeyType::P256),
        (pem!("384-cert"), PublicKeyType::P384),
        (pem!("521-cert"), PublicKeyType::Other),
    ] {
        assert_eq!(certificate(pem).key_type(), key);
        assert_eq!(certificate(pem).jwk().is_ok(), key == PublicKeyType::P256);
        let error = validate(pem, &[], pem!("isomdl_iaca_root_cert"), IN_2024).unwrap_err();
        assert_eq!(error, Error::LeafSelfSigned);
    }
}

/// The header's chain of a token.
fn chain_of(token: &str) -> Result<CertificateChain, Error> {
    let token = token.split('~').next().unwrap().trim();
    CertificateChain::from_x5c(&Unverified::parse(token, 1 << 20).unwrap().header()["x5c"])
}

/// Whether the token's signature is that of the chain's leaf.
fn is_signed_by(token: &str, leaf: &Certificate) -> bool {
    let token = token.split('~').next().unwrap().trim();
    let token = Unverified::parse(token, 1 << 20).unwrap();
    token.verify_signature(&leaf.jwk().unwrap()).is_ok()
}

#[test]
fn signed_issuer_metadata() {
    let token = include_str!("vectors/eudi/credential_issuer_metadata_with_signed_full.txt");
    let chain = chain_of(token).unwrap();
    assert!(is_signed_by(token, chain.leaf()));
    // The source's root is not published; its intermediate authority is the anchor here.
    let anchors = Anchors::new(chain.intermediates().to_vec()).unwrap();
    let leaf = CertificateChain::new(chain.leaf().clone(), vec![]);
    assert!(Validator::haip(&anchors).validate(leaf, IN_2026).is_ok());
    let error = Validator::haip(&anchors).validate(chain, IN_2026).unwrap_err();
    assert_eq!(error, Error::ContainsAnchor { index: 1 });
}

#[test]
fn an_issued_identity() {
    let token = include_str!("vectors/eudi/sd-jwt-vc-pid.txt");
    let chain = chain_of(token).unwrap();
    assert!(is_signed_by(token, chain.leaf()));
    let anchors = Anchors::from_pem(pem!("owf_multipaz_iaca_p384").as_bytes()).unwrap();
    assert_eq!(
        Validator::haip(&anchors).validate(chain, IN_2026).unwrap_err(),
        Error::UnknownAuthority
    );
}

/// Metadata whose certificate is self-signed, and has no extensions.
#[test]
fn self_signed_metadata() {
    let token = include_str!("vectors/eudi/openid-credential-issuer-signed-metadata-x5c.jwt");
    let verdict =
        chain_of(token).and_then(|chain| Validator::haip(&Anchors::default()).validate(chain, IN_2026));
    assert_eq!(verdict.unwrap_err(), Error::LeafSelfSigned);
}
