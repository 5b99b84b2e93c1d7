//! Revealing claims, as holder and verifier do (RFC 9901, 7.1). Each digest and each disclosure is
//! used once.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{DEPTH_LIMIT, DIGESTS, HASH, HASH_NAME, ITEM_DIGEST, disclosure, disclosure::Disclosure};
use crate::{Error, claim_path::Place};

/// Claims that a disclosure must not contain: the issuer always shows them (SD-JWT VC, registered
/// JWT claims).
const ALWAYS_SHOWN: &[&str] = &[
    "iss",
    "nbf",
    "exp",
    "cnf",
    "vct",
    "vct#integrity",
    "aka_vcts",
    "status",
    HASH_NAME,
];

/// A payload with its disclosed claims.
#[derive(Clone, Debug)]
pub(crate) struct Revealed {
    pub(crate) claims: Map<String, Value>,
    /// The place of each disclosure's claim, in the order of the disclosures.
    pub(crate) places: Vec<Vec<Place>>,
    /// The places of withheld claims, and the number of digests there (some may be decoys).
    pub(crate) withheld: Vec<(Vec<Place>, usize)>,
}

/// Inserts the disclosed claims at their places. `payload` is the issuer's; the disclosures are
/// checked here.
pub(crate) fn reveal(payload: &Map<String, Value>, disclosures: &[&str]) -> Result<Revealed, Error> {
    if payload.get(HASH_NAME).is_some_and(|name| name != HASH) {
        return Err(Error::Format {
            reason: "its digests must use sha-256",
        });
    }
    let mut offered = HashMap::with_capacity(disclosures.len());
    for (index, encoded) in disclosures.iter().enumerate() {
        let disclosure = Disclosure::parse(encoded)?;
        if offered
            .insert(disclosure::digest(encoded), (index, disclosure))
            .is_some()
        {
            return Err(refused("a disclosure occurs twice"));
        }
    }
    let mut work = Work {
        offered,
        seen: HashSet::new(),
        place: Vec::new(),
        places: vec![Vec::new(); disclosures.len()],
        withheld: Vec::new(),
    };
    let mut claims = work.object(payload)?;
    claims.remove(HASH_NAME);
    if !work.offered.is_empty() {
        return Err(refused("a disclosure matches no digest of the signed payload"));
    }
    Ok(Revealed {
        claims,
        places: work.places,
        withheld: work.withheld,
    })
}

fn too_deep() -> Error {
    refused("they nest too deeply")
}

fn refused(reason: &'static str) -> Error {
    Error::Disclosure { reason }
}

struct Work {
    /// The unused disclosures by digest, with their index.
    offered: HashMap<String, (usize, Disclosure)>,
    /// The digests found so far.
    seen: HashSet<String>,
    place: Vec<Place>,
    places: Vec<Vec<Place>>,
    withheld: Vec<(Vec<Place>, usize)>,
}

impl Work {
    fn object(&mut self, members: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
        let mut shown = Map::new();
        for (name, value) in members.iter().filter(|(name, _)| *name != DIGESTS) {
            if name == ITEM_DIGEST {
                return Err(refused("a digest of an array item is not in an array"));
            }
            if name == HASH_NAME && !self.place.is_empty() {
                return Err(Error::Format {
                    reason: "`_sd_alg` is below the top level (RFC 9901, 4.1.1)",
                });
            }
            let value = self.at(Place::Member(name.as_str().into()), value)?;
            shown.insert(name.clone(), value);
        }
        let digests = match members.get(DIGESTS) {
            None => return Ok(shown),
            Some(Value::Array(digests)) => digests,
            Some(_) => return Err(refused("`_sd` is not an array")),
        };
        let mut withheld = 0;
        for digest in digests {
            let digest = digest.as_str().ok_or(refused("a digest is not a string"))?;
            let Some((index, disclosure)) = self.take(digest)? else {
                withheld += 1;
                continue;
            };
            let name = disclosure
                .name
                .ok_or(refused("a disclosure of an array item belongs to an object"))?;
            if self.place.is_empty() && ALWAYS_SHOWN.contains(&name.as_str()) {
                return Err(refused(
                    "a disclosure has the name of a claim that must not be hidden",
                ));
            }
            if shown.contains_key(&name) {
                return Err(refused("a disclosure has the name of an existing claim"));
            }
            let value = self.disclosed(Place::Member(name.as_str().into()), index, disclosure.value)?;
            shown.insert(name, value);
        }
        self.note_withheld(withheld);
        Ok(shown)
    }

    fn array(&mut self, items: &[Value]) -> Result<Vec<Value>, Error> {
        let (mut shown, mut withheld) = (Vec::with_capacity(items.len()), 0);
        for item in items {
            let place = Place::Item(shown.len());
            match item.get(ITEM_DIGEST) {
                None => shown.push(self.at(place, item)?),
                Some(digest) => {
                    let alone = item.as_object().is_some_and(|object| object.len() == 1);
                    let digest = digest
                        .as_str()
                        .filter(|_| alone)
                        .ok_or(refused("an item's digest is malformed"))?;
                    match self.take(digest)? {
                        None => withheld += 1,
                        Some((_, Disclosure { name: Some(_), .. })) => {
                            return Err(refused("a disclosure of an object member belongs to an array"));
                        }
                        Some((index, disclosure)) => {
                            shown.push(self.disclosed(place, index, disclosure.value)?);
                        }
                    }
                }
            }
        }
        self.note_withheld(withheld);
        Ok(shown)
    }

    /// The disclosure of a digest, if it was sent.
    fn take(&mut self, digest: &str) -> Result<Option<(usize, Disclosure)>, Error> {
        if self.seen.insert(digest.to_owned()) {
            Ok(self.offered.remove(digest))
        } else {
            Err(refused("a digest occurs twice"))
        }
    }

    fn disclosed(
        &mut self,
        place: Place,
        index: usize,
        value: Result<Value, air_json::Error>,
    ) -> Result<Value, Error> {
        let value = value.map_err(|fault| self.faulty(&place, fault))?;
        let shown = match value {
            Value::Object(_) | Value::Array(_) => self.at(place.clone(), &value)?,
            scalar if self.place.len() < DEPTH_LIMIT => scalar,
            _ => return Err(too_deep()),
        };
        if let Some(of_disclosure) = self.places.get_mut(index) {
            of_disclosure.reserve_exact(self.place.len() + 1);
            of_disclosure.extend_from_slice(&self.place);
            of_disclosure.push(place);
        }
        Ok(shown)
    }

    /// The error of a disclosed value, with its place in the credential.
    fn faulty(&self, place: &Place, fault: air_json::Error) -> Error {
        let mut pointer = air_json::JsonPointer::root();
        for step in self.place.iter().chain([place]) {
            match step {
                Place::Member(name) => pointer.enter_member(&**name),
                Place::Item(index) => pointer.enter_item(*index),
            }
        }
        Error::of_json(fault.within(&pointer), too_deep())
    }

    fn at(&mut self, place: Place, value: &Value) -> Result<Value, Error> {
        if self.place.len() == DEPTH_LIMIT {
            return Err(too_deep());
        }
        self.place.push(place);
        let shown = match value {
            Value::Object(members) => Value::Object(self.object(members)?),
            Value::Array(items) => Value::Array(self.array(items)?),
            scalar => scalar.clone(),
        };
        self.place.pop();
        Ok(shown)
    }

    fn note_withheld(&mut self, count: usize) {
        if count > 0 {
            self.withheld.push((self.place.clone(), count));
        }
    }
}
