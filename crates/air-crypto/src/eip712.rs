//! EIP-712 hashing of typed data, both the platform's own and that of web pages, and EIP-191
//! hashing of messages.

mod acceptance;
mod envelope;
mod json;
#[cfg(test)]
mod published_tests;
mod typed_data;
mod types;
mod value;

pub use acceptance::CakAcceptance;
pub use envelope::WalletEnvelope;
pub use typed_data::{TypedData, TypedRow};

use sha3::{Digest, Keccak256};

use crate::{CakContext, ChainId};

type Word = [u8; 32];

/// The type name of a CAK's typed data. Its signature reveals the CAK of that context.
const CAK: &str = "ComplianceAccessKey";
/// The prefix of the names of the platform's own domains.
const OWN_DOMAINS: &str = "AIR ";

/// The digest that an identity wallet signs for `context` (CAK specification, section 2).
pub(crate) fn cak_digest(context: &CakContext, chain_id: ChainId) -> Word {
    let domain = own_domain("AIR Compliance Access Key", chain_id);
    let message = hash_struct(
        "ComplianceAccessKey(string user,string issuer,string schema,string curve)",
        &[
            string_word(context.user().as_str()),
            string_word(context.issuer().as_str()),
            string_word(context.schema().as_str()),
            string_word(context.curve().name()),
        ],
    );
    digest(&domain, &message)
}

/// The digest of a message (EIP-191, version `E`).
pub(crate) fn message_digest(message: &[u8]) -> Word {
    Keccak256::new()
        .chain_update(format!("\x19Ethereum Signed Message:\n{}", message.len()))
        .chain_update(message)
        .finalize()
        .into()
}

/// The domain separator of one of the platform's own domains, version 1.
fn own_domain(name: &str, chain_id: ChainId) -> Word {
    hash_struct(
        "EIP712Domain(string name,string version,uint256 chainId)",
        &[string_word(name), string_word("1"), uint_word(chain_id.value())],
    )
}

/// `keccak256(0x1901 || domainSeparator || hashStruct(message))`.
fn digest(domain: &Word, message: &Word) -> Word {
    Keccak256::new()
        .chain_update([0x19, 0x01])
        .chain_update(domain)
        .chain_update(message)
        .finalize()
        .into()
}

/// `keccak256(typeHash || encodeData)`.
fn hash_struct(encoded_type: &str, members: &[Word]) -> Word {
    let mut hasher = Keccak256::new().chain_update(Keccak256::digest(encoded_type));
    for member in members {
        hasher.update(member);
    }
    hasher.finalize().into()
}

fn string_word(text: &str) -> Word {
    Keccak256::digest(text).into()
}

fn uint_word(value: u64) -> Word {
    let mut word = [0; 32];
    if let Some(tail) = word.last_chunk_mut::<8>() {
        *tail = value.to_be_bytes();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address_word(hex_address: &str) -> Word {
        let mut word = [0; 32];
        hex::decode_to_slice(hex_address, &mut word[12..]).unwrap();
        word
    }

    /// The example of EIP-712 (`Mail` from Cow to Bob), with the digests that the EIP publishes.
    #[test]
    fn agrees_with_the_published_example() {
        const PERSON: &str = "Person(string name,address wallet)";
        const MAIL: &str = "Mail(Person from,Person to,string contents)Person(string name,address wallet)";
        let domain = hash_struct(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
            &[
                string_word("Ether Mail"),
                string_word("1"),
                uint_word(1),
                address_word("CcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"),
            ],
        );
        let person = |name, address| hash_struct(PERSON, &[string_word(name), address_word(address)]);
        let message = hash_struct(
            MAIL,
            &[
                person("Cow", "CD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
                person("Bob", "bBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"),
                string_word("Hello, Bob!"),
            ],
        );
        assert_eq!(
            hex::encode(domain),
            "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
        );
        assert_eq!(
            hex::encode(digest(&domain, &message)),
            "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
        );
    }
}
