//! A certificate authority of this platform's: it vouches for this machine and for the SDK's hosts,
//! and can for nobody else (RFC 5280, 4.2.1.10), so that who trusts it risks no other site. Its key
//! never leaves the data folder, or memory.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};

use air_store::private_files;

use crate::{
    Error, Tls,
    airkit_hosts::{HOSTS, KEY_HOSTS},
};

const CERTIFICATE: &str = "airkit-ca.pem";
const KEY: &str = "airkit-ca-key.pem";
const NAME: &str = "AIR local platform";
/// Of the server's certificate, in days.
const LIFETIME: i64 = 90;

/// The authority and its signing key.
pub(super) struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// The one of a data folder, which is made where there is none; a new one without a folder.
    pub(super) fn of(folder: Option<&Path>) -> Result<(Self, Option<PathBuf>), Error> {
        let Some(folder) = folder else {
            return Ok((Self::new()?.0, None));
        };
        let unusable = |source| air_store::Error::DataFolder {
            path: folder.to_owned(),
            source,
        };
        let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
        private_files::close_to_others(&key).map_err(unusable)?;
        let kept = read(&certificate)
            .and_then(|certificate| Ok(certificate.zip(read(&key)?)))
            .map_err(unusable)?;
        if let Some((certificate_pem, key)) = kept {
            return Ok((Self::from_pem(certificate_pem, &key)?, Some(certificate)));
        }
        let (authority, key_pem) = Self::new()?;
        // The key first: a certificate without one would be trusted for nothing.
        private_files::write(&key, &key_pem).map_err(unusable)?;
        private_files::write(&certificate, &authority.certificate).map_err(unusable)?;
        Ok((authority, Some(certificate)))
    }

    pub(super) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A key and certificate for the server, made at each start.
    pub(super) fn server_identity(&self) -> Result<Tls, Error> {
        let mut names: Vec<String> = HOSTS.map(ToOwned::to_owned).into();
        // An authority of an earlier version may not vouch for them, and one name too many makes
        // the certificate invalid for all.
        names.extend(
            KEY_HOSTS
                .iter()
                .filter(|host| self.permits(host))
                .map(ToString::to_string),
        );
        names.push("localhost".to_owned());
        names
            .extend([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].map(|ip| ip.to_string()));
        let key = KeyPair::generate().map_err(Error::Certificate)?;
        let mut params = CertificateParams::new(names).map_err(Error::Certificate)?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Browsers go by the machine's calendar, whatever the platform's clock says. A day before,
        // for clocks that are behind.
        let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
        let midnight = |days: i64| {
            let date = today.saturating_add(jiff::Span::new().days(days));
            date_time_ymd(
                date.year().into(),
                date.month().unsigned_abs(),
                date.day().unsigned_abs(),
            )
        };
        params.not_before = midnight(-1);
        params.not_after = midnight(LIFETIME);
        let certificate = params.signed_by(&key, &self.issuer).map_err(Error::Certificate)?;
        let chain = format!("{}{}", certificate.pem(), self.certificate);
        Tls::from_pem(chain.as_bytes(), key.serialize_pem().as_bytes())
    }

    /// Whether the certificate's constraints name this host. They stand there as plain text (an `IA5String`).
    fn permits(&self, host: &str) -> bool {
        let der = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        der.is_ok_and(|der| der.windows(host.len()).any(|bytes| bytes == host.as_bytes()))
    }

    fn new() -> Result<(Self, String), Error> {
        let key = KeyPair::generate().map_err(Error::Certificate)?;
        let key_pem = key.serialize_pem();
        let params = params(&key);
        let certificate = params.self_signed(&key).map_err(Error::Certificate)?.pem();
        let issuer = Issuer::new(params, key);
        Ok((Self { certificate, issuer }, key_pem))
    }

    fn from_pem(certificate: String, key: &str) -> Result<Self, Error> {
        let key = KeyPair::from_pem(key).map_err(Error::Certificate)?;
        let issuer = Issuer::new(params(&key), key);
        Ok(Self { certificate, issuer })
    }
}

/// The same for the same key, so that a certificate that was read need not be taken apart.
fn params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    // Two platforms' authorities must not look alike in a list of those that are trusted.
    let fingerprint = hex::encode(Sha256::digest(key.subject_public_key_info()));
    let name = format!("{NAME} {}", fingerprint.get(..8).unwrap_or_default());
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut permitted: Vec<_> = HOSTS
        .iter()
        .chain(&KEY_HOSTS)
        .chain(&["localhost"])
        .map(|host| GeneralSubtree::DnsName((*host).to_owned()))
        .collect();
    permitted.push(GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(
        [127, 0, 0, 0],
        8,
    )));
    permitted.push(GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
        Ipv6Addr::LOCALHOST.octets(),
        128,
    )));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted,
        excluded_subtrees: Vec::new(),
    });
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    params
}

fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{
        RootCertStore,
        client::{WebPkiServerVerifier, danger::ServerCertVerifier},
        crypto::aws_lc_rs,
        pki_types::{ServerName, UnixTime},
    };

    use super::*;

    /// Whether a client that trusts the authority takes a certificate that it signed for this name.
    fn can_vouch_for(authority: &Authority, name: &str) -> bool {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let signed = params.signed_by(&key, &authority.issuer).unwrap();
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(authority.certificate.as_bytes()).unwrap();
        roots.add(root).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        verifier
            .verify_server_cert(signed.der(), &[], &name, &[], UnixTime::now())
            .is_ok()
    }

    #[test]
    fn it_can_vouch_for_this_machine_and_the_sdks_hosts_and_nobody_else() {
        let (authority, _) = Authority::of(None).unwrap();
        for name in HOSTS
            .iter()
            .chain(&KEY_HOSTS)
            .chain(&["localhost", "127.0.0.1", "::1"])
        {
            assert!(can_vouch_for(&authority, name), "{name}");
        }
        for name in [
            "example.com",
            "air3.com",
            "static.evil.air3.com",
            "www.air3.com",
            "192.0.2.1",
            "::2",
        ] {
            assert!(!can_vouch_for(&authority, name), "{name}");
        }
    }
    /// It would make the whole certificate invalid for who trusts that authority.
    #[test]
    fn an_earlier_authority_is_not_asked_for_hosts_that_it_may_not_vouch_for() {
        let (authority, _) = Authority::of(None).unwrap();
        assert!(KEY_HOSTS.iter().chain(&HOSTS).all(|host| authority.permits(host)));
        assert!(!authority.permits("static.evil.air3.com"));
    }
}
