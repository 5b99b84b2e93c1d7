//! The type metadata of SD-JWT VCs: from files, or fetched from the URL that is the type.

use std::path::PathBuf;

use air_fetch::{Accept, FetchError, Fetcher, NetworkPolicy, is_loopback_url};
use air_vc::{
    ClaimPath, Error,
    type_metadata::{CredentialType, DOCUMENT_LIMIT, TypeChain, TypeMetadata},
};
use clap::Args;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{
    exit::{Exit, Failure},
    files::read,
    terminal::printable,
};

/// The language of names and labels.
pub(crate) const LOCALE: &str = "en";
/// The maximum length of a name or label in characters.
const LONGEST: usize = 80;

#[derive(Args)]
pub(crate) struct TypeMetadataArgs {
    /// The type metadata of the credential's type, or of a type that it extends, to show names; may
    /// be repeated (JSON).
    #[arg(long, value_name = "FILE")]
    type_metadata: Vec<PathBuf>,
    /// Fetch missing type metadata from the https URL of the type. The host of the URL sees the request.
    #[arg(long)]
    fetch_type_metadata: bool,
}

/// A document from a file, and its type.
struct Document {
    vct: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl TypeMetadataArgs {
    /// Whether type metadata is wanted.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.type_metadata.is_empty() || self.fetch_type_metadata
    }

    /// Loads the type of a credential, if its metadata is wanted: checks its hash
    /// (`vct#integrity`), and follows `extends`. `party` is the URL of the trusted issuer: only a
    /// party on this machine names types on this machine.
    pub(crate) async fn load(
        &self,
        claims: &Map<String, Value>,
        party: Option<&str>,
    ) -> Result<Option<CredentialType>, Failure> {
        if !self.is_wanted() {
            return Ok(None);
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let vct = text("vct").ok_or_else(|| {
            Failure::rejected("the credential has no `vct`, and so no type metadata: it is not an SD-JWT VC")
        })?;
        let files = self.documents()?;
        let mut chain = TypeChain::new(vct, text("vct#integrity"));
        while let Some(wanted) = chain.missing_type().map(str::to_owned) {
            let added = match files.iter().find(|file| file.vct == wanted) {
                Some(file) => chain.add(&file.bytes),
                None if self.fetch_type_metadata => chain.add(&fetch(&wanted, party).await?),
                // The error names the type.
                None => break,
            };
            added.map_err(|error| refused(&error))?;
        }
        chain.finish().map(Some).map_err(|error| refused(&error))
    }

    fn documents(&self) -> Result<Vec<Document>, Failure> {
        let documents = self.type_metadata.iter().map(|path| {
            let bytes = read(path)?;
            let metadata = TypeMetadata::parse(&bytes)
                .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))?;
            Ok(Document {
                vct: metadata.vct,
                bytes,
            })
        });
        documents.collect()
    }
}

/// Fetches a document, under the limits of `air-fetch`: without redirects, and with limits on size and time.
async fn fetch(vct: &str, party: Option<&str>) -> Result<Vec<u8>, Failure> {
    let policy = if party.is_some_and(is_loopback_url) {
        NetworkPolicy::PublicAndLoopback
    } else {
        NetworkPolicy::Public
    };
    let fetched = Fetcher::new(policy)?.get(vct, DOCUMENT_LIMIT, Accept::Json).await;
    fetched.map(|document| document.bytes).map_err(|error| {
        let exit = match error {
            FetchError::Url { .. } | FetchError::PrivateAddress | FetchError::TooLong { .. } => {
                Exit::InputRejected
            }
            _ => Exit::Unreachable,
        };
        Failure::new(exit, format!("the type metadata of {}: {error}", printable(vct)))
            .with_hint("pass its document with --type-metadata")
    })
}

fn refused(error: &Error) -> Failure {
    let failure = Failure::rejected(printable(&error.to_string()));
    match error {
        Error::TypeDocumentMissing { .. } => {
            failure.with_hint("pass its document with --type-metadata, or --fetch-type-metadata")
        }
        _ => failure,
    }
}

/// Returns the type's name for people.
pub(crate) fn name(credential_type: &CredentialType) -> Option<String> {
    credential_type.display_name(LOCALE).map(short)
}

/// Returns the label of a claim for people.
pub(crate) fn label(credential_type: &CredentialType, claim: &ClaimPath) -> Option<String> {
    credential_type.label(claim, LOCALE).map(short)
}

/// Returns the names of a credential's type and of its claims, for `--json`.
pub(crate) fn document(credential_type: &CredentialType, claims: &Map<String, Value>) -> Value {
    let mut labels = Map::new();
    for (name, value) in claims {
        add_labels(
            credential_type,
            &ClaimPath::named(name.as_str()),
            value,
            &mut labels,
        );
    }
    json!({ "name": name(credential_type), "labels": labels })
}

fn add_labels(
    credential_type: &CredentialType,
    claim: &ClaimPath,
    value: &Value,
    labels: &mut Map<String, Value>,
) {
    if let Some(label) = label(credential_type, claim) {
        labels.insert(claim.to_string(), label.into());
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let claim = claim.clone().member(name.as_str());
                add_labels(credential_type, &claim, value, labels);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                add_labels(credential_type, &claim.clone().item(index), value, labels);
            }
        }
        _ => {}
    }
}

/// Makes an external text printable, and truncates it.
fn short(text: &str) -> String {
    let mut text = printable(text);
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}
