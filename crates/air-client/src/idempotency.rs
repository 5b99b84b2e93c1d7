//! Keys that nobody else knows.

use air_api::IdempotencyKey;
use rand::Rng;

/// A random UUID (RFC 9562, 5.4).
pub(crate) fn random(rng: &mut impl Rng) -> IdempotencyKey {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
    uuid.to_string().parse().expect("a UUID is a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_fresh_uuid_of_version_four() {
        let mut rng = rand::rng();
        let key = random(&mut rng);
        assert_ne!(key, random(&mut rng));
        let groups: Vec<&str> = key.as_str().split('-').collect();
        assert_eq!(
            groups.iter().map(|group| group.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(
            groups[2].starts_with('4') && groups[3].starts_with(['8', '9', 'a', 'b']),
            "{key}"
        );
        assert!(
            key.as_str()
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        );
    }
}
