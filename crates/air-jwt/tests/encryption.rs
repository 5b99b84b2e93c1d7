//! JWE against vectors from outside (RFC 7518, RFC 7520, Project Wycheproof) and against its rules.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::convert::Infallible;

use air_jwt::{
    Error,
    jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Encryptor, Jwe, JweError},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

const LIMIT: usize = 64 * 1024;

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

fn key() -> DecryptionKey {
    let case = parse(include_str!("vectors/jose-rfc/rfc7518-appendix-c.json"));
    DecryptionKey::from_jwk(case["recipient_key"].to_string().as_bytes()).unwrap()
}

fn encrypted() -> String {
    key()
        .encryption_key()
        .encrypt(ContentEncryption::A128Gcm, b"content", &mut rand::rng())
}

fn header_of(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

/// The token with another part. A part of a compact token is at a fixed place.
fn with_part(token: &str, at: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[at] = part;
    parts.join(".")
}

type Change = fn(&mut Value);

/// The error of a token whose header is changed. The content no longer authenticates then, so each
/// rule has to be found before.
fn error_with_header(change: impl FnOnce(&mut Value)) -> Error {
    let token = encrypted();
    let mut header = header_of(&token);
    change(&mut header);
    let token = with_part(&token, 0, &encode(header.to_string()));
    Jwe::parse(&token, LIMIT)
        .and_then(|token| token.decrypt(&key()).map(drop))
        .unwrap_err()
}

#[test]
fn wycheproof_encryption() {
    let file = parse(include_str!(
        "vectors/wycheproof-jose/json_web_encryption_test.json"
    ));
    let (mut accepted, mut tests) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let private = &group["private"];
        let key = DecryptionKey::from_jwk(private.to_string().as_bytes());
        // Other keys are refused for what they are.
        let is_ours = private["kty"] == "EC" && private["crv"] == "P-256" && private["alg"] == "ECDH-ES";
        assert_eq!(key.is_ok(), is_ours, "{}", group["comment"]);
        for test in group["tests"].as_array().unwrap() {
            tests += 1;
            let case = format!("{} {}", test["tcId"], test["comment"]);
            let token = test["jwe"]
                .as_str()
                .map_or_else(|| test["jwe"].to_string(), str::to_owned);
            let parsed = Jwe::parse(&token, LIMIT);
            let (Ok(key), Ok(parsed)) = (&key, parsed) else {
                // Valid ones are refused here only for an algorithm or for JSON serialisation.
                let enc = token.starts_with('{') || {
                    let header = token.split('.').next().unwrap();
                    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
                    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
                    header["alg"] != "ECDH-ES"
                        || !matches!(header["enc"].as_str(), Some("A128GCM" | "A256GCM"))
                };
                assert!(test["result"] != "valid" || enc, "{case}");
                continue;
            };
            match parsed.decrypt(key) {
                Ok(text) => {
                    assert_eq!(test["result"], "valid", "{case}");
                    let pt = test["pt"].as_str().unwrap();
                    let expected: Vec<u8> = (0..pt.len())
                        .step_by(2)
                        .map(|at| u8::from_str_radix(&pt[at..at + 2], 16).unwrap())
                        .collect();
                    assert_eq!(text.as_slice(), expected, "{case}");
                    accepted += 1;
                }
                Err(_) => assert_ne!(test["result"], "valid", "{case}"),
            }
        }
    }
    assert_eq!((accepted, tests), (2, 139));
}

