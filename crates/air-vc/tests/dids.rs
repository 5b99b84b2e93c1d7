//! DIDs: syntax, and the methods key, jwk and web, which need no platform.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::SigningKey;
use air_vc::{
    Error,
    did::{AirDid, Did, DidJwk, DidKey, DidUrl, DidWeb, IssuerUrl},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;

use crate::did_support::{did, jwk, list, text, vectors};

#[test]
fn reads_dids_as_did_core_writes_them() {
    for good in [
        "did:web:example.com",
        "did:example:a:b::c",
        "did:x1:%41._-",
        "did:example::b",
    ] {
        let did: Did = good.parse().unwrap();
        assert_eq!(did.to_string(), good);
        assert_eq!(serde_json::to_value(&did).unwrap(), good);
        assert_eq!(serde_json::from_value::<Did>(json!(good)).unwrap(), did);
    }
    let did = did("did:web:example.com%3A3000:user");
    assert_eq!(did.method(), "web");
    assert_eq!(did.method_specific_id(), "example.com%3A3000:user");
}

#[test]
fn refuses_what_is_no_did() {
    for bad in [
        "",
        "did",
        "did:web",
        "did:web:",
        "did::x",
        "did:Web:x",
        "DID:web:x",
        "did:we-b:x",
        "did:web:x:",
        "did:web:x#key",
        "did:web:x/path",
        "did:web:x?query",
        "did:web:x y",
        "did:web:%",
        "did:web:%4",
        "did:web:%4g",
        "did:web:é",
        " did:web:x",
        "https://example.com",
    ] {
        assert!(
            matches!(bad.parse::<Did>(), Err(Error::InvalidDid { .. })),
            "{bad}"
        );
        assert!(serde_json::from_value::<Did>(json!(bad)).is_err(), "{bad}");
    }
}

#[test]
fn a_did_has_at_most_2048_characters() {
    let of_length = |length: usize| format!("did:x:{}", "a".repeat(length - 6)).parse::<Did>();
    assert!(of_length(2048).is_ok());
    assert!(of_length(2049).is_err());
}

#[test]
fn a_key_is_named_by_did_and_fragment() {
    let url: DidUrl = "did:web:example.com#key-1".parse().unwrap();
    assert_eq!(url.did().as_str(), "did:web:example.com");
    assert_eq!(url.fragment(), "key-1");
    assert_eq!(url.to_string(), "did:web:example.com#key-1");
    for bad in [
        "did:web:example.com",
        "did:web:example.com#",
        "did:web:example.com#a#b",
        "did:web:example.com?v=1#a",
        "did:web:example.com#a b",
        "#a",
    ] {
        assert!(
            matches!(bad.parse::<DidUrl>(), Err(Error::InvalidDid { .. })),
            "{bad}"
        );
    }
}

#[test]
fn did_key_agrees_with_the_published_vectors() {
    let vectors = vectors("did-key.json");
    for case in list(&vectors, "served") {
        let text = text(case, "did");
        let read: DidKey = text.parse().unwrap();
        let key = jwk(&case["jwk"]);
        assert_eq!(read.verifying_key(), key.verifying_key(), "{text}");
        assert_eq!(DidKey::new(key.verifying_key()).to_string(), text);
        let document = read.document();
        let name = format!("{text}#{}", &text["did:key:".len()..]);
        assert_eq!(document.methods()[0].id().to_string(), name);
        assert!(document.methods()[0].makes_assertions() && document.methods()[0].authenticates());
        // An RSA key's DID URL exceeds the length limit of a `kid`; its thumbprint does not.
        let keys = document.assertion_keys();
        assert!(keys.find(key.thumbprint().as_str()).is_some(), "{text}");
        assert_eq!(keys.find(&name).is_some(), name.len() <= 256, "{text}");
    }
    for case in list(&vectors, "others") {
        let error = text(case, "did").parse::<DidKey>().unwrap_err();
        assert!(
            matches!(error, Error::UnsupportedKey { kind } if kind == case["kind"]),
            "{case}: {error}"
        );
        assert!(error.to_string().contains("must be P-256 or RSA"), "{error}");
    }
}

#[test]
fn did_key_refuses_what_is_no_key() {
    let base58 = |bytes: &[u8]| format!("did:key:z{}", bs58::encode(bytes).into_string());
    let point = SigningKey::generate(&mut rand::rng())
        .verifying_key()
        .to_p256_point()
        .unwrap();
    let with_code = |code: [u8; 2], bytes: &[u8]| base58(&[&code, bytes].concat());
    assert!(with_code([0x80, 0x24], &point).parse::<DidKey>().is_ok());
    for (bad, why) in [
        (with_code([0x80, 0x24], &point[..32]), "short"),
        (with_code([0x80, 0x24], &[2; 65]), "not compressed"),
        (with_code([0x80, 0x24], &[&[2][..], &[0xff; 32]].concat()), "not on the curve"),
        (with_code([0x85, 0x24], &point), "no RSA key"),
        (base58(&[0x80]), "no code"),
        (base58(&[]), "empty"),
        ("did:key:zDna0".into(), "not base58"),
        (format!("did:key:z{}", "1".repeat(1025)), "long"),
        (
            with_code([0x80, 0x24], &point).replace("did:key:z", "did:key:"),
            "without multibase",
        ),
        ("did:web:example.com".into(), "another method"),
        // A verifier's identifier, as the platform's dashboard shows it.
        (
            "did:key:Xwp8948ZjcXF982Auzh4ShBPWdbE2NezZjJqSxjSiZCwpongSTv37Xbk5dVetFg5su1H24htbnLcPhCbwsaKzCaZ5SL".into(),
            "a verifier's",
        ),
    ] {
        let refused = bad.parse::<DidKey>();
        assert!(
            matches!(refused, Err(Error::InvalidDid { .. } | Error::InvalidKey(_))),
            "{why}: {refused:?}"
        );
    }
    assert!(matches!(
        with_code([0x99, 0x01], &point).parse::<DidKey>(),
        Err(Error::UnsupportedKey { .. })
    ));
}

#[test]
fn did_jwk_agrees_with_the_published_example() {
    let vectors = vectors("did-jwk.json");
    let read: DidJwk = text(&vectors, "did").parse().unwrap();
    let key = jwk(&vectors["jwk"]);
    assert_eq!(read.jwk().verifying_key(), key.verifying_key());
    assert_eq!(
        DidJwk::new(key.verifying_key()).to_string(),
        text(&vectors, "did")
    );
    let document = read.document();
    assert_eq!(document.methods()[0].id().to_string(), text(&vectors, "didUrl"));
    for name in [text(&vectors, "didUrl"), "0", key.thumbprint().as_str()] {
        assert!(document.assertion_keys().find(name).is_some(), "{name}");
    }
    assert!(matches!(
        text(&vectors, "x25519").parse::<DidJwk>(),
        Err(Error::UnsupportedKey { kind: "X25519" })
    ));
}

#[test]
fn did_jwk_refuses_private_and_broken_keys() {
    let encode = |json: &str| format!("did:jwk:{}", URL_SAFE_NO_PAD.encode(json)).parse::<DidJwk>();
    let public = vectors("did-jwk.json")["jwk"].clone();
    assert!(encode(&public.to_string()).is_ok());
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let mut private = public.clone();
        private[name] = json!("AQAB");
        assert_eq!(
            encode(&private.to_string()).unwrap_err(),
            Error::PrivateKeyPublished,
            "{name}"
        );
    }
    for bad in ["", "{}", "[]", "{\"kty\":\"EC\"}", "no JSON"] {
        let refused = encode(bad);
        assert!(
            matches!(
                refused,
                Err(Error::InvalidDid { .. } | Error::InvalidKey(_) | Error::UnsupportedKey { .. })
            ),
            "{bad}: {refused:?}"
        );
    }
    let padded = format!("did:jwk:{}%3D", URL_SAFE_NO_PAD.encode(public.to_string()));
    assert!(matches!(padded.parse::<DidJwk>(), Err(Error::InvalidDid { .. })));
    let mut encrypts = public;
    encrypts["use"] = json!("enc");
    assert!(matches!(encode(&encrypts.to_string()), Err(Error::InvalidKey(_))));
}

