//! The data of the dashboard's pages. Their readers are operators, so they see everything.

mod checkpoints;
pub mod choices;
#[cfg(feature = "openid4vc")]
#[cfg_attr(docsrs, doc(cfg(feature = "openid4vc")))]
pub mod trust_lists;
#[cfg(feature = "openid4vc")]
#[cfg_attr(docsrs, doc(cfg(feature = "openid4vc")))]
pub mod wallets;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use air_api::{
    IssueOnBehalf, IssuedOnBehalf, OnDuplicate,
    sandbox::{
        AnchoringJob, CakDetails, Callback, Condition, ConsentDecision, ProofSuite, Revoke,
        StartVerification, StartedVerification, Transaction, VerificationResult,
    },
};
use air_fetch::Fetched;
use air_ids::{ProgramId, UnixTime, UserUuid};
use air_ledger::merkle;
use serde_json::{Map, Value};

pub use self::checkpoints::{Checkpoints, checkpoints};
use super::{
    App, Refusal, TrustError, anchoring, caks, callbacks, issuance, jobs,
    listed::window,
    users,
    verification::{self, Disclosure, PendingQuery},
    w3c_proofs,
};
pub use crate::listed::{Listed, PAGE};
pub use air_store::callbacks::{AVAILABLE, CallbackFilter, RELEASED, STATUS_CHANGED};
pub use air_store::chain::TransactionState;
pub use air_store::dashboard::{
    Account, BlockRow, Counts, CredentialColumn, CredentialOrder, CredentialRow, Order, ProgramFilter,
    ProgramRow, Run, RunFilter, UserRow, VerificationProgramRow,
};
use air_store::{
    ReadTx, credentials,
    dashboard::{self, CredentialFilter},
    ledger,
    partners::Partner,
    schema_index::Window,
};

/// The number of days in the chart.
pub(crate) const DAYS: u64 = 14;
const DAY: Duration = Duration::from_hours(24);
const TEXT_LIMIT: usize = 200;

/// The data of the overview page.
#[derive(Debug)]
pub struct Overview {
    /// The numbers of records.
    pub counts: Counts,
    /// The number of ledger entries that wait for a block.
    pub pending: u64,
    /// The number of the newest block.
    pub blocks: u64,
    /// The last days, oldest first: the day number since 1970, and the number of issued credentials.
    pub days: Vec<(u64, u64)>,
}

/// A credential and its anchoring.
#[derive(Debug)]
pub struct CredentialDetails {
    /// The stored credential.
    pub row: CredentialRow,
    /// The state of its anchoring.
    pub anchoring: AnchoringJob,
    /// The transaction that anchored it.
    pub transaction: Option<Transaction>,
    /// The compact SD-JWT VC.
    pub credential: String,
    /// The number of its status list, and its index there.
    pub status_entry: Option<(u64, u64)>,
    /// The CAK, if compliance encryption is on for the program.
    pub cak: Option<CakDetails>,
}

/// The filter and the order of a credential search.
#[derive(Clone, Debug)]
pub struct CredentialSearch {
    /// The searched text, or empty.
    pub text: String,
    /// The state of the credentials, or empty.
    pub state: String,
    /// The user, or `None` for all.
    pub user_uuid: Option<UserUuid>,
    /// The issuance program, or `None` for all.
    pub program_id: Option<ProgramId>,
    /// The earliest time of issuance.
    pub since: Option<UnixTime>,
    /// A time that is later than the issuance.
    pub before: Option<UnixTime>,
    /// The order.
    pub order: CredentialOrder,
    /// The number of the page, from 1.
    pub page: u32,
}

impl CredentialSearch {
    /// Searches for a text. The newest credential is the first.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            state: String::new(),
            user_uuid: None,
            program_id: None,
            since: None,
            before: None,
            order: CredentialOrder::NEWEST,
            page: 1,
        }
    }
}

