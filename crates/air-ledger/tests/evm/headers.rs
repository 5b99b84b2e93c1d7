//! Headers of blocks: the number of their members, and the members that proofs need.

use air_ledger::evm::{Error, Header, Subject, UnixTime, keccak256};

/// The members of a header: the state root is the fourth, the number the ninth, the time the twelfth.
fn members(count: usize) -> Vec<Vec<u8>> {
    let mut members = vec![Vec::new(); count];
    members[3] = vec![7; 32];
    members[8] = vec![1, 0];
    members[11] = vec![2, 0];
    members
}

fn encoded(members: &[Vec<u8>]) -> Vec<u8> {
    Header::encode(members.iter().map(Vec::as_slice))
}

#[test]
fn a_header_has_at_least_the_members_of_the_first_version() {
    let bytes = encoded(&members(15));
    let header = Header::decode(&bytes).unwrap();
    assert_eq!(header.hash, keccak256(&bytes));
    assert_eq!(header.state_root.as_bytes(), &[7; 32]);
    assert_eq!((header.number, header.timestamp), (256, UnixTime::from_secs(512)));
    let few = Header::decode(&encoded(&members(14))).unwrap_err();
    let rule = "must have at least 15 members";
    assert!(matches!(few, Error::InvalidRlp { subject: Subject::Header, rule: found } if found == rule));
}

#[test]
fn a_header_has_a_limited_number_of_members() {
    assert!(Header::decode(&encoded(&members(64))).is_ok());
    assert!(Header::decode(&encoded(&members(65))).is_err());
}
