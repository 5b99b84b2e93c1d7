//! Metadata, offers and keys of the EUDI reference library for wallets.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{
    Jwk, SigningKey,
    jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Jwe},
    jws::{Unverified, X5c},
};
use air_oid4vc::{
    Error,
    vci::{
        AuthorizationServerMetadata, CredentialOffer, IssuerId, IssuerMetadata, KeyAttestation,
        KeyAttestationOptions, KeyAttestationPolicy, Rule,
    },
};
use air_x509::{Certificate, CertificateChain};
use serde_json::{Value, json};

use super::{broken, chained, checked, joined, text};
use crate::support::vector;

const ISSUER: &str = "https://credential-issuer.example.com";
/// 2026-08-15.
const NOW: UnixTime = UnixTime::from_secs(1_786_752_000);

fn issuer() -> IssuerId {
    ISSUER.parse().unwrap()
}

fn file(name: &str) -> Value {
    vector(&format!("eudi-openid4vci/{name}.json"))
}

#[test]
fn metadata_that_the_library_accepts() {
    for name in [
        "credential_issuer_metadata_valid",
        "credential_issuer_metadata_no_request_encryption",
        "credential_issuer_metadata_no_response_encryption",
        "openid-credential-issuer_jwt_proof_no_keyattestation",
        "openid-credential-issuer_only_attestation_proof",
        "openid-credential-issuer_only_jwt_proof",
    ] {
        let value = file(name);
        let read = checked(&value).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.to_value(), value, "{name}");
    }
    let proofs = |name| {
        let metadata = checked(&file(name)).unwrap();
        let pid = &metadata.configurations["eu.europa.ec.eudiw.pid_vc_sd_jwt"];
        let types = pid.proof_types.iter();
        types
            .map(|(kind, parameters)| (kind.clone(), parameters.key_attestation.is_some()))
            .collect::<Vec<_>>()
    };
    let kind = |name: &str, attested| vec![(name.to_owned(), attested)];
    assert_eq!(
        proofs("openid-credential-issuer_jwt_proof_no_keyattestation"),
        kind("jwt", false)
    );
    assert_eq!(
        proofs("openid-credential-issuer_only_attestation_proof"),
        kind("attestation", true)
    );
    assert_eq!(
        proofs("openid-credential-issuer_only_jwt_proof"),
        kind("jwt", true)
    );
}

#[test]
fn metadata_that_the_library_refuses() {
    // `credential_configurations_supported` is an array.
    assert_eq!(
        broken(checked(&file("invalid_credential_issuer_metadata"))),
        ("/credential_configurations_supported".into(), Rule::Type)
    );
    // The library refuses metadata whose algorithms are all unknown to it. Here, the choice of an
    // algorithm is the wallet's, which fails when it makes a request.
    assert!(checked(&file("credential_issuer_metadata_no_asymmetric_algs")).is_ok());
}

#[test]
fn metadata_of_authorization_servers() {
    for (name, authorizes) in [
        ("oauth_authorization_server_metadata", true),
        ("oauth_authorization_server_metadata_no_auth_endpoint", false),
    ] {
        let value = file(name);
        let server: IssuerId = value["issuer"].as_str().unwrap().parse().unwrap();
        let read = AuthorizationServerMetadata::parse(value.to_string().as_bytes(), &server).unwrap();
        assert_eq!(read.authorization_endpoint.is_some(), authorizes, "{name}");
        assert!(read.token_endpoint.is_some(), "{name}");
        assert_eq!(read.to_value(), value, "{name}");
    }
}

#[test]
fn offers() {
    let metadata = checked(&file("credential_issuer_metadata_valid")).unwrap();
    let offer = |name: &str| CredentialOffer::parse(file(name).to_string().as_bytes());
    for (name, is_authorized, is_pre_authorized) in [
        ("sample_credential_offer", true, true),
        ("sample_credential_offer_auth_code", true, false),
    ] {
        let offer = offer(name).unwrap();
        offer.check_metadata(&metadata).unwrap();
        assert_eq!(offer.authorization_code.is_some(), is_authorized, "{name}");
        assert_eq!(offer.pre_authorized_code.is_some(), is_pre_authorized, "{name}");
    }
    assert_eq!(
        broken(offer("credential_offer_over_sized_tx_code_description")),
        ("/grants/tx_code/description".into(), Rule::Description)
    );
    // The offer is well-formed; the issuer has no such configuration.
    let unknown = offer("credential_offer_with_unknown_format").unwrap();
    assert_eq!(
        broken(unknown.check_metadata(&metadata)).1,
        Rule::UnknownConfiguration
    );
    // The library refuses a code and a state of spaces. The specification has no such rule: both
    // are opaque to wallets, and the authorization server refuses what it did not issue.
    for name in [
        "credential_offer_with_blank_issuer_state",
        "credential_offer_with_blank_pre_authorized_code",
    ] {
        assert!(offer(name).is_ok(), "{name}");
    }
}

/// The key of the leaf that a token carries. Its chain is for air-x509.
fn leaf_key(token: &str) -> Jwk {
    let token = Unverified::parse(token, 1 << 20).unwrap();
    let chain = CertificateChain::from_x5c(&token.header()["x5c"]).unwrap();
    chain.leaf().jwk().unwrap()
}

