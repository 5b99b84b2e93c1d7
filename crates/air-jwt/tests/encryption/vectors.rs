//! Vectors of RFC 7518, RFC 7520 and Project Wycheproof.

use std::convert::Infallible;

use air_jwt::{
    Error,
    jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Encryptor, Jwe, JweError},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{LIMIT, encode, header_of, key, parse};

#[test]
fn wycheproof_encryption() {
    let file = parse(include_str!(
        "../vectors/wycheproof-jose/json_web_encryption_test.json"
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
            include_str!(
                "../vectors/jose-cookbook/jwe/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json"
            ),
            "RSA1_5",
        ),
        (
            include_str!("../vectors/jose-cookbook/jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json"),
            "RSA-OAEP",
        ),
        (
            include_str!(
                "../vectors/jose-cookbook/jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2.json"
            ),
            "PBES2-HS512+A256KW",
        ),
        (
            include_str!(
                "../vectors/jose-cookbook/jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm.json"
            ),
            "ECDH-ES+A128KW",
        ),
        (
            include_str!("../vectors/jose-cookbook/jwe/5_6.direct_encryption_using_aes-gcm.json"),
            "dir",
        ),
        (
            include_str!(
                "../vectors/jose-cookbook/jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2.json"
            ),
            "A256GCMKW",
        ),
        (
            include_str!("../vectors/jose-cookbook/jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm.json"),
            "A128KW",
        ),
        (
            include_str!("../vectors/jose-cookbook/jwe/5_9.compressed_content.json"),
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
    let x25519 = parse(include_str!("../vectors/jose-cookbook/curve25519/ecdh-es.json"));
    let reason = "`kty` and `crv` must be EC and P-256";
    assert_eq!(
        Jwe::parse(x25519["output"]["compact"].as_str().unwrap(), LIMIT).unwrap_err(),
        JweError::InvalidEphemeralKey { reason }.into()
    );
    let cbc = parse(include_str!(
        "../vectors/jose-cookbook/jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2.json"
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
        include_str!("../vectors/jose-cookbook/jwe/5_10.including_additional_authentication_data.json"),
        include_str!("../vectors/jose-cookbook/jwe/5_11.protecting_specific_header_fields.json"),
        include_str!("../vectors/jose-cookbook/jwe/5_12.protecting_content_only.json"),
        include_str!("../vectors/jose-cookbook/jwe/5_13.encrypting_to_multiple_recipients.json"),
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
        "../vectors/jose-cookbook/6.nesting_signatures_and_encryption.json"
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
    let case = parse(include_str!("../vectors/jose-rfc/rfc7518-appendix-c.json"));
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

/// The encrypted tokens of Wycheproof's file of messages use A256KW and ECDH-ES+A128KW.
#[test]
fn wycheproof_encrypted_messages() {
    let file = parse(include_str!(
        "../vectors/wycheproof-jose/json_web_crypto_test.json"
    ));
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
