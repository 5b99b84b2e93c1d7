//! Notes on stderr when a call is repeated.

use std::{sync::Mutex, time::Duration};

use air_client::middleware::{Attempt, AttemptOutcome, ExtraHeaders, Middleware};

use crate::output::Output;

/// Says when a call is repeated, and why.
#[derive(Debug)]
pub(crate) struct RetryNotes {
    output: Output,
    last_failure: Mutex<Option<String>>,
}

impl RetryNotes {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            last_failure: Mutex::new(None),
        }
    }
}

impl Middleware for RetryNotes {
    fn before(&self, attempt: &Attempt<'_>, _: &mut ExtraHeaders) -> Result<(), air_client::Error> {
        let failure = self.last_failure.lock().ok().and_then(|mut last| last.take());
        if let Some(failure) = failure.filter(|_| attempt.number() > 1) {
            let number = attempt.number();
            self.output.note(&format!("{failure}; attempt {number}"));
        }
        Ok(())
    }

    fn after(&self, _: &Attempt<'_>, outcome: &AttemptOutcome<'_>, _: Duration) {
        if let Ok(mut last) = self.last_failure.lock() {
            *last = failure(outcome);
        }
    }
}

fn failure(outcome: &AttemptOutcome<'_>) -> Option<String> {
    Some(match outcome {
        AttemptOutcome::Answered { status: 429, .. } => "the platform asks to slow down (429)".to_owned(),
        AttemptOutcome::Answered { status, .. } if *status >= 500 => {
            format!("the platform failed (HTTP status {status})")
        }
        AttemptOutcome::NotConnected => "the platform did not accept the connection".to_owned(),
        AttemptOutcome::TimedOut => "the platform did not respond in time".to_owned(),
        AttemptOutcome::Broken => "the connection to the platform broke".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_that_are_retried_are_described() {
        let answered = |status| AttemptOutcome::Answered {
            status,
            request_id: None,
        };
        assert_eq!(failure(&answered(200)), None);
        assert_eq!(failure(&answered(404)), None);
        assert!(failure(&answered(503)).is_some_and(|text| text.contains("503")));
    }
}
