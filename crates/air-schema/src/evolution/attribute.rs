//! What changes for one attribute.

use super::{
    Affected::{IssuedCredentials, VerificationPrograms},
    Change, What, limits,
};
use crate::{Attribute, AttributeType};

pub(super) fn removed(old: &Attribute) -> Change {
    Change::of_attribute(
        old.name(),
        What::Removed,
        &[IssuedCredentials, VerificationPrograms],
        "is gone: subjects that have it are refused, and programs that ask for it find nothing",
    )
}

pub(super) fn added(new: &Attribute) -> Change {
    if new.is_required() {
        let message =
            "is new and must be there: no credential that is issued already has it; make it optional";
        Change::of_attribute(new.name(), What::Added, &[IssuedCredentials], message)
    } else {
        Change::of_attribute(new.name(), What::Added, &[], "is new, and may be absent")
    }
}

pub(super) fn compare(old: &Attribute, new: &Attribute) -> Vec<Change> {
    let mut changes: Vec<Change> = [requirement(old, new), kind(old, new)]
        .into_iter()
        .flatten()
        .collect();
    changes.extend(limits::compare(old, new));
    if (old.title(), old.description()) != (new.title(), new.description()) {
        changes.push(Change::of_attribute(
            new.name(),
            What::Wording,
            &[],
            "has another title or description; see that it still means the same",
        ));
    }
    changes
}

fn requirement(old: &Attribute, new: &Attribute) -> Option<Change> {
    let change =
        |breaks, message: &str| Some(Change::of_attribute(new.name(), What::Required, breaks, message));
    match (old.is_required(), new.is_required()) {
        (false, true) => change(
            &[IssuedCredentials],
            "must be there now: credentials may have been issued without it",
        ),
        (true, false) => change(
            &[VerificationPrograms],
            "may be absent now: programs that ask for it may find nothing",
        ),
        _ => None,
    }
}

fn kind(old: &Attribute, new: &Attribute) -> Option<Change> {
    use AttributeType::{Date, DateTime, Integer, Number, String};
    let change = |breaks, message: &str| Some(Change::of_attribute(new.name(), What::Type, breaks, message));
    match (old.kind(), new.kind()) {
        (before, now) if before == now => None,
        (Integer, Number) => change(
            &[VerificationPrograms],
            "may have a fraction now: each integer is a number, and programs expect integers",
        ),
        (Date | DateTime, String) => change(
            &[VerificationPrograms],
            "may be any text now: each date is a text, and programs expect dates",
        ),
        _ => change(
            &[IssuedCredentials, VerificationPrograms],
            "has another type: values that were issued don't have it; add an attribute with another name instead",
        ),
    }
}
