//! `did:air`: the platform's identifiers of issuers, verifiers and users.
//!
//! The method has no published specification. The following facts are known from these sources:
//!
//! * **Observed.** The form is `did:air:id:<network>:<base58>`. Thirteen identifiers that
//!   dashboards gave to issuers, found in their public code, are 31 bytes in base58. In each, the
//!   last two bytes are the sum of the other 29, little-endian. All thirteen have the network
//!   `test` and begin with the bytes 03 d2.
//! * **Published for another method.** iden3's identifiers have the same layout (go-iden3-core,
//!   `id.go`): a type of two bytes, a genesis of 27 bytes, a checksum of two bytes. Their genesis
//!   is the end of a hash of the identity's first state, and an identifier of zeros only is
//!   invalid.
//! * **Inferred.** As in iden3's types, 03 means the method and d2 the network. Because this is
//!   inferred, the type is not compared with the network's name. No identifier of a production
//!   network has been observed, nor the network's name.
//!
//! The identifier in the platform's own examples, `5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB`, is
//! rejected. Its checksum matches the same identifier with a leading `4`, which has the type 03 d2.
//! One character was probably changed so that the identifier belongs to nobody.
//!
//! # What the checksum detects
//! * **One wrong character** is missed about once in 10,000. A change in the first 26 places leaves
//!   the last two bytes unchanged and always changes the sum: an unchanged sum modulo 255 needs a
//!   difference that is a multiple of 255, and characters differ by at most 57. In the other 16
//!   places, nearly three million trials found misses only in the 30th and 32nd, where one change
//!   in 500 is missed.
//! * **Two neighbouring characters exchanged** are missed about once in 130,000, and **two wrong
//!   characters** about once in 1,500. The checksum does not protect against forgery: anyone can
//!   create an identifier with a correct sum.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Did;
use crate::Error;

const PREFIX: &str = "did:air:id:";
const LENGTH: usize = 31;

/// `did:air:id:<network>:<identifier>`, with a checksum that catches typing errors.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AirDid {
    network: AirNetwork,
    kind: AirType,
    genesis: [u8; 27],
}

/// The network's name in a `did:air`: 1 to 32 lower-case letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AirNetwork(String);

/// The first two bytes of an identifier. The first is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AirType([u8; 2]);

impl AirDid {
    /// Creates an identifier with its checksum.
    #[must_use]
    pub fn new(network: AirNetwork, kind: AirType, genesis: [u8; 27]) -> Self {
        Self {
            network,
            kind,
            genesis,
        }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &AirNetwork {
        &self.network
    }

    /// The type.
    #[must_use]
    pub fn kind(&self) -> AirType {
        self.kind
    }

    /// The genesis: the bytes that identify the identity.
    #[must_use]
    pub fn genesis(&self) -> &[u8; 27] {
        &self.genesis
    }

    /// All 31 bytes: type, genesis, checksum.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let parts = self.kind.0.iter().chain(&self.genesis).copied();
        for (byte, part) in bytes.iter_mut().zip(parts.chain(self.checksum())) {
            *byte = part;
        }
        bytes
    }

    /// The sum of the other bytes, little-endian. It is at most 29 · 255, so it can't overflow.
    fn checksum(&self) -> [u8; 2] {
        let bytes = self.kind.0.iter().chain(&self.genesis);
        bytes.map(|byte| u16::from(*byte)).sum::<u16>().to_le_bytes()
    }
}

impl FromStr for AirDid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidDid { reason };
        let (network, encoded) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once(':'))
            .ok_or(invalid("it must be did:air:id:<network>:<identifier>"))?;
        let network = network.parse()?;
        let mut bytes = [0; LENGTH];
        let length = bs58::decode(encoded)
            .onto(&mut bytes)
            .map_err(|error| match error {
                bs58::decode::Error::BufferTooSmall => invalid("the identifier is longer than 31 bytes"),
                _ => invalid(
                    "the identifier has characters that base58 does not allow (0, O, I, l and others)",
                ),
            })?;
        if length != LENGTH {
            return Err(invalid("the identifier is shorter than 31 bytes"));
        }
        let [method, of_network, middle @ .., low, high] = bytes;
        let did = Self::new(network, AirType::from_bytes([method, of_network])?, middle);
        if did.checksum() == [low, high] {
            Ok(did)
        } else {
            Err(Error::AirDidChecksum)
        }
    }
}

impl TryFrom<String> for AirDid {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<AirDid> for String {
    fn from(did: AirDid) -> Self {
        did.to_string()
    }
}

impl From<AirDid> for Did {
    fn from(did: AirDid) -> Self {
        Self::from_checked(did.to_string())
    }
}

impl fmt::Display for AirDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = bs58::encode(self.to_bytes()).into_string();
        write!(f, "{PREFIX}{}:{encoded}", self.network.0)
    }
}

impl AirNetwork {
    /// `test`, the network of every observed identifier.
    #[must_use]
    pub fn test() -> Self {
        Self("test".to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AirNetwork {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if (1..=32).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidDid {
                reason: "the network's name must be 1 to 32 lower-case letters and digits",
            })
        }
    }
}

impl fmt::Display for AirNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AirType {
    /// The type of every observed identifier on `test`.
    pub const TEST: Self = Self([0x03, 0xd2]);

    /// Reads a type.
    ///
    /// # Errors
    /// [`Error::InvalidDid`] when the first byte is 0, which is no method.
    pub fn from_bytes(bytes: [u8; 2]) -> Result<Self, Error> {
        match bytes {
            [0, _] => Err(Error::InvalidDid {
                reason: "the identifier's first byte is 0, which is no valid method",
            }),
            _ => Ok(Self(bytes)),
        }
    }

    /// Both bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 2] {
        self.0
    }
}
