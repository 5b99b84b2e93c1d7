//! A platform for somebody's own tests: in memory, set up, with a partner whose tokens it trusts.

mod builder;
mod jwks;
mod partner;

use std::ops::Deref;

use air_api::sandbox::{Faults, Seed};
use air_jwt::SigningKey;

pub use self::{builder::TestPlatformBuilder, partner::TestPartner};
use crate::{Clock, Error, Platform};

/// A platform in memory on a free loopback port, with a partner, its published key, a schema and programs. Each has its own, so that
/// any number run beside each other; drop it, and all of it is gone.
///
/// It is its first [`TestPartner`] too (`Deref`), who signs tokens and words orders. Any client can call it at [`Self::url`].
///
/// Unless the builder says otherwise there is, under the key `adult`, a schema with `isOver18` (boolean, required) and `country`
/// (string), a published program without compliance encryption, and a verification program that asks for `isOver18` and the CAK; a
/// published program `sealed` with compliance encryption on; and an unpublished program `draft`. A block comes every 10 ms.
///
/// ```
/// use air_sandbox::TestPlatform;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let platform = TestPlatform::start().await?;
/// let token = platform.on_behalf_token("ada@example.com")?;
/// let order = platform.order("adult", serde_json::json!({ "isOver18": true }))?;
///
/// let url = format!("{}/v1/credentials/issue-on-behalf", platform.url());
/// let issued = reqwest::Client::new().post(url).header("x-partner-auth", token.expose_secret()).json(&order).send().await?;
/// assert_eq!(issued.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a platform runs while it is held"]
pub struct TestPlatform {
    platform: Platform,
    clock: Clock,
    partner: TestPartner,
}

impl TestPlatform {
    /// Starts one with everything at its default.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Own schemas, programs, faults, clock, block time, key.
    pub fn builder() -> TestPlatformBuilder {
        TestPlatformBuilder::default()
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end. The documented API is below `/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        self.platform.url()
    }

    /// The platform itself.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Sets all that goes wrong from now on; `Faults::default()` is nothing.
    ///
    /// # Errors
    /// [`Error::SetUp`] for an invalid fault.
    pub async fn set_faults(&self, faults: Faults) -> Result<(), Error> {
        let set = self.platform.set_faults(faults).await;
        set.map_err(|reason| Error::SetUp { reason })
    }

    /// Another partner, with the same schemas and programs of its own and its own key: for what one must not see of the other.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn another_partner(&self, name: &str) -> Result<TestPartner, Error> {
        let mut seed = builder::usual_seed()?;
        name.clone_into(&mut seed.partner.name);
        self.partner_of(seed).await
    }

    /// Another partner, set up as the seed says; its `jwksUrl` is put in.
    ///
    /// # Errors
    /// [`Error::SetUp`] with the platform's sentence for a seed that breaks a rule.
    pub async fn partner_of(&self, seed: Seed) -> Result<TestPartner, Error> {
        let key = SigningKey::generate(&mut rand::rng());
        TestPartner::set_up(&self.platform, &self.clock, seed, key).await
    }

    /// Stops it and waits until it has: open requests end (within 5 s). Dropping it does not wait.
    ///
    /// # Errors
    /// [`Error::Server`] when the server had failed before.
    pub async fn stop(self) -> Result<(), Error> {
        self.platform.stop().await
    }
}

impl Deref for TestPlatform {
    type Target = TestPartner;

    fn deref(&self) -> &TestPartner {
        &self.partner
    }
}
