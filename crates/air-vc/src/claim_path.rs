//! Paths to claims at any level: `isOver18`, `address.city`, `tags.0`, `tags.*`, `*`.

use std::{borrow::Cow, cell::RefCell, fmt, str::FromStr, sync::Arc};

use serde_json::{Map, Value};

use crate::Error;

/// The maximum number of steps of a path.
const LIMIT: usize = 32;

/// The path from the subject to a claim. In text, dots separate the steps. `*` is every member or
/// item, and a number is an item of an array (from 0). `\.`, `\*` and `\\` are these characters in
/// a name.
///
/// A path includes the claim *and everything within it*: `address` covers `address.city`.
///
/// ```
/// let city: air_vc::ClaimPath = "address.city".parse()?;
/// assert_eq!(city.to_string(), "address.city");
/// # Ok::<(), air_vc::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimPath(Vec<Step>);

/// One step of a path. `Named` is a member of an object, or in an array the item at that index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Named(Arc<str>),
    Every,
}

/// One step into an existing claim. Places with the same name share its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Member(Arc<str>),
    Item(usize),
}

impl ClaimPath {
    /// Every claim: `*`.
    #[must_use]
    pub fn every() -> Self {
        Self(vec![Step::Every])
    }

    /// The claim with this name. The name may have any characters.
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self(vec![Step::Named(name.into())])
    }

    /// A member of this claim.
    #[must_use]
    pub fn member(mut self, name: impl Into<Arc<str>>) -> Self {
        self.0.push(Step::Named(name.into()));
        self
    }

    /// An item of this claim.
    #[must_use]
    pub fn item(self, index: usize) -> Self {
        self.member(index.to_string())
    }

    /// The JSON Pointers (RFC 6901) of the claims that the path names.
    ///
    /// ```
    /// # use serde_json::json;
    /// let claims = json!({ "tags": ["a", "b"] });
    /// let path: air_vc::ClaimPath = "tags.*".parse()?;
    /// assert_eq!(path.pointers(claims.as_object().unwrap()), ["/tags/0", "/tags/1"]);
    /// # Ok::<(), air_vc::Error>(())
    /// ```
    #[must_use]
    pub fn pointers(&self, claims: &Map<String, Value>) -> Vec<String> {
        let found = RefCell::new(Vec::new());
        self.leads_to(claims, &|place, _| {
            found.borrow_mut().push(pointer_to(place));
            false
        });
        found.into_inner()
    }

    /// The names of the steps; an item of an array has its index, and `*` stands for every claim.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|step| match step {
            Step::Named(name) => &**name,
            Step::Every => "*",
        })
    }

    /// Whether the path names at least one of these claims.
    pub(crate) fn leads_into(&self, claims: &Map<String, Value>) -> bool {
        self.leads_to(claims, &|_, _| true)
    }

    /// Whether the path names a claim that counts, by its place and its value.
    pub(crate) fn leads_to(&self, claims: &Map<String, Value>, counts: &Counts) -> bool {
        self.0
            .split_first()
            .is_some_and(|(first, rest)| reaches_member(first, rest, claims, &mut Vec::new(), counts))
    }

    /// Whether the path names the claim at this place, a claim that contains it, or a claim within it.
    pub(crate) fn meets(&self, place: &[Place], claims: &Map<String, Value>) -> bool {
        let (along, beyond) = self.0.split_at(self.0.len().min(place.len()));
        along.iter().zip(place).all(|(step, place)| step.matches(place))
            && (beyond.is_empty()
                || value_at(claims, place)
                    .is_some_and(|value| reaches(beyond, value, &mut Vec::new(), &|_, _| true)))
    }

    /// Whether the path names the claim at this place or a claim that contains it.
    pub(crate) fn covers(&self, place: &[Place]) -> bool {
        self.0.len() <= place.len() && self.0.iter().zip(place).all(|(step, place)| step.matches(place))
    }
}

/// Whether a claim counts that a path names.
type Counts<'a> = dyn Fn(&[Place], &Value) -> bool + 'a;

fn reaches(steps: &[Step], value: &Value, here: &mut Vec<Place>, counts: &Counts) -> bool {
    let Some((first, rest)) = steps.split_first() else {
        return counts(here, value);
    };
    match value {
        Value::Object(members) => reaches_member(first, rest, members, here, counts),
        Value::Array(items) => reaches_item(first, rest, items, here, counts),
        _ => false,
    }
}

fn reaches_member(
    first: &Step,
    rest: &[Step],
    members: &Map<String, Value>,
    here: &mut Vec<Place>,
    counts: &Counts,
) -> bool {
    let mut reach = |name: &str, value| {
        within(Place::Member(name.into()), here, |here| {
            reaches(rest, value, here, counts)
        })
    };
    match first {
        Step::Every => members.iter().any(|(name, value)| reach(name, value)),
        Step::Named(name) => members.get(&**name).is_some_and(|value| reach(name, value)),
    }
}

fn reaches_item(
    first: &Step,
    rest: &[Step],
    items: &[Value],
    here: &mut Vec<Place>,
    counts: &Counts,
) -> bool {
    let mut reach = |index, value| {
        within(Place::Item(index), here, |here| {
            reaches(rest, value, here, counts)
        })
    };
    match first {
        Step::Every => items.iter().enumerate().any(|(index, value)| reach(index, value)),
        Step::Named(name) => name
            .parse()
            .ok()
            .and_then(|index: usize| Some((index, items.get(index)?)))
            .is_some_and(|(index, value)| reach(index, value)),
    }
}

