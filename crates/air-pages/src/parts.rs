//! Parts of pages that have classes of the style sheet.

use std::fmt::Display;

use maud::{Markup, html};

/// Renders the reason why an action failed, and the remedy, as a clause without a full stop.
#[must_use]
pub fn problem(reason: &str) -> Markup {
    html! { div.problem role="alert" { strong { "Not done: " } (reason) "." } }
}

/// Renders a long id or hash, which may break anywhere.
#[must_use]
pub fn id(text: &(impl Display + ?Sized)) -> Markup {
    html! { code.id { (text.to_string()) } }
}

/// Renders a state by word and colour: `good`, `waiting` or `bad`. Other kinds have no colour.
#[must_use]
pub fn state(kind: &str, text: &str) -> Markup {
    html! { span class=(format!("state {kind}")) { (text) } }
}

/// Renders a table that scrolls horizontally, also by keyboard, if it is too wide. `rows` are `tr` elements.
#[must_use]
pub fn table(caption: &str, heads: &[&str], rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped() {
        assert_eq!(
            id("<script>").into_string(),
            "<code class=\"id\">&lt;script&gt;</code>"
        );
        let table = table("<b>", &["<i>"], &html! { tr { td { "<u>" } } }).into_string();
        let parts = [
            table,
            problem("<b>").into_string(),
            state("good", "<b>").into_string(),
        ];
        for part in parts {
            assert!(
                !["<b>", "<i>", "<u>"].iter().any(|tag| part.contains(tag)),
                "{part}"
            );
        }
    }

    #[test]
    fn the_style_sheet_has_the_classes_of_the_parts() {
        for class in ["problem", "id", "state", "good", "waiting", "bad", "scroll"] {
            assert!(crate::STYLE.contains(&format!(".{class} {{")), "{class}");
        }
    }
}
