//! The calls of an issuer's own backend (issuance mode G2): it signs, seals to the holder, and
//! stores the envelope in dStorage.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{EmailAddress, IsoTime, SchemaId, StoragePath, UserUuid, wire};

/// `POST /auth/initialize-user`: a user by their address, created when new.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InitializeUser {
    /// The user's own address.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::email"))]
    pub email: EmailAddress,
}

/// `POST /v2/auth/initialize-user`, which the vendor's issuer service calls: the address is the
/// claim `email` of the Partner JWT.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InitializeUserByToken {
    /// The Partner JWT, in its compact form.
    #[cfg_attr(feature = "openapi", schemars(length(max = 8192)))]
    pub partner_jwt: String,
}

/// The user, and the key that their credentials are sealed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InitializedUser {
    /// The user's AIR id.
    pub user_id: UserUuid,
    /// The holder's DID.
    pub did: String,
    /// X25519: `0x` and SPKI DER in hex.
    pub public_key: String,
    /// `new` if this call created the user, otherwise `existing`. Empty if the platform sends none.
    #[serde(default)]
    pub status: String,
    /// The wallet's key for key binding, `null` if there is none.
    #[serde(default)]
    #[cfg_attr(
        feature = "openapi",
        schemars(schema_with = "crate::openapi::signing_key_or_null")
    )]
    pub signing_key: Option<HolderSigningKey>,
}

/// The holder's key for key binding: an issuer binds the credential to it (`cnf`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct HolderSigningKey {
    /// The public key on P-256.
    pub jwk: EcPublicJwk,
}

/// A public key on an elliptic curve as JWK (RFC 7518, section 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EcPublicJwk {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// The x coordinate, in base64url.
    pub x: String,
    /// The y coordinate, in base64url.
    pub y: String,
}

/// The proof type of a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum ProofType {
    /// SD-JWT VC: the platform's default.
    #[default]
    #[serde(rename = "SD_JWT_VC")]
    SdJwtVc,
    /// A signature on the Baby Jubjub curve.
    #[serde(rename = "BJJ_SIG_2021")]
    BjjSig2021,
    /// A proof of inclusion in the issuer's Merkle tree.
    #[serde(rename = "IDEN3_MTP")]
    Iden3Mtp,
}

impl ProofType {
    /// The wire name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SdJwtVc => "SD_JWT_VC",
            Self::BjjSig2021 => "BJJ_SIG_2021",
            Self::Iden3Mtp => "IDEN3_MTP",
        }
    }
}

/// `POST /dstorage/vcs`: a credential that its issuer signed and sealed to the holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StoreVc {
    /// The holder, as [`InitializedUser`] names it.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^did:")))]
    pub holder_did: String,
    /// The proof type of the credential.
    #[serde(default)]
    pub proof_type: ProofType,
    /// Its schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// Until when it holds.
    pub expires_at: IsoTime,
    /// The ciphertext, AES-256-GCM, in base64 with padding (RFC 4648, 4), as the next three.
    #[cfg_attr(
        feature = "openapi",
        schemars(regex(pattern = "^(?:[A-Za-z0-9+/]{4})+$"), length(max = 160_000))
    )]
    pub data: String,
    /// The nonce: 12 bytes.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Za-z0-9+/]{16}$")))]
    pub iv: String,
    /// The tag: 16 bytes.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Za-z0-9+/]{21}[AQgw]==$")))]
    pub auth_tag: String,
    /// The ephemeral X25519 public key: SPKI DER.
    #[cfg_attr(
        feature = "openapi",
        schemars(regex(pattern = "^MCowBQYDK2VuAyEA[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"))
    )]
    pub encrypted_key: String,
    /// The issuer's own name for it, the same whenever it tries again: 1 to 255 visible ASCII characters.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[!-~]{1,255}$")))]
    pub external_id: String,
}

