//! Verification: the verifier requests it, the user decides, and the platform tests the conditions on the verified credential.

mod hosted;
mod proven;

use air_api::{
    PlatformTime,
    sandbox::{
        Condition, ConsentDecision, ConsentRequest, CredentialFormat, DisclosedData, PendingDetails,
        RequestedCak, StartVerification, StartedVerification, VerificationResult, VerificationStatus,
    },
};
use air_ids::{IssuerDid, UnixTime, UserUuid};
use air_jwt::JwkSet;
use air_ledger::merkle;
use air_schema::CredentialSchema;
use air_vc::{Inspection, Verifier};
use serde_json::{Map, Value, json};

pub(crate) use self::{
    hosted::{Examined, examine_envelope},
    proven::needs_proof,
};
use super::{
    App, Reason, Refusal,
    cache::DomainCache,
    caks, callbacks, conditions, credential_text, documents,
    events::{self, EventKind},
    idempotency::{Caller, IdempotentResponse, RequestKey},
    issuance::credential_type,
    jobs, mdocs,
    partner_auth::Authenticated,
    revocation,
    stored::find_schema,
    users,
};
use crate::ids;
use air_store::{
    ReadTx, WriteTx,
    callbacks::Release,
    credentials::{self, Credential},
    idempotency, ledger, packages, partners, predicate_requests,
    programs::{self, VerificationProgram},
    users::{OpenSession, User},
    verifications::{self, Decision, Verification},
};

/// `POST /sandbox/v1/verifications`: records the request, and returns the consent request for the user.
pub async fn start(
    app: &App,
    caller: &Authenticated,
    session: &OpenSession,
    request: StartVerification,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<StartedVerification>, Refusal> {
    let user = users::require_of(&caller.partner, session)?;
    start_with(
        app,
        &caller.partner,
        user,
        request,
        &Disclosure::Tested,
        request_key,
    )
    .await
}

/// The attributes of a compliant credential that the verifier receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// The attributes that the conditions test.
    Tested,
    /// No attributes, only the verdict.
    Nothing,
    /// All attributes.
    Everything,
    /// These attributes.
    Attributes(Vec<String>),
}

/// Starts a run of a partner with a user. The caller must have identified both.
pub(crate) async fn start_with(
    app: &App,
    partner: &partners::Partner,
    user: User,
    request: StartVerification,
    disclosure: &Disclosure,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<StartedVerification>, Refusal> {
    let by = Caller::new(partner.partner_id.as_str(), user.user_uuid.as_str());
    app.idempotent(by, request_key, async |tx| {
        let program = find_program(tx, request.program_id.as_str()).await?;
        if program.partner_id != partner.partner_id {
            return Err(Refusal::forbidden(
                "the verification program belongs to another partner",
            ));
        }
        if program.trust_list.is_some() {
            return Err(Refusal::conflict(
                "the verification program has a trust list, so it accepts presentations of wallets only; create a presentation request",
            ));
        }
        let schema = find_schema(tx, program.schema_id.as_str()).await?;
        let mut disclosed = disclosure.names(&schema)?;
        if program.predicate_proofs_of.is_some() {
            let now = tx.now;
            proven::check_rate(tx, &program.partner_id, &user.user_uuid, now).await?;
            let rules = parse_conditions(&program)?;
            disclosed = Some(proven::disclosed(disclosed.unwrap_or_default(), &rules));
        }
        let consent = consent_request(&program, schema.title(), disclosed.as_deref(), partner)?;
        let disclosed = disclosed.map(|names| serde_json::to_string(&names));
        let verification = Verification {
            verification_id: ids::verification_id(),
            program_id: program.program_id,
            partner_id: program.partner_id,
            user_uuid: user.user_uuid.clone(),
            consent: "asked".into(),
            disclosed: disclosed.transpose().map_err(Refusal::internal)?,
        };
        let now = tx.now;
        verifications::insert(tx, &verification, now).await?;
        tx.record(&EventKind::VerificationStarted(&verification)).await?;
        Ok(StartedVerification {
            verification_id: verification.verification_id,
            consent,
        })
    })
    .await
}

/// The credential that a program would check, as its holder sees it.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct Checkable {
    /// The schema of the program.
    pub schema: CredentialSchema,
    /// Whether the program accepts predicate proofs only.
    pub needs_proof: bool,
    /// The claims of the user's credential, or `None` if the user holds none, or if the wallet proves conditions on them.
    pub claims: Option<Map<String, Value>>,
}

