//! `air cak show`.

use air_api::{
    UserUuid,
    sandbox::{CakQuery, RecordedCak},
};
use air_client::Error;
use air_crypto::{CakPublicKey, Curve, SchemaId};
use air_jwt::Scope;
use clap::Args;

use crate::{
    exit::Failure,
    output::Output,
    partner::{IssuerArgs, LocalOnly, PartnerArgs},
};

#[derive(Args)]
#[command(
    after_help = "The platform gives an issuer, which must be the partner's own, only the keys that users gave to this issuer. \
                  An unknown user and a user who has not accepted get the same answer. Only the local platform has this call.\n\
                  \n\
                  Example:\n  \
                  air cak show --key partner-key.pem --partner-id ID \\\n      \
                  --user 7f01c42c-02cf-4325-96ed-ba034700f724 \\\n      \
                  --issuer did:air:id:test:5P44… --schema 01KKX3Q7DEK0GM2TCKMMHA"
)]
pub(crate) struct Show {
    #[command(flatten)]
    partner: PartnerArgs,
    /// The user's AIR id, as issuing returned it (`userUuid`).
    #[arg(long)]
    user: UserUuid,
    #[command(flatten)]
    issuer: IssuerArgs,
    /// The schema's id.
    #[arg(long, allow_hyphen_values = true)]
    schema: SchemaId,
    /// The curve: secp256r1 or secp256k1.
    #[arg(long, default_value_t)]
    curve: Curve,
}

impl Show {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let partner = self.partner.connect_local(LocalOnly::COMMAND, output).await?;
        let token = partner.token(Scope::Issue, None).await?;
        let query = CakQuery {
            user: self.user.clone(),
            issuer: self.issuer.issuer(partner.profile())?,
            schema: self.schema.clone(),
            curve: self.curve,
        };
        let recorded = partner
            .client
            .local()
            .cak_public_key(token.expose_secret(), &query)
            .await
            .map_err(explain)?;
        CakPublicKey::from_hex(recorded.curve, &recorded.public_key)?;
        output.result(&recorded, render)
    }
}

fn explain(error: Error) -> Failure {
    let is_missing = matches!(error, Error::NotFound { .. });
    let failure = Failure::from(error);
    if is_missing {
        failure.with_hint(
            "the key exists after the user has accepted in the wallet; until then, seal to a key of your own and move the document \
             later (`air cak rewrap`)",
        )
    } else {
        failure
    }
}

fn render(cak: &RecordedCak) -> String {
    format!(
        "curve       {}\npublic key  {}\nsince       {}\n\
         Next: `air cak seal --public-key {} --user {} --issuer {} --schema {}` seals to it",
        cak.curve, cak.public_key, cak.recorded_at, cak.public_key, cak.user, cak.issuer, cak.schema
    )
}
