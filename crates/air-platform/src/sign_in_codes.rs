//! One-time codes, sent by the platform's channel, which prove that a user reads an address.
//!
//! A code has six digits, is valid for ten minutes and five attempts, signs in once, and only in
//! the browser that asked for it. The platform stores its hash. It answers the same for known and
//! unknown addresses, and for users who had as many codes as they may have, so that nobody learns
//! who is a user. Where a sign-in needs a user, it stores nothing about unknown addresses. Where a
//! sign-in creates one, unknown addresses get codes as well.

mod limit;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use air_ids::{EmailAddress, UnixTime};
use air_store::users::{self as stored_users, User};
use rand::RngExt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use self::limit::Limit;
use super::{App, Refusal, channel::Message, users};

/// The prefix of hashed data. It separates these hashes from others.
const DOMAIN: &[u8] = b"AIR-SIGN-IN-CODE-v1";
/// The number of different codes.
const CODES: u32 = 1_000_000;
/// The lifetime of a code.
const LIFETIME: Duration = Duration::from_mins(10);
/// The number of attempts for one code.
const ATTEMPTS: u8 = 5;
/// The period of the limits.
const PERIOD: Duration = Duration::from_hours(1);
/// The maximum number of codes for an address in [`PERIOD`].
const PER_USER: u32 = 5;
/// The maximum number of codes that a peer asks for in [`PERIOD`].
const PER_PEER: u32 = 30;
/// The maximum number of codes for addresses without a user in [`PERIOD`]. Behind a trusted proxy, no peer is counted, and anyone could have
/// messages sent to any address.
const TO_STRANGERS: u32 = 500;
/// The maximum number of codes that wait for their users.
const PENDING: usize = 10_000;

/// The codes that wait for their users. They end with the process.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct SignInCodes(Mutex<State>);

#[derive(Default)]
struct State {
    /// By the hash of the browser's session.
    pending: HashMap<[u8; 32], Pending>,
    strangers: Limit<()>,
    addresses: Limit<String>,
    peers: Limit<IpAddr>,
}

struct Pending {
    recipient: Recipient,
    code_hash: [u8; 32],
    attempts: u8,
    ends: UnixTime,
}

/// The recipient of a code.
struct Recipient {
    email: EmailAddress,
    /// `None` if the address has no user yet.
    user: Option<User>,
}

impl SignInCodes {
    /// Sends a code to the user of an address, if there is one, for a browser with this session.
    /// `peer` is the browser's address, or `None` if a trusted proxy relays the request.
    ///
    /// # Errors
    /// Fails if the address is malformed, or if the peer asked for too many codes. An unknown
    /// address, or a user who had too many codes, is no error: no code is sent.
    ///
    /// # Security
    /// `session` must be a secret of the browser.
    pub async fn ask(
        &self,
        app: &App,
        session: &str,
        peer: Option<IpAddr>,
        email: &str,
    ) -> Result<(), Refusal> {
        let found = self.counted(app, peer, email).await?;
        self.send(app, session, found.user.is_some().then_some(found));
        Ok(())
    }

    /// Sends a code to an address, with or without a user, for a browser with this session. `peer`
    /// is as in [`ask`](Self::ask).
    ///
    /// # Errors
    /// As in [`ask`](Self::ask). If an address had too many codes, the call succeeds and sends no code.
    ///
    /// # Security
    /// `session` must be a secret of the browser.
    pub async fn ask_anyone(
        &self,
        app: &App,
        session: &str,
        peer: Option<IpAddr>,
        email: &str,
    ) -> Result<(), Refusal> {
        let found = self.counted(app, peer, email).await?;
        self.send(app, session, Some(found));
        Ok(())
    }

    /// Counts a request of a peer, and finds the user of the address.
    async fn counted(&self, app: &App, peer: Option<IpAddr>, email: &str) -> Result<Recipient, Refusal> {
        let email = users::new(email)?.email;
        let now = app.machine_clock.now();
        if let Some(peer) = peer {
            let counted = self.lock().peers.take(peer, PER_PEER, PERIOD, now);
            counted.map_err(|wait| {
                Refusal::too_many("too many codes were asked for from this address")
                    .retry_after(wait.as_secs())
            })?;
        }
        let user = stored_users::find_by_email(&mut *app.store.read().await?, &email).await?;
        Ok(Recipient { email, user })
    }

