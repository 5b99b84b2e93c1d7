//! The settings of a platform.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use air_platform::{channel::Channel, predicate_proofs::PredicateProgram, w3c_proofs::ProofProgram};
use air_store::Data;
#[cfg(feature = "openid4vc")]
use air_x509::Anchors;

#[cfg(feature = "chain")]
use crate::chain::ChainSettings;
use crate::{Clock, Limits, Network, Quotas, Tls};

/// The settings of a platform. [`Config::default`] is suitable for tests; change its fields before the start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The listen address. Port 0 selects a free port.
    pub listen: SocketAddr,
    /// The public base URL, without a trailing slash. Credentials contain it in the URLs of their
    /// status lists. Defaults to the listen address. Set it behind a reverse proxy or when
    /// listening on 0.0.0.0.
    pub public_url: Option<String>,
    /// Whether setup requires the operator token even if only this machine can reach the platform.
    /// Set it if other users of the machine, or a proxy on it, must not be operators.
    pub require_token: bool,
    /// The location of the data.
    pub data: Data,
    /// The interval at which pending entries are anchored.
    pub block_time: Duration,
    /// The network for which wallets sign. Defaults to the platform's testnet.
    pub chain_id: u64,
    /// The source of the machine's time. Defaults to the system clock.
    pub clock: Clock,
    /// The limits on one caller's use of the server.
    pub limits: Limits,
    /// The reverse proxies. They may have any number of connections, and may not have every address of IPv4 or
    /// IPv6.
    pub trusted_proxies: Vec<Network>,
    /// The limits on one partner's use of the store.
    pub quotas: Quotas,
    /// The authorities of the wallet providers whose attestations authenticate wallets and keys. If
    /// there are any, a wallet needs an attestation for an authorization code, and may prove its
    /// keys by one. Defaults to none: a wallet names itself.
    #[cfg(feature = "openid4vc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "openid4vc")))]
    pub wallet_providers: Option<Arc<Anchors>>,
    /// The authorities that certify the keys of wallets: a key proof may name its key by a
    /// certificate chain (`x5c`). They must not be those of wallet providers. Defaults to none:
    /// such a proof is refused.
    #[cfg(feature = "openid4vc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "openid4vc")))]
    pub wallet_key_authorities: Option<Arc<Anchors>>,
    /// The certificate for https (feature `https`). Without a certificate, the platform serves plain http.
    pub tls: Option<Tls>,
    /// Sends messages to users: notices of their credentials, and codes that prove an address.
    /// Defaults to none.
    pub channel: Option<Arc<dyn Channel>>,
    /// Makes and checks the proofs of W3C credentials that programs issue and accept. Defaults to
    /// none: such programs can't be published.
    pub proof_program: Option<Arc<dyn ProofProgram>>,
    /// Signs for predicate proofs and verifies them. Experimental, not audited. Defaults to none:
    /// there are no programs with predicate proofs, and none of their routes.
    pub predicate_program: Option<Arc<dyn PredicateProgram>>,
    /// The address of the pages that the AIR Kit SDK shows in its frames, over https with the
    /// platform's own certificate. Defaults to not serving them. The SDK's
    /// `buildEnv: "development"` looks for them on port 8200.
    #[cfg(feature = "airkit")]
    pub airkit: Option<SocketAddr>,
    /// The module with which these pages make predicate proofs. Defaults to none: they say that
    /// the platform has no module, and what its operator can do. Without `predicate_program`, it
    /// is of no use.
    #[cfg(feature = "airkit")]
    pub proof_module: Option<Arc<crate::ProofModule>>,
    /// The chain that holds the ledger's checkpoints. Defaults to none. [`Config::chain`] sets it.
    #[cfg(feature = "chain")]
    pub chain: Option<Arc<ChainSettings>>,
}

impl Config {
    /// The scheme of the platform's own URL.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Whether the ledger's checkpoints go to a chain.
    #[cfg_attr(
        not(feature = "chain"),
        expect(clippy::unused_self, reason = "as with a chain")
    )]
    pub(crate) fn has_chain(&self) -> bool {
        #[cfg(feature = "chain")]
        let has_chain = self.chain.is_some();
        #[cfg(not(feature = "chain"))]
        let has_chain = false;
        has_chain
    }

    /// Whether users sign in at the wallet's pages: by a typed address on loopback, if no operator
    /// token is required, and elsewhere by a code, if there is a channel that sends it.
    pub(crate) fn has_user_pages(&self, is_local: bool) -> bool {
        let believes_addresses = is_local && !self.require_token;
        cfg!(feature = "dashboard") && (believes_addresses || self.channel.is_some())
    }
}

#[cfg(feature = "chain")]
impl Config {
    /// Sends the ledger's checkpoints to a contract on an EVM chain.
    #[must_use]
    pub fn chain(mut self, settings: ChainSettings) -> Self {
        self.chain = Some(Arc::new(settings));
        self
    }
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
            #[cfg(feature = "openid4vc")]
            wallet_providers: None,
            #[cfg(feature = "openid4vc")]
            wallet_key_authorities: None,
            tls: None,
            channel: None,
            proof_program: None,
            predicate_program: None,
            #[cfg(feature = "airkit")]
            airkit: None,
            #[cfg(feature = "airkit")]
            proof_module: None,
            #[cfg(feature = "chain")]
            chain: None,
        }
    }
}
