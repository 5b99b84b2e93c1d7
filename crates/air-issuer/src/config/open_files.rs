//! Warnings about files of secrets that every user of the machine can read.

use std::path::{Path, PathBuf};

use super::{
    Environment,
    file::{File, SchemaSection},
    key_section::{KeyList, KeySection},
};

/// A warning for each file of a secret that every user can read. Rights of the group are no reason for one: the service's
/// group may own the files.
pub(super) fn find(environment: &Environment, file: &File, folder: &Path) -> Vec<String> {
    let variables = environment
        .secret_files()
        .map(|(name, path)| (name.to_owned(), PathBuf::from(path)));
    let keys = [
        ("keys.tokens", &file.keys.tokens),
        ("keys.credentials", &file.keys.credentials),
        ("keys.status-lists", &file.keys.status_lists),
    ];
    let keys = keys.into_iter().flat_map(|(name, keys)| of_keys(name, keys));
    let schemas = file.schemas.iter().flat_map(of_schema);
    let webhook = file.webhook.iter();
    let webhook = webhook.map(|webhook| ("webhook".to_owned(), webhook.secret_file.clone()));
    let relative = keys.chain(schemas).chain(webhook);
    let secrets = variables.chain(relative.map(|(name, path)| (name, folder.join(path))));
    let mut open: Vec<(String, PathBuf)> = Vec::new();
    for (name, path) in secrets {
        if is_open(&path) && open.iter().all(|(_, known)| *known != path) {
            open.push((name, path));
        }
    }
    let warning = |(name, path): &(String, PathBuf)| {
        let path = path.display();
        format!("every user of this machine can read `{path}`, the file of `{name}`; run `chmod o= {path}`")
    };
    open.iter().map(warning).collect()
}

fn of_keys(name: &str, keys: &KeyList) -> Vec<(String, PathBuf)> {
    let files = keys.0.iter().flat_map(|key| {
        let files = [key.file.clone(), key.token_file.clone(), pin_file(key)];
        files.into_iter().flatten()
    });
    files.map(|file| (name.to_owned(), file)).collect()
}

/// The file of a token's PIN.
#[cfg(feature = "signers")]
fn pin_file(key: &KeySection) -> Option<PathBuf> {
    let uri = key.pkcs11.as_deref()?.parse::<air_signers::Pkcs11Uri>().ok()?;
    uri.pin_file().map(Path::to_owned)
}

#[cfg(not(feature = "signers"))]
fn pin_file(_: &KeySection) -> Option<PathBuf> {
    None
}

/// The files of the secret of a hook, and of the URL of a database of claims.
fn of_schema(schema: &SchemaSection) -> Vec<(String, PathBuf)> {
    let Some(claims) = &schema.claims else {
        return Vec::new();
    };
    let secret = claims.hook.as_ref().map(|hook| hook.secret_file.clone());
    let url = claims.sql.as_ref().and_then(|sql| sql.url_file.clone());
    let files = [secret, url].into_iter().flatten();
    files
        .map(|file| (format!("schemas.{}.claims", schema.id), file))
        .collect()
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::{fs, os::unix::fs::PermissionsExt};

    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
