//! Calls and answers as viem encodes them, and the code as anvil has it.

use air_ledger::evm::{
    Address, Error,
    contract::{self, Call, Checkpoint, Refusal, code},
};
use serde_json::Value;

use super::recorded::{Recorded, bytes, hash, hashes, text};

fn number(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

/// Compares the data of a call, and the answer if there is one.
fn compare(case: &Value) {
    let arguments = &case["arguments"];
    let function = text(&case["function"]);
    let path = match function {
        "checkpoint" => hashes(&arguments[2]),
        "included" => hashes(&arguments[3]),
        _ => Vec::new(),
    };
    let call = match function {
        "checkpoint" => Call::Checkpoint {
            size: number(&arguments[0]),
            root: hash(&arguments[1]),
            path: &path,
        },
        "roots" => Call::Roots {
            size: number(&arguments[0]),
        },
        "size" => Call::Size,
        "included" => Call::Included {
            leaf: hash(&arguments[0]),
            index: number(&arguments[1]),
            size: number(&arguments[2]),
            path: &path,
        },
        "submitter" => Call::Submitter,
        "pendingSubmitter" => Call::PendingSubmitter,
        "owner" => Call::Owner,
        "ledgerId" => Call::LedgerId,
        "setSubmitter" => Call::SetSubmitter {
            proposed: text(&arguments[0]).parse().unwrap(),
        },
        "acceptSubmitter" => Call::AcceptSubmitter,
        other => panic!("{other}"),
    };
    assert_eq!(
        hex::encode(call.encode()),
        hex::encode(bytes(&case["data"])),
        "{function}"
    );
    if !case["answer"].is_null() {
        let (answer, result) = (bytes(&case["answer"]), &case["result"]);
        compare_answer(function, &answer, result);
    }
}

fn compare_answer(function: &str, answer: &[u8], result: &Value) {
    match function {
        "roots" => {
            let expected = Some(hash(result)).filter(|root| *root != [0; 32]);
            assert_eq!(contract::root(answer).unwrap(), expected);
        }
        "size" => assert_eq!(contract::size(answer).unwrap(), number(result)),
        "included" => assert_eq!(contract::included(answer).unwrap(), result.as_bool().unwrap()),
        "ledgerId" => assert_eq!(contract::ledger_id(answer).unwrap(), hash(result)),
        _ => {
            let expected: Address = text(result).parse().unwrap();
            assert_eq!(contract::account(answer).unwrap(), Some(expected));
        }
    }
}

/// The calls, errors and events of a recorded ledger.
pub(super) fn compare_all(recorded: &Recorded) {
    let calls = recorded.calls["calls"].as_array().unwrap();
    assert!(calls.len() > 12);
    calls.iter().for_each(compare);
    let errors = recorded.calls["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 5);
    for case in errors {
        let expected = match text(&case["error"]) {
            "NotSubmitter" => Refusal::NotSubmitter,
            "NotOwner" => Refusal::NotOwner,
            "NotProposed" => Refusal::NotProposed,
            "NotNewer" => Refusal::NotNewer {
                size: number(&case["arguments"][0]),
            },
            "NotAnExtension" => Refusal::NotAnExtension,
            other => panic!("{other}"),
        };
        let data = bytes(&case["data"]);
        assert_eq!(Refusal::decode(&data), Some(expected));
        assert_eq!(Refusal::decode(&[&data[..], &[0]].concat()), None);
        assert_eq!(Refusal::decode(&data[..3]), None);
    }
    let events = recorded.calls["events"].as_array().unwrap();
    assert_eq!(events.len(), 3);
    for case in events {
        let (topics, data) = (hashes(&case["topics"]), bytes(&case["data"]));
        let arguments = &case["arguments"];
        let expected = Checkpoint {
            size: number(&arguments["size"]),
            root: hash(&arguments["root"]),
            previous: number(&arguments["previous"]),
        };
        assert_eq!(Checkpoint::decode(&topics, &data).unwrap(), expected);
        assert!(matches!(
            Checkpoint::decode(&topics[..2], &data),
            Err(Error::InvalidEvent)
        ));
        assert!(Checkpoint::decode(&topics, &data[1..]).is_err());
        assert!(Checkpoint::decode(&[topics[1], topics[1], topics[2]], &data).is_err());
    }
}

/// The code with its immutable words, and the data of the transaction that created it.
pub(super) fn compare_code(recorded: &Recorded) {
    let trusted = &recorded.trusted;
    let immutables = code::Immutables {
        ledger_id: hash(&trusted["ledgerId"]),
        owner: text(&trusted["owner"]).parse().unwrap(),
    };
    let deployed = bytes(&trusted["code"]);
    let places = "the places of the immutable words are stale: see contracts/AirLedger.json";
    assert_eq!(code::deployed(&immutables), deployed, "{places}");
    assert_eq!(code::hash(&immutables), recorded.pinned().code_hash);
    assert_eq!(code::recognize(&deployed), Some(immutables));
    let submitter = text(&trusted["submitter"]).parse().unwrap();
    assert_eq!(
        code::creation(&immutables, submitter),
        bytes(&trusted["creation"]["data"])
    );
    for place in 0..deployed.len() {
        let mut other = deployed.clone();
        other[place] ^= 1;
        let found = code::recognize(&other);
        assert_ne!(found, Some(immutables), "byte {place}");
        // Only the two immutable words may differ. The owner's are in two places.
        assert!(
            found.is_none_or(|found| found.owner == immutables.owner),
            "byte {place}"
        );
    }
    assert_eq!(code::recognize(&deployed[1..]), None);
    assert_eq!(code::recognize(&[]), None);
}

#[test]
fn calls_and_answers_are_those_of_viem() {
    compare_all(&Recorded::stored());
}

#[test]
fn the_code_is_the_deployed_one() {
    compare_code(&Recorded::stored());
}

#[test]
fn answers_that_the_contract_cannot_give_are_refused() {
    let word = |last: [u8; 9]| [&[0; 23][..], &last].concat();
    let one = word([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let two = word([0, 0, 0, 0, 0, 0, 0, 0, 2]);
    let big = word([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(contract::size(&big).is_err());
    assert!(contract::included(&two).is_err());
    assert!(contract::account(&[1; 32]).is_err());
    assert_eq!(contract::account(&[0; 32]).unwrap(), None);
    assert!(contract::included(&one).unwrap());
    // A node answers with no bytes where there is no contract.
    for answer in [&[][..], &one[1..], &[0; 64]] {
        assert!(matches!(contract::root(answer), Err(Error::InvalidAnswer { .. })));
        assert!(contract::size(answer).is_err());
        assert!(contract::included(answer).is_err());
        assert!(contract::account(answer).is_err());
        assert!(contract::ledger_id(answer).is_err());
    }
}
