//! Keys in every form, made by others and by us.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{
    Algorithm, Error, Jwk, JwkSet, KeyForm, RsaSize, SigningKey, SkipReason, VerifyingKey, es256_from_der,
};
use serde_json::{Value, json};

macro_rules! made_by_openssl {
    ($name:literal) => {
        include_bytes!(concat!("vectors/keys/", $name)).as_slice()
    };
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Both keys of OpenSSL's, each in all its forms.
fn forms() -> Vec<(&'static str, Algorithm, SigningKey)> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let pem = |bytes| SigningKey::from_pem(text(bytes)).unwrap();
    let der = |bytes: &[u8]| SigningKey::from_der(bytes).unwrap();
    let base64 = |bytes: &[u8]| {
        let text = STANDARD.encode(bytes);
        let (first, second) = text.split_at(64);
        SigningKey::from_base64_der(&format!("{first}\n{second}\n")).unwrap()
    };
    let (ec, rsa) = (Algorithm::Es256, Algorithm::Rs256);
    vec![
        ("SEC1 PEM", ec, pem(made_by_openssl!("ec-sec1.pem"))),
        (
            "SEC1 PEM after its parameters",
            ec,
            pem(made_by_openssl!("ec-sec1-with-params.pem")),
        ),
        ("PKCS#8 PEM", ec, pem(made_by_openssl!("ec-pkcs8.pem"))),
        ("SEC1 DER", ec, der(made_by_openssl!("ec-sec1.der"))),
        ("PKCS#8 DER", ec, der(made_by_openssl!("ec-pkcs8.der"))),
        (
            "base64 of PKCS#8 DER",
            ec,
            base64(made_by_openssl!("ec-pkcs8.der")),
        ),
        ("PKCS#1 PEM", rsa, pem(made_by_openssl!("rsa-pkcs1.pem"))),
        ("PKCS#8 PEM", rsa, pem(made_by_openssl!("rsa-pkcs8.pem"))),
        ("PKCS#1 DER", rsa, der(made_by_openssl!("rsa-pkcs1.der"))),
        ("PKCS#8 DER", rsa, der(made_by_openssl!("rsa-pkcs8.der"))),
        (
            "base64 of PKCS#1 DER",
            rsa,
            base64(made_by_openssl!("rsa-pkcs1.der")),
        ),
    ]
}

#[test]
fn reads_openssls_keys_in_each_form_as_the_same_key() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let keys: Vec<_> = forms().into_iter().filter(|form| form.1 == algorithm).collect();
        for (form, _, key) in &keys {
            assert_eq!(key.algorithm(), algorithm, "{form}");
            assert_eq!(key.kid(), keys[0].2.kid(), "{form}");
        }
    }
}

#[test]
fn writes_what_openssl_writes() {
    for (form, algorithm, key) in forms() {
        let (pkcs8, traditional, der) = match algorithm {
            Algorithm::Es256 => (
                made_by_openssl!("ec-pkcs8.pem"),
                made_by_openssl!("ec-sec1.pem"),
                made_by_openssl!("ec-pkcs8.der"),
            ),
            _ => (
                made_by_openssl!("rsa-pkcs8.pem"),
                made_by_openssl!("rsa-pkcs1.pem"),
                made_by_openssl!("rsa-pkcs8.der"),
            ),
        };
        assert_eq!(key.expose_pkcs8_pem().as_str(), text(pkcs8), "{form}");
        assert_eq!(
            key.expose_pem(KeyForm::Traditional).as_str(),
            text(traditional),
            "{form}"
        );
        assert_eq!(key.expose_der(KeyForm::Pkcs8).as_slice(), der, "{form}");
    }
}

#[test]
fn a_private_jwk_reads_back_with_its_id() {
    for (form, _, key) in forms() {
        let key = key.with_kid("mine".parse().unwrap());
        let read = SigningKey::from_text(&key.expose_jwk()).unwrap();
        assert_eq!(read.kid().as_str(), "mine", "{form}");
        assert_eq!(read.verifying_key(), key.verifying_key(), "{form}");
        assert_eq!(read.expose_pkcs8_pem(), key.expose_pkcs8_pem(), "{form}");
    }
}

