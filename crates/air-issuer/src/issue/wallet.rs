//! Credentials for wallets: signed, recorded in the transaction of the caller, and not uploaded.

use air_ids::UnixTime;
use air_jwt::{Jwk, Signer};
use air_vc::ClaimPath;
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Map, Value};

use super::{Content, credential::sign, prepare::external_id, references::References};
use crate::{
    Error, SchemaConfig,
    state::State,
    status::Entry,
    store::{
        WriteTx,
        audit::Action,
        issuances::{self, NewIssuance},
    },
};

/// A credential that a wallet receives in the response, bound to a key of the wallet. Its subject was validated.
#[derive(Debug)]
pub(crate) struct WalletCredential<'a> {
    pub(crate) schema: &'a SchemaConfig,
    pub(crate) user_id: &'a str,
    pub(crate) holder_did: String,
    pub(crate) subject: &'a Map<String, Value>,
    pub(crate) always_visible: &'a [ClaimPath],
    pub(crate) holder_key: &'a Jwk,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
}

/// A signed credential. It leaves the service after it was recorded.
pub(crate) struct SignedCredential {
    pub(crate) external_id: String,
    /// The compact form.
    pub(crate) compact: String,
    nonce: u64,
    entry: Option<Entry>,
    /// The header's `kid`.
    kid: String,
}

impl State {
    /// Signs a credential for a wallet, with the index that was taken for it.
    pub(crate) async fn sign_for_wallet(
        &self,
        new: &WalletCredential<'_>,
        entry: Option<Entry>,
    ) -> Result<SignedCredential, Error> {
        let signer = self.keys.credentials.signing(new.issued_at);
        let external_id = external_id();
        let stamp = self.stamp(signer, &external_id, entry);
        let content = Content {
            holder_did: &new.holder_did,
            vct: &new.schema.vct,
            vct_integrity: new.schema.vct_integrity.as_ref(),
            subject: new.subject,
            always_visible: new.always_visible,
            decoys: 0,
            holder_key: Some(new.holder_key),
            issued_at: new.issued_at,
            expires_at: new.expires_at,
        };
        let mut rng = StdRng::from_rng(&mut rand::rng());
        let compact = sign(&content, &stamp, &mut rng).await?;
        Ok(SignedCredential {
            nonce: stamp.nonce,
            entry,
            kid: signer.kid().to_string(),
            compact,
            external_id,
        })
    }

    /// Records a credential that was signed for a wallet.
    pub(crate) async fn record_for_wallet(
        &self,
        tx: &mut WriteTx,
        new: &WalletCredential<'_>,
        signed: &SignedCredential,
        actor: &str,
    ) -> Result<(), Error> {
        let external_id = &signed.external_id;
        let references = References::of_one(external_id, new.user_id, new.subject, &self.reference_key);
        let record = NewIssuance {
            external_id: external_id.clone(),
            holder_did: new.holder_did.clone(),
            schema_id: new.schema.id.clone(),
            vct: new.schema.vct.clone(),
            user_ref: references.user,
            subject_ref: references.subject,
            request_ref: references.request,
            cnf_thumbprint: Some(new.holder_key.thumbprint().to_string()),
            nonce: signed.nonce,
            entry: signed.entry.map(|entry| (entry.list, entry.index)),
            kid: signed.kid.clone(),
            issued_at: new.issued_at,
            expires_at: new.expires_at,
            // dStorage does not get it.
            is_stored: true,
        };
        issuances::insert_all(tx, &[&record]).await?;
        self.audit(tx, Action::Received, external_id, actor).await
    }
}
