#![doc = include_str!("../README.md")]

mod clock;
mod config;
mod error;
mod faults;
mod platform;
mod test_platform;

mod domain;
mod http;
mod ids;
mod store;
mod trust;

pub use clock::Clock;
pub use config::{Config, Data};
pub use error::Error;
pub use platform::Platform;
pub use test_platform::{TestPartner, TestPlatform, TestPlatformBuilder};
