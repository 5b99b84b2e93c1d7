#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod addresses;
mod client;
mod handshake;
mod limits;
mod network;
mod server;
#[cfg(feature = "otel")]
mod traces;

pub use self::{
    addresses::Addresses,
    client::{ForwardedHeader, Proxies},
    handshake::{Handshake, Plain},
    limits::ConnectionLimits,
    network::{EveryAddress, InvalidNetwork, Network, counted_as},
    server::Server,
};
#[cfg(feature = "otel")]
#[cfg_attr(docsrs, doc(cfg(feature = "otel")))]
pub use traces::{Traces, TracesError, join_trace, traceparent};
