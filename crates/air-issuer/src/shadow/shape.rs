//! The differences of two JSON documents: names and types of members, and values where they must be equal.

use std::fmt;

use serde_json::Value;

use crate::count::counted;

/// The maximum number of differences of a response.
const DIFFERENCES: usize = 64;
/// Members that identify the items of an array.
const IDS: [&str; 3] = ["kid", "id", "schemaId"];

/// Whether values must be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Only names and types.
    Shape,
    Values,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// A JSON pointer.
    pub(super) place: String,
    pub(super) kind: FoundKind,
}

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundKind {
    /// Only the vendor's response has the member.
    VendorOnly,
    /// Only our response has the member.
    OursOnly,
    Types {
        vendor: &'static str,
        ours: &'static str,
    },
    Lengths {
        vendor: usize,
        ours: usize,
    },
    Values,
    /// A body is not JSON, or not a status list.
    Unreadable {
        service: &'static str,
    },
    /// Entries of a status list.
    Entries {
        vendor_only: u64,
        ours_only: u64,
    },
}

impl fmt::Display for FoundKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VendorOnly => f.write_str("only the vendor's response has it"),
            Self::OursOnly => f.write_str("only our response has it"),
            Self::Types { vendor, ours } => write!(f, "the vendor's is {vendor}, ours is {ours}"),
            Self::Lengths { vendor, ours } => {
                let vendor = counted(*vendor as u64, "item", "items");
                write!(f, "the vendor's has {vendor}, ours has {ours}")
            }
            Self::Values => f.write_str("the values differ"),
            Self::Unreadable { service } => write!(f, "the response of {service} can't be read"),
            Self::Entries {
                vendor_only,
                ours_only,
            } => {
                let vendor_only = counted(*vendor_only, "entry is", "entries are");
                write!(
                    f,
                    "{vendor_only} revoked in the vendor's list only, {ours_only} in ours only"
                )
            }
        }
    }
}

impl Found {
    pub(super) fn whole(kind: FoundKind) -> Self {
        Self {
            place: String::new(),
            kind,
        }
    }
}

/// Compares two bodies. A body without JSON equals another one without JSON.
pub(super) fn compare_bytes(vendor: &[u8], ours: &[u8], strictness: Strictness) -> Vec<Found> {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    match (read(vendor), read(ours)) {
        (Some(vendor), Some(ours)) => compare(vendor, ours, strictness),
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![unreadable("the vendor's service")],
        (Some(_), None) => vec![unreadable("this service")],
    }
}

pub(super) fn unreadable(service: &'static str) -> Found {
    Found::whole(FoundKind::Unreadable { service })
}

/// Compares two documents. The order of identified items does not matter.
pub(super) fn compare(mut vendor: Value, mut ours: Value, strictness: Strictness) -> Vec<Found> {
    let mut found = Vec::new();
    sort(&mut vendor);
    sort(&mut ours);
    walk(&vendor, &ours, "", strictness, &mut found);
    found.truncate(DIFFERENCES);
    found
}

fn walk(vendor: &Value, ours: &Value, place: &str, strictness: Strictness, found: &mut Vec<Found>) {
    if found.len() >= DIFFERENCES {
        return;
    }
    let mut push = |place: String, kind| found.push(Found { place, kind });
    match (vendor, ours) {
        (Value::Object(theirs), Value::Object(members)) => {
            for name in theirs.keys().filter(|name| !members.contains_key(*name)) {
                push(below(place, name), FoundKind::VendorOnly);
            }
            for name in members.keys().filter(|name| !theirs.contains_key(*name)) {
                push(below(place, name), FoundKind::OursOnly);
            }
            for (name, value) in theirs {
                if let Some(other) = members.get(name) {
                    walk(value, other, &below(place, name), strictness, found);
                }
            }
        }
        (Value::Array(theirs), Value::Array(items)) => {
            if strictness == Strictness::Values && theirs.len() != items.len() {
                let (vendor, ours) = (theirs.len(), items.len());
                push(place.to_owned(), FoundKind::Lengths { vendor, ours });
            }
            let compared = match strictness {
                Strictness::Values => theirs.len(),
                Strictness::Shape => 1,
            };
            for (index, (value, other)) in theirs.iter().zip(items).take(compared).enumerate() {
                walk(value, other, &below(place, &index.to_string()), strictness, found);
            }
        }
        _ if name_of(vendor) != name_of(ours) => {
            let (vendor, ours) = (name_of(vendor), name_of(ours));
            push(place.to_owned(), FoundKind::Types { vendor, ours });
        }
        _ if strictness == Strictness::Values && vendor != ours => {
            push(place.to_owned(), FoundKind::Values);
        }
        _ => {}
    }
}

/// The JSON pointer of a member (RFC 6901).
fn below(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Sorts arrays by the ids of their items, at each level.
fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_cached_key(id_of);
        }
        Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}

/// An item without an id keeps its place among its equals.
fn id_of(item: &Value) -> String {
    let mut ids = IDS.iter().filter_map(|name| item.get(name));
    let id = item.as_str().or_else(|| ids.find_map(Value::as_str));
    id.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(vendor: Value, ours: Value, strictness: Strictness) -> Vec<(String, FoundKind)> {
        let found = compare(vendor, ours, strictness).into_iter();
        found.map(|found| (found.place, found.kind)).collect()
    }

    #[test]
    fn members_and_types_are_compared_and_values_where_asked() {
        let vendor = json!({"statusCode": 400, "message": ["a"], "old": 1});
        let ours = json!({"statusCode": 400, "message": "a", "code": "x"});
        let types = FoundKind::Types {
            vendor: "an array",
            ours: "a text",
        };
        assert_eq!(
            places(vendor, ours, Strictness::Shape),
            [
                ("/old".to_owned(), FoundKind::VendorOnly),
                ("/code".to_owned(), FoundKind::OursOnly),
                ("/message".to_owned(), types),
            ]
        );
        let (one, two) = (json!({"a": [{"b": 1}]}), json!({"a": [{"b": 2}]}));
        assert!(places(one.clone(), two.clone(), Strictness::Shape).is_empty());
        assert_eq!(
            places(one, two, Strictness::Values),
            [("/a/0/b".to_owned(), FoundKind::Values)]
        );
    }

    #[test]
    fn the_order_of_identified_items_does_not_matter() {
        let vendor = json!({"keys": [{"kid": "b"}, {"kid": "a"}], "names": ["y", "x"]});
        let ours = json!({"names": ["x", "y"], "keys": [{"kid": "a"}, {"kid": "b"}]});
        assert!(places(vendor, ours, Strictness::Values).is_empty());
        let longer = places(json!([1, 2]), json!([1]), Strictness::Values);
        let lengths = FoundKind::Lengths { vendor: 2, ours: 1 };
        assert_eq!(longer, [(String::new(), lengths)]);
    }

    #[test]
    fn a_body_without_json_differs_from_one_with_it() {
        assert!(compare_bytes(b"", b"", Strictness::Values).is_empty());
        assert_eq!(
            compare_bytes(b"{}", b"<html>", Strictness::Shape),
            [unreadable("this service")]
        );
    }
}
