//! `air credential show`.

use std::collections::{HashMap, HashSet};

use air_vc::{ClaimPath, Inspection, type_metadata::CredentialType};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    exit::Failure,
    output::{Output, faint},
    schema::aligned,
    terminal::printable,
    time,
    token::text_or_stdin,
    type_metadata::{self, TypeMetadataArgs},
};

#[derive(Args)]
#[command(after_help = "Example:\n  air credential show - < credential.sd-jwt")]
pub(crate) struct Show {
    #[command(flatten)]
    types: TypeMetadataArgs,
    /// The compact SD-JWT VC; `-` is stdin.
    token: String,
}

impl Show {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let inspection = Inspection::of(&text_or_stdin(&self.token)?)
            .map_err(|error| Failure::rejected(error.to_string()))?;
        // Nothing is verified, so the type is anybody's URL.
        let credential_type = self.types.load(&inspection.claims, None).await?;
        let credential_type = credential_type.as_ref();
        let document = document(&inspection, credential_type);
        output.result(&document, |_| draw(&inspection, credential_type))
    }
}

fn document(inspection: &Inspection, credential_type: Option<&CredentialType>) -> Value {
    let paths = |paths: &[ClaimPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
    let withheld: Vec<Value> = inspection
        .withheld
        .iter()
        .map(|withheld| {
            json!({
                "within": withheld.within.as_ref().map(ToString::to_string),
                "digests": withheld.digests,
            })
        })
        .collect();
    let mut document = json!({
        "verified": false,
        "header": inspection.header,
        "claims": inspection.claims,
        "disclosed": paths(&inspection.disclosed),
        "withheld": withheld,
        "holderKey": inspection.holder_key,
        "hasKeyBinding": inspection.has_key_binding,
    });
    if let (Some(credential_type), Some(members)) = (credential_type, document.as_object_mut()) {
        let names = type_metadata::document(credential_type, &inspection.claims);
        members.insert("typeMetadata".to_owned(), names);
    }
    document
}

/// Registered claims, which the header of the output shows.
const IN_THE_HEAD: &[&str] = &[
    "iss",
    "vct",
    "sub",
    "iat",
    "nbf",
    "exp",
    "cnf",
    "status",
    "id",
    "nonce",
    "vct#integrity",
    "aka_vcts",
];

fn draw(inspection: &Inspection, credential_type: Option<&CredentialType>) -> String {
    let withheld = inspection.withheld.iter();
    let mut drawing = Drawing {
        disclosed: inspection.disclosed.iter().collect(),
        withheld: withheld
            .map(|withheld| (withheld.within.as_ref(), withheld.digests))
            .collect(),
        rows: Vec::new(),
        credential_type,
    };
    let subject = inspection
        .claims
        .iter()
        .filter(|(name, _)| !IN_THE_HEAD.contains(&name.as_str()));
    drawing.members(subject, None, 0);
    let title = inspection
        .claims
        .get("vct")
        .and_then(Value::as_str)
        .map_or_else(|| "without a type".into(), printable);
    let title = match credential_type.and_then(type_metadata::name) {
        Some(name) => format!("{name} ({title})"),
        None => title,
    };
    let remark = faint("not verified; run `air credential verify`");
    let (head, claims) = (
        aligned(head(inspection)).join("\n"),
        aligned(drawing.rows).join("\n"),
    );
    format!("SD-JWT VC, {title}   {remark}\n\n{head}\n\n{claims}")
}

fn head(inspection: &Inspection) -> Vec<Vec<String>> {
    let claims = &inspection.claims;
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            rows.push(vec![name.to_owned(), value]);
        }
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(printable);
    let header = |name: &str| inspection.header.get(name).and_then(Value::as_str).map(printable);
    row("issuer", text("iss"));
    row("holder", text("sub"));
    row("id", text("id"));
    row("issued", date(claims, "iat"));
    row("valid from", date(claims, "nbf"));
    row(
        "expires",
        Some(date(claims, "exp").unwrap_or_else(|| "never".into())),
    );
    row("status", claims.get("status").map(status));
    row("revocation", text("nonce").map(|nonce| format!("nonce {nonce}")));
    row("bound to", Some(bound(inspection)));
    row(
        "signed with",
        header("alg").map(|alg| {
            format!(
                "{alg}, key {}",
                header("kid").unwrap_or_else(|| "not named".into())
            )
        }),
    );
    rows
}