    /// Sends a new code to the recipient, and ends the browser's earlier one.
    fn send(&self, app: &App, session: &str, recipient: Option<Recipient>) {
        let code = format!("{:06}", rand::rng().random_range(0..CODES));
        if let Some(message) = self.insert(session, recipient, &code, app.machine_clock.now()) {
            app.send_soon(message);
        }
    }

    /// Returns the user whose code this is, and ends the code.
    ///
    /// # Errors
    /// Fails if the code is wrong, used or expired, or after five wrong codes. The causes are not
    /// distinguished.
    pub fn prove(&self, app: &App, session: &str, code: &str) -> Result<User, Refusal> {
        self.take(app, session, code)?.user.ok_or_else(wrong)
    }

    /// Returns the address to which this code was sent, and ends the code.
    ///
    /// # Errors
    /// As in [`prove`](Self::prove).
    pub fn prove_address(&self, app: &App, session: &str, code: &str) -> Result<EmailAddress, Refusal> {
        Ok(self.take(app, session, code)?.email)
    }

    fn take(&self, app: &App, session: &str, code: &str) -> Result<Recipient, Refusal> {
        let now = app.machine_clock.now();
        let given = hash(session, code.trim());
        let mut state = self.lock();
        let key = session_hash(session);
        let pending = state.pending.get_mut(&key).filter(|pending| now < pending.ends);
        let pending = pending.ok_or_else(wrong)?;
        pending.attempts += 1;
        let is_right = bool::from(pending.code_hash.ct_eq(&given));
        let is_over = pending.attempts >= ATTEMPTS;
        let ended = (is_right || is_over)
            .then(|| state.pending.remove(&key))
            .flatten();
        ended
            .filter(|_| is_right)
            .map(|ended| ended.recipient)
            .ok_or_else(wrong)
    }

    /// Stores a code of a recipient, in place of the browser's earlier one. Returns its message, or
    /// `None` if no code is sent.
    fn insert(
        &self,
        session: &str,
        recipient: Option<Recipient>,
        code: &str,
        now: UnixTime,
    ) -> Option<Message> {
        let mut state = self.lock();
        state.pending.retain(|_, pending| now < pending.ends);
        let Some(recipient) = recipient else {
            state.pending.remove(&session_hash(session));
            return None;
        };
        let is_stranger = recipient.user.is_none();
        if is_stranger && state.strangers.take((), TO_STRANGERS, PERIOD, now).is_err() {
            tracing::warn!("a code was not sent, because too many new addresses asked for one");
            return None;
        }
        // The codes that the recipient has stay valid.
        let address = recipient.email.as_str().to_owned();
        if state.addresses.take(address, PER_USER, PERIOD, now).is_err() {
            return None;
        }
        if state.pending.len() >= PENDING {
            tracing::warn!("a code was not sent, because too many users are signing in");
            return None;
        }
        let message = message(&recipient.email, code);
        let pending = Pending {
            code_hash: hash(session, code),
            attempts: 0,
            ends: now.saturating_add(LIFETIME),
            recipient,
        };
        state.pending.insert(session_hash(session), pending);
        Some(message)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hashes a code together with the session, which is a secret of the browser. Without it, the
/// million codes could be tried.
fn hash(session: &str, code: &str) -> [u8; 32] {
    let hasher = Sha256::new().chain_update(DOMAIN).chain_update([0]);
    let hasher = hasher.chain_update(session).chain_update([0]).chain_update(code);
    hasher.finalize().into()
}

fn session_hash(session: &str) -> [u8; 32] {
    Sha256::digest(session).into()
}

fn message(email: &EmailAddress, code: &str) -> Message {
    Message {
        to: email.as_str().to_owned(),
        subject: "Your code",
        text: format!(
            "{code} is your code to sign in to your wallet.\n\n\
             It is valid for ten minutes, in the browser that asked for it.\n\
             If you did not ask for it, ignore this message, and tell nobody\n\
             the code.\n"
        ),
    }
}

fn wrong() -> Refusal {
    Refusal::forbidden("the code is wrong, or no longer valid; after five wrong codes, ask for another one")
}

#[cfg(test)]
mod tests;
