//! How much of the server one caller may take.

use std::{num::NonZeroU32, time::Duration};

/// Bounds on connections and requests; [`Limits::default`] is right for a platform that others reach, too. Bodies have theirs by route: a
/// document 32 MiB, all else 256 KiB. An answer that has begun may last: a stream is no slow caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are served at once. Beyond them a few answer probes (`/healthz`, `/readyz`), and others wait there 2 s for a place,
    /// then get a 503; further ones wait, not yet accepted.
    pub connections: usize,
    /// How many of them one address may have; further ones get an answer to a probe, or are closed. An IPv6 address counts by its first 64 bits.
    /// [`Config::trusted_proxies`](crate::Config::trusted_proxies) have no such limit.
    pub connections_per_address: usize,
    /// How many headers a request may have; with more it is a 431.
    pub headers: usize,
    /// How many bytes they may have, with the request's first line; with more it is a 431.
    pub head_bytes: usize,
    /// How long a TLS handshake, and then a request's head may take to come; so, too, how long a connection may be idle.
    pub head_time: Duration,
    /// How long its body may take to come; later it is a 408.
    pub body_time: Duration,
    /// How long it may take from there until its answer begins; later it is a 503.
    pub answer_time: Duration,
    /// How long a peer may take nothing of what is written to it; then its connection is closed.
    pub write_time: Duration,
    /// How many bytes the bodies of more than 256 KiB may have together while they are received and handled; beyond that it is a 503. One
    /// partner's may have a quarter of it, and one body at least; beyond that it is a 429.
    pub large_bodies: usize,
    /// How many requests an address may send in a second (and at once), the probes aside; with more it is a 429. An IPv6 address counts by
    /// its first 64 bits. Defaults to no limit, since all clients on loopback share one address.
    pub rate: Option<NonZeroU32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_address: 256,
            headers: 64,
            head_bytes: 32 * 1024,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_mins(1),
            answer_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            large_bodies: 256 * 1024 * 1024,
            rate: None,
        }
    }
}
