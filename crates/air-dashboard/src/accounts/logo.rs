//! The logo on an account's page: the picture, and the forms that set and remove it.

use maud::{Markup, html};

use super::path;
use crate::layout::Visit;
use air_platform::logos::Mark;

/// Renders the logo beside a name, or the name's first letter if there is no logo.
pub(super) fn picture(partner_id: &str, name: &str, mark: Option<&Mark>) -> Markup {
    let initial: String = name.chars().take(1).collect();
    html! {
        @if let Some(mark) = mark {
            p { img.logo-picture src=(address(partner_id, mark)) alt=(format!("Logo of {name}")) width=(mark.width) height=(mark.height); }
        } @else {
            p.logo aria-hidden="true" { (initial) }
        }
    }
}

/// Renders the forms that set and remove the logo.
pub(super) fn forms(visit: &Visit, partner_id: &str, mark: Option<&Mark>, error: Option<&str>) -> Markup {
    let action = format!("{}/logo", path(partner_id));
    let described = if error.is_some() {
        "logo-error logo-hint"
    } else {
        "logo-hint"
    };
    html! {
        section aria-labelledby="logo-heading" {
            h2 #logo-heading { "Logo" }
            p { "People see it where the AIR Kit's pages name the partner." }
            @if let Some(mark) = mark { p.hint { "Now: " code { (mark.media_type) } ", " (mark.width) " × " (mark.height) " pixels." } }
            form.plain-form method="post" enctype="multipart/form-data" action=(action) {
                (visit.proof())
                div.field {
                    label for="logo" { "Logo file" span.needed { " (needed)" } }
                    input id="logo" name="logo" type="file" accept="image/png,image/jpeg,image/webp" required
                        aria-describedby=(described) aria-invalid=[error.map(|_| "true")];
                    @if let Some(error) = error { p.error id="logo-error" { (error) "." } }
                    p.hint id="logo-hint" { "PNG, JPEG or WebP; at most 256 KiB, and 1024 × 1024 pixels." }
                }
                p.actions { button.primary { @if mark.is_some() { "Replace the logo" } @else { "Upload the logo" } } }
            }
            @if mark.is_some() {
                form method="post" action=(format!("{action}/remove")) {
                    (visit.proof())
                    button.danger { "Remove the logo" }
                }
            }
        }
    }
}

/// Returns the logo's URL. It changes with the logo, so a browser never shows an old one from its cache.
fn address(partner_id: &str, mark: &Mark) -> String {
    let version: String = mark.sha256.chars().take(16).collect();
    format!("{}/logo?v={version}", path(partner_id))
}
