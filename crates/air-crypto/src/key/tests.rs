//! Each format reads its own output, and errors name the broken rule.

use pkcs8::pkcs5::{EncryptionScheme, pbes2::Kdf};

use super::*;
use crate::{LocalWallet, RootSecret};

const KEY: &str = "5f9b99dd3e533649f608a73b18f1a3e2d4a8a858885646921c841b2c51f33326";

#[test]
fn no_debug_text_holds_a_secret_byte() {
    let key = CakPrivateKey::from_hex(Curve::Secp256k1, KEY).unwrap();
    let wallet = LocalWallet::from_hex(KEY).unwrap();
    let root: RootSecret = KEY.parse().unwrap();
    for text in [format!("{key:?}"), format!("{wallet:?}"), format!("{root:?}")] {
        assert!(!text.contains("5f9b99") && !text.contains("95, 155"), "{text}");
    }
}

#[test]
fn a_private_key_is_between_one_and_the_order() {
    let orders = [
        (
            Curve::Secp256r1,
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        ),
        (
            Curve::Secp256k1,
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        ),
    ];
    for (curve, order) in orders {
        let below = format!("{}0", &order[..63]);
        assert!(CakPrivateKey::from_hex(curve, &below).is_ok(), "{curve}: n - 1");
        assert!(
            CakPrivateKey::from_hex(curve, &format!("{:064x}", 1)).is_ok(),
            "{curve}: 1"
        );
        for bad in [
            order.to_owned(),
            format!("{:064x}", 0),
            "f".repeat(64),
            "01".to_owned(),
        ] {
            let error = CakPrivateKey::from_hex(curve, &bad).unwrap_err();
            assert!(matches!(error, Error::InvalidScalar { .. }), "{curve}: {bad}");
        }
    }
}

#[test]
fn a_public_key_reads_back_from_both_forms_and_nothing_else() {
    for curve in [Curve::Secp256r1, Curve::Secp256k1] {
        let key = CakPrivateKey::from_hex(curve, KEY).unwrap();
        let public = key.public_key();
        assert_eq!(
            &CakPublicKey::from_hex(curve, &public.to_string()).unwrap(),
            public
        );
        assert_eq!(
            &CakPublicKey::from_hex(curve, &public.to_compressed_hex()).unwrap(),
            public
        );
        let mut off_curve = *public.as_uncompressed();
        off_curve[64] ^= 1;
        for bad in [&off_curve[..], &[0][..], &[][..], &public.as_uncompressed()[..64]] {
            assert!(
                matches!(
                    CakPublicKey::from_sec1(curve, bad),
                    Err(Error::InvalidPoint { .. })
                ),
                "{curve}"
            );
        }
    }
}

#[test]
fn equality_regards_curve_and_scalar() {
    let key = |curve| CakPrivateKey::from_hex(curve, KEY).unwrap();
    assert!(bool::from(key(Curve::Secp256r1).ct_eq(&key(Curve::Secp256r1))));
    assert!(!bool::from(key(Curve::Secp256r1).ct_eq(&key(Curve::Secp256k1))));
}

const PASSPHRASE: &[u8] = b"correct-horse";

/// Files that OpenSSL wrote for one key.
struct OpenSsl {
    curve: Curve,
    private: &'static str,
    point: &'static str,
    sec1: &'static str,
    pkcs8: &'static str,
    spki: &'static str,
    scrypt: &'static str,
    pbkdf2: &'static str,
}

macro_rules! openssl {
    ($curve:expr, $name:literal) => {{
        let (private, point) = include_str!(concat!("../../tests/vectors/keys/", $name, ".hex"))
            .trim()
            .split_once('\n')
            .unwrap();
        OpenSsl {
            curve: $curve,
            private,
            point,
            sec1: include_str!(concat!("../../tests/vectors/keys/", $name, ".sec1.pem")),
            pkcs8: include_str!(concat!("../../tests/vectors/keys/", $name, ".pkcs8.pem")),
            spki: include_str!(concat!("../../tests/vectors/keys/", $name, ".spki.pem")),
            scrypt: include_str!(concat!("../../tests/vectors/keys/", $name, ".scrypt.pem")),
            pbkdf2: include_str!(concat!("../../tests/vectors/keys/", $name, ".pbkdf2.pem")),
        }
    }};
}

fn openssl_keys() -> [OpenSsl; 2] {
    [
        openssl!(Curve::Secp256r1, "secp256r1"),
        openssl!(Curve::Secp256k1, "secp256k1"),
    ]
}

