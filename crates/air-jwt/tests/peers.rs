//! `jose` in Node and PyJWT verify our tokens and read our keys, and we verify theirs.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_jwt::{JwkSet, PartnerToken, Scope, SigningKey, Verifier};
use serde_json::{Value, json};

use crate::times::{NOW, after};

fn ask(peer: &mut Command, question: &Value) -> Value {
    let mut peer = peer.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = peer.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = peer.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Both algorithms, both directions; the keys travel as JWK and as PEM. Returns the answer for what
/// only one peer can tell.
fn agree_with(peer: &mut Command) -> (Value, JwkSet) {
    let keys = [
        SigningKey::generate(&mut rand::rng()),
        SigningKey::from_pem(include_str!("vectors/keys/rsa-pkcs8.pem")).unwrap(),
    ];
    let set = JwkSet::new(keys.iter().map(SigningKey::public_jwk)).unwrap();
    let partner = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";
    let tokens: Vec<String> = keys
        .iter()
        .map(|key| {
            let token = PartnerToken::issue_on_behalf(
                partner.parse().unwrap(),
                "jürgen@bücher.example".parse().unwrap(),
            );
            token.sign(key, NOW).unwrap().expose_secret().to_owned()
        })
        .collect();
    let private: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({
                "alg": key.algorithm().as_str(),
                "kid": key.kid(),
                "jwk": serde_json::from_str::<Value>(&key.expose_jwk()).unwrap(),
                "pem": key.expose_pkcs8_pem().as_str(),
            })
        })
        .collect();
    let question = json!({
        "now": NOW,
        "jwks": serde_json::from_str::<Value>(&set.to_json()).unwrap(),
        "tokens": tokens,
        "privateKeys": private,
        "claims": { "partnerId": partner, "scope": "issue on-behalf", "email": "ada@example.com", "iat": NOW, "exp": after(300) },
    });
    let answer = ask(peer, &question);

    let read = answer["claims"].as_array().unwrap();
    assert_eq!(read.len(), 2);
    for claims in read {
        assert_eq!(claims["partnerId"], partner);
        assert_eq!(claims["email"], "jürgen@bücher.example");
        assert_eq!(claims["exp"], after(300).as_secs());
    }
    let theirs = answer["tokens"].as_array().unwrap();
    assert_eq!(theirs.len(), 4);
    for token in theirs {
        let claims = Verifier::new(&set)
            .requiring(Scope::IssueOnBehalf)
            .verify(token.as_str().unwrap(), NOW)
            .unwrap();
        assert_eq!(claims.email(), Some("ada@example.com"));
        assert_eq!(
            Verifier::new(&set)
                .verify(token.as_str().unwrap(), after(330))
                .unwrap_err(),
            air_jwt::Error::Expired { ago: 30 }
        );
    }
    (answer, set)
}

#[test]
#[ignore = "needs Node and the package of tests/node; `cargo xtask test` runs it"]
fn jose_in_node() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node");
    let (answer, set) = agree_with(Command::new("node").arg("peer.mjs").current_dir(folder));
    for (thumbprint, key) in answer["thumbprints"].as_array().unwrap().iter().zip(&set) {
        assert_eq!(thumbprint, key.thumbprint().as_str());
    }
}

/// Encrypted tokens, DPoP proofs and the proof of a client attestation, both directions.
#[cfg(all(feature = "jwe", feature = "dpop", feature = "client-attestation"))]
#[test]
#[ignore = "needs Node and the package of tests/node; `cargo xtask test` runs it"]
fn jose_in_node_encrypts_and_proves() {
    use air_jwt::{
        client_attestation::Pop,
        dpop::{Proof, ProofVerifier},
        jwe::{ContentEncryption, DecryptionKey, Encryptor, Jwe},
    };

    let mut rng = rand::rng();
    let (url, audience, plaintext) = ("https://server.example/token", "https://server.example", "Grüße");
    let recipient = DecryptionKey::generate(&mut rng).with_kid("enc-1".parse().unwrap());
    let client = SigningKey::generate(&mut rng);
    let mut encrypted = Vec::new();
    for encryption in [ContentEncryption::A128Gcm, ContentEncryption::A256Gcm] {
        let encryptor = Encryptor::new(recipient.encryption_key(), encryption);
        encrypted.push(encryptor.encrypt(plaintext.as_bytes(), &mut rng));
        let with_parties = encryptor
            .with_party_info(b"Alice", b"Bob")
            .with_content_type("text");
        encrypted.push(with_parties.encrypt(plaintext.as_bytes(), &mut rng));
    }
    let proof = Proof::new("POST", url)
        .unwrap()
        .with_access_token("token")
        .with_nonce("nonce");
    let jwk = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    let question = json!({
        "now": NOW,
        "decryptionKey": jwk(&recipient.expose_jwk()),
        "encryptionKey": recipient.encryption_key(),
        "plaintext": plaintext,
        "encrypted": encrypted,
        "proofs": [proof.sign(&client, NOW, &mut rng)],
        "client": { "publicJwk": client.public_jwk(), "privateJwk": jwk(&client.expose_jwk()) },
        "claims": { "jti": "a1", "htm": "POST", "htu": url, "iat": NOW },
        "audience": audience,
        "pop": Pop::new(audience).with_challenge("challenge").sign(&client, NOW, &mut rng),
    });
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node");
    let answer = ask(
        Command::new("node").arg("proofs.mjs").current_dir(folder),
        &question,
    );

    let decrypted = answer["decrypted"].as_array().unwrap();
    assert_eq!(decrypted.len(), 4);
    for token in decrypted {
        assert_eq!(
            (&token["plaintext"], &token["kid"]),
            (&json!(plaintext), &json!("enc-1"))
        );
    }
    let theirs = answer["encrypted"].as_array().unwrap();
    assert_eq!(theirs.len(), 4);
    for token in theirs {
        let token = Jwe::parse(token.as_str().unwrap(), 8 * 1024).unwrap();
        assert_eq!(token.kid(), Some("enc-1"));
        assert_eq!(
            token.decrypt(&recipient).unwrap().as_slice(),
            plaintext.as_bytes()
        );
    }
    let read = &answer["proofs"][0];
    assert_eq!(
        (&read["htm"], &read["htu"], &read["nonce"]),
        (&json!("POST"), &json!(url), &json!("nonce"))
    );
    assert_eq!(read["jkt"], client.public_jwk().thumbprint().as_str());
    let verifier = ProofVerifier::new("POST", url).unwrap();
    let verified = verifier
        .verify([answer["signed"].as_str().unwrap()], NOW)
        .unwrap();
    assert_eq!(verified.thumbprint(), &client.public_jwk().thumbprint());
    assert_eq!(answer["pop"]["challenge"], "challenge");
}

#[test]
#[ignore = "needs Python and the package of tests/python; `cargo xtask test` runs it"]
fn pyjwt() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python");
    agree_with(Command::new("python3").arg("peer.py").current_dir(folder));
}
