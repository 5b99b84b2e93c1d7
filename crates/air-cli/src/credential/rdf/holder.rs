//! Presenting.

use std::collections::BTreeMap;

use air_jwt::JwkSet;
use air_vc::ClaimPath;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{AIR_SSI, RdfArgs, RdfCredential, multikeys, read_contexts};
use crate::{exit::Failure, helper::Helper, output::Output};

/// A presentation to make.
pub(crate) struct Presented<'a> {
    pub(crate) credential: &'a RdfCredential,
    pub(crate) arguments: &'a RdfArgs,
    /// The issuer's keys, if they were passed as a JWK set.
    pub(crate) keys: &'a JwkSet,
    pub(crate) claims: &'a [ClaimPath],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Command<'a> {
    protocol: u64,
    command: &'static str,
    credential: &'a Map<String, Value>,
    keys: BTreeMap<String, String>,
    issuer_document: Option<Map<String, Value>>,
    claims: Vec<String>,
    challenge: Option<&'a str>,
    contexts: BTreeMap<&'a str, Value>,
}

/// Derives a presentation, and prints it. On stderr, it says what links the presentation to others.
pub(crate) async fn present(presented: &Presented<'_>, output: Output) -> Result<(), Failure> {
    let helper = Helper::find(&AIR_SSI)?;
    let answer = helper.ask(&presented.command()?).await?;
    let (Some(presentation @ Value::Object(_)), Some(Value::Array(links))) =
        (answer.document.get("presentation"), answer.document.get("links"))
    else {
        return Err(helper.unexpected());
    };
    let presentation = presentation.to_string();
    let document = json!({
        "presentation": presentation,
        "linkable": !links.is_empty(),
        "links": links,
    });
    output.result(&document, |_| presentation.clone())?;
    if !output.is_json() {
        output.note(&linkability(links));
    }
    Ok(())
}

impl Presented<'_> {
    fn command(&self) -> Result<Command<'_>, Failure> {
        let members = &self.credential.members;
        let issuer = members.get("issuer");
        let issuer = issuer.map(|issuer| issuer.get("id").unwrap_or(issuer));
        let issuer = issuer.and_then(Value::as_str).unwrap_or_default();
        Ok(Command {
            protocol: AIR_SSI.protocol,
            command: "present",
            credential: members,
            keys: multikeys(issuer, self.keys),
            issuer_document: self.arguments.read_issuer_document()?,
            claims: self.claims.iter().map(ToString::to_string).collect(),
            challenge: self.arguments.challenge.as_deref(),
            contexts: read_contexts(&self.arguments.context)?,
        })
    }
}

/// Describes whether verifiers can link presentations, and by which values.
fn linkability(links: &[Value]) -> String {
    let names: Vec<&str> = links.iter().filter_map(Value::as_str).collect();
    if links.is_empty() {
        "unlinkable: verifiers can't recognise the credential, except by the disclosed claims".to_owned()
    } else {
        format!(
            "linkable: verifiers recognise the credential by {}",
            names.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presentation_is_linkable_or_not() {
        assert!(linkability(&[]).starts_with("unlinkable:"));
        let linked = linkability(&[json!("status"), json!("subjectId")]);
        assert!(
            linked.starts_with("linkable:") && linked.ends_with("by status, subjectId"),
            "{linked}"
        );
    }
}
