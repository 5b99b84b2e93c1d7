//! Quotes the line of a file that a message refers to, with a mark below the position. Values of a
//! subject are masked.

mod redactor;

use air_schema::CredentialSchema;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use self::redactor::Redactor;
use crate::{
    positions::{Position, Positions},
    terminal::printable_lines as printable,
};

/// The maximum number of quotations; further messages are printed without one.
const MOST: usize = 50;
/// The number of characters on either side of the position that are considered: more than any terminal shows.
const AROUND: usize = 400;
const NARROWEST: usize = 40;
const WIDEST: usize = 160;
/// The indentation of a quotation.
const INDENT: usize = 4;

/// Quotations from one file.
pub(crate) struct Quotes<'t> {
    text: &'t str,
    level: Level<'static>,
    redactor: Option<Redactor>,
    width: usize,
}

impl<'t> Quotes<'t> {
    /// Quotes a schema, which is public, in lines of at most `width` columns.
    pub(crate) fn of_schema(positions: &Positions<'t>, level: Level<'static>, width: usize) -> Self {
        Self {
            text: positions.text(),
            level,
            redactor: None,
            width: width.clamp(NARROWEST, WIDEST) - INDENT,
        }
    }

    /// Quotes a subject, and masks everything that is not part of the schema.
    pub(crate) fn of_subject(positions: &Positions<'t>, schema: &CredentialSchema, width: usize) -> Self {
        let is_known = |name: &str| {
            let mut attributes = schema.attributes().iter();
            attributes.any(|attribute| attribute.name().as_str() == name)
        };
        Self {
            redactor: Some(Redactor::over(positions.root(), is_known)),
            ..Self::of_schema(positions, Level::ERROR, width)
        }
    }

    /// The messages, each group for one position followed by the quoted line.
    pub(crate) fn below(&self, rows: Vec<(Option<Position>, String)>) -> Vec<String> {
        let mut groups: Vec<(Option<Position>, Vec<String>)> = Vec::new();
        for (place, row) in rows {
            match groups.iter_mut().find(|(of, _)| *of == place) {
                Some((_, lines)) => lines.push(row),
                None => groups.push((place, vec![row])),
            }
        }
        let quoted = groups.into_iter().enumerate().map(|(index, (place, mut lines))| {
            if let Some(at) = place.filter(|_| index < MOST) {
                lines.extend(self.at(at).into_iter().map(|line| format!("  {line}")));
            }
            lines
        });
        quoted.flatten().collect()
    }

    /// The lines that quote one position.
    pub(crate) fn at(&self, place: Position) -> Vec<String> {
        let (line_start, line_end) = self.line(place);
        let before = self.shown(tail(self.text, line_start, place.start), place.start);
        let marked = self.marked(place.start, place.end);
        let after = self.shown(place.end, head(self.text, place.end, line_end, AROUND));
        let opened = self.first_within(place, line_end);
        let (start, end) = (before.len(), before.len() + marked.len());
        let quoted = format!("{before}{marked}{after}");
        let (next, source) = (quoted.len() + 1, format!("{quoted}\n{opened}"));
        let mut snippet = Snippet::source(&source)
            .line_start(place.line)
            .annotation(AnnotationKind::Primary.span(start..end));
        if !opened.is_empty() {
            snippet = snippet.annotation(AnnotationKind::Visible.span(next..source.len()));
        }
        let group = Group::with_level(self.level.clone()).element(snippet);
        let drawn = Renderer::styled().term_width(self.width).render(&[group]);
        let lines = drawn.lines().filter(|line| !is_rail(line));
        lines.map(ToOwned::to_owned).collect()
    }

    /// The start and end of a position's line.
    fn line(&self, place: Position) -> (usize, usize) {
        let (before, after) = (self.text.get(..place.start), self.text.get(place.start..));
        let start = before
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |at| at + 1);
        let rest = after
            .and_then(|after| after.split('\n').next())
            .unwrap_or_default();
        (start, place.start + rest.trim_end_matches('\r').len())
    }

    /// The marked part, shortened to leave room for its surroundings.
    fn marked(&self, start: usize, end: usize) -> String {
        let cut = head(self.text, start, end, self.width / 3);
        let ellipsis = if cut < end { "…" } else { "" };
        self.shown(start, cut) + ellipsis
    }

    /// The line after a bracket that is alone on its line, because that line shows the content. Not
    /// used for a subject, which is masked.
    fn first_within(&self, place: Position, line_end: usize) -> String {
        let text = |start, end| self.text.get(start..end).unwrap_or_default();
        let is_bracket = matches!(text(place.start, place.end), "{" | "[");
        if self.redactor.is_some() || !is_bracket || !text(place.end, line_end).trim().is_empty() {
            return String::new();
        }
        let mut lines = self.text.get(line_end..).unwrap_or_default().lines().skip(1);
        let next = lines.next().unwrap_or_default();
        let cut = head(next, 0, next.len(), self.width / 2);
        let ellipsis = if cut < next.len() { "…" } else { "" };
        printable(next.get(..cut).unwrap_or_default()) + ellipsis
    }

    fn shown(&self, start: usize, end: usize) -> String {
        let text = self.text.get(start..end).unwrap_or_default();
        match &self.redactor {
            Some(redactor) => redactor.cover(text, start),
            None => printable(text),
        }
    }
}

/// An empty line above or below the quotation.
fn is_rail(line: &str) -> bool {
    anstream::adapter::strip_str(line).to_string().trim() == "|"
}

/// The end of the first `count` characters of a part.
fn head(text: &str, start: usize, end: usize, count: usize) -> usize {
    let part = text.get(start..end).unwrap_or_default();
    part.char_indices().nth(count).map_or(end, |(at, _)| start + at)
}

/// The start of the last characters of a part.
fn tail(text: &str, start: usize, end: usize) -> usize {
    let part = text.get(start..end).unwrap_or_default();
    let mut letters = part.char_indices().rev();
    letters.nth(AROUND).map_or(start, |(at, _)| start + at)
}

#[cfg(test)]
mod tests;
