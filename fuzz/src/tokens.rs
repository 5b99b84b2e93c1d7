//! Tokens, sets and signing keys: nothing panics, inspection never passes what verification refuses
//! for its form, and what is read can be written and reads back.

use std::sync::LazyLock;

use air_jwt::{
    Error, Inspection, JwkSet, KeyForm, PartnerToken, RotationSchedule, SigningKey, UnixTime, Verifier,
    jws::Unverified,
};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let jwk = br#"{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    SigningKey::from_jwk(jwk).expect("the key of RFC 7515, A.3")
});
static KEYS: LazyLock<JwkSet> = LazyLock::new(|| KEY.public_jwk().into());

/// A token's text. An honest signature over it tests what lies behind the signature too.
pub fn token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    check(text);
    if let Some((head, _)) = text.rsplit_once('.') {
        let signature = KEY.sign(head.as_bytes());
        let mut signed = head.to_owned();
        signed.push('.');
        signed.push_str(&base64url(&signature));
        check(&signed);
    }
}

fn check(text: &str) {
    let verdict = Verifier::new(&KEYS).verify(text, NOW);
    let _ = Verifier::claimed_partner(text);
    let inspection = Inspection::of(text, NOW);
    match verdict {
        Ok(claims) => {
            let inspection = inspection.expect("a token that verifies can be inspected");
            assert_eq!(&inspection.claims, claims.all());
        }
        Err(Error::MalformedToken { .. } | Error::TokenTooLong { .. }) => {}
        Err(error) => {
            let parsed = Unverified::parse(text, 8 * 1024).expect("only a malformed token does not parse");
            assert_eq!(parsed.dangerous_payload().is_ok(), inspection.is_ok(), "{error}");
        }
    }
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for at in 0..=chunk.len() {
            text.push(char::from(LETTERS[(word >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}

/// A set, and a timetable.
pub fn jwk_set(data: &[u8]) {
    if let Ok((set, skipped)) = JwkSet::read(data) {
        for key in skipped {
            let _ = key.reason.to_string();
        }
        let again = JwkSet::from_slice(set.to_json().as_bytes()).expect("what is written reads back");
        // A skipped member is not written.
        assert!((&again).into_iter().eq(&set));
        for key in &set {
            assert!(!key.verifying_key().verify(b"message", b"signature"));
            assert_eq!(set.find(key.kid().as_str()), Some(key));
        }
    }
    if let Ok(mut timetable) = serde_json::from_slice::<RotationSchedule>(data) {
        let _ = timetable.signing_kid(NOW);
        timetable.prune(NOW);
        let _ = timetable.rotate("next".parse().expect("a good id"), NOW);
        let json = serde_json::to_vec(&timetable).expect("a timetable serialises");
        assert_eq!(
            serde_json::from_slice::<RotationSchedule>(&json).expect("it reads back"),
            timetable
        );
    }
}

/// A private key in any form.
pub fn signing_key(data: &[u8]) {
    let mut keys: Vec<SigningKey> = SigningKey::from_der(data).into_iter().collect();
    if let Ok(text) = std::str::from_utf8(data) {
        keys.extend(SigningKey::from_text(text));
    }
    for key in keys {
        for form in [KeyForm::Pkcs8, KeyForm::Traditional] {
            let read = SigningKey::from_pem(&key.expose_pem(form)).expect("what is written reads back");
            assert_eq!(read.verifying_key(), key.verifying_key());
            assert_eq!(read.expose_der(form), key.expose_der(form));
        }
        let read = SigningKey::from_jwk(key.expose_jwk().as_bytes()).expect("what is written reads back");
        assert_eq!(read.kid(), key.kid());
        let token = PartnerToken::issue("p".parse().expect("a good id"))
            .sign(&key, NOW)
            .expect("a usual lifetime");
        let set = JwkSet::from(key.public_jwk());
        Verifier::new(&set)
            .verify(token.expose_secret(), NOW)
            .expect("it verifies its own tokens");
    }
}
