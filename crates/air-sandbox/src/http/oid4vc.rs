//! The routes for wallets: those of `air-oid4vc-http`, with this platform behind them.

mod issuer;
mod verifier;

use std::sync::Arc;

use air_oid4vc_http::Failure;
use air_x509::Anchors;
use axum::Router;

use crate::{Config, Error};
use air_platform::{App, Refusal, RefusalKind};

/// The authorities that the platform trusts for wallets.
#[derive(Clone, Debug, Default)]
pub(crate) struct WalletAuthorities {
    /// Those of wallet providers, which attest wallets and keys.
    pub(crate) providers: Option<Arc<Anchors>>,
    /// Those that certify the keys of wallets.
    pub(crate) keys: Option<Arc<Anchors>>,
}

impl WalletAuthorities {
    /// Returns the authorities of a configuration. No authority is in both sets: the certified key
    /// of a wallet could attest others.
    pub(crate) fn of(config: &Config) -> Result<Self, Error> {
        let (providers, keys) = (&config.wallet_providers, &config.wallet_key_authorities);
        if let (Some(providers), Some(keys)) = (providers, keys)
            && keys.share_authority(providers)
        {
            return Err(Error::SharedWalletAuthority);
        }
        Ok(Self {
            providers: providers.clone(),
            keys: keys.clone(),
        })
    }
}

/// The platform as a backend of the routes, and the authorities that it trusts.
#[derive(Clone, Debug)]
struct Backend(App, WalletAuthorities);

/// Returns the routes for wallets.
pub(super) fn router(app: App, authorities: WalletAuthorities) -> Router<App> {
    let backend = Backend(app, authorities);
    air_oid4vc_http::issuer::router(backend.clone()).merge(air_oid4vc_http::verifier::router(backend))
}

/// Maps a refusal that is not the wallet's mistake.
fn failure(refusal: &Refusal) -> Failure {
    match refusal.kind() {
        RefusalKind::Unavailable | RefusalKind::InsufficientStorage => Failure::Unavailable {
            retry_after: refusal.seconds_to_wait(),
        },
        _ => Failure::Internal,
    }
}
