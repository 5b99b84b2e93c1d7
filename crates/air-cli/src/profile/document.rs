//! `air.toml`: read into types, and edited in place, so that comments stay.

use std::{
    collections::BTreeMap,
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
};

use air_api::{IssuerDid, PartnerId, ProgramId, VerificationProgramId};
use air_jwt::Kid;
use air_ledger::evm::{Address, KeccakHash};
use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Table, value};

use super::{Chain, FILE, Profile, ProfileName};
use crate::{
    exit::Failure,
    files::{self, Audience},
};

/// The comment at the top of a new file.
const COMMENT: &str = "# Profiles of `air`: the values that commands in this folder use by default.\n\n";

/// The file's content.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Content {
    /// The selected profile.
    r#use: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Entry>,
}

/// A profile as the file has it. Its members are named after the options.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) url: String,
    pub(crate) partner_id: Option<String>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) kid: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) chain_id: Option<u64>,
    pub(crate) contract: Option<String>,
    pub(crate) code_hash: Option<String>,
    #[serde(default)]
    pub(crate) programs: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) verification_programs: BTreeMap<String, String>,
}

/// The file, for reading and for editing.
pub(crate) struct Document {
    text: DocumentMut,
    content: Content,
}

impl Document {
    /// Reads the file of the current folder; `None` if there is none.
    pub(crate) fn load() -> Result<Option<Self>, Failure> {
        let path = Path::new(FILE);
        if !path.exists() {
            return Ok(None);
        }
        Self::parse(&files::read_text(path)?).map(Some)
    }

    /// A file without profiles.
    pub(crate) fn new() -> Result<Self, Failure> {
        Self::parse(&format!("{COMMENT}use = \"\"\n"))
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let invalid = |reason: &str| Failure::rejected(format!("{FILE}: {reason}"));
        let text: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| invalid(error.message()))?;
        // Version 1 has no `version`.
        if let Some(version) = text.get("version").and_then(Item::as_integer) {
            let version = u64::try_from(version).unwrap_or_default();
            return Err(files::later_version(Path::new(FILE), version));
        }
        let content = toml_edit::de::from_document(text.clone())
            .map_err(|error: toml_edit::de::Error| invalid(error.message()))?;
        Ok(Self { text, content })
    }

    pub(crate) fn has(&self, name: &ProfileName) -> bool {
        self.content.profiles.contains_key(name.as_str())
    }

    /// The profile with this name; without one, the selected profile, or the only one.
    pub(crate) fn profile(&self, name: Option<&ProfileName>) -> Result<Profile, Failure> {
        let name = match (name, &self.content.r#use) {
            (Some(name), _) => name.as_str(),
            (None, Some(name)) => name,
            (None, None) => self.only()?,
        };
        match self.content.profiles.get(name) {
            Some(entry) => entry.parse(name),
            None => Err(self.advise(Failure::failed(format!("{FILE} has no profile `{name}`")))),
        }
    }

    fn only(&self) -> Result<&str, Failure> {
        let mut names = self.content.profiles.keys();
        match (names.next(), names.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => {
                Err(Failure::failed(format!("{FILE} has no profile"))
                    .with_hint("run `air init` to create one"))
            }
            (Some(_), Some(_)) => Err(self.advise(Failure::usage(format!("{FILE} selects no profile")))),
        }
    }

    fn advise(&self, failure: Failure) -> Failure {
        let names: Vec<&str> = self.content.profiles.keys().map(String::as_str).collect();
        failure.with_hint(format!(
            "run `air use PROFILE` to select one of: {}",
            names.join(", ")
        ))
    }

    /// Adds or replaces a profile, and selects it.
    pub(crate) fn insert(&mut self, name: &ProfileName, entry: &Entry) -> Result<(), Failure> {
        self.select(name);
        let profiles = self
            .text
            .entry("profiles")
            .or_insert_with(implicit)
            .as_table_mut()
            .ok_or_else(|| {
                Failure::rejected(format!(
                    "{FILE}: `profiles` must be tables, such as [profiles.{name}]"
                ))
            })?;
        profiles.insert(name.as_str(), Item::Table(entry.to_table()));
        Ok(())
    }

    /// Adds an id under a name to a section of a profile.
    pub(crate) fn name(&mut self, profile: &str, section: &str, name: &str, id: &str) -> Result<(), Failure> {
        let section = self
            .text
            .get_mut("profiles")
            .and_then(|profiles| profiles.get_mut(profile))
            .and_then(Item::as_table_like_mut)
            .and_then(|profile| {
                let table = || Item::Table(Table::new());
                profile.entry(section).or_insert_with(table).as_table_like_mut()
            })
            .ok_or_else(|| {
                Failure::rejected(format!(
                    "{FILE}: the profile `{profile}` or its `{section}` is not a table"
                ))
            })?;
        section.insert(name, value(id));
        Ok(())
    }

    /// Selects the profile of later commands.
    pub(crate) fn select(&mut self, name: &ProfileName) {
        self.text["use"] = value(name.as_str());
    }

    /// Replaces the file.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        let text = self.text.to_string();
        files::write(Path::new(FILE), text.as_bytes(), Audience::Everyone)
    }
}

/// A table that is written only as the prefix of others.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

