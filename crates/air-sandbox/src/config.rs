//! How a platform is started.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use air_store::Data;

use crate::{Clock, Limits, Network, Quotas, Tls};

/// A platform's settings; [`Config::default`] is right for tests.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The public base URL, without a trailing slash; credentials name their status lists by it. Defaults to the listen address.
    /// Set it behind a reverse proxy or when listening on 0.0.0.0.
    pub public_url: Option<String>,
    /// Whether set-up needs the operator token also where the platform is for this machine alone: where other users of the machine, or
    /// a proxy on it, are not to be the operator.
    pub require_token: bool,
    /// Where the data lives.
    pub data: Data,
    /// How often pending entries are anchored.
    pub block_time: Duration,
    /// The network that wallets sign for. Defaults to the platform's testnet.
    pub chain_id: u64,
    /// The time.
    pub clock: Clock,
    /// How much of the server one caller may take.
    pub limits: Limits,
    /// The reverse proxies that connect for others: they may have any number of connections.
    pub trusted_proxies: Vec<Network>,
    /// How much of the store one partner may take.
    pub quotas: Quotas,
    /// With which certificate it serves https; plain http without.
    pub tls: Option<Tls>,
    /// Where to serve the pages that the AIR Kit SDK shows in its frames, over https with a certificate of the platform's own. Defaults
    /// to not serving them. The SDK's `buildEnv: "development"` looks for them at port 8200.
    #[cfg(feature = "airkit")]
    pub airkit: Option<SocketAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            public_url: None,
            require_token: false,
            data: Data::Memory,
            block_time: Duration::from_millis(500),
            chain_id: 222_888,
            clock: Clock::system(),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            quotas: Quotas::default(),
            tls: None,
            #[cfg(feature = "airkit")]
            airkit: None,
        }
    }
}
