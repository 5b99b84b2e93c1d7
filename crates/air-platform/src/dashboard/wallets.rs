//! Offers and presentation requests to wallets (OpenID4VC), on behalf of a program's partner.

use air_api::{
    OnDuplicate,
    sandbox::{
        CreateOffer, CreatePresentationRequest, CreatedOffer, CreatedPresentationRequest, CredentialFormat,
        OfferStatus, PresentationRequestStatus,
    },
};
use serde_json::{Map, Value};

use super::{partner, program, verification_program};
use crate::{
    App, Refusal,
    openid4vc::{
        offers,
        presentations::{self, Links},
    },
};

/// The content of an offer.
#[derive(Debug)]
pub struct OfferForm {
    /// The e-mail address of the user who receives the credential; `None` for anyone's wallet.
    pub email: Option<String>,
    /// The `credentialSubject`.
    pub subject: Map<String, Value>,
    /// The format of the credential.
    pub format: CredentialFormat,
    /// Whether the user must enter a transaction code.
    pub tx_code: bool,
    /// Whether the user must sign in and agree.
    pub sign_in: bool,
}

/// Offers a credential of a program.
pub async fn offer(app: &App, program_id: &str, form: OfferForm) -> Result<CreatedOffer, Refusal> {
    let program = program(app, program_id).await?;
    let partner = partner(app, program.partner_id.as_str()).await?;
    let request = CreateOffer {
        issuer_did: program.issuer_did,
        program: program.program_id,
        format: form.format,
        credential_subject: form.subject,
        on_duplicate: OnDuplicate::default(),
        tx_code: form.tx_code,
        sign_in: form.sign_in,
        defers_for: None,
        expires_in: None,
    };
    offers::create_for(app, &partner, form.email.as_deref(), request).await
}

/// Returns the status of an offer of any partner.
pub async fn offer_status(app: &App, offer_id: &str) -> Result<OfferStatus, Refusal> {
    offers::status_of_any(app, offer_id).await
}

/// Asks wallets for a presentation of any format that a verification program checks. `transactions` are
/// those that the user authorises with it, as a JSON array; an empty text stands for none. With
/// transactions, the format is SD-JWT VC.
pub async fn request(
    app: &App,
    program_id: &str,
    transactions: &str,
) -> Result<CreatedPresentationRequest, Refusal> {
    let transaction_data = read_transactions(transactions)?;
    let program = verification_program(app, program_id).await?;
    let partner = partner(app, program.partner_id.as_str()).await?;
    let request = CreatePresentationRequest {
        program_id: program.program_id,
        formats: if transaction_data.is_empty() {
            CredentialFormat::ALL.to_vec()
        } else {
            vec![CredentialFormat::SdJwtVc]
        },
        encrypted: true,
        expires_in: None,
        redirect_uri: None,
        transaction_data,
    };
    presentations::create_for(app, &partner, request).await
}

fn read_transactions(json: &str) -> Result<Vec<Map<String, Value>>, Refusal> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(json).map_err(|error| {
        Refusal::bad_request(format!(
            "transactionData: must be a JSON array of objects (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

/// Returns the status of a presentation request of any partner, and its links.
pub async fn request_status(
    app: &App,
    request_id: &str,
) -> Result<(PresentationRequestStatus, Links), Refusal> {
    presentations::status_of_any(app, request_id).await
}
