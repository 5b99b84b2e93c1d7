//! Form controls.

use maud::{Markup, html};

use super::Visit;
use crate::form::Fields;

/// A labelled input.
pub(crate) struct Input<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) value: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) hint: &'a str,
    pub(crate) is_required: bool,
}

impl<'a> Input<'a> {
    pub(crate) fn text(name: &'a str, label: &'a str, fields: &'a Fields) -> Self {
        Self {
            name,
            label,
            value: fields.text(name),
            kind: "text",
            hint: "",
            is_required: false,
        }
    }

    pub(crate) fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    pub(crate) fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }
}

impl maud::Render for Input<'_> {
    fn render(&self) -> Markup {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        html! {
            div.field {
                label for=(self.name) { bdi { (self.label) } @if self.is_required { span.needed { " (needed)" } } }
                input id=(self.name) name=(self.name) type=(self.kind) value=(self.value) required[self.is_required]
                    step=[(self.kind == "number").then_some("any")] autocomplete="off" aria-describedby=[hint.as_deref()];
                @if let Some(hint) = &hint { p.hint id=(hint) { (self.hint) } }
            }
        }
    }
}

/// A labelled text of several lines, such as JSON.
pub(crate) struct TextArea<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) value: &'a str,
    pub(crate) hint: &'a str,
}

impl maud::Render for TextArea<'_> {
    fn render(&self) -> Markup {
        let hint = format!("{}-hint", self.name);
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                textarea id=(self.name) name=(self.name) rows="8" spellcheck="false" autocomplete="off" aria-describedby=(hint) {
                    (self.value)
                }
                p.hint id=(hint) { (self.hint) }
            }
        }
    }
}

/// Renders a labelled selection. Each option has a value and a text.
pub(crate) fn choice(name: &str, label: &str, chosen: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for (value, text) in options {
                    option value=(value) selected[*value == chosen] { (text) }
                }
            }
        }
    }
}

/// Renders a labelled checkbox.
pub(crate) fn tick(name: &str, label: &str, is_ticked: bool) -> Markup {
    html! {
        div.field.tick {
            input type="checkbox" id=(name) name=(name) value="yes" checked[is_ticked];
            label for=(name) { (label) }
        }
    }
}

/// Renders a form that consists of one button.
pub(crate) fn button(visit: &Visit, action: &str, name: &str, text: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            (visit.proof())
            button name="action" value=(name) { (text) }
        }
    }
}

/// Renders a search form. It keeps the list's order and its user.
pub(crate) fn search(label: &str, fields: &Fields, more: &Markup) -> Markup {
    html! {
        form.search method="get" role="search" {
            @for name in ["sort", "user"] {
                @if let Some(value) = fields.filled(name) { input type="hidden" name=(name) value=(value); }
            }
            div.field {
                label for="q" { (label) }
                input id="q" name="q" type="search" value=(fields.text("q"));
            }
            (more)
            button { "Search" }
        }
    }
}