/// A user, with the first page of the user's credentials and of the runs.
#[derive(Debug)]
pub struct UserDetails {
    /// The user.
    pub user: UserRow,
    /// The user's credentials.
    pub held: Listed<CredentialRow>,
    /// The runs of verification programs.
    pub runs: Listed<Run>,
}

/// The content and recipient of a credential to issue.
#[derive(Debug)]
pub struct IssueForm {
    /// The recipient's e-mail address.
    pub email: String,
    /// The `credentialSubject`.
    pub subject: Map<String, Value>,
    /// The treatment of an earlier credential of the same kind.
    pub on_duplicate: OnDuplicate,
}

/// Reads the data of the overview page.
pub async fn overview(app: &App) -> Result<Overview, Refusal> {
    let mut read = app.store.read().await?;
    let today = app.platform_clock.now().as_secs() / DAY.as_secs();
    let first = today.saturating_sub(DAYS - 1);
    let since = UnixTime::from_secs(first * DAY.as_secs());
    let issued = dashboard::issued_per_day(&mut read, since).await?;
    let on = |day: u64| issued.iter().find(|row| row.day == day);
    Ok(Overview {
        counts: dashboard::counts(&mut read).await?,
        pending: ledger::count_pending(&mut read).await?,
        blocks: ledger::head(&mut read).await?.map_or(0, |head| head.number),
        days: (first..=today)
            .map(|day| (day, on(day).map_or(0, |row| row.issued)))
            .collect(),
    })
}

/// Lists the partners whose name or ID matches.
pub async fn accounts(
    app: &App,
    text: &str,
    order: Option<Order<'_>>,
    page: u32,
) -> Result<Listed<Account>, Refusal> {
    let text = folded(text)?;
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: dashboard::accounts(&mut read, &text, order, window(page)).await?,
        total: dashboard::count_accounts(&mut read, &text).await?,
    })
}

/// Returns the names of partners by their ids. One query reads the accounts that are not cached.
pub async fn names(
    app: &App,
    partner_ids: impl Iterator<Item = &str>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let distinct: BTreeSet<&str> = partner_ids.collect();
    let distinct: Vec<&str> = distinct.into_iter().collect();
    let partners = app.cache.partners(&app.store, &distinct).await?;
    let names = partners
        .iter()
        .map(|partner| (partner.partner_id.clone().into(), partner.name.clone()));
    Ok(names.collect())
}

/// Finds a partner.
pub async fn account(app: &App, partner_id: &str) -> Result<Account, Refusal> {
    let found = dashboard::account(&mut *app.store.read().await?, partner_id).await?;
    found.ok_or_else(|| Refusal::not_found("no such partner"))
}

/// Fetches the keys that the partner publishes at this URL.
///
/// # Errors
/// [`TrustError::Unreachable`] if the set can't be fetched or parsed.
pub async fn check_keys(app: &App, jwks_url: &str) -> Result<Fetched, TrustError> {
    app.trust.inspect(jwks_url).await
}

/// Lists the issuance programs that match.
pub async fn programs(
    app: &App,
    filter: ProgramFilter<'_>,
    order: Option<Order<'_>>,
    page: u32,
) -> Result<Listed<ProgramRow>, Refusal> {
    let text = folded(filter.text)?;
    let filter = ProgramFilter {
        text: &text,
        ..filter
    };
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: dashboard::programs(&mut read, filter, order, window(page)).await?,
        total: dashboard::count_programs(&mut read, filter).await?,
    })
}

/// Finds an issuance program.
pub async fn program(app: &App, program_id: &str) -> Result<ProgramRow, Refusal> {
    let found = dashboard::program(&mut *app.store.read().await?, program_id).await?;
    found.ok_or_else(|| Refusal::not_found("no such issuance program"))
}

