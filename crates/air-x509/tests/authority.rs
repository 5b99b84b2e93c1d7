//! A certificate authority for tests.

use air_x509::{Anchors, Certificate, CertificateChain, UnixTime};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SignatureAlgorithm, date_time_ymd,
};

/// 2027-01-15, within the validity of all certificates that are not changed.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

pub(crate) type Change = fn(&mut CertificateParams);

pub(crate) struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pub(crate) certificate: Certificate,
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, &PKCS_ECDSA_P256_SHA256, |_| ())
    }

    pub(crate) fn root_with(name: &str, algorithm: &'static SignatureAlgorithm, change: Change) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = authority_params(name);
        change(&mut params);
        let certificate = read(&params.self_signed(&key).unwrap());
        Self {
            params,
            key,
            certificate,
        }
    }

    /// The authority with another certificate for the same name and key.
    pub(crate) fn renewed(self) -> Self {
        let mut params = self.params;
        params.not_after = date_time_ymd(2030, 1, 1);
        let certificate = read(&params.self_signed(&self.key).unwrap());
        Self {
            params,
            key: self.key,
            certificate,
        }
    }

    /// The authority with a certificate for another name and the same key.
    pub(crate) fn renamed(&self, name: &str) -> Certificate {
        read(&authority_params(name).self_signed(&self.key).unwrap())
    }

    pub(crate) fn intermediate(&self, name: &str) -> Self {
        self.intermediate_with(name, |_| ())
    }

    pub(crate) fn intermediate_with(&self, name: &str, change: Change) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = authority_params(name);
        change(&mut params);
        let certificate = read(&params.signed_by(&key, &self.issuer()).unwrap());
        Self {
            params,
            key,
            certificate,
        }
    }

    pub(crate) fn leaf(&self) -> Certificate {
        self.leaf_with(&PKCS_ECDSA_P256_SHA256, |_| ())
    }

    pub(crate) fn leaf_with(&self, algorithm: &'static SignatureAlgorithm, change: Change) -> Certificate {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = leaf_params();
        change(&mut params);
        read(&params.signed_by(&key, &self.issuer()).unwrap())
    }

    pub(crate) fn anchors(&self) -> Anchors {
        Anchors::new([self.certificate.clone()]).unwrap()
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

pub(crate) fn self_signed_leaf() -> Certificate {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    read(&leaf_params().self_signed(&key).unwrap())
}

pub(crate) fn chain(leaf: Certificate, others: &[&Authority]) -> CertificateChain {
    let others = others.iter().map(|authority| authority.certificate.clone());
    CertificateChain::new(leaf, others.collect())
}

fn read(certificate: &rcgen::Certificate) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}

fn leaf_params() -> CertificateParams {
    let mut params = params("Verifier");
    params.subject_alt_names = vec![
        rcgen::SanType::DnsName("verifier.example".try_into().unwrap()),
        rcgen::SanType::DnsName("*.other.example".try_into().unwrap()),
        rcgen::SanType::URI("https://verifier.example/metadata".try_into().unwrap()),
    ];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}
