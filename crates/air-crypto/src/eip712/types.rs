//! The types of typed data: their grammar, and the encoded text that is hashed for each.

use std::collections::{BTreeMap, BTreeSet};

use sha3::{Digest, Keccak256};

use super::{Word, json::Json};
use crate::Error;

/// The maximum number of types, and of members in a type.
const COUNT_LIMIT: usize = 64;
/// The maximum length of a type's or member's name, in bytes.
const NAME_LIMIT: usize = 64;
/// The maximum number of nested list types.
const LIST_LIMIT: usize = 8;
/// Names that look elementary, but that EIP-712 does not define or that Solidity reads as aliases.
const FOREIGN: [&str; 6] = ["uint", "int", "byte", "fixed", "ufixed", "function"];

/// The type of a value.
#[derive(Debug)]
pub(super) enum Kind {
    Address,
    Bool,
    Text,
    Bytes,
    FixedBytes(usize),
    /// The size in bits.
    Unsigned(usize),
    Signed(usize),
    Struct(String),
    List {
        of: Box<Kind>,
        /// `None` for a list of any length.
        length: Option<usize>,
    },
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// The type as written in the JSON. This text is hashed.
    pub(super) kind_text: String,
    pub(super) kind: Kind,
}

/// The members of a type, and the hash of its text.
#[derive(Debug)]
pub(super) struct Struct {
    pub(super) members: Vec<Member>,
    pub(super) type_hash: Word,
}

/// All types of the typed data, by name.
#[derive(Debug)]
pub(super) struct Types(BTreeMap<String, Struct>);

impl Types {
    pub(super) fn read(types: &Json) -> Result<Self, Error> {
        let Json::Object(types) = types else {
            return reject("`types` is not an object");
        };
        if types.len() > COUNT_LIMIT {
            return reject("there are more than 64 types");
        }
        let mut read = BTreeMap::new();
        for (name, members) in types {
            check_name(name)?;
            if elementary(name).is_some() || FOREIGN.contains(&name.as_str()) {
                return reject("a type has the name of an elementary type");
            }
            let members = read_members(members)?;
            read.insert(name.clone(), members);
        }
        with_hashes(read).map(Self)
    }

    pub(super) fn get(&self, name: &str) -> Result<&Struct, Error> {
        match self.0.get(name) {
            Some(known) => Ok(known),
            None => reject("a type is not among `types`"),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn reject<T>(reason: &'static str) -> Result<T, Error> {
    Err(Error::TypedDataRejected { reason })
}

/// Checks that the name is an identifier of Solidity.
fn check_name(name: &str) -> Result<(), Error> {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$';
    let first = name.bytes().next().is_some_and(letter);
    if first && name.len() <= NAME_LIMIT && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit()) {
        Ok(())
    } else {
        reject("a name is not an identifier of at most 64 letters, digits, `_` and `$`")
    }
}

fn read_members(members: &Json) -> Result<Vec<Member>, Error> {
    let Json::List(members) = members else {
        return reject("a type is not a list of members");
    };
    if members.len() > COUNT_LIMIT {
        return reject("a type has more than 64 members");
    }
    let mut names = BTreeSet::new();
    let mut read = Vec::new();
    for member in members {
        let texts = member.members(["name", "type"]).and_then(|[name, kind]| {
            let texts = (name.text()?, kind.text()?);
            Some(texts)
        });
        let Some((name, kind)) = texts else {
            return reject("a member is not an object of `name` and `type`");
        };
        check_name(name)?;
        if !names.insert(name) {
            return reject("a type has two members of one name");
        }
        read.push(Member {
            name: name.to_owned(),
            kind_text: kind.to_owned(),
            kind: read_kind(kind)?,
        });
    }
    Ok(read)
}

fn read_kind(text: &str) -> Result<Kind, Error> {
    let (name, lists) = text.split_at(text.find('[').unwrap_or(text.len()));
    check_name(name)?;
    if FOREIGN.contains(&name) {
        return reject("a member has a type that EIP-712 leaves out, such as `uint`; write `uint256`");
    }
    let mut kind = elementary(name).unwrap_or_else(|| Kind::Struct(name.to_owned()));
    let mut rest = lists;
    let mut depth = 0;
    while !rest.is_empty() {
        let within = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((length, after)) = within else {
            return reject("a member's type has a list that is not closed");
        };
        let length = match length {
            "" => None,
            digits => match canonical(digits) {
                Some(length) => Some(length),
                None => return reject("the length of a list is not a number from 1 to 9999"),
            },
        };
        depth += 1;
        if depth > LIST_LIMIT {
            return reject("a member is in more than 8 lists");
        }
        let of = Box::new(kind);
        kind = Kind::List { of, length };
        rest = after;
    }
    Ok(kind)
}

/// Parses a number of one to four digits that does not begin with zero.
fn canonical(digits: &str) -> Option<usize> {
    let fits = (1..=4).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| fits)
}

fn elementary(name: &str) -> Option<Kind> {
    match name {
        "address" => return Some(Kind::Address),
        "bool" => return Some(Kind::Bool),
        "string" => return Some(Kind::Text),
        "bytes" => return Some(Kind::Bytes),
        _ => {}
    }
    let sized = |prefix| name.strip_prefix(prefix).and_then(canonical);
    let bits = |bits: &usize| *bits <= 256 && bits.is_multiple_of(8);
    if let Some(bits) = sized("uint").filter(bits) {
        return Some(Kind::Unsigned(bits));
    }
    if let Some(bits) = sized("int").filter(bits) {
        return Some(Kind::Signed(bits));
    }
    sized("bytes")
        .filter(|length| *length <= 32)
        .map(Kind::FixedBytes)
}

/// The name of the struct type inside any list types.
fn named(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Struct(name) => Some(name),
        Kind::List { of, .. } => named(of),
        _ => None,
    }
}

/// Computes the hash of each type. Every type that it refers to must exist, and no type may contain
/// itself.
fn with_hashes(types: BTreeMap<String, Vec<Member>>) -> Result<BTreeMap<String, Struct>, Error> {
    let mut hashes = BTreeMap::new();
    for name in types.keys() {
        let mut below = BTreeSet::new();
        collect(&types, name, &mut below)?;
        if below.contains(name.as_str()) {
            return reject("a type contains itself");
        }
        let text: String = std::iter::once(name.as_str())
            .chain(below)
            .filter_map(|name| Some(encode(name, types.get(name)?)))
            .collect();
        hashes.insert(name.clone(), Keccak256::digest(text).into());
    }
    let with_hash = |(name, members)| {
        let type_hash = hashes.get(&name).copied().unwrap_or_default();
        (name, Struct { members, type_hash })
    };
    Ok(types.into_iter().map(with_hash).collect())
}

/// Collects the types that a type refers to, directly or indirectly, each once.
fn collect<'a>(
    types: &'a BTreeMap<String, Vec<Member>>,
    name: &'a str,
    found: &mut BTreeSet<&'a str>,
) -> Result<(), Error> {
    let mut waiting = vec![name];
    while let Some(name) = waiting.pop() {
        let Some(members) = types.get(name) else {
            return reject("a type is not among `types`");
        };
        let below = members.iter().filter_map(|member| named(&member.kind));
        waiting.extend(below.filter(|name| found.insert(name)));
    }
    Ok(())
}

fn encode(name: &str, members: &[Member]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|Member { name, kind_text, .. }| format!("{kind_text} {name}"))
        .collect();
    format!("{name}({})", members.join(","))
}