fn within(place: Place, here: &mut Vec<Place>, work: impl FnOnce(&mut Vec<Place>) -> bool) -> bool {
    here.push(place);
    let result = work(here);
    here.pop();
    result
}

/// Whether this is an empty object or array.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn value_at<'a>(claims: &'a Map<String, Value>, place: &[Place]) -> Option<&'a Value> {
    let Some((Place::Member(name), within)) = place.split_first() else {
        return None;
    };
    within
        .iter()
        .try_fold(claims.get(&**name)?, |value, place| match place {
            Place::Member(name) => value.get(&**name),
            Place::Item(index) => value.get(index),
        })
}

impl Step {
    fn matches(&self, place: &Place) -> bool {
        match (self, place) {
            (Self::Every, _) => true,
            (Self::Named(name), Place::Member(member)) => name == member,
            (Self::Named(name), Place::Item(index)) => name.parse() == Ok(*index),
        }
    }
}

impl FromStr for ClaimPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut steps = Vec::new();
        let (mut name, mut is_escaped) = (String::new(), false);
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => {
                    is_escaped = true;
                    name.push(characters.next().ok_or(Error::InvalidPath)?);
                }
                '.' => steps.push(step(std::mem::take(&mut name), std::mem::take(&mut is_escaped))?),
                _ => name.push(character),
            }
        }
        steps.push(step(name, is_escaped)?);
        if steps.len() > LIMIT {
            return Err(Error::InvalidPath);
        }
        Ok(Self(steps))
    }
}

fn step(name: String, is_escaped: bool) -> Result<Step, Error> {
    match name.as_str() {
        "" => Err(Error::InvalidPath),
        "*" if !is_escaped => Ok(Step::Every),
        _ => Ok(Step::Named(name.into())),
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_steps(
            f,
            self.0.iter().map(|step| match step {
                Step::Every => Cow::Borrowed("*"),
                Step::Named(name) => escaped(name),
            }),
        )
    }
}

/// The path to a place.
pub(crate) fn path_to(place: &[Place]) -> ClaimPath {
    let step = |place: &Place| match place {
        Place::Member(name) => Step::Named(name.clone()),
        Place::Item(index) => Step::Named(index.to_string().into()),
    };
    ClaimPath(place.iter().map(step).collect())
}

/// The JSON Pointer to a place.
fn pointer_to(place: &[Place]) -> String {
    place.iter().fold(String::new(), |mut pointer, place| {
        pointer.push('/');
        match place {
            Place::Member(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
            Place::Item(index) => pointer.push_str(&index.to_string()),
        }
        pointer
    })
}

fn write_steps<'a>(f: &mut fmt::Formatter<'_>, steps: impl Iterator<Item = Cow<'a, str>>) -> fmt::Result {
    for (index, step) in steps.enumerate() {
        let dot = if index == 0 { "" } else { "." };
        write!(f, "{dot}{step}")?;
    }
    Ok(())
}

fn escaped(name: &str) -> Cow<'_, str> {
    if name == "*" || name.contains(['\\', '.']) {
        let escape = |c| {
            if matches!(c, '\\' | '.' | '*') {
                vec!['\\', c]
            } else {
                vec![c]
            }
        };
        Cow::Owned(name.chars().flat_map(escape).collect())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ClaimPath {
        text.parse().unwrap()
    }

    #[test]
    fn covers_what_it_names_and_all_within() {
        let city = [Place::Member("address".into()), Place::Member("city".into())];
        let second = [Place::Member("tags".into()), Place::Item(1)];
        for around in ["address", "address.city", "*", "address.*", "*.city"] {
            assert!(path(around).covers(&city), "{around}");
        }
        assert!(!path("address.city").covers(&city[..1]));
        assert!(!path("address.street").covers(&city));
        assert!(path("tags.1").covers(&second) && path("tags.*").covers(&second));
        assert!(!path("tags.0").covers(&second));
    }

    #[test]
    fn its_pointers_lead_to_each_claim_that_it_names() {
        let claims = serde_json::json!({ "a/b": { "~": 1 }, "tags": [{ "x": 1 }, { "y": 2 }, { "x": 3 }] });
        let claims = claims.as_object().unwrap();
        for (text, expected) in [
            ("a/b", &["/a~1b"][..]),
            ("a/b.~", &["/a~1b/~0"]),
            ("tags.*.x", &["/tags/0/x", "/tags/2/x"]),
            ("*", &["/a~1b", "/tags"]),
            ("tags.3", &[]),
        ] {
            assert_eq!(path(text).pointers(claims), expected, "{text}");
        }
    }

    #[test]
    fn refuses_empty_steps_and_endless_paths() {
        for bad in ["", ".", "a.", ".a", "a..b", "a\\", &"a.".repeat(40)] {
            assert_eq!(bad.parse::<ClaimPath>(), Err(Error::InvalidPath), "{bad}");
        }
    }

    #[test]
    fn prints_as_it_was_read() {
        for text in ["a", "a.b", "a.*.0", "*", r"dotted\.name", r"back\\slash", r"\*"] {
            assert_eq!(path(text).to_string(), text);
        }
    }
}
