//! Generates idempotency keys.

use std::time::{SystemTime, UNIX_EPOCH};

use air_api::IdempotencyKey;
use rand::Rng;

/// Generates a UUID of version 7 (RFC 9562, 5.7): the time and 74 random bits, so that new keys are adjacent
/// in the platform's index.
pub(crate) fn random(rng: &mut impl Rng) -> IdempotencyKey {
    let mut bytes = [0; 10];
    rng.fill_bytes(&mut bytes);
    // Two keys differ in their random bits, even at the same time.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let milliseconds = u64::try_from(now.as_millis()).unwrap_or_default();
    let uuid = uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid();
    uuid.to_string().parse().expect("a UUID is a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_fresh_uuid_of_version_seven() {
        let mut rng = rand::rng();
        let key = random(&mut rng);
        assert_ne!(key, random(&mut rng));
        let groups: Vec<&str> = key.as_str().split('-').collect();
        assert_eq!(
            groups.iter().map(|group| group.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(
            groups[2].starts_with('7') && groups[3].starts_with(['8', '9', 'a', 'b']),
            "{key}"
        );
        assert!(
            key.as_str()
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        );
    }
}
