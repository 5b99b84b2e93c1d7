#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod backup;
mod breaker;
mod check;
mod claims;
mod clock;
mod config;
mod count;
mod error;
mod events;
mod group;
mod http;
#[cfg(feature = "postgres")]
mod import;
mod in_flight;
mod issue;
mod jobs;
mod keys;
mod metrics;
#[cfg(feature = "openid4vc")]
mod openid4vc;
mod pages;
mod platform;
mod rate;
mod reference_key;
mod request_context;
mod revoke_key;
mod service;
mod shadow;
mod signed_post;
mod state;
mod status;
mod store;
mod subjects;
mod text;
#[cfg(feature = "otel")]
mod traces;
mod user_data;

pub use air_ids::UnixTime;

#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use self::import::{
    ImportError, ImportOptions, ImportReport, RefusalReason, RefusedRow, VendorDatabase, import,
};
pub use self::{
    backup::{BackupError, BackupReport, RestoreOptions, RestoreReport, backup, restore},
    check::{Check, CheckLevel, check},
    claims::{
        ClaimError, ClaimFuture, ClaimRequest, ClaimSource, Claims, Hook, HookError, Purpose, SourceCheck,
        Sql, SqlError, Table, TableError, Validity,
    },
    clock::Clock,
    config::{Config, ConfigError, Environment, SchemaConfig},
    error::Error,
    revoke_key::{KeyRevocation, KeyRevocationReport, revoke_key},
    service::IssuerService,
    shadow::{ShadowDifference, ShadowError, ShadowOptions, ShadowReport, ShadowedRequest, shadow},
    user_data::{ErasureReport, ExportedTable, Person, UserDataError, erase_user, export_user},
};
#[cfg(feature = "otel")]
#[cfg_attr(docsrs, doc(cfg(feature = "otel")))]
pub use air_server::Traces;
#[cfg(feature = "otel")]
#[cfg_attr(docsrs, doc(cfg(feature = "otel")))]
pub use traces::traces_from_environment;
