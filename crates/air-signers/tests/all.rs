//! Signers against SoftHSM and against signing services. One program, since each costs as much to
//! link as most take to run.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panic"
)]

mod pkcs11;
mod reference;
mod remote;
mod softhsm;
