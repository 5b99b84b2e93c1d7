//! Credentials for wallets: signed and recorded in the transaction of the caller, and not uploaded.

use air_ids::UnixTime;
use air_jwt::{Jwk, Signer};
use air_vc::ClaimPath;
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Map, Value};

use super::{Content, credential::sign, prepare::external_id, references::References};
use crate::{
    Error, SchemaConfig,
    state::State,
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
    pub(crate) holder_did: &'a str,
    pub(crate) subject: &'a Map<String, Value>,
    pub(crate) always_visible: &'a [ClaimPath],
    pub(crate) holder_key: &'a Jwk,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
}

/// A signed credential.
pub(crate) struct SignedCredential {
    pub(crate) external_id: String,
    /// The compact form.
    pub(crate) compact: String,
}

impl State {
    /// Signs and records a credential for a wallet.
    pub(crate) async fn issue_to_wallet(
        &self,
        tx: &mut WriteTx,
        new: &WalletCredential<'_>,
        actor: &str,
    ) -> Result<SignedCredential, Error> {
        let schema = new.schema;
        let signer = self.keys.credentials.signing(new.issued_at);
        let entry = self.allocate(tx).await?;
        let external_id = external_id();
        let stamp = self.stamp(signer, &external_id, entry);
        let content = Content {
            holder_did: new.holder_did,
            vct: &schema.vct,
            vct_integrity: schema.vct_integrity.as_ref(),
            subject: new.subject,
            always_visible: new.always_visible,
            decoys: 0,
            holder_key: Some(new.holder_key),
            issued_at: new.issued_at,
            expires_at: new.expires_at,
        };
        let mut rng = StdRng::from_rng(&mut rand::rng());
        let compact = sign(&content, &stamp, &mut rng).await?;
        let nonce = stamp.nonce;
        let references = References::of_one(&external_id, new.user_id, new.subject, &self.reference_key);
        let thumbprint = new.holder_key.thumbprint().to_string();
        let record = NewIssuance {
            external_id: &external_id,
            holder_did: new.holder_did,
            schema_id: &schema.id,
            vct: &schema.vct,
            user_ref: &references.user,
            subject_ref: &references.subject,
            request_ref: &references.request,
            cnf_thumbprint: Some(&thumbprint),
            nonce,
            entry: entry.map(|entry| (entry.list, entry.index)),
            kid: signer.kid().as_str(),
            issued_at: new.issued_at,
            expires_at: new.expires_at,
        };
        issuances::insert(tx, &record).await?;
        // dStorage does not get it.
        issuances::set_stored(tx, &external_id).await?;
        self.audit(tx, Action::Received, &external_id, actor).await?;
        Ok(SignedCredential { external_id, compact })
    }
}
