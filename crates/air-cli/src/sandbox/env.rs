//! `air sandbox env`.

use std::{collections::BTreeMap, fmt::Display};

use air_api::sandbox::SeededPartner;
use clap::Args;
use serde_json::json;

use super::seeded;
use crate::{
    exit::Failure,
    keys::shell_word,
    output::Output,
    partner::{LOCAL_URL, OperatorArgs},
};

#[derive(Args)]
#[command(
    after_help = "The private key is not part of it: set AIR_KEY to its file. `air init --from-sandbox` stores the same values \
                  in a profile, with a key.\n\
                  \n\
                  Example:\n  \
                  eval \"$(air sandbox env)\""
)]
pub(crate) struct EnvArgs {
    /// The platform's URL, without a path.
    #[arg(long, env = "AIR_URL", default_value = LOCAL_URL)]
    url: String,
    #[command(flatten)]
    operator: OperatorArgs,
    /// The seeded partner [default: the only one].
    #[arg(long, value_name = "NAME")]
    partner: Option<String>,
}

impl EnvArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let (_, partner) = seeded::find(&self.url, &self.operator, self.partner.as_deref()).await?;
        let document = json!({
            "url": self.url,
            "partner": partner.name,
            "partnerId": partner.partner_id,
            "issuerDid": partner.issuer_did,
            "verifierDid": partner.verifier_did,
            "programs": partner.programs,
            "verificationPrograms": partner.verification_programs,
        });
        for name in partner
            .programs
            .keys()
            .chain(partner.verification_programs.keys())
        {
            if name.contains(',') {
                output.note(&format!(
                    "warning: the name `{}` has a comma and is left out",
                    name.escape_debug()
                ));
            }
        }
        output.result(&document, |_| self.exports(&partner).join("\n"))
    }

    /// The variables that other commands read.
    fn exports(&self, partner: &SeededPartner) -> Vec<String> {
        let mut exports = vec![
            export("AIR_URL", &self.url),
            export("AIR_PARTNER_ID", &partner.partner_id),
            export("AIR_ISSUER", &partner.issuer_did),
        ];
        exports.extend(named("AIR_PROGRAM", &partner.programs));
        exports.extend(named("AIR_VERIFICATION_PROGRAM", &partner.verification_programs));
        exports
    }
}

/// The only id as the default, and all ids by their names.
fn named<T: Display>(variable: &str, ids: &BTreeMap<String, T>) -> Vec<String> {
    let pairs: Vec<String> = ids
        .iter()
        .filter(|(name, _)| !name.contains(','))
        .map(|(name, id)| format!("{name}={id}"))
        .collect();
    let mut exports = Vec::new();
    if let (1, Some(only)) = (ids.len(), ids.values().next()) {
        exports.push(export(variable, only));
    }
    if !pairs.is_empty() {
        exports.push(export(&format!("{variable}S"), &pairs.join(",")));
    }
    exports
}

fn export(variable: &str, value: &impl Display) -> String {
    format!("export {variable}={}", shell_word(&value.to_string()))
}
