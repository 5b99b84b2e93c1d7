//! Replaces `oid4vc.rs` in builds without the feature `openid4vc`: there are no routes for wallets.

use axum::Router;

use crate::{Config, Error};
use air_platform::App;

/// No authorities, since no wallet calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WalletAuthorities;

impl WalletAuthorities {
    #[expect(clippy::unnecessary_wraps, reason = "as with the routes")]
    pub(crate) fn of(_config: &Config) -> Result<Self, Error> {
        Ok(Self)
    }
}

/// Returns no routes.
pub(super) fn router(_: App, _: WalletAuthorities) -> Router<App> {
    Router::new()
}
