//! Whether a credential conforms to the metadata of its type: `mandatory` and `sd` (SD-JWT VC,
//! section 5.6).

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    chain::CredentialType,
    claim::{ClaimMetadata, Disclosability, PathStep},
};
use crate::{Error, claim_path::Place, sd_jwt::Revealed};

/// The maximum number of members and items that the paths of all claims visit: 512 claims of as many items.
const VISIT_LIMIT: usize = 512 * 512;
/// The maximum length of a path in an error, in characters.
const SHOWN: usize = 120;

const TOO_MANY: &str = "must not select more items with the other claims than can be checked (262,144)";

impl CredentialType {
    /// Whether this is the type of a credential with this payload: the same `vct`, and the same hash
    /// if the credential has one (`vct#integrity`).
    pub(crate) fn is_type_of(&self, payload: &Map<String, Value>) -> bool {
        let is = |name: &str, own: Option<&str>| payload.get(name).and_then(Value::as_str) == own;
        is("vct", Some(self.vct()))
            && (!payload.contains_key("vct#integrity") || is("vct#integrity", self.integrity()))
    }

    /// Checks `mandatory` and `sd` of each claim. A mandatory claim that the holder may have withheld
    /// is not an error.
    pub(crate) fn check(&self, revealed: &Revealed) -> Result<(), Error> {
        let disclosable: HashSet<&[Place]> = revealed.places.iter().map(Vec::as_slice).collect();
        let withheld = revealed.withheld.iter().map(|(within, _)| within.as_slice());
        let withheld: HashSet<&[Place]> = withheld.collect();
        let mut visits_left = VISIT_LIMIT;
        self.claims().iter().try_for_each(|claim| {
            let mut walk = Walk {
                claim,
                disclosable: &disclosable,
                withheld: &withheld,
                visits_left: &mut visits_left,
                here: Vec::new(),
            };
            match claim.path.split_first() {
                Some((PathStep::Name(name), rest)) => walk.member(name, rest, &revealed.claims),
                // The credential is an object: it has no items.
                _ => walk.absent(&[]),
            }
        })
    }
}

/// A walk along the path of one claim.
struct Walk<'a> {
    claim: &'a ClaimMetadata,
    /// The claims with a disclosure.
    disclosable: &'a HashSet<&'a [Place]>,
    /// The objects and arrays with digests that no disclosure matches.
    withheld: &'a HashSet<&'a [Place]>,
    /// All claims share it: the issuer chooses both the paths and the length of an array.
    visits_left: &'a mut usize,
    here: Vec<Place>,
}

impl Walk<'_> {
    fn within(&mut self, steps: &[PathStep], value: &Value) -> Result<(), Error> {
        let Some((step, rest)) = steps.split_first() else {
            return self.found();
        };
        match (step, value) {
            (PathStep::Name(name), Value::Object(members)) => self.member(name, rest, members),
            (PathStep::Index(index), Value::Array(items)) => self.item(*index, rest, items),
            (PathStep::Every, Value::Array(items)) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| self.enter(Place::Item(index), rest, item)),
            _ => self.absent(rest),
        }
    }

    fn member(&mut self, name: &str, rest: &[PathStep], members: &Map<String, Value>) -> Result<(), Error> {
        match members.get(name) {
            Some(value) => self.enter(Place::Member(name.into()), rest, value),
            None => self.absent(rest),
        }
    }

    /// Visits an item. Withheld items shift the others, so that an index says nothing beside them.
    fn item(&mut self, index: u64, rest: &[PathStep], items: &[Value]) -> Result<(), Error> {
        if self.has_withheld() {
            return Ok(());
        }
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        match items.get(index) {
            Some(item) => self.enter(Place::Item(index), rest, item),
            None => self.absent(rest),
        }
    }

    fn enter(&mut self, place: Place, rest: &[PathStep], value: &Value) -> Result<(), Error> {
        let left = self.visits_left.checked_sub(1);
        *self.visits_left = left.ok_or_else(|| self.broken(TOO_MANY))?;
        self.here.push(place);
        let result = self.within(rest, value);
        self.here.pop();
        result
    }

    fn found(&self) -> Result<(), Error> {
        let is_disclosable = self.disclosable.contains(self.here.as_slice());
        match self.claim.disclosability.unwrap_or_default() {
            Disclosability::Always if !is_disclosable => {
                Err(self.broken("must be selectively disclosable (`sd` is always)"))
            }
            Disclosability::Never if is_disclosable => {
                Err(self.broken("must not be selectively disclosable (`sd` is never)"))
            }
            _ => Ok(()),
        }
    }

    /// Handles a missing step. `rest` is the path below it.
    fn absent(&self, rest: &[PathStep]) -> Result<(), Error> {
        let is_visible = rest.is_empty() && self.claim.disclosability == Some(Disclosability::Never);
        let may_be_withheld = self.has_withheld() && !is_visible;
        if self.claim.mandatory != Some(true) || may_be_withheld {
            return Ok(());
        }
        Err(self.broken("must be present (`mandatory`)"))
    }

    fn has_withheld(&self) -> bool {
        self.withheld.contains(self.here.as_slice())
    }

    fn broken(&self, rule: &'static str) -> Error {
        let steps = self.claim.path.iter().map(|step| match step {
            PathStep::Name(name) => Value::from(name.as_str()),
            PathStep::Index(index) => Value::from(*index),
            PathStep::Every => Value::Null,
        });
        let path = Value::Array(steps.collect()).to_string();
        Error::TypeRule {
            path: path.chars().take(SHOWN).collect(),
            rule,
        }
    }
}
