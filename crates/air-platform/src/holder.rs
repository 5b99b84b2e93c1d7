//! The operations behind the user's own pages: the credentials in the wallet, the disclosures to verifiers, the notices, and the issuers.
//!
//! They are for a user at this machine, or for one who proved the address by a code ([`sign_in_codes`](crate::sign_in_codes)).

mod envelopes;
mod export;
mod held;

pub(crate) use self::held::{claims_of, find, no_such_credential, schema_of};
pub use self::{
    envelopes::{Envelope, EnvelopeState, count_envelopes, delete_envelope, envelope, envelopes},
    export::{ExportFormat, export, w3c_credential},
    held::{CakState, Claim, Credential, CredentialState, credential, credentials},
};

use air_api::sandbox::Condition;
use air_ids::{CoreClaimHash, Curve, UnixTime, UserUuid};
use air_schema::CredentialSchema;
use air_store::{caks, holder, partners, users as stored_users};
pub use air_store::{
    holder::{IssuerOfUser, Notice},
    users::User,
    wallet_exports::WalletExport,
};

use super::{
    App, Refusal,
    listed::{Listed, window},
    users, verification,
};

/// The maximum number of issuers on a page.
const ISSUERS: u64 = 200;

/// A presentation to a verifier, or a request for one.
#[derive(Clone, Debug)]
pub struct Disclosure {
    /// The ID of the verification or of the presentation.
    pub id: String,
    /// The channel of the request.
    pub channel: Channel,
    /// The verifier's name.
    pub verifier: String,
    /// The title of the credential.
    pub title: String,
    /// The credential that was checked.
    pub core_claim_hash: Option<CoreClaimHash>,
    /// The titles of the attributes that the conditions test.
    pub tested: Vec<String>,
    /// The titles of the attributes whose values the verifier sees if the conditions hold, or that the wallet disclosed.
    pub shown: Vec<String>,
    /// The user's decision.
    pub consent: Consent,
    /// The result: `Compliant`, `NonCompliant`, …
    pub status: Option<String>,
    /// The key that was released: its curve, and its public half in hex.
    pub released_key: Option<(Curve, String)>,
    /// The number of sealed documents that the consent opens.
    pub documents: u64,
    /// The number of packages that the issuer deposited for the verifier.
    pub packages: u64,
    /// The time of the request.
    pub started_at: UnixTime,
    /// The time of the decision.
    pub decided_at: Option<UnixTime>,
}

/// The channel of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// In an app of the verifier, by this platform.
    Verification,
    /// By a presentation request (OpenID4VP), which a wallet answers.
    Presentation,
}

/// A user's decision about a verifier's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The user has not decided.
    Asked,
    /// The user agreed.
    Given,
    /// The user refused.
    Refused,
    /// The user agreed, and withdrew that.
    Withdrawn,
}

impl Disclosure {
    /// Checks whether the verifier received data: the values, or the key.
    #[must_use]
    pub fn was_compliant(&self) -> bool {
        self.status.as_deref() == Some("Compliant")
    }
}

/// Finds the user of an address, without verifying that the address belongs to the caller.
pub async fn sign_in(app: &App, email: &str) -> Result<User, Refusal> {
    let email = users::new(email)?.email;
    let found = stored_users::find_by_email(&mut *app.store.read().await?, &email).await?;
    found.ok_or_else(|| {
        Refusal::not_found(
            "this platform has no user with this address: the first credential or login creates one",
        )
    })
}

/// Lists what a user showed and to whom, newest first.
pub async fn disclosures(app: &App, user_uuid: &UserUuid, page: u32) -> Result<Listed<Disclosure>, Refusal> {
    let mut read = app.store.read().await?;
    let rows = holder::disclosures(&mut read, user_uuid, window(page)).await?;
    Ok(Listed {
        rows: rows.into_iter().map(disclosure).collect::<Result<_, _>>()?,
        total: holder::count_disclosures(&mut read, user_uuid).await?,
    })
}

/// Finds a verification of a user.
pub async fn find_run(app: &App, user_uuid: &UserUuid, verification_id: &str) -> Result<Disclosure, Refusal> {
    let found = holder::find_run(&mut *app.store.read().await?, user_uuid, verification_id).await?;
    disclosure(found.ok_or_else(|| Refusal::not_found("no such verification"))?)
}