/// RFC 7520, section 5, and RFC 8037: none of these uses ECDH-ES on P-256 with AES-GCM, so each is
/// refused, by name where it has a compact form.
#[test]
fn rfc_7520_other_algorithms_are_refused_by_name() {
    let cases = [
        (
            include_str!("vectors/jose-cookbook/jwe/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json"),
            "RSA1_5",
        ),
        (
            include_str!("vectors/jose-cookbook/jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json"),
            "RSA-OAEP",
        ),
        (
            include_str!(
                "vectors/jose-cookbook/jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2.json"
            ),
            "PBES2-HS512+A256KW",
        ),
        (
            include_str!(
                "vectors/jose-cookbook/jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm.json"
            ),
            "ECDH-ES+A128KW",
        ),
        (
            include_str!("vectors/jose-cookbook/jwe/5_6.direct_encryption_using_aes-gcm.json"),
            "dir",
        ),
        (
            include_str!(
                "vectors/jose-cookbook/jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2.json"
            ),
            "A256GCMKW",
        ),
        (
            include_str!("vectors/jose-cookbook/jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm.json"),
            "A128KW",
        ),
        (
            include_str!("vectors/jose-cookbook/jwe/5_9.compressed_content.json"),
            "A128KW",
        ),
    ];
    for (json, algorithm) in cases {
        let case = parse(json);
        let error = Jwe::parse(case["output"]["compact"].as_str().unwrap(), LIMIT).unwrap_err();
        let name = algorithm.to_owned();
        assert_eq!(
            error,
            JweError::UnsupportedAlgorithm { name }.into(),
            "{}",
            case["title"]
        );
    }
    let x25519 = parse(include_str!("vectors/jose-cookbook/curve25519/ecdh-es.json"));
    let reason = "`kty` and `crv` must be EC and P-256";
    assert_eq!(
        Jwe::parse(x25519["output"]["compact"].as_str().unwrap(), LIMIT).unwrap_err(),
        JweError::InvalidEphemeralKey { reason }.into()
    );
    let cbc = parse(include_str!(
        "vectors/jose-cookbook/jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2.json"
    ));
    assert!(DecryptionKey::from_jwk(cbc["input"]["key"].to_string().as_bytes()).is_ok());
    assert_eq!(
        Jwe::parse(cbc["output"]["compact"].as_str().unwrap(), LIMIT).unwrap_err(),
        JweError::UnsupportedContentEncryption {
            name: "A128CBC-HS256".to_owned()
        }
        .into()
    );
    for json in [
        include_str!("vectors/jose-cookbook/jwe/5_10.including_additional_authentication_data.json"),
        include_str!("vectors/jose-cookbook/jwe/5_11.protecting_specific_header_fields.json"),
        include_str!("vectors/jose-cookbook/jwe/5_12.protecting_content_only.json"),
        include_str!("vectors/jose-cookbook/jwe/5_13.encrypting_to_multiple_recipients.json"),
    ] {
        let case = parse(json);
        let text = case["output"]["json"].to_string();
        assert!(matches!(
            Jwe::parse(&text, LIMIT),
            Err(Error::MalformedToken { .. })
        ));
    }
}

/// RFC 7520, section 6: the outer token of a signature within an encryption.
#[test]
fn rfc_7520_nested_token_is_refused_by_name() {
    let case = parse(include_str!(
        "vectors/jose-cookbook/6.nesting_signatures_and_encryption.json"
    ));
    let token = case["encrypt"]["output"]["compact"].as_str().unwrap();
    let name = "RSA-OAEP".to_owned();
    assert_eq!(
        Jwe::parse(token, LIMIT).unwrap_err(),
        JweError::UnsupportedAlgorithm { name }.into()
    );
}

/// Gives bytes that were fixed before.
struct FixedRng(Vec<u8>);

impl rand_core::TryRng for FixedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0.drain(..bytes.len()).collect::<Vec<u8>>());
        Ok(())
    }
}

impl rand_core::TryCryptoRng for FixedRng {}

/// The header of RFC 7518, appendix C, from the same ephemeral key and parties.
#[test]
fn rfc_7518_appendix_c_header() {
    let case = parse(include_str!("vectors/jose-rfc/rfc7518-appendix-c.json"));
    let ephemeral = URL_SAFE_NO_PAD
        .decode(case["ephemeral_key"]["d"].as_str().unwrap())
        .unwrap();
    let mut rng = FixedRng([ephemeral, vec![7; 12]].concat());
    let mut public = case["recipient_key"].clone();
    public.as_object_mut().unwrap().remove("d");
    let public = EncryptionKey::from_slice(public.to_string().as_bytes()).unwrap();
    let token = Encryptor::new(&public, ContentEncryption::A128Gcm)
        .with_party_info(b"Alice", b"Bob")
        .encrypt(b"content", &mut rng);
    assert_eq!(header_of(&token), case["header"]);
    assert_eq!(token.split('.').nth(2), Some(encode([7; 12]).as_str()));

    let parsed = Jwe::parse(&token, LIMIT).unwrap();
    assert_eq!(
        (parsed.kid(), parsed.sender_info(), parsed.recipient_info()),
        (None, &b"Alice"[..], &b"Bob"[..])
    );
    assert_eq!(parsed.decrypt(&key()).unwrap().as_slice(), b"content");
}