#[test]
fn signed_metadata_that_are_complete() {
    for name in [
        "credential_issuer_metadata_with_signed_full.txt",
        "openid-credential-issuer-signed-metadata-x5c.jwt",
    ] {
        let token = joined(&chained(name));
        let key = leaf_key(&token);
        let metadata = IssuerMetadata::verify(&token, &key, &issuer(), NOW, 0).unwrap();
        metadata.check_as_issuer().unwrap();
        assert_eq!(metadata.configurations.len(), 4, "{name}");
        let other = SigningKey::generate(&mut rand::rng()).public_jwk();
        let refused = IssuerMetadata::verify(&token, &other, &issuer(), NOW, 0).unwrap_err();
        assert!(matches!(refused, Error::Token { .. }), "{name}: {refused:?}");
    }
    // The private key of the second one is published, too.
    let token = joined(&chained("openid-credential-issuer-signed-metadata-x5c.jwt"));
    let key = file("signed_metadata_jwk").to_string();
    let key = SigningKey::from_jwk(key.as_bytes()).unwrap().public_jwk();
    assert_eq!(key.thumbprint(), leaf_key(&token).thumbprint());
}

/// Signed metadata have all members (section 12.2.3), so that a wallet needs no unsigned ones.
#[test]
fn signed_metadata_that_are_partial() {
    let token = joined(&text(
        "eudi-openid4vci/credential_issuer_metadata_with_signed_partial.txt",
    ));
    let key = leaf_key(&token);
    assert_eq!(
        broken(IssuerMetadata::verify(&token, &key, &issuer(), NOW, 0)),
        ("/credential_issuer".into(), Rule::Missing)
    );
}

#[test]
fn signed_metadata_without_type() {
    let token = joined(&text(
        "eudi-openid4vci/credential_issuer_metadata_with_signed_invalid.txt",
    ));
    let header = Unverified::parse(&token, 1 << 20).unwrap().header().clone();
    let key = Jwk::from_slice(header["jwk"].to_string().as_bytes()).unwrap();
    assert_eq!(
        broken(IssuerMetadata::verify(&token, &key, &issuer(), NOW, 0)),
        ("/typ".into(), Rule::MetadataType)
    );
}

/// The library's issuer decrypts requests with these keys. Those on P-256 are the ones that this project has.
#[test]
fn keys_for_encrypted_requests() {
    let keys = file("request_encryption_keyset");
    let keys = keys["keys"].as_array().unwrap();
    let mut decrypted = 0;
    for key in keys {
        let private = DecryptionKey::from_jwk(key.to_string().as_bytes());
        assert_eq!(private.is_ok(), key["kty"] == "EC", "{}", key["kid"]);
        let Ok(private) = private else { continue };
        let mut public = key.clone();
        public.as_object_mut().unwrap().remove("d");
        let public = EncryptionKey::from_slice(public.to_string().as_bytes()).unwrap();
        let jwe = public.encrypt(ContentEncryption::A128Gcm, b"{}", &mut rand::rng());
        let read = Jwe::parse(&jwe, 4096).unwrap();
        assert_eq!(read.kid(), key["kid"].as_str());
        assert_eq!(read.decrypt(&private).unwrap().as_slice(), b"{}");
        decrypted += 1;
    }
    assert_eq!(decrypted, 2);
    // The metadata name one of them.
    let metadata = file("credential_issuer_metadata_valid");
    let named = &metadata["credential_request_encryption"]["jwks"]["keys"][0];
    assert!(
        keys.iter()
            .any(|key| key["kid"] == named["kid"] && key["x"] == named["x"])
    );
}

#[test]
fn a_key_attestation_by_the_published_key_and_certificate() {
    let certificate = text("eudi-openid4vci/key_attestation_jwt.cert");
    let body: String = certificate
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let x5c = json!([body]);
    let leaf: Certificate = CertificateChain::from_x5c(&x5c).unwrap().leaf().clone();
    let provider = SigningKey::from_pem(&text("eudi-openid4vci/key_attestation_jwt.key")).unwrap();
    let wallet = SigningKey::generate(&mut rand::rng());
    let options = KeyAttestationOptions {
        keys: vec![wallet.public_jwk()],
        issued_at: NOW,
        expires_at: Some(NOW.saturating_add(Duration::from_mins(1))),
        nonce: Some("nonce".into()),
        key_storage: vec!["iso_18045_high".into()],
        ..KeyAttestationOptions::default()
    };
    let token = options.sign(&provider, Some(&X5c::new(leaf.der(), [])));
    // Of the metadata's `key_attestations_required` for the mobile driving licence.
    let required = json!({ "key_storage": ["iso_18045_high"] });
    let policy = KeyAttestationPolicy {
        required: required.as_object(),
        algorithms: &[],
        is_proof: true,
        requires_nonce: true,
        now: NOW,
        skew: 0,
    };
    let verified = KeyAttestation::parse(&token)
        .unwrap()
        .verify(&leaf_key(&token), &policy)
        .unwrap();
    assert_eq!(verified.keys, [wallet.public_jwk()]);
    assert_eq!(Unverified::parse(&token, 1 << 16).unwrap().header()["x5c"], x5c);
}
