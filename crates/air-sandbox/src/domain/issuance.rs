//! Issuance, with the user present and on behalf.

use std::sync::Arc;

use air_api::{
    CoreClaimHash, CredentialStatus, IssueOnBehalf, IssuedOnBehalf, OnDuplicate, PlatformTime, VcStatus,
    merkle,
    sandbox::{Expiration, Issue, Issued, Revoke, Revoked, StatusDetails},
};
use air_crypto::{CakPublicKey, Curve};
use air_jwt::Scope;
use air_schema::CredentialSchema;
use air_vc::{Issuer, Terms};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    App, Refusal,
    events::{self, News, Revocation},
    jobs,
    once::{Begun, Call, Caller, Done},
    revocation,
    setup::{find_schema, stored},
    status_lists::{self, AskedEntry, Taken},
    users::{self, Found},
};
use crate::{
    ids,
    store::{
        Change,
        credentials::{self, Credential},
        from_db, ledger,
        partners::Partner,
        programs::{self, Program},
        to_db,
        users::User,
    },
};

/// `POST /credentials/issue-on-behalf`.
pub(crate) async fn issue_on_behalf(
    app: &App,
    token: Option<&str>,
    request: IssueOnBehalf,
    call: Option<Call>,
) -> Result<Done<IssuedOnBehalf>, Refusal> {
    // The platform's documents disagree on the scope: `issue` is accepted, `issue on-behalf` contains it.
    let caller = app.authenticate(token, Some(Scope::Issue)).await?;
    if !caller.partner.issue_on_behalf {
        return Err(Refusal::forbidden(
            "issuing on behalf is not enabled for this partner",
        ));
    }
    let email = caller.claims.email().ok_or_else(|| {
        Refusal::bad_request(
            "the token's claim `email` is missing; sign one with the recipient's own address",
        )
    })?;
    issue_to(app, &caller.partner, email, request, call).await
}

/// Issues to the user of an address, in the name of a partner that is known.
pub(crate) async fn issue_to(
    app: &App,
    partner: &Partner,
    email: &str,
    request: IssueOnBehalf,
    call: Option<Call>,
) -> Result<Done<IssuedOnBehalf>, Refusal> {
    let order = Order {
        app,
        partner,
        issuer_did: request.issuer_did.as_str(),
        subject: request.credential_subject,
        cak: None,
        on_duplicate: request.on_duplicate,
    };
    let partner_id = &partner.partner_id;
    let mut asking = app.ask(Caller::new(partner_id, email), call).await?;
    let now = asking.now;
    let user = users::ask(&mut asking, email, now).await?;
    let entry = status_lists::ask(&mut asking, partner).await?;
    let mut turn = match asking.begin().await? {
        Begun::First(turn) => turn,
        Begun::Again(done) => return Ok(done),
    };
    let program = order.check(&mut turn, request.program.as_str()).await?;
    let found = user.find_or_create(&mut turn, partner_id, now).await?;
    let issued = order.issue(&mut turn, &program, &found, entry, now).await?;
    turn.finish(IssuedOnBehalf {
        core_claim_hash: core_claim_hash(&issued)?,
        program: request.program,
        user_uuid: stored(found.user.user_uuid)?,
    })
    .await
}

/// `POST /sandbox/v1/credentials/issue`: the SDK's `issueCredential`.
pub(crate) async fn issue(
    app: &App,
    token: Option<&str>,
    session: Option<&str>,
    request: Issue,
    call: Option<Call>,
) -> Result<Done<Issued>, Refusal> {
    let caller = app.authenticate(token, Some(Scope::Issue)).await?;
    let user = users::present(app, session).await?;
    issue_present(app, &caller.partner, user, request, call).await
}

/// What would be issued: its program and schema.
pub(crate) struct Preview {
    pub(crate) program: Arc<Program>,
    pub(crate) schema: CredentialSchema,
}

/// Checks all that [`issue_present`] will, but for the key, and changes nothing.
pub(crate) async fn preview(app: &App, partner: &Partner, request: &Issue) -> Result<Preview, Refusal> {
    let order = Order {
        app,
        partner,
        issuer_did: request.issuer_did.as_str(),
        subject: request.credential_subject.clone(),
        cak: None,
        on_duplicate: request.on_duplicate,
    };
    let mut read = app.store.read().await?;
    let program = order.check(&mut read, request.program.as_str()).await?;
    let schema = find_schema(&mut read, &program.schema_id).await?;
    Ok(Preview { program, schema })
}

