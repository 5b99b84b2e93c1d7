//! Users: created at their first occurrence, and present during a session.

use std::time::Duration;

use air_api::sandbox::{Login, Session};
use air_ids::{EmailAddress, PartnerId, UnixTime};
use sha2::{Digest, Sha256};

use super::{
    App, Reason, Refusal,
    events::{self, EventKind},
    partner_auth::Authenticated,
};
use crate::ids;
use air_store::{
    WriteTx,
    partners::Partner,
    sql::PendingQuery,
    users::{self, NewSession, OpenSession, SessionOrigin, User},
};

/// The lifetime of a session that a partner's server opened.
const BACKEND_LIFETIME: Duration = Duration::from_hours(1);
/// The lifetime of a session that a page opened: 30 days.
const PAGE_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Logs a user in for a partner. The token may have any scope.
pub async fn login(app: &App, caller: &Authenticated, login: &Login) -> Result<Session, Refusal> {
    let by = Opener {
        partner: &caller.partner,
        partner_user_id: None,
        origin: SessionOrigin::Backend,
    };
    let opened = open_session(app, by, login.email.as_str()).await?;
    Ok(Session {
        user_uuid: opened.user.user_uuid,
        holder_did: opened.user.holder_did,
        chain_id: app.chain_id,
        session_token: opened.token,
    })
}

/// A session that has just been opened.
pub(crate) struct Opened {
    pub(crate) user: User,
    pub(crate) token: String,
    /// The end, by the machine's clock.
    pub(crate) ends: UnixTime,
}

/// The opener of a session.
pub(crate) struct Opener<'a> {
    pub(crate) partner: &'a Partner,
    /// The partner's own ID of the user.
    pub(crate) partner_user_id: Option<&'a str>,
    pub(crate) origin: SessionOrigin,
}

/// Opens a session with a partner for the user of an address. The caller must have identified the partner.
pub(crate) async fn open_session(app: &App, opener: Opener<'_>, email: &str) -> Result<Opened, Refusal> {
    let now = app.platform_clock.now();
    let token = ids::bearer_token();
    let mut tx = app.store.write().await?;
    let by = &opener.partner.partner_id;
    let user = find_or_create(&mut tx, email, by, now).await?.user;
    let lifetime = match opener.origin {
        SessionOrigin::Page | SessionOrigin::ProvedPage => PAGE_LIFETIME,
        SessionOrigin::Backend => BACKEND_LIFETIME,
    };
    let ends = app.machine_clock.now().saturating_add(lifetime);
    let session = NewSession {
        token_hash: &token_hash(&token),
        user_uuid: &user.user_uuid,
        partner_id: by,
        partner_user_id: opener.partner_user_id,
        opened_by: opener.origin,
        expires_at: ends,
    };
    users::insert_session(&mut tx, &session).await?;
    let event = EventKind::SessionOpened {
        by,
        user_uuid: user.user_uuid.as_str(),
    };
    events::record(&mut tx, &event, now).await?;
    app.commit(tx).await?;
    Ok(Opened { user, token, ends })
}

/// Returns the session of a token. Its user is present only for its partner.
pub async fn present(app: &App, session_token: Option<&str>) -> Result<OpenSession, Refusal> {
    let token = session_token.ok_or_else(|| {
        Refusal::unauthorized("the user's session is missing; log the user in and send its token")
            .because(Reason::NoSession)
    })?;
    let now = app.machine_clock.now();
    users::find_session(&mut *app.store.read().await?, &token_hash(token), now)
        .await?
        .ok_or_else(|| {
            Refusal::unauthorized("the user's session is unknown or has expired; log the user in again")
                .because(Reason::NoSession)
        })
}

/// Returns the user of a session that this partner opened. Fails for a session that another partner opened.
pub(crate) fn require_of(partner: &Partner, session: &OpenSession) -> Result<User, Refusal> {
    if session.partner_id == partner.partner_id {
        return Ok(session.user.clone());
    }
    Err(Refusal::forbidden(
        "another partner opened the user's session; log the user in with a token of your own",
    )
    .because(Reason::OtherUser))
}

/// Returns the caller ID of a session for idempotency keys. Sessions of different partners share no
/// stored responses.
pub(super) fn caller_id(user_uuid: &str, partner_id: &str) -> String {
    format!("{user_uuid} {partner_id}")
}