/// Returns the credential of a user that the program would check.
pub(crate) async fn checkable(
    app: &App,
    user_uuid: &UserUuid,
    program_id: &str,
) -> Result<Checkable, Refusal> {
    let mut read = app.store.read().await?;
    let program = find_program(&mut read, program_id).await?;
    let schema_id = program.schema_id.as_str();
    let needs_proof = program.predicate_proofs_of.is_some();
    let claims = if needs_proof {
        None
    } else {
        match credentials::find_held(&mut read, user_uuid.as_str(), schema_id).await? {
            Some(held) => Some(credential_text::claims_of(&held.credential)?),
            None => hosted::claims(&mut read, user_uuid, &program.schema_id).await?,
        }
    };
    Ok(Checkable {
        needs_proof,
        schema: find_schema(&mut read, schema_id).await?,
        claims,
    })
}

/// `POST /sandbox/v1/verifications/{id}/consent`: once, by the user of the run, in a session of the verifier that started it.
pub async fn decide(
    app: &App,
    session: &OpenSession,
    verification_id: &str,
    decision: ConsentDecision,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<VerificationResult>, Refusal> {
    let pending = PendingQuery {
        user_uuid: session.user.user_uuid.as_str(),
        partner_id: session.partner_id.as_str(),
    };
    decide_as(app, pending, verification_id, decision, request_key).await
}

/// The user and the verifier of a run.
#[derive(Clone, Copy)]
pub(crate) struct PendingQuery<'a> {
    pub(crate) user_uuid: &'a str,
    pub(crate) partner_id: &'a str,
}

/// Records a user's decision. The caller must have identified the user.
pub(crate) async fn decide_as(
    app: &App,
    pending: PendingQuery<'_>,
    verification_id: &str,
    decision: ConsentDecision,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<VerificationResult>, Refusal> {
    let caller = users::caller_id(pending.user_uuid, pending.partner_id);
    // The request to the issuer is outside of a transaction.
    let examined = match decision {
        ConsentDecision::Agree => hosted::examine_pending(app, pending, verification_id).await?,
        _ => None,
    };
    app.idempotent(Caller::new(&caller, ""), request_key, async |tx| {
        let now = tx.now;
        let run = verifications::find(tx, verification_id)
            .await?
            .filter(|run| {
                run.user_uuid.as_str() == pending.user_uuid && run.partner_id.as_str() == pending.partner_id
            })
            .ok_or_else(|| {
                Refusal::not_found("this user has no such verification with this session's partner")
            })?;
        if run.consent != "asked" {
            let refusal = Refusal::conflict("the user has decided already; start another verification");
            return Err(tx.commit_refusal(refusal));
        }
        if decision != ConsentDecision::Agree {
            let denied = Decision {
                consent: "denied",
                status: None,
                core_claim_hash: None,
                objects: 0,
            };
            verifications::decide(tx, verification_id, &denied, now).await?;
            predicate_requests::delete(tx, &run.verification_id).await?;
            tx.record(&decided(&run, &denied)).await?;
            let refusal =
                Refusal::conflict("the user refused consent; nothing was released").because(Reason::Denied);
            return Err(tx.commit_refusal(refusal));
        }
        let program = find_program(tx, run.program_id.as_str()).await?;
        if program.predicate_proofs_of.is_some() {
            return Err(Refusal::conflict(
                "the verification program accepts predicate proofs only; answer its proof-request with a proof",
            ));
        }
        let held = credentials::find_held(tx, run.user_uuid.as_str(), program.schema_id.as_str()).await?;
        let result = match (&held, &examined) {
            (Some(held), _) => verify(app, tx, &program, held, &run, now).await?,
            (None, Some(Examined::Accepted(accepted))) => {
                hosted::verify(tx, &program, accepted, &run, now).await?
            }
            (None, Some(Examined::Ended(status))) => ended(*status),
            (None, None) => ended(VerificationStatus::NotFound),
        };
        let decision = Decision {
            consent: "agreed",
            status: Some(status_name(result.status)),
            core_claim_hash: held.as_ref().map(|held| &held.core_claim_hash),
            objects: result.documents.len() as u64,
        };
        verifications::decide(tx, verification_id, &decision, now).await?;
        tx.record(&decided(&run, &decision)).await?;
        if let (Some(_), Some(held)) = (&result.cak, &held) {
            let release = Release {
                issuer_id: &held.partner_id,
                verifier_id: &run.partner_id,
                user_uuid: &run.user_uuid,
                schema_id: &held.schema_id,
            };
            callbacks::released(tx, release, now).await?;
        }
        tx.tie_to_verification(verification_id);
        Ok(result)
    })
    .await
}

/// Withdraws a consent. The same transaction deletes the packages' bytes and the stored responses that contain the result. The verifier
/// keeps the data that it fetched before.
pub async fn withdraw(app: &App, verification_id: &str) -> Result<(), Refusal> {
    withdraw_if(app, verification_id, |_| true).await
}

/// Withdraws a consent that this user gave.
pub(crate) async fn withdraw_as(app: &App, user_uuid: &str, verification_id: &str) -> Result<(), Refusal> {
    withdraw_if(app, verification_id, |run| run.user_uuid.as_str() == user_uuid).await
}

async fn withdraw_if(
    app: &App,
    verification_id: &str,
    is_allowed: impl Fn(&Verification) -> bool,
) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    let run = verifications::find(&mut tx, verification_id)
        .await?
        .filter(is_allowed)
        .ok_or_else(|| Refusal::not_found("no such verification"))?;
    if run.consent != "agreed" {
        return Err(Refusal::conflict("there is no consent to withdraw"));
    }
    verifications::withdraw(&mut tx, verification_id).await?;
    packages::forget_verification(&mut tx, verification_id).await?;
    idempotency::forget_verification(&mut tx, verification_id).await?;
    let event = EventKind::VerificationDecided {
        run: &run,
        consent: "withdrawn",
        status: None,
    };
    events::record(&mut tx, &event, app.platform_clock.now()).await?;
    app.commit(tx).await.map_err(Refusal::from)
}

