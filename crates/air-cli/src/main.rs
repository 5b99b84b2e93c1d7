//! The `air` binary.

fn main() {}
