//! `air verification create`.

use std::path::PathBuf;

use air_api::{
    PartnerId, ProgramId,
    sandbox::{CreateVerificationProgram, ProofSuite},
};
use clap::Args;

use super::trust_list::trust_list;
use crate::{
    condition::ConditionText, exit::Failure, output::Output, partner::SetUpArgs, profile::NewName,
    schema::SchemaChoice,
};

#[derive(Args)]
#[command(
    after_help = "A condition is an attribute, an operator (equals, not equals, greater, less, in, not in) and a value in \
                  JSON; a value that is not JSON is a string. All conditions must hold. The program can be run at once: \
                  verification programs have no drafts, so there is no command to publish one. Only the local platform has this \
                  call; the hosted platforms have a dashboard for it.\n\
                  \n\
                  Example:\n  \
                  air verification create --schema ID --condition 'isOver18 equals true' \\\n      \
                  --condition 'nationality in [\"UTO\", \"XYZ\"]' --name adult"
)]
pub(crate) struct Create {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The partner who will own the program [default: the profile's].
    #[arg(long, value_name = "ID", env = "AIR_PARTNER_ID")]
    partner_id: Option<PartnerId>,
    /// The schema of the credentials: the id of a published one, or a file, which is published first.
    #[arg(long, value_name = "ID|FILE")]
    schema: SchemaChoice,
    /// A condition. May be repeated.
    #[arg(long, value_name = "ATTRIBUTE OPERATOR VALUE")]
    condition: Vec<ConditionText>,
    /// Ask for the private key of the CAK, which opens the user's documents.
    #[arg(long)]
    require_cak: bool,
    /// Accept the issuers of a trust list instead of those of the platform, in presentations of wallets (JSON).
    #[arg(long, value_name = "FILE")]
    trust_list: Option<PathBuf>,
    /// Also accept W3C credentials with this proof: `ecdsa-rdfc-2019`, `eddsa-rdfc-2022`, `ecdsa-sd-2023` or `bbs-2023`. May be
    /// repeated.
    #[arg(long, value_name = "SUITE", conflicts_with = "trust_list")]
    accept_proof: Vec<ProofSuite>,
    /// Accept predicate proofs over the credentials of this issuance program, instead of the credentials. Experimental, not audited.
    #[arg(
        long,
        value_name = "PROGRAM",
        conflicts_with_all = ["trust_list", "accept_proof", "require_cak"]
    )]
    predicate_proofs_of: Option<ProgramId>,
    #[command(flatten)]
    name: NewName,
}

impl Create {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let origin = self.platform.origin()?;
        let profile = self.name.check(origin.profile())?;
        let partner_id = self.platform.owner(self.partner_id.as_ref())?;
        // Read before a schema is published.
        let trust_list = self.trust_list.as_deref().map(trust_list).transpose()?;
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let order = CreateVerificationProgram {
            schema_id: self.schema.publish(&local, &partner_id).await?,
            partner_id,
            conditions: self
                .condition
                .iter()
                .map(|condition| condition.0.clone())
                .collect(),
            require_cak: self.require_cak,
            name: self.name.text(),
            trust_list,
            proofs: self.accept_proof.clone(),
            predicate_proofs_of: self.predicate_proofs_of.clone(),
        };
        let created = local.create_verification_program(&order).await?;
        if let Some(profile) = profile {
            profile.save("verification-programs", created.program_id.as_str())?;
        }
        output.result(&created, |created| {
            format!(
                "Created verification program {} for schema {}",
                created.program_id, order.schema_id
            )
        })
    }
}
