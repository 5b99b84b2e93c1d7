//! Documents whose proof covers every member, and that the library signs as others do.
//!
//! A proof over RDF covers what the contexts define. JSON-LD drops everything else silently, and anyone
//! can change it under a valid proof. So a document is refused if anything of it is dropped.

mod expanded;
mod graph;
mod members;

use serde_json::{Map, Value};
use ssi::{
    claims::data_integrity::DataIntegrityDocument,
    json_ld::{
        Expandable,
        syntax::{self, Parse, Value as Syntax},
    },
    rdf::{AnyLdEnvironment, LdEnvironment},
};

use crate::{Contexts, Error, contained::run};

/// The maximum size of a credential in bytes.
pub(crate) const LENGTH_LIMIT: usize = 256 * 1024;

/// Checks a document without its proof, and converts it for the library.
///
/// # Errors
/// The rule that the document breaks.
pub(crate) fn checked(
    document: &Map<String, Value>,
    contexts: &Contexts,
) -> Result<DataIntegrityDocument, Error> {
    contexts.check(document.get("@context"))?;
    let normal = members::normalized(document)?;
    let text = Value::Object(normal).to_string();
    if text.len() > LENGTH_LIMIT {
        return Err(Error::TooLarge {
            what: "bytes",
            limit: LENGTH_LIMIT,
        });
    }
    let claims = read(&text)?;
    let mut environment = LdEnvironment::default();
    let expanded =
        run("expand", claims.expand_with(&mut environment, contexts))?.map_err(|_| Error::Expansion)?;
    expanded::check(&expanded)?;
    let quads = environment
        .quads_of(&expanded)
        .map_err(|_| Error::Library { step: "convert" })?;
    graph::check(&quads)?;
    Ok(claims)
}

fn read(text: &str) -> Result<DataIntegrityDocument, Error> {
    const NOT_A_DOCUMENT: Error = Error::Format {
        reason: "`type` must be texts, and `@context` URLs",
    };
    let (value, _) = Syntax::parse_str(text).map_err(|_| NOT_A_DOCUMENT)?;
    syntax::from_value(value).map_err(|_| NOT_A_DOCUMENT)
}
