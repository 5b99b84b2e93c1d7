//! The metadata of claims (SD-JWT VC, section 5.6).

use std::str::FromStr;

use serde_json::Value;

use super::display::{Display, invalid};
use crate::{ClaimPath, Error};

/// The maximum number of steps of a path.
const STEP_LIMIT: usize = 32;

/// The metadata of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimMetadata {
    /// `path`: the claim, or a set of claims.
    pub path: Vec<PathStep>,
    /// `display`: the labels for users, by language.
    pub display: Vec<Display>,
    /// `sd`: whether the issuer lets the holder withhold the claim.
    pub disclosability: Option<Disclosability>,
    /// `mandatory`: whether the issuer must include the claim. The default is no.
    pub mandatory: Option<bool>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathStep {
    /// A member of an object.
    Name(String),
    /// The item of an array at this index.
    Index(u64),
    /// Every item of an array.
    Every,
}

/// Whether the issuer makes a claim selectively disclosable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disclosability {
    /// Always.
    Always,
    /// The issuer decides. The default of the metadata.
    #[default]
    Allowed,
    /// Never.
    Never,
}

impl FromStr for Disclosability {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "always" => Ok(Self::Always),
            "allowed" => Ok(Self::Allowed),
            "never" => Ok(Self::Never),
            _ => Err(invalid("`sd` is not always, allowed or never")),
        }
    }
}

impl ClaimMetadata {
    pub(super) fn read_path(steps: &[Value]) -> Result<Vec<PathStep>, Error> {
        let rule = || invalid("a `path` is not an array of 1 to 32 names, indices and nulls");
        if !(1..=STEP_LIMIT).contains(&steps.len()) {
            return Err(rule());
        }
        let steps = steps.iter().map(|step| match step {
            Value::String(name) => Ok(PathStep::Name(name.clone())),
            Value::Null => Ok(PathStep::Every),
            index => index.as_u64().map(PathStep::Index).ok_or_else(rule),
        });
        steps.collect()
    }

    /// Whether the path names this claim.
    pub(super) fn is_about(&self, claim: &ClaimPath) -> bool {
        let names: Vec<&str> = claim.names().collect();
        names.len() == self.path.len()
            && self.path.iter().zip(names).all(|(step, name)| match step {
                PathStep::Name(own) => own == name,
                PathStep::Index(index) => name.parse::<u64>().is_ok_and(|own| own == *index),
                PathStep::Every => name.parse::<u64>().is_ok(),
            })
    }

    /// Applies the metadata of an extending type for the same path (section 5.6.5).
    pub(super) fn extended_by(&self, child: &Self) -> Result<Self, Error> {
        let (base, changed) = (self.disclosability.unwrap_or_default(), child.disclosability);
        if base != Disclosability::Allowed && changed.is_some_and(|changed| changed != base) {
            return Err(invalid(
                "a type changes `sd` of a claim that the extended type has as always or never",
            ));
        }
        if self.mandatory == Some(true) && child.mandatory == Some(false) {
            return Err(invalid(
                "a type makes a claim optional that is mandatory in the extended type",
            ));
        }
        Ok(Self {
            disclosability: changed.or(self.disclosability),
            mandatory: child.mandatory.or(self.mandatory),
            ..child.clone()
        })
    }
}
