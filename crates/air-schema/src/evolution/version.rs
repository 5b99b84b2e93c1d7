//! The number of the next version.

use super::{Change, ChangeKind, Compatibility};

/// The successor of a version such as `1.0` or `1.0.0`.
pub(super) fn next(version: &str, changes: &[Change]) -> Option<String> {
    let numbers = version
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<Vec<u64>>>()?;
    let breaking = changes
        .iter()
        .any(|change| change.compatibility() == Compatibility::Breaking);
    let of_rules = changes
        .iter()
        .any(|change| !matches!(change.kind(), ChangeKind::Wording | ChangeKind::Order));
    match *numbers.as_slice() {
        _ if changes.is_empty() => Some(version.to_owned()),
        [major, _] if breaking => Some(format!("{}.0", major.checked_add(1)?)),
        [major, minor] => Some(format!("{major}.{}", minor.checked_add(1)?)),
        [major, _, _] if breaking => Some(format!("{}.0.0", major.checked_add(1)?)),
        [major, minor, _] if of_rules => Some(format!("{major}.{}.0", minor.checked_add(1)?)),
        [major, minor, patch] => Some(format!("{major}.{minor}.{}", patch.checked_add(1)?)),
        _ => None,
    }
}
