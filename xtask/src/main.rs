//! Every job that a person or CI runs.

fn main() {}
