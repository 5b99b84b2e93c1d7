//! Generates IDs in the platform's formats.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use air_ids::{IssuerDid, PartnerId, SchemaId, UserUuid, VerificationId};
use air_vc::did::{AirDid, AirNetwork, AirType};
use rand::{Rng, RngExt};

/// Crockford's base 32, the alphabet of the platform's schema IDs.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Returns a schema ID of 22 characters.
pub(crate) fn schema_id() -> SchemaId {
    typed(random_text(CROCKFORD, 22))
}

/// Returns a partner ID: a UUID.
pub(crate) fn partner_id() -> PartnerId {
    typed(uuid())
}

/// Returns an issuer's DID.
pub(crate) fn issuer_did() -> IssuerDid {
    typed(did())
}

fn typed<T: TryFrom<String, Error: fmt::Debug>>(text: String) -> T {
    text.try_into()
        .expect("generated IDs are visible ASCII within the limit of each type")
}

/// Returns the ID of a program, credential or object: `c` and 21 characters. Like the platform's
/// IDs, it begins with the time, so that new IDs are adjacent in each index. 65 bits are random.
pub(crate) fn short_id<T: TryFrom<String, Error: fmt::Debug>>() -> T {
    let alphabet = CROCKFORD.map(|c| c.to_ascii_lowercase());
    let time = milliseconds();
    let digit = |place: u32| usize::try_from((time >> (5 * place)) % 32).unwrap_or_default();
    let time: String = (0..8)
        .rev()
        .map(|place| char::from(alphabet[digit(place)]))
        .collect();
    typed(format!("c{time}{}", random_text(&alphabet, 13)))
}

/// Returns a user ID: a UUID of version 7 (RFC 9562, section 5.7), which begins with the time for
/// the same reason.
pub(crate) fn user_uuid() -> UserUuid {
    let uuid = uuid::Builder::from_unix_timestamp_millis(milliseconds(), &random_bytes());
    typed(uuid.into_uuid().to_string())
}

/// Returns the ID of a verification: a UUID.
pub(crate) fn verification_id() -> VerificationId {
    typed(uuid())
}

/// Returns the milliseconds since 1970 by the machine's clock. Only the order of IDs depends on it.
fn milliseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.ok()
        .and_then(|now| now.as_millis().try_into().ok())
        .unwrap_or(0)
}

/// Returns a random UUID (version 4).
#[must_use]
pub fn uuid() -> String {
    uuid::Builder::from_random_bytes(random_bytes())
        .into_uuid()
        .to_string()
}

/// Returns a bearer secret: 32 random bytes in hex.
#[must_use]
pub fn bearer_token() -> String {
    hex::encode(random_bytes::<32>())
}

/// Returns a signing secret: 32 random bytes.
#[must_use]
pub fn secret() -> [u8; 32] {
    random_bytes()
}

/// Returns a nonce that distinguishes an event from another platform's event with the same sequence number.
pub(crate) fn event_nonce() -> String {
    hex::encode(random_bytes::<{ air_api::sandbox::EventId::NONCE_DIGITS / 2 }>())
}

/// Returns a 63-bit revocation nonce.
pub(crate) fn revocation_nonce() -> u64 {
    rand::rng().next_u64() >> 1
}

/// Returns a DID of the test network, with the same checksum as the platform's. It begins with the
/// time, too. 168 bits are random.
pub(crate) fn did() -> String {
    let mut genesis = random_bytes::<27>();
    let [_, _, time @ ..] = milliseconds().to_be_bytes();
    genesis[..time.len()].copy_from_slice(&time);
    AirDid::new(AirNetwork::test(), AirType::TEST, genesis).to_string()
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

fn random_text(alphabet: &[u8; 32], length: usize) -> String {
    let mut rng = rand::rng();
    (0..length)
        .map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_platforms_forms() {
        assert_eq!(schema_id().as_str().len(), "01KKX3Q7DEK0GM2TCKMMHA".len());
        assert_eq!(short_id::<String>().len(), "c21s70g0i54sn0023172Cv".len());
        assert_eq!(
            did().len(),
            "did:air:id:test:4P48PnhhSrdUNDXzMgnTbmKxBRMabnTW8hoe85CSkt".len()
        );
        assert!(did().starts_with("did:air:id:test:4"));
        assert!(did().parse::<AirDid>().is_ok());
        assert_ne!(did(), did());
        let earlier = did();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(earlier < did(), "an index has the new ones in one place");
        assert_ne!(short_id::<String>(), short_id::<String>());
        assert!(uuid::Uuid::parse_str(user_uuid().as_str()).is_ok_and(|id| id.get_version_num() == 7));
    }
}
