//! The differences of two published status lists: their headers, their claims, and each bit.

use air_jwt::jws::Unverified;
use air_vc::status::StatusList;
use serde_json::{Map, Value};

use super::shape::{self, Found, FoundKind, Strictness, unreadable};
use crate::status::ListDifference;

/// The maximum length of a token.
const LIMIT: usize = 4 * 1024 * 1024;
const LIST: &str = "status_list";

/// A published list. Its signature is not verified, because both services are the operator's.
struct Published {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    list: StatusList,
}

impl Published {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let token = Unverified::parse(text.trim(), LIMIT).ok()?;
        let mut claims = token.dangerous_payload().ok()?;
        let list = claims.remove(LIST)?;
        Some(Self {
            header: token.header().clone(),
            list: StatusList::from_claim(list.as_object()?).ok()?,
            claims,
        })
    }
}

/// Compares two tokens.
pub(super) fn compare(vendor: &[u8], ours: &[u8]) -> Vec<Found> {
    let (vendor, ours) = match (Published::parse(vendor), Published::parse(ours)) {
        (Some(vendor), Some(ours)) => (vendor, ours),
        (None, _) => return vec![unreadable("the vendor's service")],
        (_, None) => return vec![unreadable("this service")],
    };
    let shape = |vendor, ours| shape::compare(Value::Object(vendor), Value::Object(ours), Strictness::Shape);
    let mut found = shape(vendor.header, ours.header);
    found.extend(shape(vendor.claims, ours.claims));
    let place = || format!("/{LIST}");
    if vendor.list.bits() != ours.list.bits() || vendor.list.entries() != ours.list.entries() {
        let entries = |list: &StatusList| usize::try_from(list.entries()).unwrap_or(usize::MAX);
        let kind = FoundKind::Lengths {
            vendor: entries(&vendor.list),
            ours: entries(&ours.list),
        };
        found.push(Found { place: place(), kind });
        return found;
    }
    let difference = ListDifference::of(&vendor.list, &ours.list);
    if difference != ListDifference::default() {
        found.push(Found {
            place: place(),
            kind: FoundKind::Entries {
                vendor_only: difference.first_only,
                ours_only: difference.second_only,
            },
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use air_jwt::{SigningKey, jws};
    use air_vc::status::{Status, StatusBits};
    use serde_json::json;

    use super::*;

    fn token(entries: u64, revoked: &[u64], more: &Value) -> Vec<u8> {
        let mut list = StatusList::new(StatusBits::One, entries).unwrap();
        for index in revoked {
            list.set(*index, Status::Invalid).unwrap();
        }
        let mut claims = more.as_object().unwrap().clone();
        claims.insert(LIST.to_owned(), Value::Object(list.to_claim()));
        let key = SigningKey::generate(&mut rand::rng());
        jws::sign(&key, "statuslist+jwt", &claims).into_bytes()
    }

    #[test]
    fn lists_are_compared_bit_by_bit() {
        let claims = json!({"iat": 1});
        let vendor = token(16, &[1, 3], &claims);
        assert!(compare(&vendor, &token(16, &[3, 1], &claims)).is_empty());
        let found = compare(&vendor, &token(16, &[1, 4, 5], &claims));
        let kind = FoundKind::Entries {
            vendor_only: 1,
            ours_only: 2,
        };
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kind, kind);
        let sizes = compare(&vendor, &token(24, &[1, 3], &claims));
        assert_eq!(sizes[0].kind, FoundKind::Lengths { vendor: 16, ours: 24 });
        assert_eq!(compare(b"x", &vendor), [unreadable("the vendor's service")]);
    }

    #[test]
    fn claims_are_compared_by_their_names() {
        let vendor = token(8, &[], &json!({"iat": 1, "partnerId": "p"}));
        let ours = token(8, &[], &json!({"iat": 2, "ttl": 300}));
        let found = compare(&vendor, &ours).into_iter();
        let places: Vec<String> = found.map(|found| found.place).collect();
        assert_eq!(places, ["/partnerId", "/ttl"]);
    }
}
