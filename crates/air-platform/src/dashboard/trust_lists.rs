//! The trust list of a verification program, as its page shows and sets it.

use air_api::sandbox::ReplaceTrustList;
use air_x509::trust_list::{Party, Trust};

use crate::{App, Refusal, trust_lists, verification::find_program};

/// A trust list with its issuers.
#[derive(Debug)]
pub struct ProgramTrustList {
    /// The list as JSON, indented.
    pub json: String,
    /// The issuers, in the order of the list.
    pub issuers: Vec<ListedIssuer>,
}

/// An issuer in a trust list.
#[derive(Debug)]
pub struct ListedIssuer {
    /// The name.
    pub name: String,
    /// How its credentials are recognised.
    pub identity: IssuerIdentity,
    /// The types that it may issue; `None` for all.
    pub types: Option<Vec<String>>,
}

/// How the credentials of an issuer are recognised.
#[derive(Debug)]
pub enum IssuerIdentity {
    /// By the keys in the document of this DID.
    Did(String),
    /// By pinned keys.
    Keys {
        /// The issuer identifier.
        id: String,
        /// The number of keys.
        count: usize,
    },
    /// By a certificate under one of these authorities.
    Authorities {
        /// The subjects of the authorities.
        subjects: Vec<String>,
        /// The names of which the certificate must have one; empty if it may have any.
        names: Vec<String>,
    },
    /// By other means.
    Other,
}

/// Returns the trust list of a program, if it has one.
pub async fn find(app: &App, program_id: &str) -> Result<Option<ProgramTrustList>, Refusal> {
    let mut read = app.store.read().await?;
    let program = find_program(&mut read, program_id).await?;
    drop(read);
    let Some(list) = trust_lists::of_program(app, &program)? else {
        return Ok(None);
    };
    let stored = program.trust_list.as_deref().unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(stored).map_err(Refusal::internal)?;
    Ok(Some(ProgramTrustList {
        json: serde_json::to_string_pretty(&value).map_err(Refusal::internal)?,
        issuers: list.issuers().map(listed).collect(),
    }))
}

/// Replaces the trust list of a program by a list in JSON.
pub async fn replace(app: &App, program_id: &str, json: &str) -> Result<(), Refusal> {
    let trust_list = serde_json::from_str(json).map_err(|error| {
        Refusal::bad_request(format!(
            "trustList: must be a JSON object (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    let new = ReplaceTrustList { trust_list };
    trust_lists::replace(app, program_id, new).await.map(drop)
}

/// Removes the trust list of a program, if it has one.
pub async fn remove(app: &App, program_id: &str) -> Result<(), Refusal> {
    trust_lists::remove(app, program_id).await.map(drop)
}

fn listed(party: &Party) -> ListedIssuer {
    let identity = match party.trust() {
        Trust::Did(did) => IssuerIdentity::Did(did.clone()),
        Trust::Keys { id, keys } => IssuerIdentity::Keys {
            id: id.clone(),
            count: keys.iter().count(),
        },
        Trust::X509 { anchors, names } => {
            let subjects = anchors.certificates().map(|anchor| anchor.subject().to_owned());
            IssuerIdentity::Authorities {
                subjects: subjects.collect(),
                names: names.clone(),
            }
        }
        _ => IssuerIdentity::Other,
    };
    let types = party.types();
    ListedIssuer {
        name: party.name().to_owned(),
        identity,
        types: types.map(|types| types.map(str::to_owned).collect()),
    }
}
