//! Replaces `oid4vc.rs` in builds without the feature `openid4vc`: there are no routes for wallets.

use axum::Router;

use crate::Config;
use air_platform::App;

/// No authorities, since no wallet calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WalletAuthorities;

impl WalletAuthorities {
    pub(crate) fn of(_config: &Config) -> Self {
        Self
    }
}

/// Returns no routes.
pub(super) fn router(_: App, _: WalletAuthorities) -> Router<App> {
    Router::new()
}
