//! Comparison of two versions of a schema.

mod attribute;
mod change;
mod limits;
mod version;

pub use self::change::{Change, ChangeKind, Compatibility, Impact};
use crate::{Attribute, CredentialSchema};

/// The differences between two versions of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    changes: Vec<Change>,
    suggested_version: Option<String>,
}

/// Compares two versions of a schema, and reports each change and what it breaks.
///
/// A change is compatible with issued credentials if and only if no subject of `old` can break the
/// changed rule. The exception is a changed pattern, which always counts as breaking: whether the
/// new one matches all texts of the old one is not computed.
#[must_use]
pub fn compare(old: &CredentialSchema, new: &CredentialSchema) -> Comparison {
    let mut changes = of_the_schema(old, new);
    for attribute in old.attributes() {
        match find(new, attribute) {
            Some(now) => changes.extend(attribute::compare(attribute, now)),
            None => changes.push(attribute::removed(attribute)),
        }
    }
    let added = new
        .attributes()
        .iter()
        .filter(|attribute| find(old, attribute).is_none());
    changes.extend(added.map(attribute::added));
    changes.extend(reordered(old, new));
    Comparison {
        suggested_version: version::next(old.version(), &changes),
        changes,
    }
}

impl Comparison {
    /// The changes: first those of the schema, then those of its attributes in the order of `old`,
    /// then new attributes.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Breaking if any change is.
    #[must_use]
    pub fn compatibility(&self) -> Compatibility {
        if self.changes.iter().any(|change| !change.breaks().is_empty()) {
            Compatibility::Breaking
        } else {
            Compatibility::Compatible
        }
    }

    /// Whether any change breaks the given dependents.
    #[must_use]
    pub fn breaks(&self, affected: Impact) -> bool {
        self.changes
            .iter()
            .any(|change| change.breaks().contains(&affected))
    }

    /// The recommended version of `new`: the next major version after breaking changes, the next
    /// minor version after others, the next patch version if only wording or order changed and
    /// versions have three parts, and the old version if nothing changed. `None` if the old version
    /// has other parts than two or three numbers (`1.0`, `2.1.3`).
    #[must_use]
    pub fn suggested_version(&self) -> Option<&str> {
        self.suggested_version.as_deref()
    }
}

fn find<'a>(schema: &'a CredentialSchema, attribute: &Attribute) -> Option<&'a Attribute> {
    schema
        .attributes()
        .iter()
        .find(|other| other.name() == attribute.name())
}

fn of_the_schema(old: &CredentialSchema, new: &CredentialSchema) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.type_name() != new.type_name() {
        changes.push(Change::of_schema(
            ChangeKind::SchemaType,
            &[Impact::VerificationPrograms],
            "its type is another, and programs ask for credentials by their type",
        ));
    }
    if (old.title(), old.description()) != (new.title(), new.description()) {
        changes.push(Change::of_schema(
            ChangeKind::Wording,
            &[],
            "its title or description reads otherwise",
        ));
    }
    changes
}

fn reordered(old: &CredentialSchema, new: &CredentialSchema) -> Option<Change> {
    let common = |these: &CredentialSchema, those: &CredentialSchema| {
        let kept = these
            .attributes()
            .iter()
            .filter(|attribute| find(those, attribute).is_some());
        kept.map(|attribute| attribute.name().clone()).collect::<Vec<_>>()
    };
    (common(old, new) != common(new, old))
        .then(|| Change::of_schema(ChangeKind::Order, &[], "its attributes have a new order"))
}