/// The answer of `POST /dstorage/vcs` (201).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StoredVc {
    /// The path in dStorage, which is opaque for the issuer. On the local platform:
    /// `GET /v1/dstorage/{storagePath}`.
    pub storage_path: StoragePath,
    /// `STORED`. (The word is the local platform's choice.)
    pub state: String,
    /// The envelope's version: `1`. A number is accepted, too.
    #[serde(deserialize_with = "text_or_number")]
    pub envelope_version: String,
    /// When it was stored.
    pub created_at: IsoTime,
}

/// `GET /dstorage/{storagePath}`: what was stored, for its holder. (The call is the local platform's choice.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FetchedVc {
    /// The proof type of the credential.
    pub proof_type: ProofType,
    /// Its schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// Until when it holds.
    pub expires_at: IsoTime,
    /// The ciphertext, AES-256-GCM, in base64 with padding (RFC 4648, 4), as the next three.
    pub data: String,
    /// The nonce: 12 bytes.
    pub iv: String,
    /// The tag: 16 bytes.
    pub auth_tag: String,
    /// The ephemeral X25519 public key: SPKI DER.
    pub encrypted_key: String,
    /// The answer to its storage.
    #[serde(flatten)]
    pub stored: StoredVc,
}

/// Reads a text, or a whole number as text.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u32),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

impl fmt::Debug for InitializeUserByToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitializeUserByToken").finish_non_exhaustive()
    }
}

impl fmt::Debug for InitializeUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitializeUser").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn reads_and_writes_the_documented_names() {
        let documented = json!({ "holderDid": "did:air:id:test:x", "proofType": "BJJ_SIG_2021",
            "schemaId": "01KKX3Q7DEK0GM2TCKMMHA", "expiresAt": "2027-01-15T08:00:00.25Z", "data": "AA==", "iv": "AA==",
            "authTag": "AA==", "encryptedKey": "AA==", "externalId": "order-1" });
        let request: StoreVc = serde_json::from_value(documented.clone()).unwrap();
        assert_eq!(request.proof_type, ProofType::BjjSig2021);
        assert_eq!(serde_json::to_value(&request).unwrap(), documented);
        let mut without = documented;
        without.as_object_mut().unwrap().remove("proofType");
        let request: StoreVc = serde_json::from_value(without).unwrap();
        assert_eq!(request.proof_type, ProofType::SdJwtVc);
        for proof in [ProofType::SdJwtVc, ProofType::BjjSig2021, ProofType::Iden3Mtp] {
            assert_eq!(serde_json::to_value(proof).unwrap(), Value::from(proof.as_str()));
        }
    }

    #[test]
    fn mismatch_7_the_version_of_an_envelope_is_text_and_a_storage_path_is_opaque() {
        let documented = json!({ "storagePath": "dstorage://vc/7f01/c42c", "state": "STORED", "envelopeVersion": "1",
            "createdAt": "2027-01-15T08:00:00Z" });
        let stored: StoredVc = serde_json::from_value(documented.clone()).unwrap();
        assert_eq!(stored.storage_path.as_str(), "dstorage://vc/7f01/c42c");
        assert_eq!(serde_json::to_value(&stored).unwrap(), documented);
        let mut number = documented;
        number["envelopeVersion"] = json!(1);
        assert_eq!(serde_json::from_value::<StoredVc>(number).unwrap(), stored);
    }

    #[test]
    fn mismatch_4_an_answer_with_and_without_status_and_signing_key_is_read() {
        let short = json!({ "userId": "3b241101-e2bb-4255-8caf-4136c566a962", "did": "did:air:id:test:x", "publicKey": "0x00" });
        let user: InitializedUser = serde_json::from_value(short.clone()).unwrap();
        assert_eq!((user.status.as_str(), &user.signing_key), ("", &None));
        let mut full = short;
        full["status"] = json!("new");
        full["signingKey"] = json!({ "jwk": { "kty": "EC", "crv": "P-256", "x": "a", "y": "b" } });
        let user: InitializedUser = serde_json::from_value(full.clone()).unwrap();
        assert_eq!(serde_json::to_value(&user).unwrap(), full);
        full["signingKey"] = Value::Null;
        let user: InitializedUser = serde_json::from_value(full.clone()).unwrap();
        assert_eq!(serde_json::to_value(&user).unwrap(), full, "`null` is sent");
    }
}
