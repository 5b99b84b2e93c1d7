//! Typed data of a web page (`eth_signTypedData_v4`). The values that the user sees are the values
//! that are hashed.

use std::fmt;

use sha3::{Digest, Keccak256};

use super::{
    CAK, OWN_DOMAINS, Word, digest,
    json::Json,
    types::{Kind, Struct, Types},
    value,
};
use crate::Error;

const DOMAIN: &str = "EIP712Domain";
/// The members that EIP-712 allows in a domain.
const DOMAIN_MEMBERS: [(&str, &str); 5] = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
];
/// The maximum number of values, because a person must be able to read them.
const ROW_LIMIT: usize = 1_024;

/// EIP-712 typed data, read strictly. The reader refuses unknown, missing and repeated members,
/// recursive types, and values out of range. It also refuses reserved typed data, whose signature
/// would reveal a [CAK](crate::CakPrivateKey) or imitate the platform's own: a type
/// `ComplianceAccessKey`, even an unused one, and a domain whose name begins with `AIR `.
///
/// ```rust
/// use air_crypto::TypedData;
///
/// # fn main() -> Result<(), air_crypto::Error> {
/// let data = TypedData::parse(r#"{
///     "types": {
///         "EIP712Domain": [{ "name": "name", "type": "string" }],
///         "Login": [{ "name": "nonce", "type": "uint64" }]
///     },
///     "primaryType": "Login",
///     "domain": { "name": "Example" },
///     "message": { "nonce": 7 }
/// }"#)?;
/// assert_eq!(data.message()[0].path, "nonce");
/// assert_eq!(data.message()[0].value, "7");
/// # Ok(())
/// # }
/// ```
pub struct TypedData {
    primary_type: String,
    domain: Vec<TypedRow>,
    message: Vec<TypedRow>,
    digest: Word,
}

/// A value of typed data in readable form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedRow {
    /// The path of the value, such as `from.wallets[0]`.
    pub path: String,
    /// The value. It is untrusted text: escape it for the place where it is shown.
    pub value: String,
}

impl TypedData {
    /// Parses the JSON of `eth_signTypedData_v4`: at most 64 KiB and 1,024 values.
    ///
    /// # Errors
    /// [`Error::TypedDataReserved`] for reserved typed data; [`Error::TypedDataRejected`] when a
    /// rule of the EIP is broken or a limit is exceeded.
    pub fn parse(json: &str) -> Result<Self, Error> {
        Self::read(json, refuse_reserved)
    }

    /// Also parses reserved typed data, which tests compare with the platform's own.
    #[cfg(test)]
    pub(super) fn parse_any(json: &str) -> Result<Self, Error> {
        Self::read(json, |_, _| Ok(()))
    }

    /// The name of the message's type.
    #[must_use]
    pub fn primary_type(&self) -> &str {
        &self.primary_type
    }

    /// The values of the domain, in hashing order.
    #[must_use]
    pub fn domain(&self) -> &[TypedRow] {
        &self.domain
    }

    /// The values of the message, in hashing order.
    #[must_use]
    pub fn message(&self) -> &[TypedRow] {
        &self.message
    }

    pub(crate) fn digest(&self) -> &Word {
        &self.digest
    }

    fn read(json: &str, allow: impl FnOnce(&Types, &Json) -> Result<(), Error>) -> Result<Self, Error> {
        let json = Json::parse(json)?;
        let [types, primary_type, domain, message] = json
            .members(["types", "primaryType", "domain", "message"])
            .ok_or(Error::TypedDataRejected {
                reason: "it is not an object of `types`, `primaryType`, `domain` and `message`",
            })?;
        let types = Types::read(types)?;
        allow(&types, domain)?;
        let primary_type = match primary_type.text() {
            Some(name) if name != DOMAIN => name,
            _ => return reject("`primaryType` does not name a type of a message"),
        };
        check_domain(types.get(DOMAIN)?)?;
        let mut encoder = Encoder::new(&types);
        let separator = encoder.hash_struct(DOMAIN, domain, "")?;
        let domain = std::mem::take(&mut encoder.rows);
        let message = encoder.hash_struct(primary_type, message, "")?;
        Ok(Self {
            primary_type: primary_type.to_owned(),
            domain,
            message: encoder.rows,
            digest: digest(&separator, &message),
        })
    }
}

