//! The claims of a credential, and the path of its page.

use std::fmt::Display;

use maud::{Markup, html};

use super::HOME;
use crate::schemas::plain;
use air_platform::holder::Claim;

pub(super) fn claims(claims: &[Claim]) -> Markup {
    html! {
        dl.claims {
            @for claim in claims { dt { bdi { (claim.title) } } dd { bdi { (value(claim)) } } }
        }
    }
}

/// Formats a value as its holder reads it.
fn value(claim: &Claim) -> String {
    match claim.value.as_bool() {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => plain(&claim.value),
    }
}

pub(super) fn path(hash: &(impl Display + ?Sized)) -> String {
    format!("{HOME}/credentials/{hash}")
}
