//! The key that a user's credentials are sealed to, and the holder of its private half.

use serde::{Deserialize, Serialize};

use crate::{IsoTime, ProofType, SchemaId, StoragePath, wire};

/// `PUT /sandbox/v1/users/me/encryption-key`, with the user's session, and its answer: the wallet's own key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EncryptionKey {
    /// X25519: `0x` and SPKI DER in hex.
    #[cfg_attr(
        feature = "openapi",
        schemars(regex(pattern = "^0x302a300506032b656e032100[0-9a-f]{64}$"))
    )]
    pub public_key: String,
}

/// `GET /sandbox/v1/users/me/encryption-key`, with the user's session. Its `Debug` does not show
/// the private key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldEncryptionKey {
    /// The key that issuers are told: `0x` and SPKI DER in hex.
    pub public_key: String,
    /// The private key that the platform made for the user, while it keeps it: `0x` and PKCS#8 DER
    /// in hex. It belongs to `public_key`, or to the key that issuers were told before the wallet
    /// set its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custodial_private_key: Option<String>,
}

/// `GET /sandbox/v1/users/me/vcs`, with the user's session: the newest 100 of what issuers stored
/// for the user, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct HeldVcs {
    /// The credentials.
    pub vcs: Vec<HeldVc>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldVc {
    /// Its place: `GET /v1/dstorage/{storagePath}`.
    pub storage_path: StoragePath,
    /// The proof type.
    pub proof_type: ProofType,
    /// Its schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// Until when it holds.
    pub expires_at: IsoTime,
}

impl std::fmt::Debug for HeldEncryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeldEncryptionKey")
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}