/// Issues for a partner that is known, to a user who is present.
pub(crate) async fn issue_present(
    app: &App,
    partner: &Partner,
    user: User,
    request: Issue,
    call: Option<Call>,
) -> Result<Done<Issued>, Refusal> {
    let order = Order {
        app,
        partner,
        issuer_did: request.issuer_did.as_str(),
        subject: request.credential_subject,
        cak: request.cak_public_key.map(|key| (request.curve.as_str(), key)),
        on_duplicate: request.on_duplicate,
    };
    let by = Caller::new(&partner.partner_id, &user.user_uuid);
    let mut asking = app.ask(by, call).await?;
    let entry = status_lists::ask(&mut asking, partner).await?;
    let mut turn = match asking.begin().await? {
        Begun::First(turn) => turn,
        Begun::Again(done) => return Ok(done),
    };
    let program = order.check(&mut turn, request.program.as_str()).await?;
    if program.cak && order.cak.is_none() {
        return Err(Refusal::bad_request(
            "cakPublicKey is missing; this program has compliance encryption on",
        ));
    }
    let (now, is_new) = (turn.now, false);
    let found = Found { user, is_new };
    let issued = order.issue(&mut turn, &program, &found, entry, now).await?;
    turn.finish(Issued {
        core_claim_hash: core_claim_hash(&issued)?,
        program: request.program,
        schema_id: stored(issued.schema_id)?,
        vc_id: stored(issued.vc_id)?,
        user_uuid: stored(issued.user_uuid)?,
        credential: issued.credential,
    })
    .await
}

/// `POST /sandbox/v1/credentials/revoke`.
pub(crate) async fn revoke(
    app: &App,
    token: Option<&str>,
    request: Revoke,
    call: Option<Call>,
) -> Result<Done<Revoked>, Refusal> {
    let caller = app.authenticate(token, Some(Scope::Issue)).await?;
    revoke_of(app, &caller.partner.partner_id, request, call).await
}

/// Revokes a credential of a partner that is known.
pub(crate) async fn revoke_of(
    app: &App,
    partner_id: &str,
    request: Revoke,
    call: Option<Call>,
) -> Result<Done<Revoked>, Refusal> {
    let mut turn = match app.begin(Caller::new(partner_id, ""), call).await? {
        Begun::First(turn) => turn,
        Begun::Again(done) => return Ok(done),
    };
    let (hash, now) = (request.core_claim_hash.to_string(), turn.now);
    let credential = credentials::find(&mut turn, &hash)
        .await?
        .filter(|credential| credential.partner_id == partner_id)
        .ok_or_else(|| Refusal::not_found("no credential of this partner with this coreClaimHash"))?;
    if credential.revoked_at.is_none() {
        credentials::revoke(&mut turn, &hash, now).await?;
        revocation::tell(&mut turn, partner_id, &hash, Revocation::Requested, now).await?;
    }
    let since = credential.revoked_at.map_or(now, from_db);
    turn.finish(Revoked {
        core_claim_hash: request.core_claim_hash,
        revocation_date: PlatformTime::from_unix(since),
    })
    .await
}

/// `GET /credentials/status`.
pub(crate) async fn status(
    app: &App,
    token: Option<&str>,
    core_claim_hash: CoreClaimHash,
) -> Result<CredentialStatus, Refusal> {
    let caller = app.authenticate(token, None).await?;
    let mut read = app.store.read().await?;
    let credential = credentials::find(&mut read, &core_claim_hash.to_string())
        .await?
        .filter(|credential| credential.partner_id == caller.partner.partner_id)
        .ok_or_else(|| Refusal::not_found("no credential with this coreClaimHash"))?;
    let leaf = merkle::leaf_hash(core_claim_hash.as_bytes());
    let passage = ledger::passage(&mut read, &leaf).await?;
    let anchoring = jobs::anchoring(app, &credential, passage);
    Ok(CredentialStatus {
        core_claim_hash,
        issuance_date: PlatformTime::from_unix(from_db(credential.issued_at)),
        expiration_date: credential
            .expires_at
            .map(|at| PlatformTime::from_unix(from_db(at))),
        issuer_did: stored(caller.partner.issuer_did.clone())?,
        issuer_id: Some(credential.partner_id),
        schema: Some(stored(credential.schema_id)?),
        vc_id: stored(credential.vc_id)?,
        vc_dstorage_id: None,
        vc_status: if passage.sealed_at.is_some() {
            VcStatus::Onchain
        } else {
            VcStatus::WaitOnchain
        },
        sandbox: Some(StatusDetails { anchoring }),
    })
}

/// Whether the ledger has the credential in a block.
pub(crate) async fn is_anchored(change: &mut Change, hash: &CoreClaimHash) -> Result<bool, Refusal> {
    let entry = ledger::find(change, &merkle::leaf_hash(hash.as_bytes())).await?;
    Ok(entry.is_some_and(|entry| entry.block.is_some()))
}

/// One credential to issue, whoever asked for it.
struct Order<'a> {
    app: &'a App,
    partner: &'a Partner,
    issuer_did: &'a str,
    subject: Map<String, Value>,
    /// The curve's name and the public key.
    cak: Option<(&'static str, String)>,
    on_duplicate: OnDuplicate,
}

