//! The schemas that the service issues, each with its source of claims.

use std::{collections::HashSet, fs, io::Read, path::Path, sync::Arc, time::Duration};

use air_fetch::Proxy;
use air_schema::{CredentialSchema, Validator};
use air_vc::{ClaimPath, Integrity};

use super::{
    ConfigError, Environment,
    environment::read_secret,
    file::{ClaimsSection, SchemaSection, SqlSection},
};
use crate::claims::{ClaimRules, ClaimSource, Hook, Sql, Table, TableError};

/// The maximum size of a schema or of a type's metadata.
const LIMIT: u64 = 256 * 1024;

/// A schema that the service issues.
#[derive(Debug)]
pub struct SchemaConfig {
    pub(crate) id: String,
    pub(crate) vct: String,
    pub(crate) vct_integrity: Option<Integrity>,
    pub(crate) valid_for: Duration,
    pub(crate) always_visible: Vec<ClaimPath>,
    /// The attributes, for the metadata that wallets read.
    #[cfg(feature = "openid4vc")]
    pub(crate) form: CredentialSchema,
    pub(crate) validator: Arc<Validator>,
    pub(crate) source: Option<Arc<dyn ClaimSource>>,
}

impl SchemaConfig {
    /// A schema whose credentials are valid for `valid_for` and whose claims come from `source`. `vct` is the
    /// schema's id.
    ///
    /// # Errors
    /// [`air_schema::Error`] if a pattern of the schema can't be compiled.
    pub fn new(
        id: impl Into<String>,
        schema: &CredentialSchema,
        valid_for: Duration,
        source: Arc<dyn ClaimSource>,
    ) -> Result<Self, air_schema::Error> {
        let id = id.into();
        Ok(Self {
            vct: id.clone(),
            id,
            vct_integrity: None,
            valid_for,
            always_visible: Vec::new(),
            #[cfg(feature = "openid4vc")]
            form: schema.clone(),
            validator: Arc::new(Validator::new(schema)?),
            source: Some(source),
        })
    }

    /// Sets `vct`, the credential's type.
    #[must_use]
    pub fn with_vct(mut self, vct: impl Into<String>) -> Self {
        self.vct = vct.into();
        self
    }
}

/// The surroundings of the sources of claims.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    /// The folder of relative paths.
    pub(super) folder: &'a Path,
    pub(super) environment: &'a Environment,
    /// The proxy of hooks.
    pub(super) proxy: Option<&'a Proxy>,
}

pub(super) fn read_all(
    sections: &[SchemaSection],
    sources: Sources<'_>,
) -> Result<Vec<SchemaConfig>, ConfigError> {
    let mut seen = HashSet::new();
    sections
        .iter()
        .map(|section| {
            if !seen.insert(section.id.as_str()) {
                let name = format!("schemas.{}", section.id);
                return Err(ConfigError::invalid(name, "two schemas have this id; remove one"));
            }
            read(section, sources)
        })
        .collect()
}

