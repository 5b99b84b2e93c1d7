//! Credentials: whatever parses prints back, what a holder can show verifies to no more than it
//! said, and nothing panics.

use std::sync::LazyLock;

use air_jwt::{JwkSet, SigningKey, jws};
use air_vc::{
    Challenge, ClaimPath, Credential, Enveloped, Format, Inspection, Presentation, UnixTime, Verifier,
};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_pem(include_str!(
        "../../crates/air-jwt/tests/vectors/keys/ec-pkcs8.pem"
    ))
    .expect("a key")
});
static KEYS: LazyLock<JwkSet> = LazyLock::new(|| KEY.public_jwk().into());

/// A compact credential; or a payload and disclosures as JSON, one a line, signed and encoded here.
pub fn credential(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    examine(text);
    let mut lines = text.lines();
    if let Some(mut payload) = lines
        .next()
        .and_then(|line| serde_json::from_str::<Value>(line).ok())
        && let Some(members) = payload.as_object_mut()
    {
        members.insert("iss".into(), json!(ISSUER));
        let mut compact = jws::sign(&KEY, "dc+sd-jwt", &payload) + "~";
        for line in lines {
            compact += &(encoded(line) + "~");
        }
        examine(&compact);
    }
}

/// Runs all our parsers of credentials.
fn examine(compact: &str) {
    let challenge = || Challenge {
        nonce: "n".into(),
        audience: "a".into(),
    };
    let verifier = Verifier::new(ISSUER, &KEYS).without_status();
    let verified = verifier.verify(compact, NOW);
    let _ = verifier
        .clone()
        .requiring_key_binding(challenge())
        .verify(compact, NOW);
    for format in Format::ALL {
        let _ = verifier.clone().with_format(*format).verify(compact, NOW);
    }
    let inspection = Inspection::of(compact);
    if let Ok(verified) = &verified {
        let inspection = inspection.as_ref().expect("what verifies is read");
        assert_eq!(verified.claims(), &inspection.claims);
    }
    if let Ok(presentation) = compact.parse::<Presentation>() {
        assert_eq!(presentation.as_str(), compact);
        let envelope = serde_json::to_value(Enveloped::new(&presentation)).expect("it serialises");
        assert_eq!(Enveloped::presentation(&envelope), Ok(presentation));
    }
    let (Ok(credential), Ok(inspection)) = (compact.parse::<Credential>(), inspection) else {
        return;
    };
    let bare = credential
        .present(&[])
        .expect("nothing can be shown of what is read");
    assert!(
        Inspection::of(bare.as_str())
            .expect("it is read again")
            .disclosed
            .is_empty()
    );
    for path in inspection.disclosed.iter().take(8) {
        // An empty name, and more than 32 steps, can't be written.
        let Ok(again) = path.to_string().parse::<ClaimPath>() else {
            continue;
        };
        assert_eq!(&again, path);
        let shown = credential.present(&[again]).expect("what is there can be shown");
        let shown = Inspection::of(shown.as_str()).expect("it is read again");
        assert!(!shown.disclosed.is_empty() && shown.disclosed.len() <= inspection.disclosed.len());
    }
}

/// Base64url without padding, in few lines: the fuzzers have no other use for a library of it.
fn encoded(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    text.as_bytes()
        .chunks(3)
        .flat_map(|chunk| {
            let mut bytes = [0; 3];
            bytes[..chunk.len()].copy_from_slice(chunk);
            let word = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
            (0..=chunk.len()).map(move |index| ALPHABET[(word >> (18 - 6 * index) & 63) as usize] as char)
        })
        .collect()
}
