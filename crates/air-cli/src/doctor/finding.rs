//! The result of a check.

use serde::Serialize;

use crate::output::{done_mark, failed_mark, faint};

/// The result of one check. `code` is stable: scripts and documentation refer to it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    check: &'static str,
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// The outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Good,
    Warning,
    Failed,
    Skipped,
}

impl Finding {
    pub(super) fn good(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Level::Good, None, message.into(), None)
    }

    pub(super) fn skipped(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Level::Skipped, None, message.into(), None)
    }

    pub(super) fn warning(
        check: &'static str,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(
            check,
            Level::Warning,
            Some(code),
            message.into(),
            Some(remedy.into()),
        )
    }

    pub(super) fn failed(
        check: &'static str,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(
            check,
            Level::Failed,
            Some(code),
            message.into(),
            Some(remedy.into()),
        )
    }

    pub(super) fn is_failure(&self) -> bool {
        self.level == Level::Failed
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    pub(super) fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// The result as text.
    pub(super) fn render(&self) -> String {
        let mark = match self.level {
            Level::Good => done_mark(),
            Level::Warning => "!".to_owned(),
            Level::Failed => failed_mark(),
            Level::Skipped => faint("-"),
        };
        let code = self
            .code
            .map_or_else(String::new, |code| format!(" {}", faint(&format!("[{code}]"))));
        let remedy = self
            .remedy
            .as_ref()
            .map_or_else(String::new, |remedy| format!("\n           → {remedy}"));
        format!("{mark} {:8} {}{code}{remedy}", self.check, self.message)
    }

    fn new(
        check: &'static str,
        level: Level,
        code: Option<&'static str>,
        message: String,
        remedy: Option<String>,
    ) -> Self {
        Self {
            check,
            level,
            code,
            message,
            remedy,
        }
    }
}