#[test]
fn reads_what_openssl_writes_and_writes_the_same() {
    for file in openssl_keys() {
        let key = CakPrivateKey::from_hex(file.curve, file.private).unwrap();
        let public = key.public_key();
        assert_eq!(public.to_string(), format!("0x{}", file.point));
        for (form, text) in [("SEC1", file.sec1), ("PKCS#8", file.pkcs8)] {
            let read = CakPrivateKey::from_pem(text).unwrap();
            assert!(bool::from(read.ct_eq(&key)), "{} {form}", file.curve);
        }
        for (form, text) in [
            ("scrypt", file.scrypt),
            ("PBKDF2", file.pbkdf2),
            ("plain", file.pkcs8),
        ] {
            let read = CakPrivateKey::from_encrypted_pem(text, PASSPHRASE).unwrap();
            assert!(bool::from(read.ct_eq(&key)), "{} {form}", file.curve);
        }
        assert_eq!(key.expose_pkcs8_pem().as_str(), file.pkcs8);
        assert_eq!(&CakPublicKey::from_spki_pem(file.spki).unwrap(), public);
        assert_eq!(public.to_spki_pem(), file.spki);
    }
}

#[test]
fn every_form_reads_back_with_and_without_its_name() {
    for file in openssl_keys() {
        let curve = file.curve;
        let key = CakPrivateKey::from_hex(curve, file.private).unwrap();
        for (text, names_its_curve) in [
            (key.expose_hex(), false),
            (key.expose_base64url(), false),
            (key.expose_jwk(), true),
            (key.expose_pkcs8_pem(), true),
        ] {
            let stated = (!names_its_curve).then_some(curve);
            let read = CakPrivateKey::from_text(stated, &text, None).unwrap();
            assert!(bool::from(read.ct_eq(&key)), "{curve}");
        }
        let der = key.expose_pkcs8_der();
        assert!(bool::from(
            CakPrivateKey::from_pkcs8_der(&der).unwrap().ct_eq(&key)
        ));

        let public = key.public_key();
        for (text, names_its_curve) in [
            (public.to_string(), false),
            (public.to_compressed_hex(), false),
            (public.to_base64url(), false),
            (public.to_compressed_base64url(), false),
            (public.to_jwk().to_string(), true),
            (public.to_spki_pem(), true),
            (public.to_did_key(), true),
        ] {
            let stated = (!names_its_curve).then_some(curve);
            assert_eq!(&CakPublicKey::from_text(stated, &text).unwrap(), public, "{text}");
        }
        assert_eq!(
            &CakPublicKey::from_spki_der(&public.to_spki_der()).unwrap(),
            public
        );
    }
}

#[test]
fn a_form_that_names_its_curve_must_agree_with_the_stated_one() {
    let [file, _] = openssl_keys();
    let other = Some(Curve::Secp256k1);
    assert!(matches!(
        CakPrivateKey::from_text(other, file.pkcs8, None),
        Err(Error::CurveMismatch { .. })
    ));
    assert!(matches!(
        CakPublicKey::from_text(other, file.spki),
        Err(Error::CurveMismatch { .. })
    ));
}

/// The test vectors of W3C CCG, The did:key Method v0.9.
#[test]
fn did_keys_are_those_of_the_method() {
    for (did, x, y) in [
        (
            "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv",
            "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns",
            "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM",
        ),
        (
            "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
            "h0wVx_2iDlOcblulc8E5iEw1EYh5n1RYtLQfeSTyNc0",
            "O2EATIGbu6DezKFptj5scAIRntgfecanVNXxat1rnwE",
        ),
    ] {
        let key = CakPublicKey::from_did_key(did).unwrap();
        let jwk = key.to_jwk();
        assert_eq!((jwk.x(), jwk.y()), (x, y));
        assert_eq!(key.to_did_key(), did);
    }
}

/// The keys of RFC 7517, A.1 and A.2.
#[test]
fn reads_the_jwk_of_the_rfc() {
    let public = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}"#;
    let private = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","kid":"1"}"#;
    let key = CakPrivateKey::from_jwk(private).unwrap();
    assert_eq!(&CakPublicKey::from_jwk(public).unwrap(), key.public_key());
    assert_eq!(&CakPublicKey::from_jwk(private).unwrap(), key.public_key());

    let malformed = |text: String| matches!(CakPrivateKey::from_jwk(&text), Err(Error::MalformedKey { .. }));
    assert!(malformed(public.to_owned()), "no d");
    assert!(malformed(private.replace("EC", "OKP")));
    assert!(malformed(private.replace("P-256", "P-384")));
    assert!(malformed(private.replace("eAE", "eA")), "31 bytes and a bit");
    assert!(malformed(private.replace('{', "[")));
    let other_x = private.replace("MKBC", "MKBD");
    assert!(matches!(
        CakPrivateKey::from_jwk(&other_x),
        Err(Error::InvalidPoint { .. })
    ));
    let other_d = private.replace("870M", "870N");
    assert!(matches!(
        CakPrivateKey::from_jwk(&other_d),
        Err(Error::KeyHalvesDiffer)
    ));
}

