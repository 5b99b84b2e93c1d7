//! The platform's `verifiablePresentation`: a compact credential inside a JSON object (VC Data
//! Model 2.0, 4.13).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, Format, Presentation,
    format::{SD_JWT_VC, SD_JWT_VC_OLD},
};

const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
const TYPE: &str = "EnvelopedVerifiableCredential";

/// A presentation as an `EnvelopedVerifiableCredential`, whose `id` is a data URL.
///
/// ```
/// # fn of(presentation: &air_vc::Presentation) -> Result<(), air_vc::Error> {
/// let json = serde_json::to_value(air_vc::Enveloped::new(presentation)).unwrap();
/// let again = air_vc::Enveloped::presentation(&json)?;
/// assert_eq!(again.as_str(), presentation.as_str());
/// # Ok(()) }
/// ```
#[derive(Clone, Serialize)]
pub struct Enveloped {
    #[serde(rename = "@context")]
    context: &'static str,
    id: String,
    #[serde(rename = "type")]
    type_: &'static str,
}

impl Enveloped {
    /// Envelops a presentation.
    #[must_use]
    pub fn new(presentation: &Presentation) -> Self {
        Self {
            context: CONTEXT,
            id: format!("data:{},{}", Format::SdJwtVc.media_type(), presentation.as_str()),
            type_: TYPE,
        }
    }

    /// Extracts the presentation from an envelope. Nothing is verified.
    ///
    /// # Errors
    /// [`Error::Format`].
    pub fn presentation(envelope: &Value) -> Result<Presentation, Error> {
        #[derive(Deserialize)]
        struct Foreign {
            id: String,
            #[serde(rename = "type")]
            type_: OneOrMany,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum OneOrMany {
            One(String),
            Many(Vec<String>),
        }
        let malformed = Error::Format {
            reason: "the envelope is not an EnvelopedVerifiableCredential with a data URL of an SD-JWT VC as its `id`",
        };
        let Ok(foreign) = Foreign::deserialize(envelope) else {
            return Err(malformed);
        };
        let is_envelope = match &foreign.type_ {
            OneOrMany::One(name) => name == TYPE,
            OneOrMany::Many(names) => names.iter().any(|name| name == TYPE),
        };
        compact_of(&foreign.id)
            .filter(|_| is_envelope)
            .ok_or(malformed)?
            .parse()
    }
}

/// The compact form in the data URL of an SD-JWT VC.
fn compact_of(url: &str) -> Option<&str> {
    let (subtype, compact) = url.strip_prefix("data:application/")?.split_once(',')?;
    [SD_JWT_VC, SD_JWT_VC_OLD].contains(&subtype).then_some(compact)
}

impl std::fmt::Debug for Enveloped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enveloped").finish_non_exhaustive()
    }
}