fn bound(inspection: &Inspection) -> String {
    let proof = if inspection.has_key_binding {
        "with a proof of possession"
    } else {
        "without a proof of possession"
    };
    match (&inspection.holder_key, inspection.claims.contains_key("cnf")) {
        (Some(key), _) => format!("the holder's key {}, {proof}", printable(key)),
        (None, true) => "a holder's key of an unsupported kind".into(),
        (None, false) => "no key: anyone who has it can present it".into(),
    }
}

fn status(status: &Value) -> String {
    match (
        status.pointer("/status_list/uri"),
        status.pointer("/status_list/idx"),
    ) {
        (Some(Value::String(uri)), Some(Value::Number(index))) => {
            format!("entry {index} of {} (not looked up)", printable(uri))
        }
        _ => "unsupported mechanism".into(),
    }
}

fn date(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let at = air_jwt::NumericDate::from_json(claims.get(name)?)?.floor();
    let now = time::now();
    let distance = match now.checked_duration_since(at) {
        Some(past) => format!("{} ago", time::span(past.as_secs())),
        None => format!("in {}", time::span(at.saturating_duration_since(now).as_secs())),
    };
    Some(format!("{}  ({distance})", time::date_time(at)))
}

/// The claims as rows: name, value, and whether it can be withheld.
struct Drawing<'a> {
    disclosed: HashSet<&'a ClaimPath>,
    withheld: HashMap<Option<&'a ClaimPath>, usize>,
    rows: Vec<Vec<String>>,
    credential_type: Option<&'a CredentialType>,
}

impl Drawing<'_> {
    fn members<'m>(
        &mut self,
        members: impl Iterator<Item = (&'m String, &'m Value)>,
        within: Option<&ClaimPath>,
        level: usize,
    ) {
        for (name, value) in members {
            let path = within.cloned().map_or_else(
                || ClaimPath::named(name.as_str()),
                |path| path.member(name.as_str()),
            );
            let label = self
                .credential_type
                .and_then(|credential_type| type_metadata::label(credential_type, &path));
            let name = match label {
                Some(label) => format!("{label} ({})", printable(name)),
                None => printable(name),
            };
            self.claim(&name, value, &path, level);
        }
        self.note_withheld(within, level);
    }

    fn claim(&mut self, name: &str, value: &Value, path: &ClaimPath, level: usize) {
        let said = match value {
            Value::Object(members) if !members.is_empty() => String::new(),
            Value::Array(items) if !items.is_empty() => String::new(),
            Value::Object(_) | Value::Array(_) => "(nothing shown)".into(),
            Value::String(text) => printable(text),
            scalar => scalar.to_string(),
        };
        let freedom = if self.disclosed.contains(path) {
            "can be withheld"
        } else {
            "always visible"
        };
        let name = format!("{}{name}", "  ".repeat(level));
        self.rows.push(vec![name, said, faint(freedom)]);
        match value {
            Value::Object(members) => self.members(members.iter(), Some(path), level + 1),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.claim(&format!("[{index}]"), item, &path.clone().item(index), level + 1);
                }
                self.note_withheld(Some(path), level + 1);
            }
            _ => {}
        }
    }

    fn note_withheld(&mut self, within: Option<&ClaimPath>, level: usize) {
        if let Some(digests) = self.withheld.get(&within) {
            let name = format!("{}…", "  ".repeat(level));
            let remark = faint(&format!("{digests} withheld here, or decoys"));
            self.rows.push(vec![name, String::new(), remark]);
        }
    }
}