#[test]
fn did_web_agrees_with_the_published_examples() {
    for case in list(&vectors("did-web.json"), "places") {
        let web: DidWeb = text(case, "did").parse().unwrap();
        assert_eq!(web.document_url().as_str(), text(case, "url"));
        assert_eq!(web.development_url(), *web.document_url());
        assert_eq!(DidWeb::from_url(web.document_url()).unwrap(), web);
    }
}

#[test]
fn did_web_refuses_addresses_and_paths_that_lead_elsewhere() {
    let long = format!("did:web:{}.example", "a".repeat(64));
    for bad in [
        "did:key:example.com",
        "did:web:127.0.0.1",
        "did:web:127.1",
        "did:web:0x7f.0.0.1",
        "did:web:2130706433",
        "did:web:192.168.0.10%3A8080",
        "did:web:%5B%3A%3A1%5D",
        "did:web:intranet",
        "did:web:Example.com",
        "did:web:example.com.",
        "did:web:.example.com",
        "did:web:-a.example.com",
        "did:web:a_b.example.com",
        &long,
        "did:web:user%40example.com",
        "did:web:user%3Apassword%40example.com",
        "did:web:example.com%3A",
        "did:web:example.com%3A0",
        "did:web:example.com%3A080",
        "did:web:example.com%3A443",
        "did:web:example.com%3A65536",
        "did:web:example.com%3A80%3A80",
        "did:web:example.com%2Fpath",
        "did:web:example.com::a",
        "did:web:example.com:..:a",
        "did:web:example.com:.",
        "did:web:example.com:%2e%2e",
        "did:web:example.com:.%2E",
        "did:web:example.com:a%2Fb",
        "did:web:example.com:a%5Cb",
        "did:web:example.com:a%3Fb",
        "did:web:example.com:a%23b",
        "did:web:example.com:a%00",
        "did:web:example.com:a%252e",
        "did:web:example.com:%61",
        "did:web:example.com:.well-known",
    ] {
        assert!(
            matches!(bad.parse::<DidWeb>(), Err(Error::InvalidDid { .. })),
            "{bad}"
        );
    }
    assert!(
        "did:web:xn--bcher-kva.example:%C3%A9:a%20b"
            .parse::<DidWeb>()
            .is_ok()
    );
}

