//! Claims path pointers (OpenID4VP 1.0, section 7).

use std::{fmt, sync::Arc};

use serde_json::{Map, Value};

/// A claims path pointer: one or more steps from the credential to one or more claims.
///
/// `Display` writes it as JSON, such as `["degrees",null,"type"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimsPath(Vec<Step>);

/// One step of a claims path pointer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A member of an object.
    Name(Arc<str>),
    /// An item of an array, counted from 0.
    Index(usize),
    /// Every item of an array: `null`.
    Every,
}

/// A claim that a path selected.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected<'v> {
    /// The place of the claim: a path without [`Step::Every`].
    pub path: ClaimsPath,
    /// The claim's value.
    pub value: &'v Value,
}

/// The reason why a path selects nothing (section 7.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// A name leads into a value that is not an object.
    NotAnObject,
    /// An index or `null` leads into a value that is not an array.
    NotAnArray,
    /// No claim is selected.
    Nothing,
}

impl ClaimsPath {
    /// The maximum number of steps.
    pub const LIMIT: usize = 32;

    /// A path of these steps; `None` if there are none or more than [`Self::LIMIT`].
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Option<Self> {
        let steps: Vec<Step> = steps.into_iter().take(Self::LIMIT + 1).collect();
        (1..=Self::LIMIT).contains(&steps.len()).then_some(Self(steps))
    }

    /// Reads a path from its JSON array; `None` if it breaks a rule of section 7.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let steps = value.as_array()?;
        if steps.len() > Self::LIMIT {
            return None;
        }
        Self::new(steps.iter().map(Step::from_value).collect::<Option<Vec<_>>>()?)
    }

    /// The path as a JSON array.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0.iter().map(Step::to_value).collect()
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The namespace and the data element identifier of an mdoc; `None` if the path is not two names
    /// (section 7.2).
    #[must_use]
    pub fn mdoc_element(&self) -> Option<(&str, &str)> {
        match self.0.as_slice() {
            [Step::Name(namespace), Step::Name(element)] => Some((namespace, element)),
            _ => None,
        }
    }

    /// Selects claims of a JSON-based credential (section 7.1.1).
    ///
    /// # Errors
    /// [`PathError`] when a step does not fit a selected value, or no claim is selected.
    pub fn select<'v>(&self, credential: &'v Map<String, Value>) -> Result<Vec<Selected<'v>>, PathError> {
        let (first, rest) = self.0.split_first().ok_or(PathError::Nothing)?;
        let Step::Name(name) = first else {
            return Err(PathError::NotAnArray);
        };
        let mut selected: Vec<(Vec<Step>, &Value)> = credential
            .get(&**name)
            .map(|value| (vec![first.clone()], value))
            .into_iter()
            .collect();
        for step in rest {
            selected = advance(step, selected)?;
        }
        if selected.is_empty() {
            return Err(PathError::Nothing);
        }
        let found = selected.into_iter().map(|(steps, value)| Selected {
            path: Self(steps),
            value,
        });
        Ok(found.collect())
    }

    /// Whether a claim of a presented SD-JWT can be the one that the path selects in the whole
    /// credential, and `accepts` it.
    ///
    /// The holder leaves out items of arrays, so an item moves towards the front: the item at index
    /// 3 is presented at index 0 to 3. All of these are tried.
    pub(crate) fn reaches_presented(
        &self,
        credential: &Map<String, Value>,
        accepts: &dyn Fn(&Value) -> bool,
    ) -> bool {
        match self.0.split_first() {
            Some((Step::Name(name), rest)) => credential
                .get(&**name)
                .is_some_and(|value| reaches(rest, value, accepts)),
            _ => false,
        }
    }

    /// Whether a step is an index.
    pub(crate) fn has_index(&self) -> bool {
        self.0.iter().any(|step| matches!(step, Step::Index(_)))
    }
}

type Selection<'v> = Vec<(Vec<Step>, &'v Value)>;

/// One step from every selected value.
fn advance<'v>(step: &Step, selected: Selection<'v>) -> Result<Selection<'v>, PathError> {
    let mut next = Vec::with_capacity(selected.len());
    for (mut path, value) in selected {
        match step {
            Step::Name(name) => {
                let members = value.as_object().ok_or(PathError::NotAnObject)?;
                if let Some(member) = members.get(&**name) {
                    path.push(step.clone());
                    next.push((path, member));
                }
            }
            Step::Index(index) => {
                let items = value.as_array().ok_or(PathError::NotAnArray)?;
                if let Some(item) = items.get(*index) {
                    path.push(step.clone());
                    next.push((path, item));
                }
            }
            Step::Every => {
                let items = value.as_array().ok_or(PathError::NotAnArray)?;
                for (index, item) in items.iter().enumerate() {
                    let mut path = path.clone();
                    path.push(Step::Index(index));
                    next.push((path, item));
                }
            }
        }
    }
    Ok(next)
}

fn reaches(steps: &[Step], value: &Value, accepts: &dyn Fn(&Value) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return accepts(value);
    };
    match (step, value) {
        (Step::Name(name), Value::Object(members)) => members
            .get(&**name)
            .is_some_and(|member| reaches(rest, member, accepts)),
        (Step::Index(index), Value::Array(items)) => items
            .iter()
            .take(index.saturating_add(1))
            .any(|item| reaches(rest, item, accepts)),
        (Step::Every, Value::Array(items)) => items.iter().any(|item| reaches(rest, item, accepts)),
        _ => false,
    }
}

impl Step {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(name) => Some(Self::Name(name.as_str().into())),
            Value::Null => Some(Self::Every),
            Value::Number(number) => usize::try_from(number.as_u64()?).ok().map(Self::Index),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Name(name) => Value::from(&**name),
            Self::Index(index) => Value::from(*index),
            Self::Every => Value::Null,
        }
    }
}

impl fmt::Display for ClaimsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_value())
    }
}
