#![doc = include_str!("../README.md")]

mod airkit;
mod clock;
mod config;
mod error;
mod exposure;
mod faults;
mod limits;
mod metrics;
mod operator_token;
mod platform;
mod test_platform;

mod domain;
mod http;
mod ids;
mod request_log;
mod server;
mod store;
mod tls;
#[cfg(feature = "otel")]
mod traces;
mod trust;

pub use airkit::Airkit;
pub use clock::Clock;
pub use config::{Config, Data, DatabaseUrl};
pub use error::Error;
pub use limits::Limits;
pub use platform::Platform;
pub use test_platform::{TestPartner, TestPlatform, TestPlatformBuilder};
pub use tls::Tls;
#[cfg(feature = "otel")]
pub use traces::Traces;
