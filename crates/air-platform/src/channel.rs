//! The channel by which the platform sends messages to users, such as e-mail. A platform has at most one.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::App;

/// The longest time of an attempt to send a message.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum number of messages that are sent at once without the outbox.
const UNDER_WAY: usize = 64;
/// The number of attempts of such a message.
const ATTEMPTS: u32 = 3;
/// The delay between them.
const WAIT: Duration = Duration::from_secs(2);

/// A way to send messages to users.
pub trait Channel: fmt::Debug + Send + Sync {
    /// Sends a message. The platform drops an attempt that takes longer than 30 seconds.
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a>;
}

/// The result of sending a message, once it is known.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// A message to a user. It has no `Debug`, because it has personal data, and may contain a code.
#[expect(missing_debug_implementations, reason = "it has personal data")]
#[derive(Clone)]
pub struct Message {
    /// The user's e-mail address.
    pub to: String,
    /// The subject: one line, without a partner's or a user's text.
    pub subject: &'static str,
    /// The text, with lines that end in `\n`.
    pub text: String,
}

/// An error of sending a message. It contains no text of a server, which may have repeated the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// A later attempt may succeed.
    #[error("the channel is not available{}", code(*.0))]
    Temporary(Option<u16>),
    /// No later attempt can succeed, for example because the address does not exist.
    #[error("the channel refused the message{}", code(*.0))]
    Permanent(Option<u16>),
}

impl SendError {
    /// Creates the error of an attempt that took too long or had no response.
    #[must_use]
    pub fn unreachable() -> Self {
        Self::Temporary(None)
    }

    /// Returns the server's reply code.
    #[must_use]
    pub fn code(self) -> Option<u16> {
        match self {
            Self::Temporary(code) | Self::Permanent(code) => code,
        }
    }

    /// Checks whether a later attempt may succeed.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Temporary(_) => true,
            Self::Permanent(_) => false,
        }
    }
}

/// Sends a message within [`TIMEOUT`].
pub(crate) async fn send(channel: &dyn Channel, message: &Message) -> Result<(), SendError> {
    let sending = tokio::time::timeout(TIMEOUT, channel.send(message));
    sending.await.unwrap_or(Err(SendError::unreachable()))
}

/// The messages that are sent without the outbox, because a database must not contain their codes.
#[derive(Debug)]
pub(crate) struct Outgoing(Arc<Semaphore>);

impl Default for Outgoing {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(UNDER_WAY)))
    }
}

impl App {
    /// Checks whether messages reach users, so that a code can prove an address.
    #[must_use]
    pub fn has_channel(&self) -> bool {
        self.channel.is_some()
    }

    /// Sends a message in the background, with a few attempts. Drops it if too many messages are under way.
    pub(crate) fn send_soon(&self, message: Message) {
        let Some(channel) = self.channel.clone() else {
            return;
        };
        let Ok(permit) = self.outgoing.0.clone().try_acquire_owned() else {
            tracing::warn!("a message was not sent, because too many are under way");
            return;
        };
        let app = self.clone();
        tokio::spawn(async move {
            let _permit = permit;
            for attempt in 1..=ATTEMPTS {
                let outcome = send(&*channel, &message).await;
                app.metrics.message_attempted(outcome);
                let Err(error) = outcome else { return };
                tracing::warn!(%error, attempt, "a message could not be sent");
                if !error.is_retryable() {
                    return;
                }
                tokio::time::sleep(WAIT).await;
            }
        });
    }
}

fn code(code: Option<u16>) -> String {
    code.map(|code| format!(" (code {code})")).unwrap_or_default()
}
