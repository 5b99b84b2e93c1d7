//! The schemas that the service issues, each with its source of claims.

use std::{collections::HashSet, fs, io::Read, path::Path, sync::Arc, time::Duration};

use air_schema::{CredentialSchema, Validator};
use air_vc::{ClaimPath, Integrity};

use super::{
    ConfigError,
    environment::read_secret,
    file::{ClaimsSection, SchemaSection},
};
use crate::claims::{ClaimSource, Hook, Table};

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
    pub(crate) validator: Validator,
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
            validator: Validator::new(schema)?,
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

pub(super) fn read_all(sections: &[SchemaSection], folder: &Path) -> Result<Vec<SchemaConfig>, ConfigError> {
    let mut seen = HashSet::new();
    sections
        .iter()
        .map(|section| {
            if !seen.insert(section.id.as_str()) {
                let name = format!("schemas.{}", section.id);
                return Err(ConfigError::invalid(name, "two schemas have this id; remove one"));
            }
            read(section, folder)
        })
        .collect()
}

fn read(section: &SchemaSection, folder: &Path) -> Result<SchemaConfig, ConfigError> {
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
        .map(|claims| source(claims, &name("claims"), folder))
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

fn source(claims: &ClaimsSection, name: &str, folder: &Path) -> Result<Arc<dyn ClaimSource>, ConfigError> {
    match (&claims.table, &claims.hook) {
        (Some(table), None) => {
            let table = Table::open(folder.join(table))
                .map_err(|error| ConfigError::invalid(name, error.to_string()))?;
            Ok(Arc::new(table))
        }
        (None, Some(hook)) => {
            let secret = read_secret(name, &folder.join(&hook.secret_file))?;
            let mut source = Hook::new(&hook.url, &secret)
                .map_err(|error| ConfigError::invalid(name, error.to_string()))?;
            if let Some(timeout) = hook.timeout {
                source = source.with_timeout(timeout.duration());
            }
            Ok(Arc::new(source))
        }
        _ => Err(ConfigError::invalid(name, "name one source: `table` or `hook`")),
    }
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