/// Deletes sessions that have ended.
pub(crate) async fn delete_ended_sessions(app: &App) -> sqlx::Result<()> {
    let now = app.machine_clock.now();
    if !users::any_session_until(&mut *app.store.read().await?, now).await? {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    users::delete_sessions_until(&mut tx, now).await?;
    tx.commit().await
}

/// An account, and whether it has just been created.
pub(crate) struct Found {
    pub(crate) user: User,
    pub(crate) is_new: bool,
}

/// An account whose query is pending.
pub(crate) struct AskedUser {
    new: User,
    pending: PendingQuery<User>,
}

impl AskedUser {
    /// The address in the form in which accounts have it.
    #[cfg(feature = "openid4vc")]
    pub(crate) fn email(&self) -> &EmailAddress {
        &self.new.email
    }

    /// Returns the account. If it is new, the event names the partner that created it.
    pub(crate) async fn find_or_create(
        self,
        tx: &mut WriteTx,
        by: &PartnerId,
        now: UnixTime,
    ) -> Result<Found, Refusal> {
        let user = self.pending.take_row(tx).await?;
        let user = user.ok_or_else(|| Refusal::internal("a user who was inserted is not there"))?;
        let is_new = user.user_uuid == self.new.user_uuid;
        if is_new {
            let user_uuid = user.user_uuid.as_str();
            events::record(tx, &EventKind::UserCreated { by, user_uuid }, now).await?;
        }
        Ok(Found { user, is_new })
    }
}

/// Returns the form in which addresses are compared. Addresses that differ only in the case of
/// ASCII letters are the same. Other letters stay as they are: Unicode folds some of them to ASCII
/// (KELVIN SIGN to k), which would merge the accounts of two people.
pub(super) fn folded(email: &str) -> String {
    email.to_ascii_lowercase()
}

/// Creates an account without storing it.
pub(crate) fn new(email: &str) -> Result<User, Refusal> {
    let email: EmailAddress = folded(email)
        .parse()
        .map_err(|error| Refusal::bad_request(format!("email: {error}")))?;
    Ok(User {
        user_uuid: ids::user_uuid(),
        email,
        holder_did: ids::did(),
    })
}

/// Queues the query for the account of an address.
pub(crate) async fn query_later(tx: &mut WriteTx, email: &str, now: UnixTime) -> Result<AskedUser, Refusal> {
    let new = new(email)?;
    let pending = users::ask_or_insert(tx, &new, now).await?;
    Ok(AskedUser { new, pending })
}

/// Returns the account of an address. If it is new, the event names the partner that created it.
pub(crate) async fn find_or_create(
    tx: &mut WriteTx,
    email: &str,
    by: &PartnerId,
    now: UnixTime,
) -> Result<Found, Refusal> {
    let pending = query_later(tx, email, now).await?;
    pending.find_or_create(tx, by, now).await
}

pub(super) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use super::*;
    use crate::{Clock, setup};
    use air_store::sql;

    #[tokio::test]
    async fn deletes_sessions_that_have_ended_and_no_others() {
        let time = Arc::new(AtomicU64::new(1_800_000_000));
        let now = time.clone();
        let app = App::for_tests(Clock::new(move || {
            UnixTime::from_secs(now.load(Ordering::SeqCst))
        }))
        .await;
        let new = serde_json::json!({ "name": "Zenith", "jwksUrl": "http://localhost:1/jwks.json" });
        let new = serde_json::from_value(new).unwrap();
        let created = setup::create_partner(&app, new, None).await.unwrap().into_body();
        let partner_id = created.partner_id.as_str();
        let partner = app.cache.partner(&app.store, partner_id).await.unwrap().unwrap();
        let open = async |origin| {
            let opener = Opener {
                partner: &partner,
                partner_user_id: Some("user-7"),
                origin,
            };
            open_session(&app, opener, "ada@example.com").await.unwrap().token
        };
        let kept = async || {
            let mut read = app.store.read().await.unwrap();
            let count = sql::query_scalar::<i64>("SELECT count(*) FROM sessions");
            count.fetch_one(&mut read).await.unwrap()
        };
        let backend = open(SessionOrigin::Backend).await;
        let page = open(SessionOrigin::Page).await;
        let session = present(&app, Some(&backend)).await.unwrap();
        assert_eq!(session.opened_by, SessionOrigin::Backend);
        assert_eq!(session.partner_user_id.as_deref(), Some("user-7"));
        assert_eq!(session.partner_id.as_str(), partner_id);
        time.fetch_add(BACKEND_LIFETIME.as_secs(), Ordering::SeqCst);
        delete_ended_sessions(&app).await.unwrap();
        assert_eq!(kept().await, 1);
        assert!(present(&app, Some(&backend)).await.is_err());
        let session = present(&app, Some(&page)).await.unwrap();
        assert_eq!(session.opened_by, SessionOrigin::Page);
        time.fetch_add(
            PAGE_LIFETIME.saturating_sub(BACKEND_LIFETIME).as_secs(),
            Ordering::SeqCst,
        );
        delete_ended_sessions(&app).await.unwrap();
        assert_eq!(kept().await, 0);
    }
}
