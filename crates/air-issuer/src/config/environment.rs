//! The environment variables of the vendor's service. A secret may also be in a file that
//! `<NAME>_FILE` names.

use std::{collections::BTreeMap, fmt, fs, io::Read, path::Path};

use zeroize::Zeroizing;

use super::ConfigError;

/// The maximum size of a secret's file.
const SECRET_LIMIT: u64 = 64 * 1024;
/// The size of the buffer of a secret.
const SECRET_CAPACITY: usize = 66 * 1024;

/// The PIN of tokens whose URI has no `pin-source`.
pub(super) const PIN: &str = "AIR_PKCS11_PIN";
/// The bearer token of signing services.
pub(super) const BEARER: &str = "AIR_SIGNER_TOKEN";

/// The variables that this service reads, apart from their `_FILE` forms.
pub(super) const KNOWN: &[&str] = &[
    "DATABASE_URL",
    "ISSUER_ORIGIN",
    "NODE_ENV",
    "AIR_API_ORIGIN",
    "MOCA_CHAIN_API_ORIGIN",
    "PARTNER_ID",
    "PARTNER_PRIVATE_KEY_DER",
    "PARTNER_PRIVATE_KEY_KID",
    "PARTNER_PRIVATE_KEY_ALG",
    "PARTNER_JWKS",
    "SD_JWT_JWKS",
    "API_KEY",
    "ADMIN_API_KEY",
    "SD_JWT_TSL_PARTITION_SIZE",
    "SD_JWT_HASH_ALG",
    "IDEN3_ISSUER_DID",
    "PORT",
    PIN,
    BEARER,
    "HTTPS_PROXY",
    "SOCKS5_PROXY",
    "NO_PROXY",
];

/// The vendor's variables that have no effect here, with the reason.
pub(super) const IGNORED: &[(&str, &str)] = &[
    ("SEED", "this service has no iden3 issuer"),
    ("IDEN3_METHOD", "this service has no iden3 issuer"),
    ("IDEN3_BLOCKCHAIN", "this service has no iden3 issuer"),
    ("IDEN3_NETWORK_ID", "this service has no iden3 issuer"),
];

/// Environment variables. `Debug` shows their names only.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, Zeroizing<String>>,
    /// Whether variables that the configuration names are read from the process.
    is_process: bool,
}

impl Environment {
    /// Copies the process's variables that the service reads.
    #[must_use]
    pub fn from_process() -> Self {
        let known = KNOWN
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("{name}_FILE")]);
        let ignored = IGNORED.iter().map(|(name, _)| (*name).to_owned());
        let values = known.chain(ignored).filter_map(|name| {
            let value = std::env::var(&name).ok()?;
            Some((name, value))
        });
        Self {
            is_process: true,
            ..Self::new(values)
        }
    }

    /// Variables that are not the process's own.
    #[must_use]
    pub fn new<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values.into_iter();
        Self {
            values: values
                .map(|(name, value)| (name.into(), Zeroizing::new(value.into())))
                .collect(),
            is_process: false,
        }
    }

    /// A variable. An empty one counts as unset.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A variable whose name the configuration chose. An empty one counts as unset.
    pub(super) fn named(&self, name: &str) -> Option<Zeroizing<String>> {
        let ours = self.get(name).map(|value| Zeroizing::new(value.to_owned()));
        ours.or_else(|| {
            let value = self.is_process.then(|| std::env::var(name).ok()).flatten()?;
            let value = Zeroizing::new(value);
            (!value.trim().is_empty()).then(|| Zeroizing::new(value.trim().to_owned()))
        })
    }

    pub(super) fn is_empty_text(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value.trim().is_empty())
    }

    /// The content of the variable, or of the file that `<name>_FILE` names.
    pub(super) fn secret(&self, name: &str) -> Result<Option<Zeroizing<String>>, ConfigError> {
        let file = format!("{name}_FILE");
        match (self.get(name), self.get(&file)) {
            (Some(_), Some(_)) => Err(ConfigError::invalid(
                name,
                format!("`{file}` is set too; remove one of the two"),
            )),
            (Some(value), None) => Ok(Some(Zeroizing::new(value.to_owned()))),
            (None, Some(path)) => read_secret(&file, Path::new(path)).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The variables that name files of secrets, with their paths.
    pub(super) fn secret_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.values.keys().filter(|name| name.ends_with("_FILE"));
        names.filter_map(move |name| Some((name.as_str(), self.get(name)?)))
    }
}

/// Reads the file of a secret, without the white space around it.
pub(super) fn read_secret(name: &str, path: &Path) -> Result<Zeroizing<String>, ConfigError> {
    let failed = |source| ConfigError::File {
        name: name.to_owned(),
        path: path.to_owned(),
        source,
    };
    // A device or a pipe has no length, so the content is bounded. The buffer does not grow: a copy would stay in memory.
    let mut text = Zeroizing::new(String::with_capacity(SECRET_CAPACITY));
    let file = fs::File::open(path).map_err(failed)?;
    file.take(SECRET_LIMIT + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > SECRET_LIMIT {
        return Err(ConfigError::invalid(
            name,
            "the file is longer than 64 KiB; name the file of the secret",
        ));
    }
    if text.trim().is_empty() {
        return Err(ConfigError::invalid(
            name,
            "the file is empty; write the secret to it",
        ));
    }
    Ok(Zeroizing::new(text.trim().to_owned()))
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
