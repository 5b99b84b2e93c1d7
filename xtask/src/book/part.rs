//! Generated parts of the pages.

use std::fs;

use crate::shell::{Outcome, root};

pub(crate) const PERFORMANCE: &str = "docs/book/src/performance.md";

/// A part of a page, between two marker lines.
pub(crate) struct Part {
    pub(crate) page: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) end: &'static str,
}

impl Part {
    /// Replaces the part.
    pub(crate) fn write(&self, text: &str) -> Outcome {
        let Self { page, begin, end } = self;
        let path = root().join(page);
        let whole = fs::read_to_string(&path).map_err(|error| format!("{page}: {error}"))?;
        let place = whole
            .split_once(begin)
            .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
        let (before, after) = place.ok_or_else(|| format!("{page} lacks `{begin}` and `{end}`"))?;
        let written = format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim_end());
        fs::write(&path, written).map_err(|error| format!("{page}: {error}"))
    }
}
