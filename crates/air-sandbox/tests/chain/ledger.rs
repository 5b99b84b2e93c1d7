//! The contract `AirLedger` as the fake node executes it.

use std::collections::BTreeMap;

use air_ledger::{
    evm::{
        Address,
        contract::{Call, code},
        keccak256,
    },
    merkle::{Hash, verify_consistency},
};

/// The contract in the state of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) code: Vec<u8>,
    pub(crate) submitter: Address,
    pub(crate) size: u64,
    pub(crate) roots: BTreeMap<u64, Hash>,
}

/// The data of a revert.
pub(crate) type Revert = Vec<u8>;

impl Ledger {
    /// Creates a contract from the data of a creation: the code, then the name, the submitter and the owner.
    pub(crate) fn create(data: &[u8]) -> Self {
        let arguments = data.last_chunk::<96>().unwrap();
        let address = |place: usize| Address::new(arguments[place + 12..place + 32].try_into().unwrap());
        let immutables = code::Immutables {
            ledger_id: arguments[..32].try_into().unwrap(),
            owner: address(64),
        };
        assert_eq!(
            data,
            code::creation(&immutables, address(32)),
            "the creation is that of AirLedger"
        );
        Self {
            code: code::deployed(&immutables),
            submitter: address(32),
            size: 0,
            roots: BTreeMap::new(),
        }
    }

    /// Executes a transaction of the account `from`.
    pub(crate) fn execute(&mut self, from: Address, data: &[u8]) -> Result<(), Revert> {
        let (selector, arguments) = data.split_first_chunk::<4>().unwrap();
        assert_eq!(*selector, selector_of("checkpoint(uint64,bytes32,bytes32[])"));
        if from != self.submitter {
            return Err(selector_of("NotSubmitter()").to_vec());
        }
        let word = |index: usize| -> Hash { arguments[32 * index..][..32].try_into().unwrap() };
        let number = |index: usize| u64::from_be_bytes(*word(index).last_chunk().unwrap());
        let (size, root) = (number(0), word(1));
        let length = usize::try_from(number(3)).unwrap();
        let path: Vec<Hash> = (4..4 + length).map(word).collect();
        if size <= self.size {
            return match self.roots.get(&size) {
                None => Err([
                    &selector_of("NotNewer(uint64)")[..],
                    &[0; 24],
                    &self.size.to_be_bytes(),
                ]
                .concat()),
                Some(stored) if *stored == root => Ok(()),
                Some(_) => Err(selector_of("NotAnExtension()").to_vec()),
            };
        }
        let extends = match self.roots.get(&self.size) {
            None => path.is_empty(),
            Some(newest) => verify_consistency(self.size, newest, size, &root, &path),
        };
        if !extends {
            return Err(selector_of("NotAnExtension()").to_vec());
        }
        self.size = size;
        self.roots.insert(size, root);
        Ok(())
    }

    /// Answers a call that only reads.
    pub(crate) fn read(&self, data: &[u8]) -> Vec<u8> {
        let number = |number: u64| [&[0; 24][..], &number.to_be_bytes()].concat();
        if data == Call::Size.encode() {
            number(self.size)
        } else if data == Call::Submitter.encode() {
            [&[0; 12][..], self.submitter.as_bytes()].concat()
        } else {
            let size = u64::from_be_bytes(*data.last_chunk().unwrap());
            assert_eq!(data, Call::Roots { size }.encode());
            self.roots.get(&size).copied().unwrap_or_default().to_vec()
        }
    }
}

fn selector_of(signature: &str) -> [u8; 4] {
    *keccak256(signature.as_bytes()).as_bytes().first_chunk().unwrap()
}
