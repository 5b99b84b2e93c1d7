//! `air proof keys`.

use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use air_ids::{IssuerDid, SchemaId};
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{inputs::object, program};
use crate::{
    exit::Failure,
    files::{self, Audience, ForceArgs, shown},
    output::Output,
};

const STAYS: &str = "a key is never overwritten; choose another name with --key-out";

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air proof keys --issuer did:web:issuer.example --schema account.json \\\n      \
                  --schema-id account-1 --scale balance=2 \\\n      \
                  --key-out issuer.hex --scheme-out scheme.json")]
pub(crate) struct Keys {
    /// The issuer's DID, to which its credentials are bound.
    #[arg(long, value_name = "DID")]
    issuer: IssuerDid,
    /// The schema form with at most 64 attributes; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// The schema's id.
    #[arg(long, value_name = "ID")]
    schema_id: SchemaId,
    /// The number of decimal places of an attribute of type number, at most 18. Every such attribute
    /// needs it; may be repeated.
    #[arg(long, value_name = "ATTRIBUTE=PLACES")]
    scale: Vec<Scale>,
    /// The length of an epoch in seconds: a revoked credential can be presented until its epoch ends.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    epoch_seconds: u64,
    /// The file to write the private key to, with mode 0600; an existing file is not replaced.
    #[arg(long, value_name = "FILE")]
    key_out: PathBuf,
    /// The file to write the scheme to.
    #[arg(long, value_name = "FILE")]
    scheme_out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

/// An attribute and its number of decimal places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) attribute: String,
    pub(crate) places: u8,
}

impl FromStr for Scale {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.rsplit_once('=')
            .filter(|(attribute, _)| !attribute.is_empty())
            .and_then(|(attribute, places)| {
                Some(Self {
                    attribute: attribute.to_owned(),
                    places: places.parse().ok()?,
                })
            })
            .ok_or("must be ATTRIBUTE=PLACES, such as balance=2")
    }
}

#[derive(Serialize)]
struct Members<'a> {
    terms: Terms<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Terms<'a> {
    issuer: &'a IssuerDid,
    schema_id: &'a SchemaId,
    schema: Map<String, Value>,
    scales: BTreeMap<&'a str, u8>,
    epoch_seconds: u64,
}

impl Keys {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if [&self.key_out, &self.scheme_out]
            .iter()
            .any(|path| files::is_dash(path))
        {
            return Err(Failure::usage(
                "the key and the scheme can't be written to stdout",
            ));
        }
        files::require_own_name(&self.scheme_out, &[self.key_out.as_path(), &self.schema])?;
        files::require_free(&self.key_out, STAYS)?;
        self.force.check(&self.scheme_out)?;
        let terms = Terms {
            issuer: &self.issuer,
            schema_id: &self.schema_id,
            schema: object(&self.schema)?,
            scales: self
                .scale
                .iter()
                .map(|scale| (scale.attribute.as_str(), scale.places))
                .collect(),
            epoch_seconds: self.epoch_seconds,
        };
        let reply = program::run("keys", &Members { terms }).await?;
        let scheme = reply.object("scheme")?;
        let public_key = scheme.get("publicKey").and_then(Value::as_str);
        let public_key = public_key.ok_or_else(|| reply.unexpected())?;
        let key = Zeroizing::new(format!("{}\n", reply.text("key")?));
        let text =
            serde_json::to_string_pretty(scheme).map_err(|error| Failure::failed(error.to_string()))?;
        files::write_new(&self.key_out, key.as_bytes(), Audience::Owner, STAYS)?;
        self.force.write(
            &self.scheme_out,
            format!("{text}\n").as_bytes(),
            Audience::Everyone,
        )?;
        let document = json!({
            "publicKey": public_key,
            "key": shown(&self.key_out),
            "scheme": shown(&self.scheme_out),
        });
        output.result(&document, |_| {
            format!(
                "Wrote the private key to {} and the scheme to {}.\nNext: publish the scheme. \
                 Holders and verifiers need exactly this file.",
                self.key_out.display(),
                self.scheme_out.display()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_an_attribute_and_a_number() {
        let scale: Scale = "balance=2".parse().unwrap();
        assert_eq!((scale.attribute.as_str(), scale.places), ("balance", 2));
        for bad in ["", "balance", "=2", "balance=", "balance=-1", "balance=256"] {
            assert!(bad.parse::<Scale>().is_err(), "{bad}");
        }
    }
}