/// Lists the credentials that match.
pub async fn credentials(app: &App, search: &CredentialSearch) -> Result<Listed<CredentialRow>, Refusal> {
    let filter = CredentialFilter {
        text: &folded(&search.text)?,
        state: &search.state,
        user_uuid: search.user_uuid.as_ref().map_or("", UserUuid::as_str),
        program_id: search.program_id.as_ref().map_or("", ProgramId::as_str),
        since: search.since,
        before: search.before,
        now: app.platform_clock.now(),
    };
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: anchored(&mut read, filter, search.order, window(search.page)).await?,
        total: dashboard::count_credentials(&mut read, filter).await?,
    })
}

/// Returns rows with the blocks that contain them.
async fn anchored(
    read: &mut ReadTx,
    filter: CredentialFilter<'_>,
    order: CredentialOrder,
    window: Window,
) -> Result<Vec<CredentialRow>, Refusal> {
    let mut rows = dashboard::credentials(read, filter, order, window).await?;
    let leaves: Vec<_> = rows
        .iter()
        .map(|row| merkle::leaf_hash(row.core_claim_hash.as_bytes()))
        .collect();
    // The ledger has an index on leaves, but not on credentials, so a join would scan the whole ledger.
    let blocks = ledger::blocks_of(read, &leaves).await?;
    for (row, leaf) in rows.iter_mut().zip(&leaves) {
        row.block = blocks.get(&leaf[..]).copied();
    }
    Ok(rows)
}

/// Finds a credential by its hash.
pub async fn credential(app: &App, hash: &str) -> Result<CredentialDetails, Refusal> {
    let unknown = || Refusal::not_found("no such credential; its coreClaimHash is 64 hex digits");
    let mut read = app.store.read().await?;
    let row = dashboard::credential(&mut read, hash)
        .await?
        .ok_or_else(unknown)?;
    let stored = credentials::find(&mut read, &row.core_claim_hash)
        .await?
        .ok_or_else(unknown)?;
    let leaf = merkle::leaf_hash(row.core_claim_hash.as_bytes());
    let progress = jobs::progress(app, &mut read, &leaf).await?;
    let cak = caks::details(&app.cache, &mut read, &stored).await?;
    drop(read);
    let transaction = anchoring::transaction(app, &hex::encode(leaf)).await;
    Ok(CredentialDetails {
        anchoring: jobs::anchoring(app, &stored, progress),
        transaction: transaction.ok(),
        status_entry: stored.status_list.zip(stored.status_entry),
        credential: stored.credential,
        cak,
        row,
    })
}

/// Lists the verification programs that match.
pub async fn verification_programs(
    app: &App,
    text: &str,
    order: Option<Order<'_>>,
    page: u32,
) -> Result<Listed<VerificationProgramRow>, Refusal> {
    let text = folded(text)?;
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: dashboard::verification_programs(&mut read, &text, order, window(page)).await?,
        total: dashboard::count_verification_programs(&mut read, &text).await?,
    })
}

/// Returns the callbacks of all issuers that match, each with its issuer's id and name.
pub async fn callbacks(
    app: &App,
    filter: CallbackFilter<'_>,
    order: Option<Order<'_>>,
    page: u32,
) -> Result<Listed<(String, String, Callback)>, Refusal> {
    let text = folded(filter.text)?;
    let filter = CallbackFilter {
        text: &text,
        ..filter
    };
    Ok(Listed {
        rows: callbacks::newest(app, filter, order, window(page)).await?,
        total: dashboard::count_callbacks(&mut *app.store.read().await?, filter).await?,
    })
}

/// Finds a verification program.
pub async fn verification_program(app: &App, program_id: &str) -> Result<VerificationProgramRow, Refusal> {
    let found = dashboard::verification_program(&mut *app.store.read().await?, program_id).await?;
    found.ok_or_else(|| Refusal::not_found("no such verification program"))
}

/// Returns the suites of W3C credentials that a verification program accepts.
pub fn proofs(program: &VerificationProgramRow) -> Result<Vec<ProofSuite>, Refusal> {
    w3c_proofs::parse_suites(program.proofs.as_deref())
}

