//! Presenting SD-JWT VC.

use std::sync::Arc;

use air_vc::{Credential, Inspection, Presentation};

use crate::{
    AirError, HolderSigner, SigningKey, argument,
    signer::{DeviceKey, run},
};

/// A verifier's request: nonce and audience.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Challenge {
    /// The verifier's nonce.
    pub nonce: String,
    /// The verifier's ID.
    pub audience: String,
}

impl From<Challenge> for air_vc::Challenge {
    fn from(challenge: Challenge) -> Self {
        Self {
            nonce: challenge.nonce,
            audience: challenge.audience,
        }
    }
}

/// Discloses some claims of a credential, by their paths, such as `address.city`. `*` discloses all.
#[uniffi::export]
pub fn present(credential: &str, disclose: Vec<String>) -> Result<String, AirError> {
    Ok(disclosing(credential, &disclose)?.as_str().to_owned())
}

/// As `present`, and proves possession of the holder's key to the verifier. `now` is in seconds since
/// 1970 and defaults to the current time.
#[uniffi::export]
pub fn present_bound(
    credential: &str,
    disclose: Vec<String>,
    key: &SigningKey,
    challenge: Challenge,
    now: Option<u64>,
) -> Result<String, AirError> {
    let presentation = disclosing(credential, &disclose)?;
    let bound = presentation.bind(&key.inner, &challenge.into(), argument::time(now)?)?;
    Ok(bound.as_str().to_owned())
}

/// As `present_bound`, with a key in a key store of the device.
#[uniffi::export]
pub fn present_with(
    credential: &str,
    disclose: Vec<String>,
    signer: Arc<dyn HolderSigner>,
    challenge: Challenge,
    now: Option<u64>,
) -> Result<String, AirError> {
    let presentation = disclosing(credential, &disclose)?;
    let kid = Inspection::of(credential)?
        .holder_key
        .ok_or(air_vc::Error::NoHolderKey)?;
    let key = DeviceKey {
        signer: &*signer,
        kid: kid.parse()?,
    };
    let bound = run(presentation.bind_with(&key, &challenge.into(), argument::time(now)?))?;
    Ok(bound.as_str().to_owned())
}

fn disclosing(credential: &str, disclose: &[String]) -> Result<Presentation, AirError> {
    let paths = argument::paths("disclose", disclose)?;
    let credential: Credential = credential.parse()?;
    Ok(credential.present(&paths)?)
}
