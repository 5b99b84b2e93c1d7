//! Issuer-hosted issuance (G2): an issuer's backend seals credentials to the holder's key; the
//! holder fetches and opens them.

use air_api::{
    EmailAddress, FetchedVc, InitializeUser, InitializedUser, IsoTime, ProofType, SchemaId, StoragePath,
    StoreVc, StoredVc,
    sandbox::{EncryptionKey, HeldEncryptionKey, HeldVcs},
};
use air_crypto::holder::{HolderEnvelope, HolderPrivateKey, HolderPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{AirClient, Auth, Error, SandboxClient, tokens::TokenPurpose};

/// A credential that its issuer signed and sealed to the holder.
#[derive(Clone, Debug)]
pub struct SealedCredential {
    /// The holder's DID, which `initialize_user` returns.
    pub holder_did: String,
    /// The proof type of the credential.
    pub proof_type: ProofType,
    /// The credential's schema.
    pub schema_id: SchemaId,
    /// The expiration time.
    pub expires_at: IsoTime,
    /// The credential, sealed ([`HolderPublicKey::seal`]).
    pub envelope: HolderEnvelope,
    /// The issuer's own name for the envelope: 1 to 255 visible ASCII characters. A retry must use the same
    /// name and the same envelope: sealing again yields a different envelope.
    pub external_id: String,
}

/// A credential as its holder fetched it.
#[derive(Clone, Debug)]
pub struct ReceivedCredential {
    /// The proof type of the credential.
    pub proof_type: ProofType,
    /// The credential's schema.
    pub schema_id: SchemaId,
    /// The expiration time.
    pub expires_at: IsoTime,
    /// The credential, sealed ([`HolderPrivateKey::open`]).
    pub envelope: HolderEnvelope,
}

/// The key that a user's credentials are sealed to.
#[derive(Debug)]
pub struct HolderKeys {
    /// The key that issuers receive.
    pub public_key: HolderPublicKey,
    /// The key that the platform generated for the user, until the wallet replaces it.
    pub custodial: Option<HolderPrivateKey>,
}

impl AirClient {
    /// Finds or creates a user by e-mail address, and returns the key that their credentials are sealed to.
    /// The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`] for an invalid token.
    pub async fn initialize_user(
        &self,
        auth: impl Into<Auth<'_>>,
        email: &EmailAddress,
    ) -> Result<InitializedUser, Error> {
        let user = InitializeUser { email: email.clone() };
        self.transport
            .post("v1/auth/initialize-user")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .repeating_safely_if(true)
            .json(&user)
            .receive()
            .await
    }

    /// Stores a sealed credential in dStorage, once for each `external_id`. The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown holder or schema, [`Error::Conflict`] if the `external_id` belongs
    /// to another credential.
    pub async fn store_credential(
        &self,
        auth: impl Into<Auth<'_>>,
        credential: &SealedCredential,
    ) -> Result<StoredVc, Error> {
        let envelope = &credential.envelope;
        let request = StoreVc {
            holder_did: credential.holder_did.clone(),
            proof_type: credential.proof_type,
            schema_id: credential.schema_id.clone(),
            expires_at: credential.expires_at,
            data: STANDARD.encode(envelope.data()),
            iv: STANDARD.encode(envelope.iv()),
            auth_tag: STANDARD.encode(envelope.auth_tag()),
            encrypted_key: STANDARD.encode(envelope.ephemeral_key().to_spki_der()),
            external_id: credential.external_id.clone(),
        };
        self.transport
            .post("v1/dstorage/vcs")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .repeating_safely_if(true)
            .json(&request)
            .receive()
            .await
    }
}

impl SandboxClient<'_> {
    /// Fetches a sealed credential as its holder, by the user's session.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another user's credential, [`Error::UnexpectedAnswer`] for an invalid
    /// envelope, and for a path that is not the local platform's.
    pub async fn fetch_credential(
        &self,
        session_token: &str,
        path: &StoragePath,
    ) -> Result<ReceivedCredential, Error> {
        let path = path
            .below_dstorage()
            .ok_or_else(|| unexpected("its storage path is not the local platform's"))?;
        let fetched: FetchedVc = self
            .transport
            .get(format!("v1/dstorage/{path}"))
            .bearer(Some(session_token))
            .receive()
            .await?;
        let envelope = HolderEnvelope::from_parts(
            &decode(&fetched.data)?,
            &decode(&fetched.iv)?,
            &decode(&fetched.auth_tag)?,
            &decode(&fetched.encrypted_key)?,
        );
        Ok(ReceivedCredential {
            proof_type: fetched.proof_type,
            schema_id: fetched.schema_id,
            expires_at: fetched.expires_at,
            envelope: envelope.map_err(|_| unexpected("its envelope has another form"))?,
        })
    }

    /// Returns the key that the user's credentials are sealed to, and the private key if the platform has it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the user has no key yet.
    pub async fn holder_keys(&self, session_token: &str) -> Result<HolderKeys, Error> {
        let held: HeldEncryptionKey = self
            .transport
            .get("sandbox/v1/users/me/encryption-key")
            .bearer(Some(session_token))
            .receive()
            .await?;
        let read = |text: String| {
            let der = hex::decode(text.strip_prefix("0x").unwrap_or(&text)).ok()?;
            HolderPrivateKey::from_pkcs8_der(&der).ok()
        };
        let custodial = held
            .custodial_private_key
            .map(|text| read(text).ok_or_else(|| unexpected("its private key has another form")))
            .transpose()?;
        Ok(HolderKeys {
            public_key: held.public_key.parse()?,
            custodial,
        })
    }

    /// Sets the wallet's own key, which issuers receive from now on. If it equals the platform's key, the
    /// platform deletes its private key.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a key of low order.
    pub async fn set_holder_key(&self, session_token: &str, key: &HolderPublicKey) -> Result<(), Error> {
        let key = EncryptionKey {
            public_key: key.to_string(),
        };
        self.transport
            .put("sandbox/v1/users/me/encryption-key")
            .bearer(Some(session_token))
            .repeating_safely_if(true)
            .json(&key)
            .receive::<EncryptionKey>()
            .await
            .map(drop)
    }

    /// Lists the credentials that issuers stored for the user: the newest 100.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`] if the session has expired.
    pub async fn held_credentials(&self, session_token: &str) -> Result<HeldVcs, Error> {
        self.transport
            .get("sandbox/v1/users/me/vcs")
            .bearer(Some(session_token))
            .receive()
            .await
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Error> {
    STANDARD
        .decode(text)
        .map_err(|_| unexpected("its envelope is not in base64"))
}

fn unexpected(reason: &'static str) -> Error {
    Error::UnexpectedAnswer {
        reason,
        request_id: None,
    }
}