#[test]
fn openssls_signatures_verify_and_der_becomes_raw() {
    let ec = SigningKey::from_pem(text(made_by_openssl!("ec-pkcs8.pem"))).unwrap();
    let raw = es256_from_der(made_by_openssl!("ec-signature.der")).unwrap();
    assert!(ec.verifying_key().verify(b"message", &raw));
    assert!(!ec.verifying_key().verify(b"massage", &raw));
    assert_eq!(es256_from_der(&raw), Err(Error::InvalidSignature));

    let rsa = SigningKey::from_pem(text(made_by_openssl!("rsa-pkcs8.pem"))).unwrap();
    let signature = made_by_openssl!("rsa-signature.bin");
    assert!(rsa.verifying_key().verify(b"message", signature));
    assert_eq!(rsa.sign(b"message"), signature, "PKCS#1 v1.5 is deterministic");
}

#[test]
fn refuses_keys_that_it_must_not_use_each_with_its_reason() {
    let refusal = |bytes| SigningKey::from_pem(text(bytes)).unwrap_err();
    assert_eq!(
        refusal(made_by_openssl!("rsa-1024.pem")),
        Error::RsaKeySize { bits: 1024 }
    );
    assert_eq!(
        refusal(made_by_openssl!("rsa-5120.pem")),
        Error::RsaKeySize { bits: 5120 }
    );
    assert!(SigningKey::from_pem(text(made_by_openssl!("rsa-4096.pem"))).is_ok());
    for encrypted in [
        made_by_openssl!("ec-encrypted.pem"),
        made_by_openssl!("rsa-encrypted-traditional.pem"),
    ] {
        assert_eq!(refusal(encrypted), Error::EncryptedPrivateKey);
    }
    for foreign in [
        made_by_openssl!("ec-p384.pem"),
        made_by_openssl!("ed25519.pem"),
        b"",
    ] {
        assert_eq!(refusal(foreign), Error::InvalidPrivateKey);
    }
    let long = "A".repeat(16 * 1024 + 1);
    for read in [
        SigningKey::from_pem,
        SigningKey::from_base64_der,
        SigningKey::from_text,
    ] {
        assert_eq!(read(&long).unwrap_err(), Error::InvalidPrivateKey);
    }
}

#[test]
fn refuses_a_private_jwk_that_contradicts_itself() {
    let (ec, rsa) = (
        made_by_openssl!("ec-pkcs8.pem"),
        made_by_openssl!("rsa-pkcs8.pem"),
    );
    for (pem, spoils) in [
        (
            ec,
            vec![
                ("x", json!("AAAA")),
                ("d", json!(null)),
                ("crv", json!("P-384")),
                ("alg", json!("RS256")),
            ],
        ),
        (
            rsa,
            vec![
                ("d", json!("AQAB")),
                ("p", json!("AQAB")),
                ("n", json!("AQAB")),
                ("q", json!(null)),
                ("oth", json!([])),
                ("alg", json!("PS256")),
            ],
        ),
    ] {
        let jwk = SigningKey::from_pem(text(pem)).unwrap().expose_jwk();
        for (member, value) in spoils {
            let mut spoiled: Value = serde_json::from_str(&jwk).unwrap();
            spoiled[member] = value;
            let read = SigningKey::from_jwk(spoiled.to_string().as_bytes());
            assert!(read.is_err(), "{member}");
        }
    }
}

#[test]
fn generates_keys_of_both_algorithms() {
    let mut rng = rand::rng();
    let ec = SigningKey::generate(&mut rng);
    assert_ne!(ec.kid(), SigningKey::generate(&mut rng).kid());
    let rsa = SigningKey::generate_rs256(RsaSize::Bits2048, &mut rng);
    for key in [ec, rsa] {
        let signature = key.sign(b"message");
        assert!(key.verifying_key().verify(b"message", &signature), "{key:?}");
        let read = SigningKey::from_pem(&key.expose_pkcs8_pem()).unwrap();
        assert_eq!(read.kid(), key.kid());
    }
}

