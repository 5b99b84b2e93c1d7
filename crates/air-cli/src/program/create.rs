//! `air program create`.

use std::collections::BTreeMap;

use air_api::{
    PartnerId, PlatformTime,
    sandbox::{CreateProgram, Expiration, ProofSuite},
};
use clap::Args;
use serde_json::json;

use crate::{
    exit::Failure, keys::shell_word, output::Output, partner::SetUpArgs, profile::NewName, proof::Scale,
    schema::SchemaChoice, time,
};

#[derive(Args)]
#[command(
    after_help = "Only the local platform has this call; the hosted platforms have a dashboard for it.\n\
                  \n\
                  Example:\n  \
                  air program create --schema examples/kyc/schema.json --cak --expiration 90d \\\n      \
                  --publish --name kyc"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command")]
pub(crate) struct Create {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The partner who will own the program [default: the profile's].
    #[arg(long, value_name = "ID", env = "AIR_PARTNER_ID")]
    partner_id: Option<PartnerId>,
    /// The schema of its subjects: the id of one that the partner published, or a file, which is published first.
    #[arg(long, value_name = "ID|FILE")]
    schema: SchemaChoice,
    /// Encrypt for compliance: credentials have a Compliance Access Key.
    #[arg(long)]
    cak: bool,
    /// How long credentials are valid: `90d`, `1y` or `permanent`.
    #[arg(long, default_value_t)]
    expiration: Expiration,
    /// The last second in which the program issues: a date (midnight in UTC), or a time with its offset [default: no limit].
    #[arg(long, value_name = "TIME", value_parser = time::parse_date_time)]
    accessible_until: Option<PlatformTime>,
    /// The maximum number of credentials [default: no limit].
    #[arg(long, value_name = "N")]
    maximum_issuance: Option<u64>,
    /// Let holders also take their credentials as W3C credentials with this proof: `ecdsa-rdfc-2019`, `eddsa-rdfc-2022`,
    /// `ecdsa-sd-2023` or `bbs-2023`. The platform needs the program `air-ssi` [default: none].
    #[arg(long, value_name = "SUITE")]
    proof: Option<ProofSuite>,
    /// Leave the status entry out of W3C credentials, so that presentations are unlinkable. They can't be revoked, so credentials
    /// must be valid for at most 90 days.
    #[arg(long, requires = "proof")]
    unlinkable: bool,
    /// Let holders prove conditions on their credentials without the values. Experimental, not audited. The platform must have been
    /// started with `--experimental-proofs`.
    #[arg(long)]
    predicate_proofs: bool,
    /// The number of decimal places of an attribute of type `number` in predicate proofs, at most 18. Every such attribute needs it;
    /// may be repeated.
    #[arg(long, value_name = "ATTRIBUTE=PLACES", requires = "predicate_proofs")]
    scale: Vec<Scale>,
    /// Publish the program, so that it can issue [default: leave a draft].
    #[arg(long)]
    publish: bool,
    #[command(flatten)]
    name: NewName,
}

impl Create {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let origin = self.platform.origin()?;
        let profile = self.name.check(origin.profile())?;
        let partner_id = self.platform.owner(self.partner_id.as_ref())?;
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let order = CreateProgram {
            schema_id: self.schema.publish(&local, &partner_id).await?,
            partner_id,
            cak: self.cak,
            expiration: self.expiration,
            accessible_until: self.accessible_until,
            maximum_issuance: self.maximum_issuance,
            name: self.name.text(),
            proof: self.proof,
            unlinkable: self.unlinkable,
            predicate_proofs: self.predicate_proofs,
            scales: self.scales(),
            publish: self.publish,
        };
        let created = local.create_program(&order).await?;
        if let Some(profile) = profile {
            profile.save("programs", created.program.as_str())?;
        }
        let document = json!({ "credentialId": created.program, "schemaId": order.schema_id });
        output.result(&document, |_| {
            let next = if self.publish {
                String::new()
            } else {
                let name = self.name.text();
                let name = name.as_deref().unwrap_or(created.program.as_str());
                format!("\nNext: run `air program publish {}`", shell_word(name))
            };
            format!(
                "Created program {} for schema {}{next}",
                created.program, order.schema_id
            )
        })
    }

    fn scales(&self) -> BTreeMap<String, u8> {
        let scales = self.scale.iter();
        scales
            .map(|scale| (scale.attribute.clone(), scale.places))
            .collect()
    }
}