impl Order<'_> {
    /// Checks all but the user: issuer, program, subject and key.
    async fn check(&self, change: &mut Change, program_id: &str) -> Result<Arc<Program>, Refusal> {
        if self.issuer_did != self.partner.issuer_did {
            return Err(Refusal::not_found(
                "no such issuer of this partner; `issuerDid` is in the dashboard",
            ));
        }
        let program = self.app.prepared.program(change, program_id).await?;
        if program.partner_id != self.partner.partner_id {
            return Err(Refusal::forbidden("the issuance program is another partner's"));
        }
        if !program.published {
            return Err(Refusal::not_found(
                "the issuance program is a draft; publish it before issuing",
            ));
        }
        if program
            .accessible_until
            .is_some_and(|until| from_db(until) < self.app.platform_clock.now())
        {
            return Err(Refusal::forbidden(
                "the issuance program's time is over (accessibleUntil); publish another program",
            ));
        }
        let validator = self.app.prepared.validator(change, &program.schema_id).await?;
        validator
            .validate(&Value::Object(self.subject.clone()))
            .map_err(|violations| Refusal::bad_request(format!("credentialSubject: {violations}")))?;
        if let Some((curve, key)) = &self.cak {
            let curve: Curve = curve.parse().map_err(Refusal::internal)?;
            CakPublicKey::from_hex(curve, key)
                .map_err(|error| Refusal::bad_request(format!("cakPublicKey: {error}")))?;
        }
        Ok(program)
    }

    /// Issues, unless the user has one already and it is to stay.
    async fn issue(
        &self,
        change: &mut Change,
        program: &Program,
        Found { user, is_new }: &Found,
        entry: AskedEntry,
        now: u64,
    ) -> Result<Credential, Refusal> {
        let partner_id = &self.partner.partner_id;
        let (user_uuid, schema) = (&user.user_uuid, &program.schema_id);
        if *is_new {
            // Who came with this change holds nothing.
        } else if self.on_duplicate == OnDuplicate::Ignore {
            if let Some(held) = credentials::find_holding(change, partner_id, user_uuid, schema, now).await? {
                entry.leave(change).await?;
                return Ok(held);
            }
        } else {
            for hash in credentials::revoke_held(change, partner_id, user_uuid, schema, now).await? {
                revocation::tell(change, partner_id, &hash, Revocation::Replaced, now).await?;
            }
        }
        if program.maximum_issuance.is_some() && !programs::count_one(change, &program.program_id).await? {
            return Err(Refusal::forbidden(
                "the issuance program has issued as many credentials as it may; publish another program",
            ));
        }
        let status = entry.take(self.app, change, self.partner).await?;
        let credential = self.sign(program, user, status, now)?;
        credentials::insert(change, &credential).await?;
        let hash = core_claim_hash(&credential)?;
        let leaf = merkle::leaf_hash(hash.as_bytes());
        ledger::append_credential(change, &leaf, &credential.core_claim_hash).await?;
        events::tell(change, &News::CredentialIssued(&credential), now).await?;
        Ok(credential)
    }

    fn sign(&self, program: &Program, user: &User, status: Taken, now: u64) -> Result<Credential, Refusal> {
        let expiration: Expiration = program.expiration.parse().map_err(Refusal::internal)?;
        let expires_at = expiration.end(now);
        let terms = Terms {
            vct: credential_type(&program.schema_id),
            holder: Some(user.holder_did.clone()),
            id: Some(format!("urn:uuid:{}", ids::uuid())),
            revocation_nonce: Some(ids::revocation_nonce()),
            issued_at: now,
            expires_at,
            status: Some(status.reference),
            ..Terms::default()
        };
        let key = self.app.prepared.issuer_key(self.partner)?;
        let issuer = Issuer::new(self.issuer_did, &*key);
        let credential = issuer
            .issue(&terms, &self.subject, &mut rand::rng())
            .map_err(|error| Refusal::bad_request(format!("credentialSubject: {error}")))?;
        let (curve, cak_public_key) = self
            .cak
            .clone()
            .map(|(curve, key)| (curve.to_owned(), key))
            .unzip();
        Ok(Credential {
            core_claim_hash: hex::encode(Sha256::digest(credential.issuer_jwt())),
            vc_id: ids::short_id(),
            program_id: program.program_id.clone(),
            schema_id: program.schema_id.clone(),
            partner_id: self.partner.partner_id.clone(),
            user_uuid: user.user_uuid.clone(),
            credential: credential.as_str().to_owned(),
            curve,
            cak_public_key,
            issued_at: to_db(now),
            expires_at: expires_at.map(to_db),
            revoked_at: None,
            status_list: Some(status.list),
            status_entry: Some(status.entry),
        })
    }
}

/// The `vct` of a schema's credentials.
pub(crate) fn credential_type(schema_id: &str) -> String {
    format!("urn:air:schema:{schema_id}")
}

/// The SHA-256 of the issuer-signed JWT: what a holder can check against its credential.
fn core_claim_hash(credential: &Credential) -> Result<CoreClaimHash, Refusal> {
    stored(credential.core_claim_hash.clone())
}
