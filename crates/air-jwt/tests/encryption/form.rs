//! The header and the other parts of a token.

use air_jwt::{
    Error,
    jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Encryptor, Jwe, JweError},
};
use serde_json::{Value, json};

use super::{LIMIT, encode, encrypted, error_with_header, header_of, with_part};

type Change = fn(&mut Value);

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
