//! Who may open the pages, and where they are.

use std::{fmt, sync::Arc};

use air_platform::{Clock, clock::VirtualClock};

/// Who may open the pages, and where they are. `Debug` shows no secret.
#[derive(Clone)]
pub struct Access {
    /// The operator token, if browsers must log in with it.
    pub token: Option<Arc<str>>,
    /// The code of the link that logs one browser in, once.
    pub login_code: Arc<str>,
    /// The port of the pages, which is part of the cookie's name. Browsers share cookies between the ports of a host, so two platforms on
    /// one machine would otherwise overwrite each other's cookies.
    pub port: u16,
    /// Whether the pages are served over https.
    pub is_secure: bool,
    /// Whether only this machine can connect. The user's pages exist only then, and only if no token is required.
    pub is_local: bool,
    /// The public base URL.
    pub public_url: Arc<str>,
    /// The machine's clock, by which sessions end.
    pub clock: Clock,
    /// The platform's clock, by which pages show times.
    pub platform_clock: VirtualClock,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("requires_token", &self.token.is_some())
            .field("port", &self.port)
            .field("is_secure", &self.is_secure)
            .field("is_local", &self.is_local)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}
