//! Helpers that several test modules share.

use serde_json::Value;

pub(crate) fn vectors(file: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(file);
    #[expect(clippy::disallowed_methods, reason = "tests read their vectors")]
    let json = std::fs::read(path).unwrap();
    serde_json::from_slice(&json).unwrap()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}"))
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value).trim_start_matches("0x")).unwrap()
}

/// Returns the random bytes that a vector was made with, and panics when they are used up.
pub(crate) struct FixedRng(std::collections::VecDeque<u8>);

impl FixedRng {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec().into())
    }
}

impl rand_core::TryRng for FixedRng {
    type Error = rand_core::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for byte in out {
            *byte = self.0.pop_front().expect("the vector's randomness is used up");
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for FixedRng {}
