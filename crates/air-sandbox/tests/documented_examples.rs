//! The platform's documentation, word for word: each URL and body as it stands there, and of each
//! answer the exact members, spellings, forms and codes. What an answer has beyond the
//! documentation is named where it is allowed.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod callbacks;
mod catalogue;
mod errors;
mod forms;
mod issuing;
mod support;