#[test]
fn did_web_of_this_machine_is_for_development() {
    let web: DidWeb = "did:web:localhost%3A3000:eu".parse().unwrap();
    assert!(web.is_loopback());
    assert_eq!(web.document_url().as_str(), "https://localhost:3000/eu/did.json");
    assert_eq!(
        web.development_url().as_str(),
        "http://localhost:3000/eu/did.json"
    );
    let bare: DidWeb = "did:web:issuer.localhost".parse().unwrap();
    assert_eq!(
        bare.development_url().as_str(),
        "http://issuer.localhost/.well-known/did.json"
    );
    assert!(
        !"did:web:localhost.example"
            .parse::<DidWeb>()
            .unwrap()
            .is_loopback()
    );
}

#[test]
fn did_web_is_made_from_an_issuers_url() {
    for (url, expected) in [
        ("https://issuer.example", "did:web:issuer.example"),
        ("https://issuer.example/", "did:web:issuer.example"),
        (
            "https://issuer.example:8443/eu/",
            "did:web:issuer.example%3A8443:eu",
        ),
        ("https://issuer.example/eu/did.json", "did:web:issuer.example:eu"),
        ("https://issuer.example/a:b", "did:web:issuer.example:a%3Ab"),
        ("http://localhost:3000", "did:web:localhost%3A3000"),
    ] {
        assert_eq!(
            DidWeb::from_url(&url.parse().unwrap()).unwrap().to_string(),
            expected,
            "{url}"
        );
    }
    for bad in [
        "http://issuer.example",
        "https://user@issuer.example",
        "https://issuer.example?a",
        "https://issuer.example#a",
        "https://192.0.2.1",
        "https://[::1]",
        "https://issuer.example//a",
        "https://intranet",
        "data:text/plain,x",
    ] {
        let refused = DidWeb::from_url(&bad.parse().unwrap());
        assert!(
            matches!(refused, Err(Error::InvalidDid { .. })),
            "{bad}: {refused:?}"
        );
    }
}

