//! Proofs as the library reads them.

use serde_json::{Map, Value};
use ssi::{
    claims::data_integrity::{CryptographicSuite, DeserializeCryptographicSuite, Proofs},
    json_ld::syntax::{self, Parse, Value as Syntax},
};

use crate::Error;

/// The proof as the library reads it.
pub(crate) fn proofs<S>(proof: &Map<String, Value>) -> Result<Proofs<S>, Error>
where
    S: CryptographicSuite + for<'de> DeserializeCryptographicSuite<'de>,
{
    const UNREADABLE: Error = Error::Format {
        reason: "the proof could not be read",
    };
    let text = Value::Object(proof.clone()).to_string();
    let (value, _) = Syntax::parse_str(&text).map_err(|_| UNREADABLE)?;
    syntax::from_value(value).map_err(|_| UNREADABLE)
}