/// Returns the conditions of a verification program.
pub fn conditions(program: &VerificationProgramRow) -> Result<Vec<Condition>, Refusal> {
    serde_json::from_str(&program.conditions).map_err(Refusal::internal)
}

/// Returns the runs that match.
pub async fn runs(
    app: &App,
    filter: RunFilter<'_>,
    order: Option<Order<'_>>,
    page: u32,
) -> Result<Listed<Run>, Refusal> {
    let text = folded(filter.text)?;
    let filter = RunFilter {
        text: &text,
        ..filter
    };
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: dashboard::runs(&mut read, filter, order, window(page)).await?,
        total: dashboard::count_runs(&mut read, filter).await?,
    })
}

/// Finds a verification.
pub async fn run(app: &App, verification_id: &str) -> Result<Run, Refusal> {
    let found = dashboard::run(&mut *app.store.read().await?, verification_id).await?;
    found.ok_or_else(|| Refusal::not_found("no such verification"))
}

/// Lists the users who match.
pub async fn users(
    app: &App,
    text: &str,
    order: Option<Order<'_>>,
    page: u32,
) -> Result<Listed<UserRow>, Refusal> {
    let text = folded(text)?;
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: dashboard::users(&mut read, &text, order, window(page)).await?,
        total: dashboard::count_users(&mut read, &text).await?,
    })
}

/// Returns a user, with the first page of the user's credentials and of the runs.
pub async fn user(app: &App, user_uuid: &str) -> Result<UserDetails, Refusal> {
    let mut read = app.store.read().await?;
    let user = dashboard::user(&mut read, user_uuid).await?;
    let filter = CredentialFilter {
        user_uuid,
        now: app.platform_clock.now(),
        ..CredentialFilter::default()
    };
    let of_user = RunFilter {
        user_uuid,
        ..RunFilter::default()
    };
    Ok(UserDetails {
        user: user.ok_or_else(|| Refusal::not_found("no such user"))?,
        held: Listed {
            rows: anchored(&mut read, filter, CredentialOrder::NEWEST, window(1)).await?,
            total: dashboard::count_credentials(&mut read, filter).await?,
        },
        runs: Listed {
            rows: dashboard::runs(&mut read, of_user, None, window(1)).await?,
            total: dashboard::count_runs(&mut read, of_user).await?,
        },
    })
}

/// Lists the blocks, newest first by default.
pub async fn blocks(app: &App, order: Option<Order<'_>>, page: u32) -> Result<Listed<BlockRow>, Refusal> {
    let mut read = app.store.read().await?;
    Ok(Listed {
        rows: dashboard::blocks(&mut read, order, window(page)).await?,
        // Blocks are numbered from 1.
        total: ledger::head(&mut read).await?.map_or(0, |head| head.number),
    })
}

/// Finds a block by its number, or by its root in hex. Returns it with the number of the newest block.
pub async fn block(app: &App, text: &str) -> Result<Option<(BlockRow, u64)>, Refusal> {
    // Numbers of blocks are stored as signed integers.
    let number = text.parse::<u32>().ok().map(u64::from);
    let root = hex::decode(text).unwrap_or_default();
    if number.is_none() && root.len() != merkle::Hash::default().len() {
        return Ok(None);
    }
    let mut read = app.store.read().await?;
    let Some(found) = dashboard::block(&mut read, number, &root).await? else {
        return Ok(None);
    };
    let head = ledger::head(&mut read)
        .await?
        .map_or(found.number, |head| head.number);
    Ok(Some((found, head)))
}

/// Issues a credential to the user with an e-mail address, on behalf of the program's partner.
pub async fn issue(app: &App, program_id: &str, order: IssueForm) -> Result<IssuedOnBehalf, Refusal> {
    let program = program(app, program_id).await?;
    let partner = partner(app, program.partner_id.as_str()).await?;
    let request = IssueOnBehalf {
        issuer_did: program.issuer_did,
        program: program.program_id,
        credential_subject: order.subject,
        on_duplicate: order.on_duplicate,
    };
    let done = issuance::issue_to(app, &partner, &order.email, request, None).await?;
    Ok(done.into_body())
}

