//! Names that `serde_json` reserves for values of its own.

/// The start of these names. `Number` follows it with the feature `arbitrary_precision`, and
/// `RawValue` with the feature `raw_value`. Any crate of a build can enable either.
const RESERVED: &str = "$serde_json::private::";

/// Whether `serde_json` may read an object with this member as another value: it reads the value of
/// `$serde_json::private::Number` as a number, and that of `$serde_json::private::RawValue` as JSON
/// text, which this crate did not check.
#[must_use]
pub fn is_reserved_name(name: &str) -> bool {
    name.starts_with(RESERVED)
}
