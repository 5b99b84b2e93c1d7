#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "airkit", feature = "dashboard")),
    allow(dead_code, unused_imports, reason = "some functions are for the pages only")
)]

#[cfg(feature = "airkit")]
mod airkit;
#[cfg(feature = "airkit")]
mod airkit_hosts;
mod clock;
mod config;
mod error;
mod exposure;
mod faults;
mod limits;
mod metrics;
mod network;
mod operator_token;
mod platform;
mod quotas;
mod test_platform;

mod domain;
mod http;
mod ids;
mod request_log;
mod server;
mod text;
mod tls;
#[cfg(feature = "otel")]
mod traces;
mod trust;

pub use air_store::{Data, DatabaseUrl, Error as StoreError};
#[cfg(feature = "airkit")]
pub use airkit::Airkit;
pub use clock::Clock;
pub use config::Config;
pub use error::Error;
pub use limits::Limits;
pub use network::{InvalidNetwork, Network};
pub use platform::Platform;
pub use quotas::Quotas;
pub use test_platform::{TestPartner, TestPlatform, TestPlatformBuilder};
pub use tls::Tls;
#[cfg(feature = "otel")]
pub use traces::Traces;
