//! Users: created on first sight, present by a session.

use air_api::sandbox::{Login, Session};
use air_jwt::EmailAddress;
use sha2::{Digest, Sha256};

use super::{
    App, Reason, Refusal,
    events::{self, News},
    setup::stored,
};
use crate::{
    ids,
    store::{
        Change,
        partners::Partner,
        sql::Asked,
        users::{self, NewSession, User},
    },
};

/// How long a session lasts, in seconds.
const SESSION_LIFETIME: u64 = 3600;

/// Logs a user in for a partner; the token may have any scope.
pub(crate) async fn login(app: &App, token: Option<&str>, login: &Login) -> Result<Session, Refusal> {
    let partner = app.authenticate(token, None).await?.partner;
    let opened = open_session(app, &partner, &login.email).await?;
    Ok(Session {
        user_uuid: stored(opened.user.user_uuid)?,
        holder_did: opened.user.holder_did,
        chain_id: app.chain_id,
        session_token: opened.token,
    })
}

/// A session that was opened just now.
pub(crate) struct Opened {
    pub(crate) user: User,
    pub(crate) token: String,
    /// Seconds since 1970, by the machine's clock.
    pub(crate) ends: u64,
}

/// Opens a session of the user of an address, for a partner that is known.
pub(crate) async fn open_session(app: &App, partner: &Partner, email: &str) -> Result<Opened, Refusal> {
    let now = app.platform_clock.now();
    let token = ids::bearer_token();
    let mut change = app.store.change().await?;
    let by = &partner.partner_id;
    let user = find_or_create(&mut change, email, by, now).await?.user;
    let user_uuid = &user.user_uuid;
    let ends = app.machine_clock.now().saturating_add(SESSION_LIFETIME);
    let session = NewSession {
        token_hash: &token_hash(&token),
        user_uuid,
        partner_id: by,
        expires_at: ends,
    };
    users::insert_session(&mut change, &session).await?;
    events::tell(&mut change, &News::SessionOpened { by, user_uuid }, now).await?;
    app.commit(change).await?;
    Ok(Opened { user, token, ends })
}

/// The user of a session.
pub(crate) async fn present(app: &App, session_token: Option<&str>) -> Result<User, Refusal> {
    let token = session_token.ok_or_else(|| {
        Refusal::unauthorized("the user's session is missing; log the user in and send its token")
            .because(Reason::NoSession)
    })?;
    let now = app.machine_clock.now();
    users::find_by_session(&mut app.store.read().await?, &token_hash(token), now)
        .await?
        .ok_or_else(|| {
            Refusal::unauthorized("the user's session is unknown or over; log the user in again")
                .because(Reason::NoSession)
        })
}

/// Deletes sessions that are over.
pub(crate) async fn forget_over(app: &App) -> sqlx::Result<()> {
    let now = app.machine_clock.now();
    if !users::any_session_over(&mut app.store.read().await?, now).await? {
        return Ok(());
    }
    let mut change = app.store.change().await?;
    users::forget_sessions_over(&mut change, now).await?;
    change.commit().await
}

/// An account, and whether it was made just now.
pub(crate) struct Found {
    pub(crate) user: User,
    pub(crate) is_new: bool,
}

/// An account that was asked for.
pub(crate) struct AskedUser {
    new: User,
    asked: Asked<User>,
}

impl AskedUser {
    /// The account, which a partner brought where it is new.
    pub(crate) async fn find_or_create(
        self,
        change: &mut Change,
        by: &str,
        now: u64,
    ) -> Result<Found, Refusal> {
        let user = self.asked.answer(change).await?;
        let user = user.ok_or_else(|| Refusal::internal("a user who was inserted is not there"))?;
        let is_new = user.user_uuid == self.new.user_uuid;
        if is_new {
            let user_uuid = &user.user_uuid;
            events::tell(change, &News::UserCreated { by, user_uuid }, now).await?;
        }
        Ok(Found { user, is_new })
    }
}

/// The form in which addresses are compared. They differ in the case of ASCII letters only by mistake. Other letters stay as they are:
/// Unicode folds some of them to ASCII (KELVIN SIGN to k), and two people's addresses would be one account.
pub(super) fn folded(email: &str) -> String {
    email.to_ascii_lowercase()
}

/// An account that does not exist yet.
pub(crate) fn new(email: &str) -> Result<User, Refusal> {
    let email: EmailAddress = folded(email)
        .parse()
        .map_err(|error| Refusal::bad_request(format!("email: {error}")))?;
    Ok(User {
        user_uuid: ids::user_uuid(),
        email: email.as_str().to_owned(),
        holder_did: ids::did(),
    })
}

/// Asks for the account of an address.
pub(crate) async fn ask(change: &mut Change, email: &str, now: u64) -> Result<AskedUser, Refusal> {
    let new = new(email)?;
    let asked = users::ask_or_insert(change, &new, now).await?;
    Ok(AskedUser { new, asked })
}

/// The account of an address, which a partner brought where it is new.
pub(crate) async fn find_or_create(
    change: &mut Change,
    email: &str,
    by: &str,
    now: u64,
) -> Result<Found, Refusal> {
    let asked = ask(change, email, now).await?;
    asked.find_or_create(change, by, now).await
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
    use crate::{Clock, store::sql};

    #[tokio::test]
    async fn a_session_that_is_over_is_deleted_and_no_other() {
        let time = Arc::new(AtomicU64::new(1_000_000));
        let now = time.clone();
        let app = App::for_tests(Clock::new(move || now.load(Ordering::SeqCst))).await;
        let open = async |token: &str| {
            let mut change = app.store.change().await.unwrap();
            let user = find_or_create(&mut change, "ada@example.com", "p", 1)
                .await
                .unwrap()
                .user;
            let session = "INSERT INTO sessions (token_hash, user_uuid, expires_at) VALUES ($1, $2, $3)";
            sql::query(session)
                .bind(token_hash(token).to_vec())
                .bind(user.user_uuid)
                .bind(i64::try_from(time.load(Ordering::SeqCst) + SESSION_LIFETIME).unwrap())
                .execute(&mut change)
                .await
                .unwrap();
            change.commit().await.unwrap();
        };
        let count = async || {
            let mut read = app.store.read().await.unwrap();
            let count = sql::query_scalar::<i64>("SELECT COUNT(*) FROM sessions");
            count.fetch_one(&mut read).await.unwrap()
        };
        open("old").await;
        time.fetch_add(SESSION_LIFETIME - 1, Ordering::SeqCst);
        open("new").await;
        forget_over(&app).await.unwrap();
        assert_eq!(count().await, 2);
        time.fetch_add(1, Ordering::SeqCst);
        forget_over(&app).await.unwrap();
        assert_eq!(count().await, 1);
    }
}
