//! PKCS#11 URIs (RFC 7512).

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::{Error, percent};

const SCHEME: &str = "pkcs11:";
/// The maximum length of a token's label in bytes (PKCS#11 3.1, 3.2).
const LABEL_LIMIT: usize = 32;
/// The maximum length of a key's label and id in bytes.
const OBJECT_LIMIT: usize = 255;

/// The URI of a key in a token (RFC 7512), such as
/// `pkcs11:token=issuer;object=tokens?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/air/pin`.
///
/// * `token` (label) or `serial` selects the token. With both, both must match.
/// * `object` (label) or `id` selects the key. With both, both must match.
/// * `module-path` is the module's file.
/// * `pin-source` is the PIN's file: `file:/etc/air/pin`, or its path alone.
///
/// Other attributes are refused, as is `pin-value`: URIs are shown and logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pkcs11Uri {
    pub(super) token: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) object: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    module: PathBuf,
    pin_file: Option<PathBuf>,
}

impl Pkcs11Uri {
    /// Creates a URI from the label of the token, the label of the key and the file of the module.
    ///
    /// # Errors
    /// [`Error::InvalidUri`] for an empty or too long label.
    pub fn new(
        token: impl Into<String>,
        object: impl Into<String>,
        module: impl Into<PathBuf>,
    ) -> Result<Self, Error> {
        Self {
            token: Some(token.into()),
            serial: None,
            object: Some(object.into()),
            id: None,
            module: module.into(),
            pin_file: None,
        }
        .checked()
    }

    /// Sets the file of the PIN (`pin-source`).
    #[must_use]
    pub fn with_pin_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.pin_file = Some(path.into());
        self
    }

    /// The file of the module (`module-path`).
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The file of the PIN (`pin-source`).
    #[must_use]
    pub fn pin_file(&self) -> Option<&Path> {
        self.pin_file.as_deref()
    }

    /// The token's name in messages.
    pub(super) fn token_name(&self) -> String {
        let name = self.token.as_ref().or(self.serial.as_ref());
        name.cloned().unwrap_or_default()
    }

    /// The key's name in messages.
    pub(super) fn key_name(&self) -> String {
        match (&self.object, &self.id) {
            (Some(label), _) => label.clone(),
            (None, Some(id)) => hex::encode(id),
            (None, None) => String::new(),
        }
    }

    fn checked(self) -> Result<Self, Error> {
        let is_in = |text: &Option<String>, limit| {
            text.as_ref()
                .is_none_or(|text| (1..=limit).contains(&text.len()) && !text.chars().any(char::is_control))
        };
        if self.token.is_none() && self.serial.is_none() {
            return Err(invalid("it must have `token` or `serial`"));
        }
        if self.object.is_none() && self.id.is_none() {
            return Err(invalid("it must have `object` or `id`"));
        }
        if !is_in(&self.token, LABEL_LIMIT) || !is_in(&self.serial, LABEL_LIMIT) {
            return Err(invalid("`token` and `serial` must have 1 to 32 bytes"));
        }
        let is_id_in = self
            .id
            .as_ref()
            .is_none_or(|id| (1..=OBJECT_LIMIT).contains(&id.len()));
        if !is_in(&self.object, OBJECT_LIMIT) || !is_id_in {
            return Err(invalid("`object` and `id` must have 1 to 255 bytes"));
        }
        if self.module.as_os_str().is_empty() {
            return Err(invalid("it must have `module-path`"));
        }
        Ok(self)
    }
}

impl FromStr for Pkcs11Uri {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let rest = text
            .strip_prefix(SCHEME)
            .ok_or_else(|| invalid("it must start with `pkcs11:`"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut token, mut serial, mut object, mut id) = (None, None, None, None);
        let (mut module, mut pin_source) = (None, None);
        for (name, value) in attributes(path, ';')? {
            match name {
                "token" => once(&mut token, name, text_of(name, value)?)?,
                "serial" => once(&mut serial, name, text_of(name, value)?)?,
                "object" => once(&mut object, name, text_of(name, value)?)?,
                "id" => {
                    let bytes = percent::decode(value).ok_or_else(|| undecodable(name))?;
                    once(&mut id, name, bytes)?;
                }
                "type" if value == "private" => {}
                _ => return Err(unsupported(name)),
            }
        }
        for (name, value) in attributes(query, '&')? {
            match name {
                "module-path" => once(&mut module, name, text_of(name, value)?)?,
                "pin-source" => once(&mut pin_source, name, text_of(name, value)?)?,
                "pin-value" => {
                    return Err(invalid(
                        "`pin-value` is not allowed, since URIs are shown and logged; use `pin-source`",
                    ));
                }
                _ => return Err(unsupported(name)),
            }
        }
        Self {
            token,
            serial,
            object,
            id,
            module: module.map(PathBuf::from).unwrap_or_default(),
            pin_file: pin_source.as_deref().map(pin_file).transpose()?,
        }
        .checked()
    }
}

impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name: &str, value: &Option<String>| {
            value
                .as_ref()
                .map(|value| format!("{name}={}", percent::encode(value.as_bytes(), b"")))
        };
        let id = self
            .id
            .as_ref()
            .map(|id| format!("id={}", percent::encode_all(id)));
        let path: Vec<String> = [
            text("token", &self.token),
            text("serial", &self.serial),
            text("object", &self.object),
            id,
        ]
        .into_iter()
        .flatten()
        .collect();
        let encoded = |path: &Path| percent::encode(path.to_string_lossy().as_bytes(), b"/:");
        write!(
            f,
            "{SCHEME}{}?module-path={}",
            path.join(";"),
            encoded(&self.module)
        )?;
        match &self.pin_file {
            Some(file) => write!(f, "&pin-source=file:{}", encoded(file)),
            None => Ok(()),
        }
    }
}

