//! Status lists of both kinds, entries and allocators: what decodes encodes back to the same.

use air_vc::status::{
    BitstringStatusList, BitstringStatusListEntry, IndexAllocator, Status, StatusBits, StatusList,
};
use serde_json::{Map, Value};

/// Compressed bytes of a list; or, as JSON, the claim `status_list`, the subject of a list's
/// credential, or an entry.
pub fn list(data: &[u8]) {
    for bits in [
        StatusBits::One,
        StatusBits::Two,
        StatusBits::Four,
        StatusBits::Eight,
    ] {
        if let Ok(list) = StatusList::from_zlib(bits, data) {
            token_list(&list);
        }
    }
    if let Ok(allocator) = IndexAllocator::from_bytes(data) {
        assert_eq!(allocator.to_bytes(), data);
        assert!(allocator.free() <= allocator.entries());
    }
    let Ok(object) = serde_json::from_slice::<Map<String, Value>>(data) else {
        return;
    };
    if let Ok(list) = StatusList::from_claim(&object) {
        token_list(&list);
    }
    if let Ok(list) = BitstringStatusList::from_subject(&object) {
        bitstring_list(&list);
    }
    let value = Value::Object(object);
    if let Ok(entry) = BitstringStatusListEntry::parse(&value) {
        let again = BitstringStatusListEntry::parse(&entry.to_value()).expect("what is written reads back");
        assert_eq!(again, entry);
    }
}

fn token_list(list: &StatusList) {
    let again = StatusList::from_zlib(list.bits(), &list.to_zlib()).expect("what is written reads back");
    assert_eq!(again.as_bytes(), list.as_bytes());
    let mut again = StatusList::from_claim(&list.to_claim()).expect("what is written reads back");
    assert_eq!(&again, list);
    assert!(list.status(list.entries()).is_err());
    if let Some(last) = list.entries().checked_sub(1) {
        let status = list.status(last).expect("it is within the list");
        again.set(last, Status::Invalid).expect("one bit is enough");
        again.set(last, status).expect("it was there");
        assert_eq!(&again, list);
    }
}

fn bitstring_list(list: &BitstringStatusList) {
    let mut again =
        BitstringStatusList::from_subject(&list.to_subject()).expect("what is written reads back");
    assert_eq!(&again, list);
    assert!(list.value(list.entries()).is_err());
    let last = list.entries() - 1;
    let value = list.value(last).expect("it is within the list");
    again.set(last, 1).expect("one bit is enough");
    again.set(last, value).expect("it was there");
    assert_eq!(&again, list);
}
