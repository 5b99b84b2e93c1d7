//! Certificates of a test's own authority.

use air_jwt::SigningKey;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};

/// A leaf that an authority issued.
pub(crate) struct Certified {
    /// The authority in PEM.
    pub(crate) anchor: String,
    /// The leaf in DER.
    pub(crate) leaf: Vec<u8>,
    /// The leaf's key.
    pub(crate) key: SigningKey,
}

impl Certified {
    /// A leaf with this name.
    pub(crate) fn named(name: SanType) -> Self {
        let params = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut root = params("Authority of tests");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let anchor = root.self_signed(&root_key).unwrap();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut leaf = params("Leaf");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.use_authority_key_identifier_extension = true;
        leaf.subject_alt_names = vec![name];
        let leaf = leaf
            .signed_by(&key, &Issuer::from_params(&root, &root_key))
            .unwrap();
        Self {
            anchor: anchor.pem(),
            leaf: leaf.der().to_vec(),
            key: SigningKey::from_text(&key.serialize_pem()).unwrap(),
        }
    }
}