#[test]
fn a_key_at_rest_needs_its_passphrase() {
    let [file, _] = openssl_keys();
    let key = CakPrivateKey::from_pem(file.pkcs8).unwrap();
    let pem = key.to_encrypted_pem(PASSPHRASE, &mut rand::rng()).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    let read = CakPrivateKey::from_text(None, &pem, Some(PASSPHRASE)).unwrap();
    assert!(bool::from(read.ct_eq(&key)));
    assert!(matches!(
        CakPrivateKey::from_encrypted_pem(&pem, b"battery-staple"),
        Err(Error::WrongPassphrase)
    ));
    assert!(matches!(
        CakPrivateKey::from_text(None, &pem, None),
        Err(Error::PassphraseNeeded)
    ));
    assert!(matches!(
        key.to_encrypted_pem(b"", &mut rand::rng()),
        Err(Error::FieldEmpty {
            field: Field::Passphrase
        })
    ));
}

#[test]
fn a_file_does_not_say_how_long_we_compute() {
    let pbes1 = include_str!("../../tests/vectors/keys/secp256r1.pbes1.pem");
    assert!(matches!(
        CakPrivateKey::from_encrypted_pem(pbes1, PASSPHRASE),
        Err(Error::UnsupportedEncryption | Error::MalformedKey { .. })
    ));
    let [file, _] = openssl_keys();
    let (_, document) = pkcs8::SecretDocument::from_pem(file.scrypt).unwrap();
    for (cost, parallelization) in [(1 << 30, 1), (u64::MAX, 1), (1 << 14, 17)] {
        let mut info: pkcs8::EncryptedPrivateKeyInfoRef<'_> = document.as_bytes().try_into().unwrap();
        let EncryptionScheme::Pbes2(parameters) = &mut info.encryption_algorithm else {
            panic!("OpenSSL writes PBES2");
        };
        let Kdf::Scrypt(scrypt) = &mut parameters.kdf else {
            panic!("and scrypt, as it was told");
        };
        scrypt.cost_parameter = cost;
        scrypt.parallelization = parallelization;
        let costly = pkcs8::SecretDocument::try_from(info)
            .unwrap()
            .to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF)
            .unwrap();
        let error = CakPrivateKey::from_encrypted_pem(&costly, PASSPHRASE).unwrap_err();
        assert!(
            matches!(error, Error::UnsupportedEncryption),
            "{cost} × {parallelization}: {error}"
        );
    }
}

/// Other text around a key, as OpenSSL and its users write it, is ignored. DER needs no armour.
#[test]
fn reads_a_key_wherever_it_stands_in_a_file() {
    let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    for file in openssl_keys() {
        let key = CakPrivateKey::from_hex(file.curve, file.private).unwrap();
        let der = key.expose_pkcs8_der();
        for (form, bytes) in [
            (
                "certificate after",
                format!("{}{certificate}", file.pkcs8).into_bytes(),
            ),
            (
                "bag attributes",
                format!("Bag Attributes\n    id: 1\n{certificate}{}", file.sec1).into_bytes(),
            ),
            ("byte order mark", format!("\u{feff}{}", file.pkcs8).into_bytes()),
            ("one line", file.pkcs8.replace('\n', " ").into_bytes()),
            ("DER", der.to_vec()),
        ] {
            let read = CakPrivateKey::from_file_bytes(None, &bytes, None)
                .unwrap_or_else(|error| panic!("{} {form}: {error}", file.curve));
            assert!(bool::from(read.ct_eq(&key)), "{} {form}", file.curve);
        }
        let (_, encrypted) = pkcs8::SecretDocument::from_pem(file.scrypt).unwrap();
        let open = |passphrase| CakPrivateKey::from_file_bytes(None, encrypted.as_bytes(), passphrase);
        assert!(bool::from(open(Some(PASSPHRASE)).unwrap().ct_eq(&key)));
        assert!(matches!(open(None), Err(Error::PassphraseNeeded)));
        assert!(matches!(open(Some(b"wrong")), Err(Error::WrongPassphrase)));
    }
}

#[test]
fn says_why_a_file_has_no_key() {
    let [file, ..] = openssl_keys();
    for text in [
        file.spki.to_owned(),
        format!("{0}{0}", file.pkcs8),
        file.pkcs8.replace("-----END", ""),
    ] {
        let refusal = CakPrivateKey::from_text(None, &text, None).unwrap_err();
        assert!(matches!(refusal, Error::UnreadableKey { .. }), "{refusal}");
    }
}
