//! Limits that became wider or narrower.

use std::collections::HashSet;

use serde_json::{Number, Value};

use super::{Change, ChangeKind, Impact};
use crate::{Attribute, Constraints, constraints::key};

pub(super) fn compare(old: &Attribute, new: &Attribute) -> Vec<Change> {
    let (before, now) = (old.constraints(), new.constraints());
    let range = bounds(
        (value(before.minimum.as_ref()), value(before.maximum.as_ref())),
        (value(now.minimum.as_ref()), value(now.maximum.as_ref())),
    );
    let length = bounds(characters(before), characters(now));
    let found = [
        (
            ChangeKind::Enum,
            values(before.allowed.as_deref(), now.allowed.as_deref()),
        ),
        (
            ChangeKind::Pattern,
            exact(before.pattern.as_ref(), now.pattern.as_ref()),
        ),
        (ChangeKind::Length, length),
        (ChangeKind::Range, range),
        (
            ChangeKind::Format,
            exact(before.format.as_ref(), now.format.as_ref()),
        ),
    ];
    found
        .into_iter()
        .filter_map(|(kind, shift)| Some(change(new, kind, shift?)))
        .collect()
}

/// The direction in which a limit changed.
#[derive(Clone, Copy)]
enum Shift {
    /// All values that were allowed still are.
    Wider,
    /// A value that was allowed no longer is, or may no longer be.
    Narrower,
}

fn change(attribute: &Attribute, kind: ChangeKind, shift: Shift) -> Change {
    let (breaks, message): (&'static [Impact], _) = match (kind, shift) {
        (ChangeKind::Enum, Shift::Wider) => (
            &[],
            "allows more values, which programs that list them may not know",
        ),
        (ChangeKind::Enum, Shift::Narrower) => (ISSUED, "no longer allows a value; keep it in the list"),
        (ChangeKind::Pattern, Shift::Narrower) => {
            (ISSUED, "has a new pattern, which existing values may not match")
        }
        (ChangeKind::Format, Shift::Narrower) => {
            (ISSUED, "has a new format, which existing values may not have")
        }
        (_, Shift::Wider) => (&[], "allows all earlier values and more"),
        (_, Shift::Narrower) => (ISSUED, "has a narrower limit, which existing values may exceed"),
    };
    Change::of_attribute(attribute.name(), kind, breaks, message)
}

const ISSUED: &[Impact] = &[Impact::IssuedCredentials];

/// Compares a rule that can only be equal, removed or different.
fn exact<T: PartialEq>(before: Option<&T>, now: Option<&T>) -> Option<Shift> {
    match (before, now) {
        (before, now) if before == now => None,
        (_, None) => Some(Shift::Wider),
        (_, Some(_)) => Some(Shift::Narrower),
    }
}

fn values(before: Option<&[Value]>, now: Option<&[Value]>) -> Option<Shift> {
    let keys = |values: &[Value]| values.iter().map(key).collect::<HashSet<_>>();
    match (before.map(keys), now.map(keys)) {
        (before, now) if before == now => None,
        (_, None) => Some(Shift::Wider),
        (Some(before), Some(now)) if before.is_subset(&now) => Some(Shift::Wider),
        _ => Some(Shift::Narrower),
    }
}

type Bounds = (Option<f64>, Option<f64>);

fn bounds(before: Bounds, now: Bounds) -> Option<Shift> {
    let ends = |(least, greatest): Bounds| {
        (
            least.unwrap_or(f64::NEG_INFINITY),
            greatest.unwrap_or(f64::INFINITY),
        )
    };
    let ((old_least, old_greatest), (least, greatest)) = (ends(before), ends(now));
    if least > old_least || greatest < old_greatest {
        Some(Shift::Narrower)
    } else if least < old_least || greatest > old_greatest {
        Some(Shift::Wider)
    } else {
        None
    }
}

fn characters(limits: &Constraints) -> Bounds {
    let least = limits.min_length.unwrap_or_default();
    (Some(least.into()), limits.max_length.map(f64::from))
}

fn value(number: Option<&Number>) -> Option<f64> {
    number.and_then(Number::as_f64)
}
