//! The results of checks, as `air doctor` and `air issuer check` print them.

use serde::Serialize;
use serde_json::json;

use crate::{
    exit::Failure,
    output::{Output, done_mark, failed_mark, faint},
};

/// The result of one check. `code` is stable: scripts and documentation refer to it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
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
pub(crate) enum Level {
    Good,
    Warning,
    Failed,
    Skipped,
}

impl Finding {
    pub(crate) fn good(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Level::Good, None, message.into(), None)
    }

    pub(crate) fn skipped(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Level::Skipped, None, message.into(), None)
    }

    pub(crate) fn warning(
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

    pub(crate) fn failed(
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

    pub(crate) fn is_failure(&self) -> bool {
        self.level == Level::Failed
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// The result as text. The name of the check has `width` columns.
    fn render_in(&self, width: usize) -> String {
        let mark = match self.level {
            Level::Good => done_mark(),
            Level::Warning => "!".to_owned(),
            Level::Failed => failed_mark(),
            Level::Skipped => faint("-"),
        };
        let code = self
            .code
            .map_or_else(String::new, |code| format!(" {}", faint(&format!("[{code}]"))));
        let indent = width + 4;
        let remedy = self
            .remedy
            .as_ref()
            .map_or_else(String::new, |remedy| format!("\n{:indent$}→ {remedy}", ""));
        format!("{mark} {:width$}  {}{code}{remedy}", self.check, self.message)
    }

    #[cfg(test)]
    pub(crate) fn render(&self) -> String {
        self.render_in(0)
    }

    /// A finding whose remedy may be within its message.
    pub(crate) fn new(
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

/// Prints the findings. A failed one is a failure of the command.
pub(crate) fn report(findings: &[Finding], output: Output) -> Result<(), Failure> {
    let document = json!({
        "healthy": !findings.iter().any(Finding::is_failure),
        "findings": findings,
    });
    output.result(&document, |_| render(findings))?;
    match findings.iter().filter(|finding| finding.is_failure()).count() {
        0 => Ok(()),
        1 => Err(Failure::failed("1 check failed; see above")),
        count => Err(Failure::failed(format!("{count} checks failed; see above"))),
    }
}

/// The findings as text, with their messages in one column.
fn render(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.check.len()).max();
    let lines = findings
        .iter()
        .map(|finding| finding.render_in(width.unwrap_or_default()));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_begin_in_one_column() {
        let findings = [
            Finding::good("key", "it signs"),
            Finding::warning("status-list", "list-old", "it is old", "sign it"),
            Finding::skipped("platform", "it is off"),
        ];
        let text = render(&findings);
        let columns = ["it signs", "it is old", "→ sign it", "it is off"].map(|part| {
            let line = text.lines().find(|line| line.contains(part)).unwrap();
            let (before, _) = line.split_once(part).unwrap();
            anstream::adapter::strip_str(before).to_string().chars().count()
        });
        assert_eq!(columns, [15; 4], "{text}");
    }
}
