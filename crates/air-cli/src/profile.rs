//! Profiles: the URL, the account, the key and the names that later commands need, in `air.toml` in
//! the current folder.

mod document;
mod new_name;

use std::{
    collections::BTreeMap,
    env, fmt, fs,
    path::{Component, Path, PathBuf},
};

use air_api::{IssuerDid, PartnerId, ProgramId, VerificationProgramId};
use air_jwt::Kid;
use air_ledger::evm::{Address, KeccakHash};
use clap::Args;

pub(crate) use self::{
    document::{Document, Entry},
    new_name::NewName,
};
use crate::{exit::Failure, keys::is_signer_uri};

/// The file's name. It is not searched for in the parent folders: see the book's page on profiles.
pub(crate) const FILE: &str = "air.toml";

const NAME_LIMIT: usize = 64;

/// The choice of a profile.
#[derive(Args)]
pub(crate) struct ProfileArgs {
    /// The profile of air.toml in the current folder [default: the one that `air use` selected].
    #[arg(long, value_name = "NAME", env = "AIR_PROFILE")]
    profile: Option<ProfileName>,
}

impl ProfileArgs {
    /// The name, if the caller selected one.
    pub(crate) fn name(&self) -> Option<&ProfileName> {
        self.profile.as_ref()
    }

    /// Loads the profile; `None` without an `air.toml` in the current folder.
    pub(crate) fn load(&self) -> Result<Option<Profile>, Failure> {
        match Document::load()? {
            Some(document) => document.profile(self.profile.as_ref()).map(Some),
            None => match &self.profile {
                Some(name) => Err(Failure::failed(format!(
                    "there is no profile `{name}`: the current folder has no {FILE}"
                ))
                .with_hint(format!("run `air init {name}` to create it"))),
                None => Ok(None),
            },
        }
    }
}

/// A profile's name: letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProfileName(String);

impl ProfileName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ProfileName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if text.is_empty() || text.len() > NAME_LIMIT || !text.chars().all(fits) {
            return Err(format!(
                "a profile's name is 1 to {NAME_LIMIT} letters, digits, `-` and `_`"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A profile.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) partner_id: Option<PartnerId>,
    key: Option<PathBuf>,
    pub(crate) kid: Option<Kid>,
    pub(crate) issuer: Option<IssuerDid>,
    pub(crate) chain: Option<Chain>,
    pub(crate) programs: BTreeMap<String, ProgramId>,
    pub(crate) verification_programs: BTreeMap<String, VerificationProgramId>,
}

/// The contract that anchors the platform's ledger, which the user trusts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    pub(crate) id: u64,
    pub(crate) contract: Address,
    pub(crate) code_hash: Option<KeccakHash>,
}

impl Profile {
    /// The path of the private key, which is in the folder of `air.toml`.
    pub(crate) fn key(&self) -> Result<Option<PathBuf>, Failure> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        // A module is code, and a file from somebody else must not name code to run.
        if is_signer_uri(key) {
            return Err(Failure::rejected(format!(
                "the key of a profile must be a file, and {FILE} has a URI"
            ))
            .with_hint("pass --url, --key and --partner-id"));
        }
        require_in_folder(key)?;
        Ok(Some(key.clone()))
    }
}

/// Rejects a key outside the current folder, also by a link: a file from somebody else could
/// otherwise pair its URL with a key of the user's.
pub(crate) fn require_in_folder(key: &Path) -> Result<(), Failure> {
    let outside = || {
        Failure::rejected(format!(
            "the key of a profile must be in the folder of {FILE}, and {} is not",
            key.display()
        ))
        .with_hint("move the key there, or pass --url, --key and --partner-id")
    };
    let is_below = key
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_below {
        return Err(outside());
    }
    // A key that does not exist is reported when it is read.
    let Ok(resolved) = key.canonicalize() else {
        return Ok(());
    };
    let folder = env::current_dir()
        .and_then(|folder| folder.canonicalize())
        .map_err(|error| Failure::failed(format!("failed to read the current folder: {error}")))?;
    // A folder of keys must not link to files elsewhere either.
    let entries = fs::read_dir(&resolved).into_iter().flatten().flatten();
    let all = entries
        .map(|entry| entry.path().canonicalize())
        .chain([Ok(resolved)]);
    for path in all {
        // A link that leads nowhere is reported when it is read.
        if path.is_ok_and(|path| !path.starts_with(&folder)) {
            return Err(outside());
        }
    }
    Ok(())
}

/// A value of the caller: an option, or its variable.
#[derive(Clone, Copy)]
pub(crate) struct Given {
    option: &'static str,
    variable: &'static str,
    pub(crate) is_set: bool,
}

impl Given {
    pub(crate) fn new(option: &'static str, variable: &'static str, is_set: bool) -> Self {
        Self {
            option,
            variable,
            is_set,
        }
    }
}

/// Shows the variable if it is set, or else the option.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match env::var_os(self.variable) {
            Some(_) => self.variable,
            None => self.option,
        })
    }
}
