//! The names that a token may use for a key of its issuer.

use air_ids::UnixTime;
use air_jwt::{JwkSet, SigningKey};
use air_vc::{
    Error, Verifier,
    did::{DidDocument, DidJwk, DidKey, DocumentLoader, FetchFailure, IssuerMetadata, NoDocuments, Resolver},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use url::Url;

use crate::did_support::{ISSUER, did, key};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

fn signed(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn header(typ: &str, kid: Option<&str>) -> Value {
    let mut header = json!({ "alg": "ES256", "typ": typ });
    if let Some(kid) = kid {
        header["kid"] = json!(kid);
    }
    header
}

/// Verifies a credential of each kind of token with this `kid`. All must have the same result.
fn verify(issuer: &str, keys: &JwkSet, key: &SigningKey, kid: Option<&str>) -> Result<(), Error> {
    let verifier = Verifier::new(issuer, keys);
    let payload = json!({ "iss": issuer, "vct": "urn:x" });
    let sd_jwt = signed(key, &header("dc+sd-jwt", kid), &payload) + "~";
    let sd_jwt = verifier.verify(&sd_jwt, NOW).map(drop);
    #[cfg(feature = "w3c")]
    assert_eq!(sd_jwt, verify_w3c(verifier, issuer, key, kid), "{kid:?}");
    sd_jwt
}

#[cfg(feature = "w3c")]
fn verify_w3c(
    verifier: Verifier<'_>,
    issuer: &str,
    key: &SigningKey,
    kid: Option<&str>,
) -> Result<(), Error> {
    let payload = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": { "a": 1 },
    });
    let w3c = signed(key, &header("vc+jwt", kid), &payload);
    verifier
        .with_format(air_vc::Format::W3cJwt)
        .verify(&w3c, NOW)
        .map(drop)
}

#[tokio::test]
async fn a_relative_name_resolves_against_the_issuer_by_each_method() {
    let own = key("key-1");
    let web = DidDocument::for_issuer(&did(ISSUER), &JwkSet::from(own.public_jwk()));
    let by_jwk = DidJwk::new(own.verifying_key()).to_string();
    let by_key = DidKey::new(own.verifying_key()).to_string();
    let fragment = by_key.trim_start_matches("did:key:").to_owned();
    let resolver = Resolver::new(NoDocuments);
    for (issuer, keys, fragment) in [
        (ISSUER, web.assertion_keys(), "key-1"),
        (&*by_jwk, resolver.issuer_keys(&by_jwk).await.unwrap(), "0"),
        (&*by_key, resolver.issuer_keys(&by_key).await.unwrap(), &*fragment),
        // The same keys under other names, as in a file of JWKs.
        (ISSUER, own.public_jwk().into(), "key-1"),
        (&*by_jwk, own.public_jwk().into(), "0"),
        (&*by_key, own.public_jwk().into(), &*fragment),
    ] {
        for kid in [format!("#{fragment}"), format!("{issuer}#{fragment}")] {
            assert_eq!(verify(issuer, &keys, &own, Some(&kid)), Ok(()), "{issuer} {kid}");
        }
        let foreign = [
            "#another".to_owned(),
            format!("did:web:other.example#{fragment}"),
            format!("##{fragment}"),
            "#".to_owned(),
        ];
        for kid in foreign {
            let refused = verify(issuer, &keys, &own, Some(&kid)).unwrap_err();
            let unknown = air_jwt::Error::UnknownKid {
                kid: kid.chars().take(64).collect(),
            };
            assert_eq!(refused, Error::Signature(unknown), "{issuer} {kid}");
        }
    }
}

#[test]
fn a_url_has_no_keys_by_relative_names() {
    let own = key("key-1");
    let keys = JwkSet::from(own.public_jwk());
    let refused = verify("https://issuer.example", &keys, &own, Some("#key-1"));
    assert!(matches!(
        refused,
        Err(Error::Signature(air_jwt::Error::UnknownKid { .. }))
    ));
}

#[test]
fn mismatch_10_an_https_issuers_key_has_the_did_url_of_its_host() {
    let own = key("key-1");
    let keys = JwkSet::from(own.public_jwk());
    for (issuer, did) in [
        ("https://issuer.example", "did:web:issuer.example"),
        ("https://issuer.example:8443", "did:web:issuer.example%3A8443"),
        ("https://issuer.example/eu", "did:web:issuer.example:eu"),
        ("http://localhost:3000", "did:web:localhost%3A3000"),
    ] {
        assert_eq!(
            verify(issuer, &keys, &own, Some(&format!("{did}#key-1"))),
            Ok(()),
            "{issuer}"
        );
        for foreign in [
            "did:web:other.example#key-1".to_owned(),
            format!("{did}:more#key-1"),
            format!("{did}#key-2"),
            format!("{did}#"),
            format!("did:key:{did}#key-1"),
        ] {
            let refused = verify(issuer, &keys, &own, Some(&foreign));
            assert!(
                matches!(refused, Err(Error::Signature(air_jwt::Error::UnknownKid { .. }))),
                "{issuer} {foreign}: {refused:?}"
            );
        }
    }
}

#[test]
fn a_thumbprint_names_a_key_that_has_another_id() {
    let (own, other) = (key("own"), key("other"));
    let keys = JwkSet::new([other.public_jwk(), own.public_jwk()]).unwrap();
    for issuer in [ISSUER, "https://issuer.example"] {
        let thumbprint = own.verifying_key().thumbprint();
        assert_eq!(verify(issuer, &keys, &own, Some(thumbprint.as_str())), Ok(()));
        let foreign = other.verifying_key().thumbprint();
        let refused = verify(issuer, &keys, &own, Some(foreign.as_str())).unwrap_err();
        assert!(matches!(
            refused,
            Error::Signature(air_jwt::Error::BadSignature { .. })
        ));
    }
}

#[test]
fn without_a_name_the_only_key_is_meant_and_neither_of_two() {
    let (own, other) = (key("own"), key("other"));
    let one = JwkSet::from(own.public_jwk());
    assert_eq!(verify(ISSUER, &one, &own, None), Ok(()));
    let two = JwkSet::new([own.public_jwk(), other.public_jwk()]).unwrap();
    let refused = verify(ISSUER, &two, &own, None).unwrap_err();
    assert_eq!(refused, Error::Signature(air_jwt::Error::MissingKid));
}

struct Metadata(String);

impl DocumentLoader for Metadata {
    async fn get(&self, url: &Url, _: usize) -> Result<Vec<u8>, FetchFailure> {
        assert_eq!(url.as_str(), "https://issuer.example/.well-known/jwt-vc-issuer");
        Ok(self.0.clone().into_bytes())
    }
}

#[tokio::test]
async fn keys_of_issuer_metadata_have_the_same_names() {
    let own = key("own");
    let issuer = "https://issuer.example";
    let metadata = IssuerMetadata::with_keys(issuer.parse().unwrap(), own.public_jwk().into());
    let resolver = Resolver::new(Metadata(metadata.to_json()));
    let keys = resolver.issuer_keys(issuer).await.unwrap();
    let thumbprint = own.verifying_key().thumbprint();
    for kid in [None, Some("own"), Some(thumbprint.as_str())] {
        assert_eq!(verify(issuer, &keys, &own, kid), Ok(()), "{kid:?}");
    }
}