pub(crate) fn decided<'a>(run: &'a Verification, decision: &Decision<'a>) -> EventKind<'a> {
    EventKind::VerificationDecided {
        run,
        consent: decision.consent,
        status: decision.status,
    }
}

pub(super) async fn find_program(tx: &mut ReadTx, program_id: &str) -> Result<VerificationProgram, Refusal> {
    programs::find_verification_program(tx, program_id)
        .await?
        .ok_or_else(|| Refusal::not_found("no such verification program"))
}

async fn verify(
    app: &App,
    tx: &mut WriteTx,
    program: &VerificationProgram,
    held: &Credential,
    run: &Verification,
    now: UnixTime,
) -> Result<VerificationResult, Refusal> {
    if let Some(at) = held.revoked_at {
        let is_under_way = revocation::is_under_way(app, tx, held, at).await?;
        return Ok(ended(if is_under_way {
            VerificationStatus::Revoking
        } else {
            VerificationStatus::Revoked
        }));
    }
    let cache = &app.cache;
    let progress = jobs::progress(app, tx, &merkle::leaf_hash(held.core_claim_hash.as_bytes())).await?;
    if !progress.is_anchored() {
        let job = jobs::anchoring(app, held, progress);
        return Ok(VerificationResult {
            pending: Some(PendingDetails {
                reason: job.reason,
                next_attempt_at: job.next_attempt_at,
            }),
            ..ended(VerificationStatus::Pending)
        });
    }
    if held.expires_at.is_some_and(|at| at <= now) {
        return Ok(ended(VerificationStatus::Expired));
    }
    let (issuer_did, claims) = verified_claims(cache, tx, held.into(), now).await?;
    let rules = parse_conditions(program)?;
    if !conditions::all_hold(&rules, &claims) {
        return Ok(ended(VerificationStatus::NonCompliant));
    }
    let cak = if program.require_cak {
        cak_context(held, &issuer_did)
    } else {
        None
    };
    let cak_missing = if program.require_cak && cak.is_none() {
        Some(caks::missing(cache, tx, held).await?.into())
    } else {
        None
    };
    let record =
        json!({ "verification": run.verification_id, "coreClaimHash": held.core_claim_hash, "at": now });
    let leaf = merkle::leaf_hash(record.to_string().as_bytes());
    ledger::append(tx, &leaf).await?;
    Ok(VerificationResult {
        status: VerificationStatus::Compliant,
        pending: None,
        transaction_hash: Some(format!("0x{}", hex::encode(leaf))),
        cak,
        cak_missing,
        disclosed_data: Some(disclosed(held, &issuer_did, &shown(run, &rules)?, &claims)),
        documents: if program.require_cak {
            documents::of_credential(tx, &held.core_claim_hash).await?
        } else {
            Vec::new()
        },
        zk_proofs: None,
    })
}