#[test]
fn a_set_tells_which_keys_it_skipped_and_why() {
    let good = SigningKey::generate(&mut rand::rng()).public_jwk();
    let key = serde_json::to_value(&good).unwrap();
    let with = |member: &str, value: Value| {
        let mut key = key.clone();
        key[member] = value;
        key
    };
    let small: Value = json!({ "kty": "RSA", "n": "_w".repeat(64), "e": "AQAB", "kid": "small" });
    let cases = [
        (
            json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "a" }),
            SkipReason::Type,
        ),
        (json!("no key"), SkipReason::Type),
        (with("crv", json!("P-384")), SkipReason::Type),
        (with("use", json!("enc")), SkipReason::Use),
        (with("key_ops", json!(["encrypt"])), SkipReason::Use),
        (with("alg", json!("RS256")), SkipReason::Algorithm),
        (with("alg", json!("HS256")), SkipReason::Algorithm),
        (with("kid", json!("two\nlines")), SkipReason::Kid),
        (with("kid", json!(7)), SkipReason::Type),
        (with("d", json!("AQAB")), SkipReason::Private),
        (with("x", json!("AAAA")), SkipReason::Invalid),
        (key.clone(), SkipReason::DuplicateKid),
    ];
    let mut keys = vec![key.clone()];
    keys.extend(cases.iter().map(|(key, _)| key.clone()));
    keys.push(small);
    let (set, skipped) = JwkSet::read(json!({ "keys": keys, "more": 1 }).to_string().as_bytes()).unwrap();
    assert_eq!(set.kids().collect::<Vec<_>>(), [good.kid()]);
    for (index, (case, reason)) in cases.iter().enumerate() {
        assert_eq!(&skipped[index].reason, reason, "{case}");
        assert_eq!(skipped[index].index, index + 1);
    }
    assert!(matches!(
        skipped.last().unwrap().reason,
        SkipReason::RsaKeySize { bits: 1016..=1024 } | SkipReason::Invalid
    ));
    assert!(with("key_ops", json!(["verify"])) != key);
    let allowed = json!({ "keys": [with("key_ops", json!(["verify"]))] });
    assert!(
        JwkSet::from_slice(allowed.to_string().as_bytes())
            .unwrap()
            .find(good.kid().as_str())
            .is_some()
    );
}

#[test]
fn a_set_of_ours_has_each_id_once_and_no_private_member() {
    let (a, b) = (
        SigningKey::generate(&mut rand::rng()),
        SigningKey::generate(&mut rand::rng()),
    );
    let b = b.with_kid(a.kid().clone());
    let refusal = JwkSet::new([a.public_jwk(), b.public_jwk()]).unwrap_err();
    assert_eq!(
        refusal,
        Error::DuplicateKid {
            kid: a.kid().to_string()
        }
    );

    for (_, _, key) in forms() {
        let set: Value = serde_json::from_str(&JwkSet::from(key.public_jwk()).to_json()).unwrap();
        let members: Vec<&str> = set["keys"][0]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!members.contains(&private), "{private}");
        }
        assert_eq!(set["keys"][0]["use"], "sig");
        assert_eq!(set["keys"][0]["alg"], key.algorithm().as_str());
    }
}

#[test]
fn a_sets_size_is_bounded() {
    let padded = |length: usize| {
        let set = json!({ "keys": [], "pad": "" }).to_string();
        set.replace("\"\"", &format!("\"{}\"", "x".repeat(length - set.len())))
    };
    let limit = 256 * 1024;
    assert!(JwkSet::from_slice(padded(limit).as_bytes()).is_ok());
    assert_eq!(
        JwkSet::from_slice(padded(limit + 1).as_bytes()).unwrap_err(),
        Error::JwkSetTooLarge { limit }
    );
    for none in ["", "[]", "{}", r#"{"keys":{}}"#] {
        assert_eq!(
            JwkSet::from_slice(none.as_bytes()).unwrap_err(),
            Error::InvalidJwkSet
        );
    }
}

#[test]
fn a_public_jwk_without_an_id_gets_its_thumbprint() {
    let key = SigningKey::generate(&mut rand::rng());
    let mut jwk = serde_json::to_value(key.public_jwk()).unwrap();
    jwk.as_object_mut().unwrap().remove("kid");
    let read = Jwk::from_slice(jwk.to_string().as_bytes()).unwrap();
    assert_eq!(read.kid(), key.kid());
}

#[test]
fn no_debug_shows_a_private_key() {
    for (form, _, key) in forms() {
        let shown = format!("{key:?} {:#?}", key.public_jwk());
        let jwk: Value = serde_json::from_str(&key.expose_jwk()).unwrap();
        assert!(!shown.contains(jwk["d"].as_str().unwrap()), "{form}");
        for line in key.expose_pkcs8_pem().lines().skip(1) {
            assert!(!shown.contains(line), "{form}");
        }
    }
}