#[test]
fn the_header_has_the_kid_and_the_types() {
    let key = DecryptionKey::generate(&mut rand::rng()).with_kid("enc-1".parse().unwrap());
    let token = Encryptor::new(key.encryption_key(), ContentEncryption::A256Gcm)
        .with_type("oauth-authz-req+jwt")
        .with_content_type("JWT")
        .encrypt(b"", &mut rand::rng());
    let parsed = Jwe::parse(&token, LIMIT).unwrap();
    assert_eq!(parsed.kid(), Some("enc-1"));
    assert_eq!(parsed.typ(), Some("oauth-authz-req+jwt"));
    assert_eq!(parsed.content_type(), Some("JWT"));
    assert_eq!(parsed.encryption(), ContentEncryption::A256Gcm);
    assert!(parsed.decrypt(&key).unwrap().is_empty());
}

#[test]
fn the_kid_selects_the_key() {
    let keys: Vec<DecryptionKey> = (0..3)
        .map(|_| DecryptionKey::generate(&mut rand::rng()))
        .collect();
    let token = keys[1]
        .encryption_key()
        .encrypt(ContentEncryption::A256Gcm, b"content", &mut rand::rng());
    let parsed = Jwe::parse(&token, LIMIT).unwrap();
    assert_eq!(parsed.key_in(&keys).unwrap().kid(), keys[1].kid());
    let unknown = JweError::UnknownRecipient {
        kid: format!("`kid` `{}`", keys[1].kid()),
    };
    assert_eq!(parsed.key_in(&keys[2..]).unwrap_err(), unknown.into());
    let wrong = JweError::WrongRecipient {
        kid: keys[1].kid().to_string(),
        own: keys[2].kid().to_string(),
    };
    assert_eq!(parsed.decrypt(&keys[2]).unwrap_err(), wrong.into());

    // Without `kid`, only a single key is unambiguous.
    let mut jwk = serde_json::to_value(keys[0].encryption_key()).unwrap();
    jwk.as_object_mut().unwrap().remove("kid");
    let anonymous = EncryptionKey::from_slice(jwk.to_string().as_bytes()).unwrap();
    let token = anonymous.encrypt(ContentEncryption::A128Gcm, b"content", &mut rand::rng());
    let parsed = Jwe::parse(&token, LIMIT).unwrap();
    assert!(parsed.key_in(&keys).is_err());
    assert_eq!(parsed.key_in(&keys[..1]).unwrap().kid(), keys[0].kid());
    assert_eq!(
        parsed.decrypt(&keys[1]).unwrap_err(),
        JweError::DecryptionFailed.into()
    );
}

#[test]
fn a_thumbprint_names_a_key_too() {
    let key = DecryptionKey::generate(&mut rand::rng());
    let token = key
        .encryption_key()
        .encrypt(ContentEncryption::A128Gcm, b"content", &mut rand::rng());
    let renamed = key.with_kid("enc-1".parse().unwrap());
    assert!(Jwe::parse(&token, LIMIT).unwrap().decrypt(&renamed).is_ok());
}

#[test]
fn compression_and_extensions_are_refused() {
    for zip in [json!("DEF"), json!(null), json!("GZIP")] {
        assert_eq!(
            error_with_header(|header| header["zip"] = zip),
            JweError::Compressed.into()
        );
    }
    for crit in [json!(["b64"]), json!([]), json!(null)] {
        let error = error_with_header(|header| header["crit"] = crit);
        assert_eq!(error, JweError::CriticalExtension.into());
    }
}

#[test]
fn the_ephemeral_key_is_a_public_point_on_p256() {
    let invalid = |reason| Error::from(JweError::InvalidEphemeralKey { reason });
    let changes: [(Change, &str); 8] = [
        (|epk| *epk = Value::Null, "the header has none"),
        (|epk| *epk = json!("x"), "`kty` and `crv` must be EC and P-256"),
        (
            |epk| epk["crv"] = json!("P-384"),
            "`kty` and `crv` must be EC and P-256",
        ),
        (|epk| epk["d"] = json!("AQ"), "it has a private member"),
        (
            |epk| epk["x"] = json!(encode([0; 31])),
            "`x` and `y` must be 32 bytes in base64url",
        ),
        (
            |epk| epk["x"] = json!(encode([1; 32])),
            "`x` and `y` must be a point of the curve",
        ),
        (
            |epk| epk["x"] = json!(encode([0xFF; 32])),
            "`x` and `y` must be a point of the curve",
        ),
        (
            |epk| epk["x"] = json!(7),
            "`x` and `y` must be 32 bytes in base64url",
        ),
    ];
    for (change, reason) in changes {
        assert_eq!(
            error_with_header(|header| change(&mut header["epk"])),
            invalid(reason)
        );
    }
    // The point of Wycheproof's attack on invalid curves.
    let error = error_with_header(|header| {
        header["epk"]["x"] = json!("gTli65eTQ7z-Bh147ff8K3m7k2UiDiG2LpYkWAaFJCc");
        header["epk"]["y"] = json!("cLAnjKa4bzjD7DJVPwa9EPrRzMG7rONgsiUD-kf30Fs");
    });
    assert_eq!(error, invalid("`x` and `y` must be a point of the curve"));
}

