//! Signed transactions as the fake node reads them.

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) bytes: Vec<u8>,
    pub(crate) chain_id: u64,
    pub(crate) nonce: u64,
    /// In wei for each gas.
    pub(crate) max_fee: u64,
    /// `None` for a legacy transaction.
    pub(crate) tip: Option<u64>,
    /// Empty if it creates a contract.
    pub(crate) to: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

impl Raw {
    pub(crate) fn decode(bytes: Vec<u8>) -> Self {
        if bytes[0] != 2 {
            let members = list(&bytes);
            let v = number(&members[6]);
            return Self {
                chain_id: (v - 35) / 2,
                nonce: number(&members[0]),
                max_fee: number(&members[1]),
                tip: None,
                to: members[3].clone(),
                data: members[5].clone(),
                bytes,
            };
        }
        let members = list(&bytes[1..]);
        Self {
            chain_id: number(&members[0]),
            nonce: number(&members[1]),
            tip: Some(number(&members[2])),
            max_fee: number(&members[3]),
            to: members[5].clone(),
            data: members[7].clone(),
            bytes,
        }
    }
}

impl Raw {
    /// The number of leaves at its checkpoint; 0 if it creates the contract.
    pub(crate) fn size(&self) -> u64 {
        if self.to.is_empty() {
            0
        } else {
            number(&self.data[4..36])
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The strings of an RLP list. The access list, which is empty, counts as an empty string.
fn list(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (_, mut rest, _) = item(bytes);
    let mut strings = Vec::new();
    while !rest.is_empty() {
        let (_, content, after) = item(rest);
        strings.push(content.to_vec());
        rest = after;
    }
    strings
}

/// Whether the first item is a list, its content, and what follows it.
fn item(bytes: &[u8]) -> (bool, &[u8], &[u8]) {
    let first = usize::from(bytes[0]);
    let (is_list, start, length) = match first {
        0..0x80 => (false, 0, 1),
        0x80..0xb8 => (false, 1, first - 0x80),
        0xb8..0xc0 => (false, 1 + first - 0xb7, long(bytes, first - 0xb7)),
        0xc0..0xf8 => (true, 1, first - 0xc0),
        _ => (true, 1 + first - 0xf7, long(bytes, first - 0xf7)),
    };
    (is_list, &bytes[start..start + length], &bytes[start + length..])
}

fn long(bytes: &[u8], digits: usize) -> usize {
    usize::try_from(number(&bytes[1..=digits])).unwrap()
}
