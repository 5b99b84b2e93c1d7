//! Certificates and chains: nothing panics, and what is read is written as it was.

use air_x509::{Anchors, Certificate, CertificateChain, UnixTime, Validator};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// A certificate in DER, a PEM file of anchors, and the value of `x5c` as JSON.
pub fn x5c(data: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(data) {
        assert_eq!(certificate.der(), data);
        let _ = (certificate.jwk(), certificate.x509_hash());
        let chain = CertificateChain::new(certificate.clone(), vec![certificate.clone()]);
        let anchors = Anchors::new([certificate]).unwrap_or_default();
        let _ = Validator::new(&anchors).validate(chain, NOW);
    }
    let _ = Anchors::from_pem(data);
    if let Ok(value) = serde_json::from_slice(data)
        && let Ok(chain) = CertificateChain::from_x5c(&value)
    {
        assert_eq!(chain.to_x5c(), value);
        let anchors = Anchors::new(chain.intermediates().to_vec()).unwrap_or_default();
        for validator in [Validator::new(&anchors), Validator::haip(&anchors)] {
            let _ = validator.validate(chain.clone(), NOW);
        }
    }
}
