//! Names that `serde_json` reserves for values of its own.

/// The start of these names. `Number` follows it with the feature `arbitrary_precision`, and
/// `RawValue` with the feature `raw_value`. Any crate of a build can enable either.
const RESERVED: &str = "$serde_json::private::";

/// Whether an object with such a member may be read as another value: `serde_json` reads the value
/// of `Number` as a number, and the value of `RawValue` as JSON text, which this crate did not
/// check.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.starts_with(RESERVED)
}