fn read(section: &SchemaSection, sources: Sources<'_>) -> Result<SchemaConfig, ConfigError> {
    let folder = sources.folder;
    let name = |member: &str| format!("schemas.{}.{member}", section.id);
    if section.id.is_empty()
        || section.id.len() > 255
        || !section.id.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(ConfigError::invalid(
            "schemas.id",
            "must be the schema's id on the platform: 1 to 255 visible ASCII characters",
        ));
    }
    let document = read_bytes(&name("document"), &folder.join(&section.document))?;
    let schema = CredentialSchema::from_form_or_json_schema(&document)
        .map_err(|error| ConfigError::invalid(name("document"), error.to_string()))?;
    let validator =
        Validator::new(&schema).map_err(|error| ConfigError::invalid(name("document"), error.to_string()))?;
    let validator = Arc::new(validator);
    let vct_integrity = section
        .vct_document
        .as_ref()
        .map(|path| read_bytes(&name("vct-document"), &folder.join(path)))
        .transpose()?
        .map(|document| Integrity::of(&document));
    let mut always_visible = Vec::with_capacity(section.always_visible.len());
    for attribute in &section.always_visible {
        if !schema
            .attributes()
            .iter()
            .any(|known| known.name().as_str() == attribute)
        {
            return Err(ConfigError::invalid(
                name("always-visible"),
                format!("the schema has no attribute `{attribute}`; correct the name"),
            ));
        }
        always_visible.push(ClaimPath::named(attribute.as_str()));
    }
    let source = section
        .claims
        .as_ref()
        .map(|claims| {
            let rules = ClaimRules::new(schema.clone(), validator.clone());
            source(claims, &name("claims"), Arc::new(rules), sources)
        })
        .transpose()?;
    Ok(SchemaConfig {
        vct: section.vct.clone().unwrap_or_else(|| section.id.clone()),
        id: section.id.clone(),
        vct_integrity,
        valid_for: section.valid_for.duration(),
        always_visible,
        #[cfg(feature = "openid4vc")]
        form: schema,
        validator,
        source,
    })
}

fn source(
    claims: &ClaimsSection,
    name: &str,
    rules: Arc<ClaimRules>,
    sources: Sources<'_>,
) -> Result<Arc<dyn ClaimSource>, ConfigError> {
    let folder = sources.folder;
    match (&claims.table, &claims.hook, &claims.sql) {
        (Some(table), None, None) => {
            let table = Table::open_conforming(folder.join(table), rules).map_err(|error| match error {
                TableError::Read { path, source } => ConfigError::File {
                    name: name.to_owned(),
                    path,
                    source,
                },
                error => ConfigError::invalid(name, error.to_string()),
            })?;
            Ok(Arc::new(table))
        }
        (None, Some(hook), None) => {
            let secret = read_secret(name, &folder.join(&hook.secret_file))?;
            let mut source = Hook::new(&hook.url, &secret)
                .map_err(|error| ConfigError::invalid(name, error.to_string()))?;
            if let Some(proxy) = sources.proxy {
                source = source
                    .with_proxy(proxy)
                    .map_err(|error| ConfigError::invalid(name, error.to_string()))?;
            }
            if let Some(timeout) = hook.timeout {
                source = source.with_timeout(timeout.duration());
            }
            Ok(Arc::new(source))
        }
        (None, None, Some(sql)) => sql_source(sql, name, rules, sources),
        _ => Err(ConfigError::invalid(
            name,
            "name one source: `table`, `hook` or `sql`",
        )),
    }
}

fn sql_source(
    section: &SqlSection,
    name: &str,
    rules: Arc<ClaimRules>,
    sources: Sources<'_>,
) -> Result<Arc<dyn ClaimSource>, ConfigError> {
    let url = match (&section.url_file, &section.url_env) {
        (Some(file), None) => read_secret(name, &sources.folder.join(file))?,
        (None, Some(variable)) => sources
            .environment
            .named(variable)
            .ok_or_else(|| ConfigError::missing(variable, "set it to the URL of the database of claims"))?,
        _ => {
            return Err(ConfigError::invalid(
                name,
                "name the place of the database's URL: `url-file` or `url-env`",
            ));
        }
    };
    let mut source = Sql::new(&url, &section.query)
        .map_err(|error| ConfigError::invalid(name, error.to_string()))?
        .with_rules(rules);
    if let Some(timeout) = section.timeout {
        source = source.with_timeout(timeout.duration());
    }
    if let Some(connections) = section.connections {
        source = source.with_connections(connections);
    }
    Ok(Arc::new(source))
}

fn read_bytes(name: &str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    let failed = |source| ConfigError::File {
        name: name.to_owned(),
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > LIMIT {
        return Err(ConfigError::invalid(
            name,
            "the file is longer than 256 KiB; name the right file",
        ));
    }
    Ok(bytes)
}
