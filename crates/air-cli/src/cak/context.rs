//! The context that a document is sealed for: a CAK's, or that of an issuer's managed key.

use air_crypto::{CakContext, CakUser, Curve, IssuerDid, KeyId, ManagedContext, SchemaId};
use clap::Args;

use crate::{exit::Failure, sealing::Context};

/// The context of a container.
#[derive(Args)]
pub(super) struct ContextArgs {
    /// The user's AIR id or DID.
    #[arg(
        long,
        required_unless_present = "managed",
        conflicts_with = "managed",
        allow_hyphen_values = true
    )]
    pub(super) user: Option<CakUser>,
    /// The issuer's DID.
    #[arg(long, allow_hyphen_values = true)]
    pub(super) issuer: IssuerDid,
    /// The schema's id.
    #[arg(
        long,
        required_unless_present = "managed",
        conflicts_with = "managed",
        allow_hyphen_values = true
    )]
    pub(super) schema: Option<SchemaId>,
    /// The id of the issuer's managed key, instead of user and schema.
    #[arg(long, value_name = "KEY_ID", allow_hyphen_values = true)]
    pub(super) managed: Option<KeyId>,
}

impl ContextArgs {
    pub(super) fn on(&self, curve: Curve) -> Result<Context, Failure> {
        match (&self.managed, &self.user, &self.schema) {
            (Some(key_id), ..) => Ok(Context::Managed(ManagedContext::new(
                self.issuer.clone(),
                key_id.clone(),
                curve,
            ))),
            (None, Some(user), Some(schema)) => Ok(Context::Cak(CakContext::new(
                user.clone(),
                self.issuer.clone(),
                schema.clone(),
                curve,
            ))),
            _ => Err(Failure::usage(
                "missing context: pass --user and --schema, or --managed",
            )),
        }
    }
}
