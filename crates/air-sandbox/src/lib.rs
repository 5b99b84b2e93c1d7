#![doc = include_str!("../README.md")]

mod clock;
mod config;
mod error;
mod faults;
mod platform;

mod domain;
mod http;
mod ids;
mod request_log;
mod store;
mod trust;

pub use clock::Clock;
pub use config::{Config, Data, DatabaseUrl};
pub use error::Error;
pub use platform::Platform;
