//! Streams of server-sent events (WHATWG HTML, 9.2).

use std::time::Duration;

use super::{Call, answer, wire::Wire};
use crate::Error;

/// The read timeout; the platform sends a comment every 15 s.
const SILENCE: Duration = Duration::from_secs(45);
/// The maximum duration of a stream; the consumer opens the next one.
const LIFETIME: Duration = Duration::from_hours(1);
/// The maximum size of a message.
const MESSAGE_LIMIT: usize = 1024 * 1024;

/// An open stream.
#[derive(Debug)]
pub(crate) struct Messages {
    response: reqwest::Response,
    host: String,
    unread: Vec<u8>,
}

impl Call<'_> {
    /// Sends the request once, and returns the stream of its messages.
    pub(crate) async fn listen(self) -> Result<Messages, Error> {
        let token = self.token().await?;
        let mut request = self.request(token.as_ref())?;
        *request.timeout_mut() = Some(LIFETIME);
        let host = self.transport.host();
        let opened = match &self.transport.wire {
            Wire::Http(http) => tokio::time::timeout(SILENCE, http.execute(request)).await,
            #[cfg(test)]
            Wire::Fake(_) => unreachable!("the fake transport has no streams"),
        };
        let silent = Error::TimedOut {
            host: host.clone(),
            safe_to_repeat: true,
            request_id: None,
        };
        let response = match opened {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(answer::lost(super::wire::loss(&error), host, true, None)),
            Err(_) => return Err(silent),
        };
        if response.status().is_success() {
            return Ok(Messages {
                response,
                host,
                unread: Vec::new(),
            });
        }
        let refused = super::wire::read(response, super::JSON_LIMIT);
        let refused = tokio::time::timeout(SILENCE, refused).await.map_err(|_| silent)?;
        answer::read(refused, host, true)?;
        Err(Error::UnexpectedAnswer {
            reason: "it is no stream",
            request_id: None,
        })
    }
}

impl Messages {
    /// Returns the data of the next message, or `None` if the stream has ended or reached its maximum
    /// duration.
    ///
    /// # Errors
    /// [`Error::AnswerLost`] if the connection breaks, [`Error::TimedOut`] if nothing arrives for 45 s.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            while let Some(message) = self.take_message() {
                if let Some(data) = data(&message) {
                    return Ok(Some(data));
                }
            }
            if self.unread.len() > MESSAGE_LIMIT {
                return Err(Error::UnexpectedAnswer {
                    reason: "one of its messages is too long",
                    request_id: None,
                });
            }
            let chunk = tokio::time::timeout(SILENCE, self.response.chunk()).await;
            let (host, safe_to_repeat, request_id) = (self.host.clone(), true, None);
            match chunk {
                Ok(Ok(Some(chunk))) => self.unread.extend_from_slice(&chunk),
                Ok(Ok(None)) => return Ok(None),
                Ok(Err(_)) => {
                    return Err(Error::AnswerLost {
                        host,
                        safe_to_repeat,
                        request_id,
                    });
                }
                Err(_) => {
                    return Err(Error::TimedOut {
                        host,
                        safe_to_repeat,
                        request_id,
                    });
                }
            }
        }
    }

    /// Removes and returns the bytes up to the next empty line.
    fn take_message(&mut self) -> Option<Vec<u8>> {
        let end = self.unread.windows(2).position(|two| two == b"\n\n")?;
        let rest = self.unread.split_off(end + 2);
        Some(std::mem::replace(&mut self.unread, rest))
    }
}

/// Returns the data lines, or `None` for a comment.
fn data(message: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| data.strip_prefix(' ').unwrap_or(data))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::data;

    #[test]
    fn of_a_message_the_data_counts() {
        assert_eq!(data(b"id: 1\nevent: a\ndata: {}\n\n").as_deref(), Some("{}"));
        assert_eq!(data(b"data:a\ndata: b\n\n").as_deref(), Some("a\nb"));
        assert_eq!(data(b":\n\n"), None);
    }
}
