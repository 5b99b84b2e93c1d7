//! The contract's code, as the repository's build has it (`contracts/AirLedger.json`).
//!
//! The code of a contract does not fix its storage. The code that creates a contract is not kept,
//! so a deployer can write forged roots in it, and then return exactly [`deployed`]. Pin a contract
//! by its address and [`hash`] only after a check of the transaction that created it: it must have
//! no recipient, and its input must equal [`creation`] for the same [`Immutables`] and the first
//! submitter. No proof of this crate shows that.

use crate::evm::hash::{Address, KeccakHash, keccak256};

/// The code that creates the contract, without its arguments.
const CREATION: &[u8] = include_bytes!("creation.bin");
/// The contract's code, with zeros for the immutable words.
const DEPLOYED: &[u8] = include_bytes!("deployed.bin");
/// The places of the immutable words in [`DEPLOYED`]: `immutables` of the build.
const LEDGER_ID: [usize; 1] = [395];
const OWNER: [usize; 2] = [335, 503];

/// The values that a contract's code fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Immutables {
    /// The ledger's name.
    pub ledger_id: [u8; 32],
    /// The account that may propose a submitter.
    pub owner: Address,
}

/// The data of the transaction that creates a contract, whose storage then has no root. A verifier
/// compares it with the input of the transaction that created the contract to pin.
#[must_use]
pub fn creation(of: &Immutables, submitter: Address) -> Vec<u8> {
    let mut data = CREATION.to_vec();
    data.extend(of.ledger_id);
    data.extend(padded(submitter));
    data.extend(padded(of.owner));
    data
}

/// The code of a contract.
#[must_use]
pub fn deployed(of: &Immutables) -> Vec<u8> {
    let mut code = DEPLOYED.to_vec();
    for (places, word) in [(&LEDGER_ID[..], of.ledger_id), (&OWNER[..], padded(of.owner))] {
        for place in places {
            if let Some(hole) = code.get_mut(*place..place + 32) {
                hole.copy_from_slice(&word);
            }
        }
    }
    code
}

/// Keccak-256 of the code of a contract, which a verifier pins beside the address. It does not
/// cover the storage: compare the input of the creation with [`creation`] too.
#[must_use]
pub fn hash(of: &Immutables) -> KeccakHash {
    keccak256(&deployed(of))
}

/// Returns the values that the code fixes, if it is that of a contract of this build; `None` for
/// any other code. It does not show that the contract was created by [`creation`], with empty
/// storage.
#[must_use]
pub fn recognize(code: &[u8]) -> Option<Immutables> {
    let word = |place: usize| <[u8; 32]>::try_from(code.get(place..place + 32)?).ok();
    let owner = word(OWNER[0])?;
    let found = Immutables {
        ledger_id: word(LEDGER_ID[0])?,
        owner: Address::new(*owner.last_chunk()?),
    };
    (deployed(&found) == code).then_some(found)
}

/// An address as a word.
fn padded(address: Address) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address.as_bytes());
    word
}
