//! The client for programs without an async runtime: feature `blocking`.
//!
//! Each call blocks its thread until it is done. A background thread drives connections and timers;
//! settings, retries and errors are those of [`AirClient`]. Within an async runtime, a blocking
//! call would block other tasks, so it fails with [`Error::WithinRuntime`] before anything is sent:
//! use [`AirClient`] there.
//!
//! ```no_run
//! use air_client::prelude::*;
//!
//! # fn example(key: SigningKey, partner: PartnerId, ada: &EmailAddress, order: &IssueOnBehalf) -> Result<(), air_client::Error> {
//! let client = AirClient::builder(Environment::Local).partner(partner).signing_key(key).build_blocking()?;
//! let issued = client.issue_on_behalf(ada, order)?;
//! let status = client.wait_until_anchored(Signed, issued.core_claim_hash, PollSchedule::default())?;
//! assert_eq!(status.vc_status, VcStatus::Onchain);
//! # Ok(())
//! # }
//! ```

mod bulk;
mod catalogue;
mod runtime;

use std::sync::Arc;

use air_api::{
    CallbackRecord, CoreClaimHash, CredentialStatus, IdempotencyKey, IssueOnBehalf, IssuedOnBehalf,
    IssuerDid, IssuerRecord, ProgramId, WebUrl,
};
use air_ids::UnixTime;

pub use self::catalogue::{Catalogue, Records};
use self::runtime::RuntimeThread;
use crate::{AirClient, AirClientBuilder, Auth, Error, PollSchedule, Recipient};

/// A client whose calls block. Cheap to clone; share it. See the [module](self).
#[derive(Clone, Debug)]
pub struct Client {
    client: AirClient,
    runtime: Arc<RuntimeThread>,
}

impl AirClientBuilder {
    /// Builds a blocking client.
    ///
    /// # Errors
    /// As [`Self::build`] and [`Client::new`].
    pub fn build_blocking(self) -> Result<Client, Error> {
        Client::new(self.build()?)
    }
}

impl Client {
    /// Wraps an async client. [`AirClientBuilder::build_blocking`] builds one from settings.
    ///
    /// # Errors
    /// [`Error::WithinRuntime`]; [`Error::NoThread`] when the system can't start a thread.
    pub fn new(client: AirClient) -> Result<Self, Error> {
        let runtime = Arc::new(RuntimeThread::start()?);
        Ok(Self { client, runtime })
    }

    /// Creates a client with default settings for the platform at a URL.
    ///
    /// # Errors
    /// As [`AirClient::at`] and [`Self::new`].
    pub fn at(url: &str) -> Result<Self, Error> {
        Self::new(AirClient::at(url)?)
    }

    /// Returns the async client. [`Self::wait`] blocks on its calls.
    #[must_use]
    pub fn as_async(&self) -> &AirClient {
        &self.client
    }

    /// Blocks on any call of [`Self::as_async`]: `client.wait(client.as_async().local().ready())`.
    ///
    /// # Errors
    /// The call's own errors; [`Error::WithinRuntime`], in which case nothing was sent.
    pub fn wait<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.runtime.block_on(call)?
    }

    /// Returns the public catalogue.
    #[must_use]
    pub fn catalogue(&self) -> Catalogue<'_> {
        Catalogue::new(self)
    }
}

/// Defines blocking versions of [`AirClient`]'s calls.
macro_rules! calls {
    ($(fn $name:ident$(<$life:lifetime>)?($($argument:ident: $kind:ty),*) -> $result:ty;)*) => {
        impl Client {$(
            #[doc = concat!("Blocks on [`AirClient::", stringify!($name), "`].")]
            ///
            /// # Errors
            /// The call's own errors; [`Error::WithinRuntime`].
            pub fn $name$(<$life>)?(&self, $($argument: $kind),*) -> Result<$result, Error> {
                self.wait(self.client.$name($($argument),*))
            }
        )*}
    };
}

calls! {
    fn issue_on_behalf<'a>(recipient: impl Into<Recipient<'a>>, request: &IssueOnBehalf) -> IssuedOnBehalf;
    fn issue_on_behalf_once<'a>(recipient: impl Into<Recipient<'a>>, request: &IssueOnBehalf, key: &IdempotencyKey) -> IssuedOnBehalf;
    fn status<'a>(auth: impl Into<Auth<'a>>, hash: CoreClaimHash) -> CredentialStatus;
    fn wait_until_anchored<'a>(auth: impl Into<Auth<'a>>, hash: CoreClaimHash, schedule: PollSchedule) -> CredentialStatus;
    fn modify_issuer<'a>(auth: impl Into<Auth<'a>>, callback_url: &WebUrl) -> IssuerRecord;
    fn initialize_verification<'a>(auth: impl Into<Auth<'a>>, issuer_did: &IssuerDid) -> CallbackRecord;
    fn is_in_catalogue(program: &ProgramId) -> bool;
    fn clock() -> Option<UnixTime>;
}