proptest! {
    #[test]
    fn what_parses_prints_back_the_same(text in "did:[a-z0-9]{1,8}:([A-Za-z0-9._-]|%[0-9A-Fa-f]{2}|:[a-z]){1,30}") {
        prop_assert_eq!(text.parse::<Did>().unwrap().to_string(), text.as_str());
        let url = format!("{text}#key-1");
        prop_assert_eq!(url.parse::<DidUrl>().unwrap().to_string(), url);
    }

    #[test]
    fn no_text_panics(text in "(did:(web|key|jwk|air|x):)?\\PC{0,60}") {
        let _ = text.parse::<Did>();
        let _ = text.parse::<DidKey>();
        let _ = text.parse::<DidJwk>();
        let _ = text.parse::<DidWeb>();
        let _ = text.parse::<AirDid>();
        let _ = text.parse::<IssuerUrl>();
    }

    #[test]
    fn did_key_and_did_jwk_keep_the_key(scalar in any::<[u8; 32]>()) {
        let mut rng = Fixed(scalar);
        let key = SigningKey::generate(&mut rng).verifying_key().clone();
        let by_key: DidKey = DidKey::new(&key).to_string().parse().unwrap();
        prop_assert_eq!(by_key.verifying_key(), &key);
        let by_jwk: DidJwk = DidJwk::new(&key).to_string().parse().unwrap();
        prop_assert_eq!(by_jwk.jwk().verifying_key(), &key);
    }

    #[test]
    fn did_web_and_its_place_are_one(
        host in "[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z]([a-z0-9]{0,5})?){1,3}",
        port in proptest::option::of(1_u16..),
        path in proptest::collection::vec("[A-Za-z0-9_-]{1,8}", 0..4),
    ) {
        prop_assume!(port != Some(443));
        prop_assume!(path.last().is_none_or(|last| last != "did.json"));
        let port = port.map(|port| format!("%3A{port}")).unwrap_or_default();
        let path = path.iter().fold(String::new(), |path, part| path + ":" + part);
        let text = format!("did:web:{host}{port}{path}");
        let web: DidWeb = text.parse().unwrap();
        prop_assert_eq!(web.document_url().scheme(), "https");
        prop_assert_eq!(web.document_url().host_str(), Some(host.as_str()));
        prop_assert_eq!(DidWeb::from_url(web.document_url()).unwrap(), web.clone());
        prop_assert_eq!(web.to_string(), text);
    }
}

/// Randomness that proptest chose, followed by a counter, so that rejection sampling of a scalar
/// ends.
struct Fixed([u8; 32]);

impl rand_core::TryRng for Fixed {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0[0] = self.0[0].wrapping_add(1);
        Ok(u32::from(self.0[0]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.try_next_u32().map(u64::from)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for (byte, chosen) in bytes.iter_mut().zip(self.0.iter().cycle()) {
            *byte = *chosen;
        }
        self.0[0] = self.0[0].wrapping_add(1);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fixed {}

#[test]
fn a_did_url_names_the_key_that_its_did_contains() {
    let key = SigningKey::generate(&mut rand::rng());
    let jwk = DidJwk::new(key.verifying_key()).did().to_string();
    let multikey = DidKey::new(key.verifying_key()).did().to_string();
    let fragment = multikey.strip_prefix("did:key:").unwrap().to_owned();
    let embedded = |url: &str| url.parse::<DidUrl>().unwrap().embedded_key();
    for url in [format!("{jwk}#0"), format!("{multikey}#{fragment}")] {
        let found = embedded(&url).unwrap();
        assert_eq!(found.verifying_key(), key.verifying_key(), "{url}");
    }
    for url in [
        format!("{jwk}#1"),
        format!("{multikey}#0"),
        "did:web:holder.example#0".to_owned(),
        "did:jwk:AAAA#0".to_owned(),
    ] {
        assert!(embedded(&url).is_none(), "{url}");
    }
}