/// Revokes a credential of any issuer.
pub async fn revoke(app: &App, hash: &str) -> Result<(), Refusal> {
    let row = dashboard::credential(&mut *app.store.read().await?, hash).await?;
    let row = row.ok_or_else(|| Refusal::not_found("no such credential"))?;
    let request = Revoke {
        core_claim_hash: row.core_claim_hash,
    };
    issuance::revoke_of(app, &row.partner_id, request, None)
        .await
        .map(drop)
}

/// Requests consent of the user with an e-mail address, on behalf of the program's partner.
pub async fn start_verification(
    app: &App,
    program_id: &str,
    email: &str,
) -> Result<StartedVerification, Refusal> {
    let program = verification_program(app, program_id).await?;
    let partner = partner(app, program.partner_id.as_str()).await?;
    let mut tx = app.store.write().await?;
    let now = app.platform_clock.now();
    let user = users::find_or_create(&mut tx, email, &partner.partner_id, now)
        .await?
        .user;
    app.commit(tx).await?;
    let request = StartVerification {
        program_id: program.program_id,
    };
    let done = verification::start_with(app, &partner, user, request, &Disclosure::Tested, None).await?;
    Ok(done.into_body())
}

/// Decides on behalf of the user.
pub async fn decide(
    app: &App,
    verification_id: &str,
    decision: ConsentDecision,
) -> Result<VerificationResult, Refusal> {
    let run = run(app, verification_id).await?;
    let pending = PendingQuery {
        user_uuid: run.user_uuid.as_str(),
        partner_id: run.partner_id.as_str(),
    };
    let done = verification::decide_as(app, pending, verification_id, decision, None).await?;
    Ok(done.into_body())
}

async fn partner(app: &App, partner_id: &str) -> Result<Arc<Partner>, Refusal> {
    let found = app.cache.partner(&app.store, partner_id).await?;
    found.ok_or_else(|| Refusal::not_found("no such partner"))
}

fn folded(text: &str) -> Result<String, Refusal> {
    let text = text.trim().to_lowercase();
    if text.chars().count() > TEXT_LIMIT {
        return Err(Refusal::bad_request(
            "the search text must have at most 200 characters",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Clock, seeding};

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    #[tokio::test]
    async fn a_page_of_credentials_takes_two_queries() {
        let app = App::for_tests(Clock::new(|| NOW)).await;
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": "http://127.0.0.1/jwks", "issueOnBehalf": true },
            "schemas": [{ "key": "adult", "title": "Adult", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
            ]}],
            "programs": [{ "key": "adult", "schema": "adult", "publish": true }],
        });
        let seed = serde_json::from_value(seed).unwrap();
        let seeded = seeding::seed(&app, seed, None).await.unwrap().into_body();
        let issue_to = async |email: &str| {
            let order = IssueForm {
                email: email.to_owned(),
                subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
                on_duplicate: OnDuplicate::Revoke,
            };
            issue(&app, seeded.programs["adult"].as_str(), order)
                .await
                .unwrap();
        };
        issue_to("ada@example.com").await;
        issue_to("bob@example.com").await;
        anchoring::anchor_pending(&app).await.unwrap();
        issue_to("eve@example.com").await;
        let filter = CredentialFilter {
            now: NOW,
            ..CredentialFilter::default()
        };
        let mut read = app.store.read().await.unwrap();
        let before = read.round_trips();
        let order = CredentialOrder::NEWEST;
        let rows = anchored(&mut read, filter, order, window(1)).await.unwrap();
        assert_eq!(read.round_trips() - before, 2);
        let blocks: Vec<_> = rows.iter().map(|row| (row.email.as_str(), row.block)).collect();
        assert_eq!(
            blocks,
            [
                ("eve@example.com", None),
                ("bob@example.com", Some(1)),
                ("ada@example.com", Some(1))
            ]
        );
    }
}
