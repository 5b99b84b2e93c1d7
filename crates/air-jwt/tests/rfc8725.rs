//! JSON Web Token Best Current Practices (RFC 8725, section 3), point by point, and the attacks of section 2.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{Algorithm, Error, JwkSet, PartnerToken, RsaSize, Scope, SigningKey, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::times::{NOW, after};

fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

fn rsa_key() -> SigningKey {
    SigningKey::from_pem(include_str!("vectors/keys/rsa-pkcs8.pem")).unwrap()
}

fn ec_key() -> SigningKey {
    SigningKey::from_pem(include_str!("vectors/keys/ec-pkcs8.pem")).unwrap()
}

/// One key of each algorithm, as a partner may publish them.
fn set() -> JwkSet {
    JwkSet::new([ec_key().public_jwk(), rsa_key().public_jwk()]).unwrap()
}

fn payload() -> String {
    json!({ "partnerId": "p", "scope": "issue", "iat": NOW, "exp": after(300) }).to_string()
}

/// A token of these texts, truly signed.
fn token(key: &SigningKey, header: impl AsRef<str>, payload: impl AsRef<str>) -> String {
    let input = format!("{}.{}", encode(header.as_ref()), encode(payload.as_ref()));
    let signature = encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn header(key: &SigningKey) -> Value {
    json!({ "alg": key.algorithm().as_str(), "kid": key.kid(), "typ": "JWT" })
}

fn verify(token: &str) -> Result<air_jwt::Claims, Error> {
    Verifier::new(&set()).requiring(Scope::Issue).verify(token, NOW)
}

#[test]
fn honest_tokens_of_both_algorithms_verify() {
    for key in [ec_key(), rsa_key()] {
        assert!(verify(&token(&key, header(&key).to_string(), payload())).is_ok());
    }
}

/// 3.1: the algorithm is the key's, whatever the header says; 2.1: `none`, and HMAC keyed with the
/// public key.
#[test]
fn s3_1_the_header_does_not_choose_the_algorithm() {
    let (ec, rsa) = (ec_key(), rsa_key());
    for key in [&ec, &rsa] {
        for claimed in [
            "none", "None", "NONE", "HS256", "HS512", "ES384", "PS256", "RS512", "EdDSA", "es256", "",
            "RS256 ",
        ] {
            let mut header = header(key);
            header["alg"] = json!(claimed);
            let expected = Error::WrongAlgorithm {
                kid: key.kid().to_string(),
                expected: key.algorithm(),
            };
            assert_eq!(
                verify(&token(key, header.to_string(), payload())).unwrap_err(),
                expected,
                "{claimed}"
            );
        }
        // The other algorithm of our own, and a header without any.
        let other = if key.algorithm() == Algorithm::Es256 {
            "RS256"
        } else {
            "ES256"
        };
        for alg in [json!(other), json!(null), json!(["ES256"]), json!(256)] {
            let mut header = header(key);
            header["alg"] = alg;
            assert!(matches!(
                verify(&token(key, header.to_string(), payload())).unwrap_err(),
                Error::WrongAlgorithm { .. }
            ));
        }
    }
}

#[test]
fn s2_1_no_signature_and_no_algorithm() {
    let ec = ec_key();
    let mut header = header(&ec);
    header["alg"] = json!("none");
    let unsigned = format!("{}.{}.", encode(header.to_string()), encode(payload()));
    assert!(matches!(
        verify(&unsigned).unwrap_err(),
        Error::WrongAlgorithm { .. }
    ));
    // With the real algorithm in the header, the empty signature is invalid.
    header["alg"] = json!("ES256");
    let unsigned = format!("{}.{}.", encode(header.to_string()), encode(payload()));
    assert!(matches!(
        verify(&unsigned).unwrap_err(),
        Error::BadSignature { .. }
    ));
}

/// The public key is public: an HMAC with it, in any form that a library might feed it to one,
/// proves nothing.
#[test]
fn s2_1_hmac_with_the_public_key_as_its_secret() {
    for key in [ec_key(), rsa_key()] {
        let jwk = serde_json::to_string(&key.public_jwk()).unwrap();
        let jwk_value = serde_json::to_value(key.public_jwk()).unwrap();
        let bare = URL_SAFE_NO_PAD
            .decode(jwk_value["n"].as_str().or(jwk_value["x"].as_str()).unwrap())
            .unwrap();
        for secret in [jwk.as_bytes(), &bare] {
            for claimed in ["HS256", key.algorithm().as_str()] {
                let mut header = header(&key);
                header["alg"] = json!(claimed);
                let input = format!("{}.{}", encode(header.to_string()), encode(payload()));
                let tag = hmac(secret, input.as_bytes());
                assert!(verify(&format!("{input}.{}", encode(tag))).is_err());
            }
        }
    }
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    let mut block = [0_u8; 64];
    if secret.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        block[..secret.len()].copy_from_slice(secret);
    }
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

/// 3.2: of the algorithms of JOSE only two that have no known weakness are there at all.
#[test]
fn s3_2_only_two_algorithms_exist() {
    for name in ["ES256", "RS256"] {
        assert!(name.parse::<Algorithm>().is_ok());
    }
    for name in [
        "none", "HS256", "RS384", "PS256", "ES384", "ES256K", "EdDSA", "RSA1_5",
    ] {
        assert_eq!(name.parse::<Algorithm>(), Err(Error::UnknownAlgorithm), "{name}");
    }
}

/// 3.3: whatever is changed, there are no claims.
#[test]
fn s3_3_every_operation_is_validated() {
    for key in [ec_key(), rsa_key()] {
        let honest = token(&key, header(&key).to_string(), payload());
        let dots: Vec<usize> = honest.match_indices('.').map(|(at, _)| at).collect();
        for at in (0..honest.len()).filter(|at| !dots.contains(at)).step_by(7) {
            let mut bytes = honest.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last letter of a part has bits that stand for nothing; base64url without them is
            // another text.
            assert!(verify(&changed).is_err(), "{at}");
        }
    }
}

/// 3.4: keys are validated: a point off the curve, an even modulus, an exponent of one.
#[test]
fn s3_4_keys_are_validated_before_use() {
    let key = serde_json::to_value(ec_key().public_jwk()).unwrap();
    let mut off_curve = key.clone();
    off_curve["y"] = key["x"].clone();
    let rsa = serde_json::to_value(rsa_key().public_jwk()).unwrap();
    let mut even = rsa.clone();
    let n = rsa["n"].as_str().unwrap();
    even["n"] = json!(format!("{}A", &n[..n.len() - 1]));
    let mut one = rsa.clone();
    one["e"] = json!("AQ");
    for bad in [off_curve, even, one] {
        let read = JwkSet::from_slice(json!({ "keys": [bad] }).to_string().as_bytes()).unwrap();
        assert!(read.kids().next().is_none(), "{bad}");
    }
}

/// 3.5: entropy is the caller's generator, which must be a cryptographic one by its type; RSA keys
/// are large enough.
#[test]
fn s3_5_keys_have_enough_entropy() {
    let weak = SigningKey::from_pem(include_str!("vectors/keys/rsa-1024.pem")).unwrap_err();
    assert_eq!(weak, Error::RsaKeySize { bits: 1024 });
    let large_enough = SigningKey::generate_rs256(RsaSize::default(), &mut rand::rng());
    let modulus = large_enough.sign(b"").len() * 8;
    assert_eq!(modulus, 2048);
}

/// 3.6: there is no compression (that is JWE's `zip`), and a token's size is bounded.
#[test]
fn s3_6_size_is_bounded_and_nothing_is_inflated() {
    let key = ec_key();
    let mut zipped = header(&key);
    zipped["zip"] = json!("DEF");
    assert!(verify(&token(&key, zipped.to_string(), "not json")).is_err());
    let wide = json!({ "partnerId": "p", "exp": after(1), "pad": "x".repeat(8 * 1024) }).to_string();
    let long = token(&key, header(&key).to_string(), wide);
    assert_eq!(
        verify(&long).unwrap_err(),
        Error::TokenTooLong {
            length: long.len(),
            limit: 8 * 1024
        }
    );
    let deep = format!(
        r#"{{"partnerId":"p","exp":{},"deep":{}{}}}"#,
        after(1).as_secs(),
        "[".repeat(2000),
        "]".repeat(2000)
    );
    assert!(matches!(
        verify(&token(&key, header(&key).to_string(), deep)).unwrap_err(),
        Error::MalformedToken { .. }
    ));
}

/// 3.7: JSON is UTF-8.
#[test]
fn s3_7_text_is_utf8() {
    let key = ec_key();
    let utf16: Vec<u8> = payload().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let input = format!("{}.{}", encode(header(&key).to_string()), encode(utf16));
    let token = format!("{input}.{}", encode(key.sign(input.as_bytes())));
    assert!(matches!(
        verify(&token).unwrap_err(),
        Error::MalformedToken { .. }
    ));
}

/// 3.8 and 3.9: keys come from the partner's own set; another partner's valid token does not verify with it.
#[test]
fn s3_8_keys_belong_to_their_issuer() {
    let stranger = SigningKey::generate(&mut rand::rng());
    let forged = token(&stranger, header(&stranger).to_string(), payload());
    assert_eq!(
        verify(&forged).unwrap_err(),
        Error::UnknownKid {
            kid: stranger.kid().to_string()
        }
    );
    let impostor = stranger.with_kid(ec_key().kid().clone());
    let forged = token(&impostor, header(&impostor).to_string(), payload());
    assert!(matches!(verify(&forged).unwrap_err(), Error::BadSignature { .. }));
}

/// 3.10: `kid` only selects in the set, and `jwk`, `jku`, `x5u`, `x5c` are never read.
#[test]
fn s3_10_received_claims_are_not_trusted() {
    let attacker = SigningKey::generate(&mut rand::rng());
    let ours = ec_key();
    for (name, value) in [
        ("jwk", serde_json::to_value(attacker.public_jwk()).unwrap()),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = header(&ours);
        header[name] = value;
        let forged = token(&attacker, header.to_string(), payload());
        assert!(
            matches!(verify(&forged).unwrap_err(), Error::BadSignature { .. }),
            "{name}"
        );
    }
    for kid in [
        "../../etc/passwd",
        "' OR 1=1 --",
        "a\0b",
        "",
        "https://attacker.example/",
    ] {
        let mut header = header(&attacker);
        header["kid"] = json!(kid);
        assert!(matches!(
            verify(&token(&attacker, header.to_string(), payload())).unwrap_err(),
            Error::UnknownKid { .. }
        ));
    }
    for kid in [json!(null), json!(7), json!([ours.kid()])] {
        let mut header = header(&ours);
        header["kid"] = kid;
        assert_eq!(
            verify(&token(&ours, header.to_string(), payload())).unwrap_err(),
            Error::MissingKid
        );
    }
}

/// 3.11: `typ` tells a Partner JWT from a credential or another token of the same key.
#[test]
fn s3_11_typ_is_demanded() {
    let key = ec_key();
    for typ in [
        json!(null),
        json!("dc+sd-jwt"),
        json!("at+jwt"),
        json!(""),
        json!(1),
    ] {
        let mut header = header(&key);
        header["typ"] = typ;
        assert_eq!(
            verify(&token(&key, header.to_string(), payload())).unwrap_err(),
            Error::WrongType
        );
    }
}

/// 3.12: a token with one scope does not pass as a token with another.
#[test]
fn s3_12_rules_exclude_one_another() {
    let key = ec_key();
    let token = PartnerToken::verify("p".parse().unwrap())
        .sign(&key, NOW)
        .unwrap();
    assert_eq!(
        verify(token.expose_secret()).unwrap_err(),
        Error::ScopeNotGranted { needed: "issue" }
    );
}

/// RFC 7515, 4.1.11: verifiers must refuse extensions that they do not understand.
#[test]
fn crit_is_refused_even_when_empty() {
    let key = ec_key();
    for crit in [json!(["b64"]), json!([]), json!(null)] {
        let mut header = header(&key);
        header["crit"] = crit;
        assert_eq!(
            verify(&token(&key, header.to_string(), payload())).unwrap_err(),
            Error::CriticalExtension
        );
    }
}

/// 2.4: two readers may each take another of two members with one name.
#[test]
fn a_member_twice_is_refused() {
    let key = ec_key();
    let twice = payload().replacen('{', r#"{"partnerId":"q","#, 1);
    assert!(matches!(
        verify(&token(&key, header(&key).to_string(), twice)).unwrap_err(),
        Error::MalformedToken { .. }
    ));
    let twice = header(&key).to_string().replacen('{', r#"{"alg":"none","#, 1);
    assert!(matches!(
        verify(&token(&key, twice, payload())).unwrap_err(),
        Error::MalformedToken { .. }
    ));
}
