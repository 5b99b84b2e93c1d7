//! Issuers and programs: an id, or a name that the profile or the environment has.

use std::{collections::BTreeMap, env, str::FromStr};

use air_api::{IssuerDid, ProgramId, VerificationProgramId};
use clap::Args;

use crate::{exit::Failure, profile::Profile, terminal::printable};

/// An argument that is shorter is a name, not an id.
const SHORTEST_ID: usize = 16;

/// An issuer.
#[derive(Args)]
pub(crate) struct IssuerArgs {
    /// The issuer's DID [default: the profile's].
    #[arg(long, value_name = "DID", env = "AIR_ISSUER", allow_hyphen_values = true)]
    issuer: Option<IssuerDid>,
}

/// An issuer and its program.
#[derive(Args)]
pub(crate) struct IssuanceArgs {
    #[command(flatten)]
    issuer: IssuerArgs,
    /// The issuance program: a name of the profile, or an id (`credentialId`) [default: the profile's only program].
    #[arg(long, value_name = "NAME|ID", env = "AIR_PROGRAM")]
    program: Option<String>,
}

/// A verification program.
#[derive(Args)]
pub(crate) struct VerificationArgs {
    /// The verification program: a name of the profile, or an id [default: the profile's only verification program].
    #[arg(long, value_name = "NAME|ID", env = "AIR_VERIFICATION_PROGRAM")]
    program: Option<String>,
}

impl IssuerArgs {
    /// The caller's issuer.
    pub(crate) fn given(&self) -> Option<&IssuerDid> {
        self.issuer.as_ref()
    }

    pub(crate) fn issuer(&self, profile: Option<&Profile>) -> Result<IssuerDid, Failure> {
        self.issuer
            .clone()
            .or_else(|| profile?.issuer.clone())
            .ok_or_else(|| Failure::usage("missing --issuer: specify the issuer's DID"))
    }
}

impl IssuanceArgs {
    pub(crate) fn issuer(&self, profile: Option<&Profile>) -> Result<IssuerDid, Failure> {
        self.issuer.issuer(profile)
    }

    pub(crate) fn program(&self, profile: Option<&Profile>) -> Result<ProgramId, Failure> {
        Named::programs(profile)?.resolve(self.program.as_deref())
    }
}

impl VerificationArgs {
    pub(crate) fn program(&self, profile: Option<&Profile>) -> Result<VerificationProgramId, Failure> {
        Named::verification_programs(profile)?.resolve(self.program.as_deref())
    }
}

/// Ids by name.
pub(crate) struct Named<T> {
    ids: BTreeMap<String, T>,
    /// The noun for the named thing.
    noun: &'static str,
}

impl Named<ProgramId> {
    /// The programs of the environment, or else of the profile.
    pub(crate) fn programs(profile: Option<&Profile>) -> Result<Self, Failure> {
        let ids = profile.map(|profile| profile.programs.clone());
        Self::of("program", "AIR_PROGRAMS", ids)
    }
}

impl Named<VerificationProgramId> {
    /// The verification programs of the environment, or else of the profile.
    pub(crate) fn verification_programs(profile: Option<&Profile>) -> Result<Self, Failure> {
        let ids = profile.map(|profile| profile.verification_programs.clone());
        Self::of("verification program", "AIR_VERIFICATION_PROGRAMS", ids)
    }
}

impl<T: FromStr + Clone> Named<T> {
    fn of(
        noun: &'static str,
        variable: &str,
        of_profile: Option<BTreeMap<String, T>>,
    ) -> Result<Self, Failure> {
        let ids = match env::var(variable) {
            Ok(text) if !text.is_empty() => parse(&text).ok_or_else(|| {
                Failure::usage(format!(
                    "invalid {variable}: must be NAME=ID, separated by commas"
                ))
            })?,
            _ => of_profile.unwrap_or_default(),
        };
        Ok(Self { ids, noun })
    }

    /// The id with this name, or this id; without either, the only one.
    pub(crate) fn resolve(&self, given: Option<&str>) -> Result<T, Failure> {
        let Some(text) = given else {
            let mut all = self.ids.values();
            return match (all.next(), all.next()) {
                (Some(only), None) => Ok(only.clone()),
                _ => Err(self.advise(Failure::usage(format!(
                    "missing --program: specify the {}",
                    self.noun
                )))),
            };
        };
        if let Some(id) = self.ids.get(text) {
            return Ok(id.clone());
        }
        let is_name = !self.ids.is_empty() && text.len() < SHORTEST_ID;
        match text.parse() {
            Ok(id) if !is_name => Ok(id),
            _ => Err(self.advise(Failure::usage(format!(
                "no {} has this name or id: {}",
                self.noun,
                printable(text)
            )))),
        }
    }

    /// As [`resolve`](Self::resolve), or nothing without an argument if there is no only one.
    pub(crate) fn resolve_if_clear(&self, given: Option<&str>) -> Result<Option<T>, Failure> {
        if given.is_none() && self.ids.len() != 1 {
            return Ok(None);
        }
        self.resolve(given).map(Some)
    }

    fn advise(&self, failure: Failure) -> Failure {
        if self.ids.is_empty() {
            return failure;
        }
        let names: Vec<&str> = self.ids.keys().map(String::as_str).collect();
        failure.with_hint(format!("the names are: {}", names.join(", ")))
    }
}

/// Parses `NAME=ID,NAME=ID`. A name may contain `=`, and an id may not.
fn parse<T: FromStr>(text: &str) -> Option<BTreeMap<String, T>> {
    text.split(',')
        .map(|pair| {
            let (name, id) = pair.trim().rsplit_once('=')?;
            Some((name.to_owned(), id.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_before_an_id_and_a_wrong_name_is_no_id() {
        let ids = parse::<ProgramId>("kyc=c21s70g0i54sn0023172Cv,a=b=c99s70g0i54sn0023172Cv").unwrap();
        let noun = "program";
        let named = Named { ids, noun };
        let id = |given| named.resolve(given).map(|id| id.to_string());
        assert_eq!(id(Some("kyc")).unwrap(), "c21s70g0i54sn0023172Cv");
        assert_eq!(id(Some("a=b")).unwrap(), "c99s70g0i54sn0023172Cv");
        let other = "c00000g0i54sn0023172Cv";
        assert_eq!(id(Some(other)).unwrap(), other);
        assert!(id(Some("kyk")).unwrap_err().hint().unwrap().contains("kyc"));
        assert!(id(None).is_err(), "there are two");
        let ids = BTreeMap::new();
        let unnamed: Named<ProgramId> = Named { ids, noun };
        assert_eq!(unnamed.resolve(Some("kyc")).unwrap().as_str(), "kyc");
        assert!(unnamed.resolve(None).is_err());
    }

    #[test]
    fn pairs_without_a_name_or_an_id_are_refused() {
        for text in ["kyc", "kyc=", "kyc=a b", "kyc=a,,"] {
            assert!(parse::<ProgramId>(text).is_none(), "{text}");
        }
    }
}
