//! The access to the pages, and their address.

use std::{fmt, net::IpAddr, sync::Arc};

use air_platform::{Clock, clock::VirtualClock};

/// The access to the pages, and their address. `Debug` shows no secret.
#[derive(Clone)]
pub struct Access {
    /// The operator token, if browsers must log in with it.
    pub token: Option<Arc<str>>,
    /// The code of the link that logs one browser in, once.
    pub login_code: Arc<str>,
    /// The port of the pages, which is part of the cookie's name. Browsers share cookies between
    /// the ports of a host, so two platforms on one machine would otherwise overwrite each other's
    /// cookies.
    pub port: u16,
    /// Whether the pages are served over https.
    pub is_secure: bool,
    /// Whether only this machine can connect. Then, and if no token is required, the user's pages
    /// believe a typed e-mail address.
    pub is_local: bool,
    /// Whether a code can prove an e-mail address. Without it, the user's pages exist only where
    /// they believe a typed address.
    pub sends_codes: bool,
    /// Returns the address by which requests from an address are counted, or `None` for a trusted proxy's.
    pub counted_peer: CountedPeer,
    /// The public base URL.
    pub public_url: Arc<str>,
    /// The machine's clock, by which sessions end.
    pub clock: Clock,
    /// The platform's clock, by which pages show times.
    pub platform_clock: VirtualClock,
}

/// A function from a connection's address to the address by which it is counted.
pub type CountedPeer = Arc<dyn Fn(IpAddr) -> Option<IpAddr> + Send + Sync>;

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("requires_token", &self.token.is_some())
            .field("port", &self.port)
            .field("is_secure", &self.is_secure)
            .field("is_local", &self.is_local)
            .field("sends_codes", &self.sends_codes)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}