impl Entry {
    fn parse(&self, name: &str) -> Result<Profile, Failure> {
        let reader = Reader { name };
        Ok(Profile {
            name: name.to_owned(),
            url: self.url.clone(),
            partner_id: reader.optional::<PartnerId>("partner-id", self.partner_id.as_ref())?,
            key: self.key.clone(),
            kid: reader.optional::<Kid>("kid", self.kid.as_ref())?,
            issuer: reader.optional::<IssuerDid>("issuer", self.issuer.as_ref())?,
            chain: self.chain(&reader)?,
            programs: reader.ids::<ProgramId>("programs", &self.programs)?,
            verification_programs: reader
                .ids::<VerificationProgramId>("verification-programs", &self.verification_programs)?,
        })
    }

    fn chain(&self, reader: &Reader<'_>) -> Result<Option<Chain>, Failure> {
        let contract = reader.optional::<Address>("contract", self.contract.as_ref())?;
        let code_hash = reader.optional::<KeccakHash>("code-hash", self.code_hash.as_ref())?;
        match (self.chain_id, contract) {
            (Some(id), Some(contract)) => Ok(Some(Chain {
                id,
                contract,
                code_hash,
            })),
            (None, None) if code_hash.is_none() => Ok(None),
            _ => Err(Failure::rejected(format!(
                "{FILE}, profile `{}`: `chain-id` and `contract` belong together, and `code-hash` needs both",
                reader.name
            ))),
        }
    }

    fn to_table(&self) -> Table {
        let mut table = Table::new();
        table.insert("url", value(&self.url));
        let key = self.key.as_ref().map(|key| key.display().to_string());
        if let Some(id) = self.chain_id.and_then(|id| i64::try_from(id).ok()) {
            table.insert("chain-id", value(id));
        }
        for (name, text) in [
            ("partner-id", &self.partner_id),
            ("key", &key),
            ("kid", &self.kid),
            ("issuer", &self.issuer),
            ("contract", &self.contract),
            ("code-hash", &self.code_hash),
        ] {
            if let Some(text) = text {
                table.insert(name, value(text));
            }
        }
        for (name, ids) in [
            ("programs", &self.programs),
            ("verification-programs", &self.verification_programs),
        ] {
            if !ids.is_empty() {
                let ids: Table = ids.iter().map(|(name, id)| (name, value(id))).collect();
                table.insert(name, Item::Table(ids));
            }
        }
        table
    }
}

/// Parses the values of a profile, and names the one that is invalid.
struct Reader<'a> {
    name: &'a str,
}

impl Reader<'_> {
    fn optional<T: FromStr<Err: Display>>(
        &self,
        member: &str,
        text: Option<&String>,
    ) -> Result<Option<T>, Failure> {
        text.map(|text| self.one(member, text)).transpose()
    }

    fn ids<T: FromStr<Err: Display>>(
        &self,
        member: &str,
        ids: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, T>, Failure> {
        ids.iter()
            .map(|(name, id)| Ok((name.clone(), self.one(&format!("{member}.{name}"), id)?)))
            .collect()
    }

    fn one<T: FromStr<Err: Display>>(&self, member: &str, text: &str) -> Result<T, Failure> {
        text.parse().map_err(|error: T::Err| {
            Failure::rejected(format!("{FILE}, profile `{}`: `{member}`: {error}", self.name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_keeps_comments_and_other_profiles() {
        let before = "# ours\nuse = \"a\" # chosen\n\n[profiles.a]\nurl = \"http://127.0.0.1:1\" # local\n";
        let mut document = Document::parse(before).unwrap();
        let name: ProfileName = "b".parse().unwrap();
        let entry = Entry {
            url: "https://air.example".into(),
            partner_id: Some("p".into()),
            key: Some("key.pem".into()),
            kid: None,
            issuer: None,
            chain_id: None,
            contract: None,
            code_hash: None,
            programs: [("a b".to_owned(), "id".to_owned())].into(),
            verification_programs: BTreeMap::new(),
        };
        document.insert(&name, &entry).unwrap();
        let after = document.text.to_string();
        for line in [
            "# ours",
            "url = \"http://127.0.0.1:1\" # local",
            "use = \"b\"",
            "\"a b\" = \"id\"",
        ] {
            assert!(after.contains(line), "{line}: {after}");
        }
        let profile = Document::parse(&after).unwrap().profile(None).unwrap();
        assert_eq!(
            (profile.name.as_str(), profile.programs["a b"].as_str()),
            ("b", "id")
        );
    }

    #[test]
    fn a_file_with_an_unknown_or_invalid_member_is_rejected() {
        for (text, reason) in [
            ("use = 1", "invalid type"),
            (
                "[profiles.a]\nurl = \"u\"\ntoken = \"t\"",
                "unknown field `token`",
            ),
            ("[profiles.a]", "missing field `url`"),
            ("[profiles.a", "table"),
        ] {
            let failure = Document::parse(text).err().unwrap();
            assert!(
                failure.message().contains(reason),
                "{text}: {}",
                failure.message()
            );
        }
        let text = "[profiles.a]\nurl = \"u\"\n[profiles.a.programs]\nkyc = \"a b\"";
        let failure = Document::parse(text).unwrap().profile(None).unwrap_err();
        assert!(
            failure.message().contains("`programs.kyc`"),
            "{}",
            failure.message()
        );
    }
}