impl fmt::Debug for TypedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedData")
            .field("primary_type", &self.primary_type)
            .finish_non_exhaustive()
    }
}

fn reject<T>(reason: &'static str) -> Result<T, Error> {
    Err(Error::TypedDataRejected { reason })
}

/// Checks the parsed values, so that the spelling of the JSON makes no difference.
fn refuse_reserved(types: &Types, domain: &Json) -> Result<(), Error> {
    if types.names().any(|name| name == CAK) {
        let part = "the type ComplianceAccessKey";
        return Err(Error::TypedDataReserved { part });
    }
    let name = domain.member("name").and_then(Json::text);
    if name.is_some_and(|name| name.starts_with(OWN_DOMAINS)) {
        let part = "a domain whose name begins with `AIR `";
        return Err(Error::TypedDataReserved { part });
    }
    Ok(())
}

/// Checks that the domain has only members of EIP-712, with their types. A `name` of another type
/// would be hashed differently from how a person reads it.
fn check_domain(domain: &Struct) -> Result<(), Error> {
    let mut members = domain.members.iter();
    let is_known = members.all(|member| {
        let member = (member.name.as_str(), member.kind_text.as_str());
        DOMAIN_MEMBERS.contains(&member)
    });
    if is_known {
        Ok(())
    } else {
        reject("the type EIP712Domain has another member than EIP-712 gives it")
    }
}

/// Hashes values, and collects each as a readable row.
struct Encoder<'a> {
    types: &'a Types,
    rows: Vec<TypedRow>,
}

impl<'a> Encoder<'a> {
    fn new(types: &'a Types) -> Self {
        let rows = Vec::new();
        Self { types, rows }
    }

    /// `keccak256(typeHash || encodeData)`.
    fn hash_struct(&mut self, name: &str, value: &Json, path: &str) -> Result<Word, Error> {
        let Struct { members, type_hash } = self.types.get(name)?;
        let Json::Object(values) = value else {
            return reject("a value is not an object of its type's members");
        };
        if values.len() != members.len() {
            return reject("a value has not all members of its type, or others");
        }
        let mut hasher = Keccak256::new().chain_update(type_hash);
        for member in members {
            let Some(value) = value.member(&member.name) else {
                return reject("a value has not all members of its type, or others");
            };
            let path = match path {
                "" => member.name.clone(),
                path => format!("{path}.{}", member.name),
            };
            hasher.update(self.word(&member.kind, value, &path)?);
        }
        if members.is_empty() {
            self.note(path, "{}")?;
        }
        Ok(hasher.finalize().into())
    }

    fn word(&mut self, kind: &Kind, value: &Json, path: &str) -> Result<Word, Error> {
        match kind {
            Kind::Struct(name) => self.hash_struct(name, value, path),
            Kind::List { of, length } => self.list(of, *length, value, path),
            elementary => {
                let (word, text) = value::encode(elementary, value)?;
                self.note(path, &text)?;
                Ok(word)
            }
        }
    }

    fn list(&mut self, of: &Kind, length: Option<usize>, value: &Json, path: &str) -> Result<Word, Error> {
        let Json::List(items) = value else {
            return reject("a list is not a list");
        };
        if length.is_some_and(|length| length != items.len()) {
            return reject("a list of a fixed length has another length");
        }
        if items.is_empty() {
            self.note(path, "[]")?;
        }
        let mut hasher = Keccak256::new();
        for (index, item) in items.iter().enumerate() {
            hasher.update(self.word(of, item, &format!("{path}[{index}]"))?);
        }
        Ok(hasher.finalize().into())
    }

    fn note(&mut self, path: &str, value: &str) -> Result<(), Error> {
        if self.rows.len() == ROW_LIMIT {
            return reject("there are more than 1,024 values");
        }
        self.rows.push(TypedRow {
            path: path.to_owned(),
            value: value.to_owned(),
        });
        Ok(())
    }
}