/// Finds a presentation of a user's wallet.
pub async fn find_presentation(
    app: &App,
    user_uuid: &UserUuid,
    presentation_id: &str,
) -> Result<Disclosure, Refusal> {
    let found = holder::find_presentation(&mut *app.store.read().await?, user_uuid, presentation_id).await?;
    disclosure(found.ok_or_else(|| Refusal::not_found("no such presentation"))?)
}

/// Withdraws a consent of the user: the verifier can fetch nothing more by it.
pub async fn withdraw(app: &App, user_uuid: &UserUuid, verification_id: &str) -> Result<(), Refusal> {
    verification::withdraw_as(app, user_uuid.as_str(), verification_id).await
}

/// Lists the changes of the statuses of a user's credentials, newest first.
pub async fn notices(app: &App, user_uuid: &UserUuid, page: u32) -> Result<Listed<Notice>, Refusal> {
    let now = app.platform_clock.now();
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: holder::notices(&mut read, user_uuid, now, window(page)).await?,
        total: holder::count_notices(&mut read, user_uuid, now).await?,
    })
}

/// Lists the partners that issued to a user, or that the user refused.
pub async fn issuers(app: &App, user_uuid: &UserUuid) -> Result<Vec<IssuerOfUser>, Refusal> {
    Ok(holder::issuers(&mut *app.store.read().await?, user_uuid, ISSUERS).await?)
}

/// Refuses or allows credentials on the user's behalf from a partner. The partner is not told: its next issuance on behalf is refused.
pub async fn set_on_behalf(
    app: &App,
    user_uuid: &UserUuid,
    partner_id: &str,
    is_allowed: bool,
) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    let partner = partners::find(&mut tx, partner_id)
        .await?
        .ok_or_else(|| Refusal::not_found("no such partner"))?;
    if is_allowed {
        caks::allow(&mut tx, user_uuid, &partner.partner_id).await?;
    } else {
        let now = app.platform_clock.now();
        caks::refuse(&mut tx, user_uuid, &partner.partner_id, now).await?;
    }
    app.commit(tx).await.map_err(Refusal::from)
}

/// Deletes a credential from the user's wallet. It is no longer shown to verifiers. The issuer's record and the credential's validity stay.
pub async fn delete(app: &App, user_uuid: &UserUuid, core_claim_hash: &str) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    let now = app.platform_clock.now();
    if !holder::delete(&mut tx, user_uuid, core_claim_hash, now).await? {
        return Err(no_such_credential());
    }
    app.commit(tx).await.map_err(Refusal::from)
}

fn disclosure(row: holder::Disclosure) -> Result<Disclosure, Refusal> {
    let schema = CredentialSchema::from_slice(row.form.as_bytes()).map_err(Refusal::internal)?;
    let rules: Vec<Condition> = serde_json::from_str(&row.conditions).map_err(Refusal::internal)?;
    let mut tested: Vec<String> = rules.into_iter().map(|rule| rule.attribute).collect();
    tested.dedup();
    let shown = match &row.disclosed {
        Some(names) => serde_json::from_str(names).map_err(Refusal::internal)?,
        None => tested.clone(),
    };
    let is_compliant = row.status.as_deref() == Some("Compliant");
    let key = row.curve.zip(row.cak_public_key);
    Ok(Disclosure {
        title: schema.title().to_owned(),
        tested: titles(&schema, &tested),
        shown: titles(&schema, &shown),
        released_key: key.filter(|_| row.require_cak && is_compliant),
        consent: match row.consent.as_str() {
            "agreed" => Consent::Given,
            "denied" => Consent::Refused,
            "withdrawn" => Consent::Withdrawn,
            _ => Consent::Asked,
        },
        id: row.id,
        channel: if row.channel == "presentation" {
            Channel::Presentation
        } else {
            Channel::Verification
        },
        verifier: row.verifier_name,
        core_claim_hash: row.core_claim_hash,
        status: row.status,
        documents: row.objects,
        packages: row.packages,
        started_at: row.started_at,
        decided_at: row.decided_at,
    })
}

/// Returns the titles of attributes.
fn titles(schema: &CredentialSchema, names: &[String]) -> Vec<String> {
    let title = |name: &String| {
        let mut attributes = schema.attributes().iter();
        let attribute = attributes.find(|attribute| attribute.name().as_str() == name);
        let title = attribute.and_then(air_schema::Attribute::title);
        title.unwrap_or(name).to_owned()
    };
    names.iter().map(title).collect()
}
