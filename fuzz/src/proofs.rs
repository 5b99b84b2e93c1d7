//! DPoP proofs: nothing panics, and an honest signature over any claims tests the rules behind it.

use std::sync::LazyLock;

use air_jwt::{
    SigningKey, UnixTime,
    dpop::{Proof, ProofVerifier},
};

use crate::tokens::base64url;

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const URL: &str = "https://server.example.com/token";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let jwk = br#"{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    SigningKey::from_jwk(jwk).expect("the key of RFC 7515, A.3")
});

/// A proof's text, its URL, or its claims.
pub fn dpop(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let verifier = ProofVerifier::new("POST", URL).expect("a good URL");
    let _ = verifier.verify([text], NOW);
    let header = serde_json::json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.public_jwk() });
    let input = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(data));
    let signature = base64url(&KEY.sign(input.as_bytes()));
    let _ = verifier.verify([format!("{input}.{signature}").as_str()], NOW);
    if let Ok(proof) = Proof::new("POST", text) {
        let proof = proof.sign(&KEY, NOW, &mut rand::rng());
        let same = ProofVerifier::new("POST", text).expect("the same URL");
        let verified = same
            .verify([proof.as_str()], NOW)
            .expect("it verifies its own proofs");
        assert_eq!(verified.thumbprint(), &KEY.public_jwk().thumbprint());
    }
}
