//! Calls that only the local platform has: set-up, logins, dStorage for sealed documents, the ledger.

mod credentials;
mod ledger;
mod operation;
mod set_up;
mod wallets;

use air_api::sandbox::ListQuery;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Auth, Error, transport::Transport};

/// The calls that only the local platform has (`air sandbox up`, `TestPlatform`). A hosted platform has none
/// of them: a call to one fails with [`Error::LocalOnly`](crate::Error::LocalOnly), and nothing is sent.
///
/// See [`AirClient::local`](crate::AirClient::local). The calls of [`AirClient`](crate::AirClient) itself and
/// of [`Catalogue`](crate::Catalogue) are documented for the hosted platforms, too.
#[derive(Clone, Copy)]
pub struct SandboxClient<'c> {
    pub(crate) transport: &'c Transport,
    pub(crate) admin_token: Option<&'c str>,
    pub(crate) partner: Option<Auth<'c>>,
}

impl<'c> SandboxClient<'c> {
    /// Sends the operator token, which the platform generates when it starts.
    #[must_use]
    pub fn with_admin_token(mut self, token: &'c str) -> Self {
        self.admin_token = Some(token);
        self
    }

    /// Checks that the platform and its store respond.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if the platform does not respond.
    pub async fn ready(&self) -> Result<(), Error> {
        self.transport.get("readyz").receive::<Value>().await.map(drop)
    }

    async fn list<T: DeserializeOwned>(&self, what: &str, query: &ListQuery) -> Result<T, Error> {
        self.transport
            .get(format!("sandbox/v1/{what}"))
            .query("q", &query.q)
            .query("page", query.page.to_string())
            .bearer(self.admin_token)
            .receive()
            .await
    }

    async fn set_up<T: DeserializeOwned>(&self, what: &str, body: &impl Serialize) -> Result<T, Error> {
        self.transport
            .post(format!("sandbox/v1/{what}"))
            .bearer(self.admin_token)
            .json(body)
            .receive()
            .await
    }
}

/// A segment of a path (RFC 3986, 2.3): every byte but unreserved ones is encoded.
fn encoded(segment: &str) -> String {
    segment
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

impl std::fmt::Debug for SandboxClient<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxClient")
            .field("transport", self.transport)
            .finish_non_exhaustive()
    }
}
