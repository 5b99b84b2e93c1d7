//! Export: a credential leaves the wallet in a format that other wallets and verifiers read.

use air_api::sandbox::{CredentialFormat, HeldW3cCredential};
use air_ids::UserUuid;
use air_jwt::jws;
use air_vc::{Issuer, w3c::W3cIssueOptions};
use serde_json::{Map, Value};

use super::held::{claims_of, find, no_such_credential, schema_of};
use crate::{
    App, Refusal, credential_text,
    w3c_proofs::{self, Signed},
};
use air_store::{holder::HeldCredential, users::OpenSession};

/// The media type of a W3C credential that a JWT secures (Securing Verifiable Credentials using
/// JOSE and COSE, 6.1.1), without `application/`.
const W3C_TYPE: &str = "vc+jwt";

/// A format of exported credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// The credential as its issuer signed it: compact SD-JWT VC.
    SdJwtVc,
    /// A W3C Verifiable Credential 2.0 with the same claims, validity and status entry, signed by
    /// the issuer's key at the time of the export.
    W3cJwt,
    /// A W3C Verifiable Credential 2.0 with the Data Integrity proof that the program chooses, signed at the time of the export.
    W3cProof,
}

impl ExportFormat {
    /// Parses a name.
    ///
    /// # Errors
    /// Refuses an unknown name.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        match name {
            "sd-jwt-vc" => Ok(Self::SdJwtVc),
            "w3c" => Ok(Self::W3cJwt),
            "w3c-proof" => Ok(Self::W3cProof),
            _ => Err(Refusal::bad_request(
                "format: must be sd-jwt-vc, w3c or w3c-proof",
            )),
        }
    }

    /// Returns the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::SdJwtVc => "application/dc+sd-jwt",
            Self::W3cJwt => "application/vc+jwt",
            Self::W3cProof => "application/vc",
        }
    }

    /// Returns the name of a file in this format.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::SdJwtVc => "credential.sd-jwt",
            Self::W3cJwt => "credential.vc.jwt",
            Self::W3cProof => "credential.vc.json",
        }
    }
}

/// Exports a credential of the user's wallet.
pub async fn export(
    app: &App,
    user_uuid: &UserUuid,
    core_claim_hash: &str,
    format: ExportFormat,
) -> Result<String, Refusal> {
    let row = find(app, user_uuid, core_claim_hash).await?;
    check_format(&row)?;
    match format {
        ExportFormat::SdJwtVc => Ok(row.credential),
        ExportFormat::W3cJwt => w3c_jwt(app, &row).await,
        ExportFormat::W3cProof => {
            let signed = w3c_proof(app, user_uuid, core_claim_hash, &row).await?;
            Ok(Value::Object(signed.credential).to_string())
        }
    }
}

/// `GET /sandbox/v1/users/me/credentials/{hash}/w3c`: only for the holder, in a session of the credential's issuer.
pub async fn w3c_credential(
    app: &App,
    session: &OpenSession,
    core_claim_hash: &str,
) -> Result<HeldW3cCredential, Refusal> {
    let row = find(app, &session.user.user_uuid, core_claim_hash).await?;
    if row.partner_id != session.partner_id {
        return Err(no_such_credential());
    }
    check_format(&row)?;
    let signed = w3c_proof(app, &session.user.user_uuid, core_claim_hash, &row).await?;
    Ok(HeldW3cCredential {
        core_claim_hash: row.core_claim_hash,
        suite: signed.suite,
        credential: signed.credential,
    })
}

fn check_format(row: &HeldCredential) -> Result<(), Refusal> {
    if credential_text::format_of(&row.credential) == CredentialFormat::Mdoc {
        return Err(Refusal::conflict(
            "this credential is an mdoc, which only the wallet that received it can present; ask the issuer for another credential to export",
        ));
    }
    Ok(())
}

/// Signs a W3C credential. While the command waits, the credential can be revoked, or deleted from the wallet, so it is read again.
async fn w3c_proof(
    app: &App,
    user_uuid: &UserUuid,
    core_claim_hash: &str,
    row: &HeldCredential,
) -> Result<Signed, Refusal> {
    let signed = w3c_proofs::issue(app, row, &claims_of(row)?, &schema_of(row)?).await?;
    let current = find(app, user_uuid, core_claim_hash).await?;
    w3c_proofs::check_current(app, &current)?;
    Ok(signed)
}

async fn w3c_jwt(app: &App, row: &HeldCredential) -> Result<String, Refusal> {
    let claims = claims_of(row)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    // A key of the wallet (`cnf`) can't be expressed in the W3C data model, and a copy without it
    // would belong to anyone who has it.
    let holder = text("sub").ok_or_else(|| {
        Refusal::conflict(
            "this credential is bound to a key of a wallet; export it as SD-JWT VC, which keeps the binding",
        )
    })?;
    // The same entry of the same list: a revocation ends the copies, too.
    let status = claims.get("status").ok_or_else(|| {
        Refusal::conflict(
            "this credential has no entry in a status list, so that a copy could not be revoked; export it as SD-JWT VC",
        )
    })?;
    let schema = schema_of(row)?;
    let options = W3cIssueOptions {
        types: vec![schema.type_name().to_owned()],
        id: text("jti").or_else(|| text("id")).map(ToOwned::to_owned),
        holder: Some(holder.to_owned()),
        valid_from: row.issued_at,
        valid_until: row.expires_at,
        ..W3cIssueOptions::default()
    };
    let names = schema
        .attributes()
        .iter()
        .map(|attribute| attribute.name().as_str());
    let subject: Map<String, Value> = names
        .filter_map(|name| Some((name.to_owned(), claims.get(name)?.clone())))
        .collect();
    let partner = app.cache.partner(&app.store, row.partner_id.as_str()).await?;
    let partner = partner.ok_or_else(|| Refusal::internal("a credential without its issuer"))?;
    let key = app.cache.issuer_key(&partner)?;
    let mut document = Issuer::new(row.issuer_did.as_str(), &*key)
        .w3c_document(&options, &subject)
        .map_err(Refusal::internal)?;
    document.insert("status".to_owned(), status.clone());
    Ok(jws::sign(&key, W3C_TYPE, &Value::Object(document)))
}
