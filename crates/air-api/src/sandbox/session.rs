//! Sessions of users who are present when a credential is issued or verified.

use serde::{Deserialize, Serialize};

use crate::{EmailAddress, UserUuid};

/// `POST /sandbox/v1/sessions`, with a Partner JWT: logs a user in, who is created when new.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// The user's address.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::email"))]
    pub email: EmailAddress,
}

/// A user's session. The token is a bearer secret: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The user's AIR id.
    pub user_uuid: UserUuid,
    /// The holder's DID.
    pub holder_did: String,
    /// The network whose chain id the user's wallet signs for.
    pub chain_id: u64,
    /// Sent as `Authorization: Bearer …`.
    pub session_token: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("user_uuid", &self.user_uuid)
            .finish_non_exhaustive()
    }
}
