//! Certificates of issuers and verifiers: an authority of the platform, a certificate for each partner's key for credentials, and a key with a
//! certificate for each verifier. All are made at their first use, and stored.

use std::sync::Arc;

use air_ids::UnixTime;
use air_jwt::{SigningKey, jws::X5c};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SanType, date_time_ymd,
    string::{Ia5String, PrintableString},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::issuer::issuer_id;
use crate::{App, Refusal};
use air_store::{WriteTx, partners::Partner, secrets};

const AUTHORITY: &str = "openid4vc-authority";
/// The country in the names of certificates, which verifiers of mdocs require (ISO/IEC 18013-5, B.1): no country (ISO 3166-1, user-assigned).
const COUNTRY: &str = "ZZ";
/// The object identifier of the extension of a certificate's purposes (RFC 5280, 4.2.1.12).
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
/// Its value in DER with the only purpose 1.0.18013.5.1.2. The library marks the extension as not critical, but ISO/IEC 18013-5, B.1.4, wants
/// it critical.
const MDOC_SIGNER_ONLY: [u8; 11] = [0x30, 0x09, 0x06, 0x07, 0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x02];
/// The maximum length of a common name in characters (X.520).
const NAME_LIMIT: usize = 64;

/// A key and its certificate, both in PEM.
#[derive(Serialize, Deserialize)]
struct Certified {
    certificate: String,
    key: String,
    /// Whether the subject of the authority has a country, unlike those of earlier versions.
    #[serde(default)]
    has_country: bool,
}

/// The key of a verifier, with its certificate chain in DER: the leaf first, without the anchor.
pub(super) struct Identity {
    pub(super) key: SigningKey,
    pub(super) chain: Vec<Vec<u8>>,
}

/// Returns the identity of a partner as a verifier, and creates it for the first request.
pub(super) async fn identity(app: &App, partner: &Partner) -> Result<Identity, Refusal> {
    let name = format!("openid4vc-verifier-{}", partner.partner_id);
    let found = secrets::find(&mut *app.store.read().await?, &name).await?;
    let stored = match found {
        Some(stored) => stored,
        None => create(app, partner, &name).await?,
    };
    let certified: Certified = serde_json::from_slice(&stored).map_err(Refusal::internal)?;
    Ok(Identity {
        key: SigningKey::from_pem(&certified.key).map_err(Refusal::internal)?,
        chain: vec![der(&certified.certificate)?],
    })
}

/// Returns the certificate of the authority in PEM: the anchor of all issuers and verifiers for wallets.
pub async fn authority_certificate(app: &App) -> Result<String, Refusal> {
    let found = secrets::find(&mut *app.store.read().await?, AUTHORITY).await?;
    let authority = if let Some(stored) = found {
        serde_json::from_slice(&stored).map_err(Refusal::internal)?
    } else {
        let mut tx = app.store.write().await?;
        let new = authority(&mut tx, app.platform_clock.now()).await?;
        tx.commit().await?;
        new
    };
    Ok(authority.certificate)
}

/// Returns the certificate chain of the key that signs a partner's credentials, without the anchor (HAIP 1.0, section 6.1.1). The leaf names
/// the issuer identifier and its host.
pub(super) async fn issuer_chain(app: &App, partner: &Partner) -> Result<Arc<X5c>, Refusal> {
    chain(app, partner, "issuer", |_| ()).await
}

/// Returns the certificate chain of the same key for mdocs. The leaf is for signers of mdocs only (ISO/IEC 18013-5, B.1.4).
pub(super) async fn mdoc_signer_chain(app: &App, partner: &Partner) -> Result<Arc<X5c>, Refusal> {
    let restrict = |params: &mut CertificateParams| {
        let mut purposes = CustomExtension::from_oid_content(EXTENDED_KEY_USAGE, MDOC_SIGNER_ONLY.to_vec());
        purposes.set_criticality(true);
        params.custom_extensions.push(purposes);
    };
    chain(app, partner, "mdoc-signer", restrict).await
}

/// Returns the certificate chain of a partner's key for credentials in a role, and creates it at its first use.
async fn chain(
    app: &App,
    partner: &Partner,
    role: &str,
    change: fn(&mut CertificateParams),
) -> Result<Arc<X5c>, Refusal> {
    let key = app.cache.issuer_key(partner)?;
    // Another key has another certificate.
    let name = format!(
        "openid4vc-{role}-{}-{}",
        partner.partner_id,
        key.public_jwk().thumbprint()
    );
    if let Some(chain) = app.cache.wallets.issuer_chain(&name) {
        return Ok(chain);
    }
    let found = secrets::find(&mut *app.store.read().await?, &name).await?;
    let stored = match found {
        Some(stored) => stored,
        None => create_for_issuer(app, partner, &name, change).await?,
    };
    Ok(app.cache.wallets.keep_issuer_chain(name, X5c::new(&stored, [])))
}

