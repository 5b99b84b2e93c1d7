//! The public catalogue: what is published.

use air_api::ProgramId;
use serde::de::IgnoredAny;

use crate::{AirClient, Error};

impl AirClient {
    /// Whether an issuance program is in the platform's public catalogue, which has published ones alone.
    ///
    /// # Errors
    /// When the platform can't be asked.
    pub async fn is_in_catalogue(&self, program: &ProgramId) -> Result<bool, Error> {
        let answer = self
            .transport
            .get(format!("v1/catalog/credentials/{program}"))
            .receive::<IgnoredAny>()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
