#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod check;
mod claims;
mod clock;
mod config;
mod error;
mod http;
mod in_flight;
mod issue;
mod keys;
mod metrics;
#[cfg(feature = "openid4vc")]
mod openid4vc;
mod pages;
mod platform;
mod rate;
mod reference_key;
mod service;
mod state;
mod status;
mod store;
mod subjects;

pub use air_ids::UnixTime;

pub use self::{
    check::{Check, CheckLevel, check},
    claims::{
        ClaimError, ClaimFuture, ClaimRequest, ClaimSource, Claims, Hook, HookError, Purpose, Table,
        TableError, Validity,
    },
    clock::Clock,
    config::{Config, ConfigError, Environment, SchemaConfig},
    error::Error,
    service::IssuerService,
};
