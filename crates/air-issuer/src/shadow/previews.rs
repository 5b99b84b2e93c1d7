//! The differences of two lists of previews: the envelopes, and the claims within them.

use air_crypto::holder::{HolderEnvelope, HolderPrivateKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::shape::{self, Found, Strictness, unreadable};

const SUBJECT: &str = "credentialSubject";

/// Compares two responses: names and types of all members, and the claims in the envelopes. A difference names the place of a claim, and
/// not its value.
pub(super) fn compare(holder: &HolderPrivateKey, vendor: &[u8], ours: &[u8]) -> Vec<Found> {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    let (Some(vendor), Some(ours)) = (read(vendor), read(ours)) else {
        return shape::compare_bytes(vendor, ours, Strictness::Shape);
    };
    let mut found = shape::compare(vendor.clone(), ours.clone(), Strictness::Shape);
    match (open(holder, &vendor), open(holder, &ours)) {
        (Some(vendor), Some(ours)) => found.extend(shape::compare(vendor, ours, Strictness::Values)),
        (None, _) => found.push(unreadable("the vendor's service")),
        (_, None) => found.push(unreadable("this service")),
    }
    found
}

/// The previews with their claims in place of the envelopes.
fn open(holder: &HolderPrivateKey, response: &Value) -> Option<Value> {
    let previews = response.get("data")?.as_array()?.iter().map(|preview| {
        let schema = preview.get("schemaId")?;
        let claims = open_envelope(holder, preview.get(SUBJECT)?)?;
        Some(json!({ "schemaId": schema, SUBJECT: claims }))
    });
    let previews: Vec<Value> = previews.collect::<Option<_>>()?;
    Some(json!({ "data": previews }))
}

fn open_envelope(holder: &HolderPrivateKey, envelope: &Value) -> Option<Value> {
    let member = |name: &str| STANDARD.decode(envelope.get(name)?.as_str()?).ok();
    let envelope = HolderEnvelope::from_parts(
        &member("encryptedData")?,
        &member("iv")?,
        &member("authTag")?,
        &member("dataEncPublicKey")?,
    )
    .ok()?;
    serde_json::from_slice(&holder.open(&envelope).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::{super::shape::FoundKind, *};

    fn response(holder: &HolderPrivateKey, claims: &Value) -> Vec<u8> {
        let sealed = holder
            .public_key()
            .seal(claims.to_string().as_bytes(), &mut rand::rng());
        let sealed = sealed.unwrap();
        let response = json!({ "data": [{ "schemaId": "member", SUBJECT: {
            "encryptedData": STANDARD.encode(sealed.data()),
            "iv": STANDARD.encode(sealed.iv()),
            "authTag": STANDARD.encode(sealed.auth_tag()),
            "dataEncPublicKey": STANDARD.encode(sealed.ephemeral_key().to_spki_der()),
        } }] });
        response.to_string().into_bytes()
    }

    #[test]
    fn claims_are_compared_and_their_values_not_shown() {
        let holder = HolderPrivateKey::generate(&mut rand::rng());
        let vendor = response(&holder, &json!({"level": 3, "name": "Ada"}));
        let same = response(&holder, &json!({"name": "Ada", "level": 3}));
        assert!(compare(&holder, &vendor, &same).is_empty());
        let other = response(&holder, &json!({"level": 4, "name": "Ada"}));
        let found = compare(&holder, &vendor, &other);
        let expected = Found {
            place: "/data/0/credentialSubject/level".to_owned(),
            kind: FoundKind::Values,
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn an_envelope_of_another_holder_can_not_be_read() {
        let [holder, other] = [0, 1].map(|_| HolderPrivateKey::generate(&mut rand::rng()));
        let (vendor, ours) = (response(&other, &json!({})), response(&holder, &json!({})));
        assert_eq!(
            compare(&holder, &vendor, &ours),
            [unreadable("the vendor's service")]
        );
    }
}