#[test]
fn public_keys_keep_their_binary_forms() {
    let ec = SigningKey::generate(&mut rand::rng());
    let key = ec.verifying_key();
    let point = key.to_p256_point().unwrap();
    assert_eq!(&VerifyingKey::from_p256_point(&point).unwrap(), key);
    assert_eq!(key.to_rsa_der(), None);
    let both = key.to_uncompressed_p256_point().unwrap();
    assert_eq!(&VerifyingKey::from_p256_point(&both).unwrap(), key);
    assert_eq!(both[1..33], point[1..]);

    let rsa = SigningKey::from_pem(text(made_by_openssl!("rsa-pkcs1.pem"))).unwrap();
    let key = rsa.verifying_key();
    let der = key.to_rsa_der().unwrap();
    assert_eq!(&VerifyingKey::from_rsa_der(&der).unwrap(), key);
    assert_eq!(key.to_p256_point(), None);
    assert_eq!(key.to_uncompressed_p256_point(), None);
}

#[test]
fn refuses_what_is_no_point_and_no_rsa_key() {
    let point = SigningKey::generate(&mut rand::rng())
        .verifying_key()
        .to_p256_point()
        .unwrap();
    let mut bad_tag = point;
    bad_tag[0] = 0x05;
    // No point has this x: the curve's equation has no root there.
    let off_curve = [&[0x02][..], &[0xff; 32]].concat();
    for bytes in [&[][..], &[0], &point[..32], &bad_tag, &off_curve] {
        assert_eq!(
            VerifyingKey::from_p256_point(bytes).unwrap_err(),
            Error::InvalidPublicKey,
            "{bytes:02x?}"
        );
    }
    let rsa = SigningKey::from_pem(text(made_by_openssl!("rsa-pkcs1.pem"))).unwrap();
    let mut der = rsa.verifying_key().to_rsa_der().unwrap();
    der.push(0);
    for bytes in [&[][..], &[0x30, 0], &der, &point] {
        assert_eq!(
            VerifyingKey::from_rsa_der(bytes).unwrap_err(),
            Error::InvalidPublicKey
        );
    }
    // 65537 and 65537: an RSAPublicKey of 17 bits.
    let small = [0x30, 10, 2, 3, 1, 0, 1, 2, 3, 1, 0, 1];
    assert!(matches!(
        VerifyingKey::from_rsa_der(&small),
        Err(Error::RsaKeySize { .. } | Error::InvalidPublicKey)
    ));
}

/// Files that people have: text and certificates around the key, one line, a byte order mark, DER.
#[test]
fn reads_a_key_wherever_it_stands_in_a_file() {
    let key = SigningKey::from_pem(include_str!("cases/p8.pem")).unwrap();
    for (name, file) in [
        ("realbag.pem", include_bytes!("cases/realbag.pem").as_slice()),
        ("oneline.pem", include_bytes!("cases/oneline.pem")),
        ("bom.pem", include_bytes!("cases/bom.pem")),
        ("key_then_cert.pem", include_bytes!("cases/key_then_cert.pem")),
        ("DER", &key.expose_der(KeyForm::Pkcs8)),
        ("SEC1 in DER", &key.expose_der(KeyForm::Traditional)),
        (
            "JWK after a byte order mark",
            format!("\u{feff}{}", *key.expose_jwk()).as_bytes(),
        ),
    ] {
        let read = SigningKey::from_file_bytes(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.verifying_key(), key.verifying_key(), "{name}");
    }
}

#[test]
fn says_why_a_file_has_no_key() {
    let (key, file) = (
        include_str!("cases/p8.pem"),
        include_str!("cases/key_then_cert.pem"),
    );
    let certificate = file.strip_prefix(key).unwrap();
    for (text, said) in [
        (
            certificate.to_owned(),
            "the file has no private key, only CERTIFICATE",
        ),
        (format!("{key}{key}"), "several blocks with a private key"),
        (key.replace("-----END", ""), "cut off"),
        (key.replace("MIGH", "MI*H"), "not base64"),
    ] {
        let refusal = SigningKey::from_text(&text).unwrap_err();
        assert!(matches!(refusal, Error::UnreadableKey(_)), "{refusal}");
        assert!(refusal.to_string().contains(said), "{refusal}");
    }
}
