//! Changes of one attribute.

use super::{
    Change, ChangeKind,
    Impact::{IssuedCredentials, VerificationPrograms},
    limits,
};
use crate::{Attribute, AttributeType};

pub(super) fn removed(old: &Attribute) -> Change {
    Change::of_attribute(
        old.name(),
        ChangeKind::Removed,
        &[IssuedCredentials, VerificationPrograms],
        "was removed: subjects with it are refused, and programs that require it find no value",
    )
}

pub(super) fn added(new: &Attribute) -> Change {
    if new.is_required() {
        let message = "is new and required, but existing credentials lack it; make it optional";
        Change::of_attribute(new.name(), ChangeKind::Added, &[IssuedCredentials], message)
    } else {
        Change::of_attribute(new.name(), ChangeKind::Added, &[], "is new and optional")
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
            ChangeKind::Wording,
            &[],
            "has a new title or description; check that its meaning is unchanged",
        ));
    }
    changes
}

fn requirement(old: &Attribute, new: &Attribute) -> Option<Change> {
    let change = |breaks, message: &str| {
        Some(Change::of_attribute(
            new.name(),
            ChangeKind::Required,
            breaks,
            message,
        ))
    };
    match (old.is_required(), new.is_required()) {
        (false, true) => change(
            &[IssuedCredentials],
            "is required now: existing credentials may lack it",
        ),
        (true, false) => change(
            &[VerificationPrograms],
            "is optional now: programs that require it may find no value",
        ),
        _ => None,
    }
}

fn kind(old: &Attribute, new: &Attribute) -> Option<Change> {
    use AttributeType::{Date, DateTime, Integer, Number, String};
    let change = |breaks, message: &str| {
        Some(Change::of_attribute(
            new.name(),
            ChangeKind::Type,
            breaks,
            message,
        ))
    };
    match (old.kind(), new.kind()) {
        (before, now) if before == now => None,
        (Integer, Number) => change(
            &[VerificationPrograms],
            "allows fractions now: existing integers remain valid, but programs expect integers",
        ),
        (Date | DateTime, String) => change(
            &[VerificationPrograms],
            "allows any string now: existing dates remain valid, but programs expect dates",
        ),
        _ => change(
            &[IssuedCredentials, VerificationPrograms],
            "has a new type that existing values do not have; add an attribute with another name instead",
        ),
    }
}
