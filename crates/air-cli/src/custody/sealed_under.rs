//! The context that a container was sealed under, where it is not the group's own.

use air_crypto::{CakContext, CakUser, IssuerDid, KeyId, ManagedContext, SchemaId, custody::Group};
use clap::Args;

use crate::sealing::Context;

/// The context of a container that is sealed to a group's key.
#[derive(Args)]
pub(super) struct SealedUnder {
    /// The key id that the container was sealed under [default: the group's].
    #[arg(long, value_name = "KEY_ID", conflicts_with_all = ["user", "schema"], allow_hyphen_values = true)]
    managed: Option<KeyId>,
    /// The issuer that the container was sealed under [default: the group's].
    #[arg(long, value_name = "DID", allow_hyphen_values = true)]
    issuer: Option<IssuerDid>,
    /// The user, for a container that was sealed under a CAK's context.
    #[arg(long, requires = "schema", allow_hyphen_values = true)]
    user: Option<CakUser>,
    /// The schema, for a container that was sealed under a CAK's context.
    #[arg(long, requires = "user", allow_hyphen_values = true)]
    schema: Option<SchemaId>,
}

impl SealedUnder {
    /// The context. Parts that were not passed are the group's.
    pub(super) fn context(&self, group: &Group) -> Context {
        let own = group.context();
        let issuer = self.issuer.clone().unwrap_or_else(|| own.issuer().clone());
        if let (Some(user), Some(schema)) = (&self.user, &self.schema) {
            return Context::Cak(CakContext::new(user.clone(), issuer, schema.clone(), own.curve()));
        }
        let key_id = self.managed.clone().unwrap_or_else(|| own.key_id().clone());
        Context::Managed(ManagedContext::new(issuer, key_id, own.curve()))
    }

    /// Whether a context was passed that differs from the group's.
    pub(super) fn differs_from(&self, group: &Group) -> bool {
        match self.context(group) {
            Context::Managed(context) => context != *group.context(),
            Context::Cak(_) => true,
        }
    }
}