/// Splits `name=value` pairs.
fn attributes(text: &str, separator: char) -> Result<Vec<(&str, &str)>, Error> {
    text.split(separator)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            pair.split_once('=')
                .ok_or_else(|| invalid("each attribute must have the form `name=value`"))
        })
        .collect()
}

fn once<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), Error> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(invalid(&format!("`{name}` must occur once"))),
    }
}

fn text_of(name: &str, value: &str) -> Result<String, Error> {
    percent::decode_text(value).ok_or_else(|| undecodable(name))
}

/// The file that `pin-source` names: a path, or a `file:` URI without a host (RFC 8089).
fn pin_file(source: &str) -> Result<PathBuf, Error> {
    let path = match source.strip_prefix("file:") {
        None => Some(source).filter(|path| !path.starts_with('|')),
        Some(uri) => match uri.strip_prefix("//") {
            None => Some(uri),
            Some(path) => Some(path).filter(|path| path.starts_with('/')),
        },
    };
    match path {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(invalid(
            "`pin-source` must be a file, such as `file:/etc/air/pin`",
        )),
    }
}

fn invalid(reason: &str) -> Error {
    Error::InvalidUri {
        reason: reason.to_owned(),
    }
}

fn undecodable(name: &str) -> Error {
    invalid(&format!("the value of `{name}` is not percent-encoded UTF-8"))
}

/// The name of an attribute is shown only if it is plain: it could be a part of a secret.
fn unsupported(name: &str) -> Error {
    let is_plain = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_plain {
        invalid(&format!("the attribute `{name}` is not supported"))
    } else {
        invalid("it has an attribute that is not supported")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Pkcs11Uri, Error> {
        text.parse()
    }

    #[test]
    fn reads_each_attribute() {
        let uri = parse(
            "pkcs11:token=The%20Software;serial=d0;object=my-key;id=%69%95;type=private?module-path=/lib/m.so&pin-source=file:/etc/pin",
        )
        .unwrap();
        assert_eq!(uri.token.as_deref(), Some("The Software"));
        assert_eq!(uri.serial.as_deref(), Some("d0"));
        assert_eq!(uri.object.as_deref(), Some("my-key"));
        assert_eq!(uri.id.as_deref(), Some(&[0x69, 0x95][..]));
        assert_eq!(uri.module(), Path::new("/lib/m.so"));
        assert_eq!(uri.pin_file(), Some(Path::new("/etc/pin")));
    }

    #[test]
    fn what_is_shown_reads_back() {
        for text in [
            "pkcs11:token=a;object=b?module-path=/m.so",
            "pkcs11:serial=a%3B%26%3D;id=%00%FF?module-path=/m%20.so&pin-source=file:/p%26n",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        let made = Pkcs11Uri::new("tök; en", "k=1&2", "/m?.so")
            .unwrap()
            .with_pin_file("relative/pin");
        assert_eq!(parse(&made.to_string()).unwrap(), made);
    }

    #[test]
    fn accepts_the_forms_of_pin_source() {
        for (source, file) in [
            ("file:/etc/pin", "/etc/pin"),
            ("file:///etc/pin", "/etc/pin"),
            ("file:pin", "pin"),
            ("/etc/pin", "/etc/pin"),
        ] {
            let uri = parse(&format!(
                "pkcs11:token=a;object=b?module-path=/m&pin-source={source}"
            ))
            .unwrap();
            assert_eq!(uri.pin_file(), Some(Path::new(file)), "{source}");
        }
    }

    #[test]
    fn names_the_rule_that_a_uri_breaks() {
        let long = "x".repeat(33);
        for (text, rule) in [
            ("https://a", "start with"),
            ("pkcs11:", "`token` or `serial`"),
            ("pkcs11:token=a?module-path=/m", "`object` or `id`"),
            ("pkcs11:token=a;object=b", "`module-path`"),
            ("pkcs11:token=a;object=b?module-path=", "`module-path`"),
            ("pkcs11:token=;object=b?module-path=/m", "32 bytes"),
            (
                &format!("pkcs11:token={long};object=b?module-path=/m"),
                "32 bytes",
            ),
            ("pkcs11:token=a;token=a;object=b?module-path=/m", "once"),
            (
                "pkcs11:token=a;object=b;model=c?module-path=/m",
                "`model` is not supported",
            ),
            (
                "pkcs11:token=a;object=b?module-name=m",
                "`module-name` is not supported",
            ),
            (
                "pkcs11:token=%;object=b?module-path=/m",
                "`token` is not percent-encoded",
            ),
            ("pkcs11:token;object=b?module-path=/m", "name=value"),
            (
                "pkcs11:token=a;object=b?module-path=/m&pin-source=|cat",
                "must be a file",
            ),
            (
                "pkcs11:token=a;object=b?module-path=/m&pin-source=file:",
                "must be a file",
            ),
            (
                "pkcs11:token=a;object=b?module-path=/m&pin-source=file://host/pin",
                "must be a file",
            ),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(rule), "{text}: {error}");
        }
    }

    #[test]
    fn a_refused_uri_shows_no_pin() {
        for text in [
            "pkcs11:token=a;object=b?module-path=/m&pin-value=HUNTER2",
            "pkcs11:token=a;object=b?module-path=/m&HUNTER2=x",
            "pkcs11:token=a;object=b?module-path=/m&HUNTER2",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("HUNTER2"), "{error:?}");
        }
    }
}