async fn create_for_issuer(
    app: &App,
    partner: &Partner,
    name: &str,
    change: fn(&mut CertificateParams),
) -> Result<Vec<u8>, Refusal> {
    let now = app.platform_clock.now();
    let mut params = leaf_params(app, partner)?;
    change(&mut params);
    let uri = issuer_id(app, partner.partner_id.as_str())?;
    let uri = Ia5String::try_from(uri.as_str()).map_err(Refusal::internal)?;
    params.subject_alt_names.push(SanType::URI(uri));
    let key = KeyPair::from_pem(&partner.issuer_key).map_err(Refusal::internal)?;
    let mut tx = app.store.write().await?;
    let leaf = params
        .signed_by(&key, &issuer(&mut tx, now).await?)
        .map_err(Refusal::internal)?;
    let stored = secrets::find_or_insert(&mut tx, name, leaf.der(), now).await?;
    tx.commit().await?;
    Ok(stored)
}

fn der(pem: &str) -> Result<Vec<u8>, Refusal> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(Refusal::internal)?;
    Ok(der.to_vec())
}

async fn create(app: &App, partner: &Partner, name: &str) -> Result<Vec<u8>, Refusal> {
    let now = app.platform_clock.now();
    let mut tx = app.store.write().await?;
    let leaf_key = KeyPair::generate().map_err(Refusal::internal)?;
    let leaf = leaf_params(app, partner)?
        .signed_by(&leaf_key, &issuer(&mut tx, now).await?)
        .map_err(Refusal::internal)?;
    let certified = Certified {
        certificate: leaf.pem(),
        key: leaf_key.serialize_pem(),
        has_country: true,
    };
    let new = serde_json::to_vec(&certified).map_err(Refusal::internal)?;
    let stored = secrets::find_or_insert(&mut tx, name, &new, now).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Returns the authority as the issuer of certificates.
async fn issuer(tx: &mut WriteTx, now: UnixTime) -> Result<Issuer<'static, KeyPair>, Refusal> {
    let authority = authority(tx, now).await?;
    let key = KeyPair::from_pem(&authority.key).map_err(Refusal::internal)?;
    let params = authority_params(&key, authority.has_country);
    Ok(Issuer::new(params, key))
}

async fn authority(tx: &mut WriteTx, now: UnixTime) -> Result<Certified, Refusal> {
    let key = KeyPair::generate().map_err(Refusal::internal)?;
    let certificate = authority_params(&key, true)
        .self_signed(&key)
        .map_err(Refusal::internal)?;
    let new = Certified {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        has_country: true,
    };
    let new = serde_json::to_vec(&new).map_err(Refusal::internal)?;
    let stored = secrets::find_or_insert(tx, AUTHORITY, &new, now).await?;
    serde_json::from_slice(&stored).map_err(Refusal::internal)
}

/// The parameters depend on the key and the country only, so they need not be read from the stored certificate.
fn authority_params(key: &KeyPair, has_country: bool) -> CertificateParams {
    let mut params = params();
    if has_country {
        params.distinguished_name.push(DnType::CountryName, country());
    }
    let fingerprint = hex::encode(Sha256::digest(key.subject_public_key_info()));
    let name = format!(
        "AIR local platform, wallets {}",
        fingerprint.get(..8).unwrap_or_default()
    );
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(app: &App, partner: &Partner) -> Result<CertificateParams, Refusal> {
    let mut params = params();
    let name: String = partner.name.chars().take(NAME_LIMIT).collect();
    params.distinguished_name.push(DnType::CountryName, country());
    params.distinguished_name.push(DnType::CommonName, name);
    let url = Url::parse(&app.public_url).map_err(Refusal::internal)?;
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    params.subject_alt_names = CertificateParams::new([host])
        .map_err(Refusal::internal)?
        .subject_alt_names;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

fn country() -> DnValue {
    DnValue::PrintableString(PrintableString::try_from(COUNTRY).expect("two letters are printable"))
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    params
}

#[cfg(test)]
mod tests {
    use super::params;
    use crate::openid4vc::times::CERTIFICATES_END;

    #[test]
    fn the_end_of_certificates_is_the_constant() {
        let end = u64::try_from(params().not_after.unix_timestamp());
        assert_eq!(end, Ok(CERTIFICATES_END.as_secs()));
    }
}
