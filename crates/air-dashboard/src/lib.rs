#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod accounts;
mod anchor;
mod assets;
mod builder;
mod checkpoints;
mod choices;
mod credentials;
mod events;
mod form;
mod gate;
mod issue;
mod layout;
mod login;
mod logo;
mod offers;
mod operation;
mod overview;
mod programs;
mod records;
mod router;
mod schemas;
mod search;
mod verification;
mod wallet;

pub use access::{Access, CountedPeer};
pub use router::router;