/// A stored credential, with its issuer and schema.
#[derive(Clone, Copy)]
pub(super) struct SignedCredential<'a> {
    /// The issuer.
    pub(super) partner_id: &'a str,
    pub(super) schema_id: &'a str,
    pub(super) credential: &'a str,
}

impl<'a> From<&'a Credential> for SignedCredential<'a> {
    fn from(held: &'a Credential) -> Self {
        Self {
            partner_id: held.partner_id.as_str(),
            schema_id: held.schema_id.as_str(),
            credential: &held.credential,
        }
    }
}

/// Verifies the credential like any verifier: with the issuer's published key, at this time. Returns the issuer's DID and the claims.
pub(super) async fn verified_claims(
    cache: &DomainCache,
    tx: &mut ReadTx,
    signed: SignedCredential<'_>,
    now: UnixTime,
) -> Result<(IssuerDid, Map<String, Value>), Refusal> {
    let issuer = partners::find(tx, signed.partner_id)
        .await?
        .ok_or_else(|| Refusal::internal("a credential without its issuer"))?;
    let claims = claims_signed_by(cache, &issuer, &signed, now)?;
    Ok((issuer.issuer_did, claims))
}

/// Verifies a credential like any verifier with its issuer's key, and returns its claims.
pub(super) fn claims_signed_by(
    cache: &DomainCache,
    issuer: &partners::Partner,
    signed: &SignedCredential<'_>,
    now: UnixTime,
) -> Result<Map<String, Value>, Refusal> {
    let key = cache.issuer_key(issuer)?;
    if credential_text::format_of(signed.credential) == CredentialFormat::Mdoc {
        let doc_type = credential_type(signed.schema_id);
        return mdocs::verified_claims(signed.credential, &doc_type, &key, now);
    }
    let keys = JwkSet::from(key.public_jwk());
    let named = Named::of(signed, issuer)?;
    let verified = Verifier::new(&named.issuer, &keys)
        .requiring_type(&named.vct)
        // The store has already checked the status.
        .without_status()
        .verify(signed.credential, now)
        .map_err(Refusal::internal)?;
    Ok(verified.claims().clone())
}

/// The issuer and the type that a stored SD-JWT VC names. The platform's own credentials have a DID and a URN, those for wallets have URLs.
struct Named {
    issuer: String,
    vct: String,
}

impl Named {
    fn of(signed: &SignedCredential<'_>, issuer: &partners::Partner) -> Result<Self, Refusal> {
        let claims = Inspection::of(signed.credential)
            .map_err(Refusal::internal)?
            .claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_for_wallets = text("iss").ends_with(&format!("/oid4vc/{}", issuer.partner_id))
            && text("vct").ends_with(&format!("/credential-types/{}", signed.schema_id));
        Ok(if is_for_wallets {
            Self {
                issuer: text("iss").to_owned(),
                vct: text("vct").to_owned(),
            }
        } else {
            Self {
                issuer: issuer.issuer_did.to_string(),
                vct: credential_type(signed.schema_id),
            }
        })
    }
}

impl Disclosure {
    /// Returns the attributes' names if they are not those of the conditions.
    fn names(&self, schema: &CredentialSchema) -> Result<Option<Vec<String>>, Refusal> {
        let all = || {
            schema
                .attributes()
                .iter()
                .map(|attribute| attribute.name().as_str())
        };
        match self {
            Self::Tested => Ok(None),
            Self::Nothing => Ok(Some(Vec::new())),
            Self::Everything => Ok(Some(all().map(ToOwned::to_owned).collect())),
            Self::Attributes(names) => {
                if names.iter().any(|name| !all().any(|known| known == name)) {
                    return Err(Refusal::bad_request(
                        "fieldsToDisclose has a name that is not in the program's schema; use the schema's attributes, or \"*\" for all",
                    ));
                }
                let mut names = names.clone();
                names.sort();
                names.dedup();
                Ok(Some(names))
            }
        }
    }
}