#[test]
fn other_algorithms_are_refused_by_name() {
    for name in ["dir", "ECDH-ES+A256KW", "RSA-OAEP", "none", "ecdh-es", ""] {
        let error = error_with_header(|header| header["alg"] = json!(name));
        let name = name.to_owned();
        assert_eq!(error, JweError::UnsupportedAlgorithm { name }.into());
    }
    for name in ["A192GCM", "A128CBC-HS256", "a128gcm"] {
        let error = error_with_header(|header| header["enc"] = json!(name));
        let name = name.to_owned();
        assert_eq!(error, JweError::UnsupportedContentEncryption { name }.into());
    }
}

#[test]
fn a_member_twice_is_malformed() {
    let token = encrypted();
    let header = header_of(&token).to_string();
    for twice in [
        header.replacen('{', r#"{"alg":"dir","#, 1),
        header.replacen('{', r#"{"kid":"a","kid":"b","#, 1),
    ] {
        let token = with_part(&token, 0, &encode(twice));
        assert!(matches!(
            Jwe::parse(&token, LIMIT),
            Err(Error::MalformedToken { .. })
        ));
    }
    let array = with_part(&token, 0, &encode(r#"["ECDH-ES","A128GCM"]"#));
    assert!(matches!(
        Jwe::parse(&array, LIMIT),
        Err(Error::MalformedToken { .. })
    ));
    let twice = header.replacen(r#""crv":"#, r#""crv":"P-384","crv":"#, 1);
    let token = with_part(&token, 0, &encode(twice));
    let reason = "it has a member twice";
    assert_eq!(
        Jwe::parse(&token, LIMIT).unwrap_err(),
        JweError::InvalidEphemeralKey { reason }.into()
    );
}

#[test]
fn each_part_has_its_form() {
    let token = encrypted();
    assert_eq!(
        Jwe::parse(&with_part(&token, 1, "AAAA"), LIMIT).unwrap_err(),
        JweError::UnexpectedEncryptedKey.into()
    );
    for (at, part, lengths, expected) in [
        (2, "initialisation vector", [0, 11, 13, 16], 12),
        (4, "authentication tag", [0, 12, 15, 17], 16),
    ] {
        for length in lengths {
            let changed = with_part(&token, at, &encode(vec![0; length]));
            let error = JweError::WrongLength {
                part,
                length,
                expected,
            };
            assert_eq!(Jwe::parse(&changed, LIMIT).unwrap_err(), error.into());
        }
    }
    let longer = format!("{token}.");
    let shorter = token.rsplit_once('.').unwrap().0;
    for text in ["", "....", "a.b.c.d", shorter, &longer, &format!("{token}=")] {
        assert!(
            matches!(Jwe::parse(text, LIMIT), Err(Error::MalformedToken { .. })),
            "{text}"
        );
    }
    let length = token.len();
    assert!(Jwe::parse(&token, length).is_ok());
    let limit = length - 1;
    assert_eq!(
        Jwe::parse(&token, limit).unwrap_err(),
        Error::TokenTooLong { length, limit }
    );
}

#[test]
fn keys_round_trip_and_hide_their_secret() {
    let key = DecryptionKey::generate(&mut rand::rng()).with_kid("enc \"1\"".parse().unwrap());
    let jwk = key.expose_jwk();
    let again = DecryptionKey::from_jwk(jwk.as_bytes()).unwrap();
    assert_eq!(
        (again.kid(), again.encryption_key()),
        (key.kid(), key.encryption_key())
    );
    let members = parse(&jwk);
    let d = members["d"].as_str().unwrap();
    assert!(!format!("{key:?}").contains(d));

    let public = serde_json::to_value(key.encryption_key()).unwrap();
    assert_eq!(
        (&public["use"], &public["alg"], &public["kid"]),
        (&json!("enc"), &json!("ECDH-ES"), &json!("enc \"1\""))
    );
    assert_eq!(public["d"], Value::Null);
    assert_eq!(
        &EncryptionKey::from_slice(public.to_string().as_bytes()).unwrap(),
        key.encryption_key()
    );
    let reason = "it has a private member";
    assert_eq!(
        EncryptionKey::from_slice(jwk.as_bytes()).unwrap_err(),
        JweError::UnfitKey { reason }.into()
    );
}

#[test]
fn keys_for_other_purposes_are_refused() {
    let key = DecryptionKey::generate(&mut rand::rng());
    let private = parse(&key.expose_jwk());
    let public = serde_json::to_value(key.encryption_key()).unwrap();
    for (member, value) in [
        ("kty", "OKP"),
        ("crv", "P-384"),
        ("use", "sig"),
        ("alg", "ECDH-ES+A128KW"),
        ("alg", "ES256"),
        ("x", "AAAA"),
        ("y", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
    ] {
        for jwk in [&private, &public] {
            let mut jwk = jwk.clone();
            jwk[member] = json!(value);
            let jwk = jwk.to_string();
            let is_unfit = |error: Error| matches!(error, Error::Jwe(JweError::UnfitKey { .. }));
            assert!(
                EncryptionKey::from_slice(jwk.as_bytes()).is_err_and(is_unfit),
                "{member}"
            );
            assert!(
                DecryptionKey::from_jwk(jwk.as_bytes()).is_err_and(is_unfit),
                "{member}"
            );
        }
    }
    for d in [
        encode([0; 32]),
        encode([0xFF; 32]),
        encode([1; 31]),
        "*".to_owned(),
    ] {
        let mut jwk = private.clone();
        jwk["d"] = json!(d);
        assert!(DecryptionKey::from_jwk(jwk.to_string().as_bytes()).is_err());
    }
}

#[test]
fn a_set_gives_the_keys_that_encrypt() {
    let (first, second) = (
        DecryptionKey::generate(&mut rand::rng()),
        DecryptionKey::generate(&mut rand::rng()),
    );
    let set = json!({ "keys": [
        air_jwt::SigningKey::generate(&mut rand::rng()).public_jwk(),
        first.encryption_key(),
        { "kty": "OKP", "crv": "X25519", "x": "AAAA", "use": "enc" },
        7,
        second.encryption_key(),
    ]});
    let keys = EncryptionKey::all_in_set(set.to_string().as_bytes()).unwrap();
    assert_eq!(
        keys,
        [first.encryption_key().clone(), second.encryption_key().clone()]
    );
    assert_eq!(
        EncryptionKey::all_in_set(b"[]").unwrap_err(),
        Error::InvalidJwkSet
    );
    let large = vec![b' '; 256 * 1024 + 1];
    assert_eq!(
        EncryptionKey::all_in_set(&large).unwrap_err(),
        Error::JwkSetTooLarge { limit: 256 * 1024 }
    );
}

proptest! {
    #[test]
    fn what_is_encrypted_decrypts(text: Vec<u8>, sender: Vec<u8>, recipient: Vec<u8>, large: bool) {
        let key = key();
        let encryption = if large { ContentEncryption::A256Gcm } else { ContentEncryption::A128Gcm };
        let token = Encryptor::new(key.encryption_key(), encryption)
            .with_party_info(&sender, &recipient)
            .encrypt(&text, &mut rand::rng());
        let parsed = Jwe::parse(&token, LIMIT).unwrap();
        let decrypted = parsed.decrypt(&key).unwrap();
        prop_assert_eq!(decrypted.as_slice(), text);
        prop_assert_eq!((parsed.sender_info(), parsed.recipient_info()), (&sender[..], &recipient[..]));
    }

    /// Any changed character is noticed, in every part.
    #[test]
    fn a_change_is_noticed(at: prop::sample::Index, letter in "[A-Za-z0-9_-]") {
        let token = encrypted();
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &letter);
        prop_assume!(changed != token);
        let verdict = Jwe::parse(&changed, LIMIT).and_then(|token| token.decrypt(&key()).map(drop));
        prop_assert!(verdict.is_err());
    }
}

/// The encrypted tokens of Wycheproof's file of messages use A256KW and ECDH-ES+A128KW.
#[test]
fn wycheproof_encrypted_messages() {
    let file = parse(include_str!("vectors/wycheproof-jose/json_web_crypto_test.json"));
    let mut refused = 0;
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let Some(jwe) = test.get("jwe") else {
                continue;
            };
            let token = jwe.as_str().map_or_else(|| jwe.to_string(), str::to_owned);
            let error = Jwe::parse(&token, LIMIT).unwrap_err();
            if test["result"] == "valid" {
                let name = group["private"]["alg"].as_str().unwrap().to_owned();
                assert_eq!(
                    error,
                    JweError::UnsupportedAlgorithm { name }.into(),
                    "{}",
                    test["tcId"]
                );
            }
            refused += 1;
        }
    }
    assert_eq!(refused, 34);
}