fn consent_request(
    program: &VerificationProgram,
    schema_title: &str,
    disclosed: Option<&[String]>,
    verifier: &partners::Partner,
) -> Result<ConsentRequest, Refusal> {
    let rules = parse_conditions(program)?;
    let mut attributes: Vec<String> = rules
        .iter()
        .map(|condition| condition.attribute.clone())
        .collect();
    attributes.dedup();
    let name = &verifier.name;
    let (tested, shown) = (attributes.join(", "), disclosed.map(|names| names.join(", ")));
    let mut statement = match shown.as_deref() {
        None => format!("{name} asks to check your credential \"{schema_title}\" and to see: {tested}."),
        Some("") => format!(
            "{name} asks to check {tested} of your credential \"{schema_title}\". It learns whether its conditions hold, and sees no value."
        ),
        Some(shown) => {
            format!(
                "{name} asks to check {tested} of your credential \"{schema_title}\" and to see: {shown}."
            )
        }
    };
    if program.predicate_proofs_of.is_some() {
        statement = proven::statement(name, schema_title, &rules, disclosed.unwrap_or_default());
    }
    if program.require_cak {
        statement.push_str(
            " It also asks for the key that opens the documents sealed with this credential. Once given, the key can't \
             be taken back for these documents.",
        );
    }
    Ok(ConsentRequest {
        verifier: name.clone(),
        verifier_did: verifier.verifier_did.clone(),
        schema_title: schema_title.to_owned(),
        disclosed: disclosed.map_or_else(|| attributes.clone(), <[String]>::to_vec),
        attributes,
        asks_for_cak: program.require_cak,
        statement,
    })
}

fn cak_context(held: &Credential, issuer_did: &IssuerDid) -> Option<RequestedCak> {
    let (curve, public_key) = held.curve.zip(held.cak_public_key.clone())?;
    Some(RequestedCak {
        user: held.user_uuid.clone(),
        issuer: issuer_did.clone(),
        schema: held.schema_id.clone(),
        curve,
        public_key,
    })
}

/// Returns the names of the attributes that the user agreed to disclose. Defaults to the attributes of the conditions.
fn shown(run: &Verification, rules: &[Condition]) -> Result<Vec<String>, Refusal> {
    match &run.disclosed {
        Some(names) => serde_json::from_str(names).map_err(Refusal::internal),
        None => Ok(rules.iter().map(|rule| rule.attribute.clone()).collect()),
    }
}

fn disclosed(
    held: &Credential,
    issuer_did: &IssuerDid,
    shown: &[String],
    claims: &Map<String, Value>,
) -> DisclosedData {
    DisclosedData {
        credential_subject: claims
            .iter()
            .filter(|(name, _)| shown.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        credential_type: credential_type(held.schema_id.as_str()),
        issuer_did: issuer_did.clone(),
        issuance_date: PlatformTime::from_unix(held.issued_at),
        expiration_date: held.expires_at.map(PlatformTime::from_unix),
    }
}

pub(super) fn parse_conditions(program: &VerificationProgram) -> Result<Vec<Condition>, Refusal> {
    serde_json::from_str(&program.conditions).map_err(Refusal::internal)
}

pub(crate) fn ended(status: VerificationStatus) -> VerificationResult {
    VerificationResult {
        status,
        pending: None,
        transaction_hash: None,
        cak: None,
        cak_missing: None,
        disclosed_data: None,
        documents: Vec::new(),
        zk_proofs: None,
    }
}

/// Returns the status name that both the SDK and the store use.
#[must_use]
pub fn status_name(status: VerificationStatus) -> &'static str {
    match status {
        VerificationStatus::Compliant => "Compliant",
        VerificationStatus::NonCompliant => "Non-Compliant",
        VerificationStatus::Pending => "Pending",
        VerificationStatus::Revoking => "Revoking",
        VerificationStatus::Revoked => "Revoked",
        VerificationStatus::Expired => "Expired",
        _ => "NotFound",
    }
}
