//! Hiding claims, as the issuer does (RFC 9901, 4.2, 6.1).

use rand_core::CryptoRng;
use serde_json::{Map, Value, json};

use super::{DEPTH_LIMIT, DIGESTS, DISCLOSURE_LIMIT, HASH_NAME, ITEM_DIGEST, disclosure};
use crate::{ClaimPath, Error, claim_path::Place};

/// A subject with hidden claims, and their disclosures.
pub(crate) struct Concealed {
    pub(crate) payload: Map<String, Value>,
    pub(crate) disclosures: Vec<String>,
}

/// Hides every claim at every level except the `visible` ones, the claims that contain them, and
/// the claims within them. Each level gets up to `decoys` decoy digests.
pub(crate) fn conceal(
    subject: &Map<String, Value>,
    visible: &[ClaimPath],
    decoys: u8,
    rng: &mut impl CryptoRng,
) -> Result<Concealed, Error> {
    let mut work = Work {
        visible,
        decoys,
        rng,
        place: Vec::new(),
        disclosures: Vec::new(),
    };
    let (payload, _) = work.object(subject)?;
    Ok(Concealed {
        payload,
        disclosures: work.disclosures,
    })
}

struct Work<'a, R> {
    visible: &'a [ClaimPath],
    decoys: u8,
    rng: &'a mut R,
    /// The current place.
    place: Vec<Place>,
    disclosures: Vec<String>,
}

impl<R: CryptoRng> Work<'_, R> {
    /// The object with hidden members, and whether any member is visible.
    fn object(&mut self, members: &Map<String, Value>) -> Result<(Map<String, Value>, bool), Error> {
        let (mut shown, mut digests) = (Map::new(), Vec::new());
        for (name, value) in members {
            if [DIGESTS, ITEM_DIGEST, HASH_NAME].contains(&name.as_str()) {
                return Err(Error::ReservedClaim { name: name.clone() });
            }
            self.place.push(Place::Member(name.as_str().into()));
            let (value, shows) = self.value(value)?;
            if shows || self.is_visible() {
                shown.insert(name.clone(), value);
            } else {
                digests.push(self.disclose(Some(name), &value)?);
            }
            self.place.pop();
        }
        let shows = !shown.is_empty();
        if !digests.is_empty() {
            digests.extend((0..self.decoy_count()).map(|_| disclosure::decoy(self.rng)));
            // Sorted, since the order would reveal the order of the claims (4.2.4.1).
            digests.sort_unstable();
            shown.insert(DIGESTS.to_owned(), json!(digests));
        }
        Ok((shown, shows))
    }

    fn array(&mut self, items: &[Value]) -> Result<(Vec<Value>, bool), Error> {
        let (mut shown, mut hides, mut shows) = (Vec::with_capacity(items.len()), false, false);
        for (index, value) in items.iter().enumerate() {
            self.place.push(Place::Item(index));
            let (value, within) = self.value(value)?;
            shown.push(if within || self.is_visible() {
                shows = true;
                value
            } else {
                hides = true;
                json!({ ITEM_DIGEST: self.disclose(None, &value)? })
            });
            self.place.pop();
        }
        if hides {
            // After the items, because other libraries' holders count them from the front.
            let decoys = (0..self.decoy_count()).map(|_| json!({ ITEM_DIGEST: disclosure::decoy(self.rng) }));
            shown.extend(decoys);
        }
        Ok((shown, shows))
    }

    fn value(&mut self, value: &Value) -> Result<(Value, bool), Error> {
        if self.place.len() > DEPTH_LIMIT / 2 {
            return Err(Error::SubjectTooLarge {
                what: "levels of nesting",
                limit: DEPTH_LIMIT / 2,
            });
        }
        Ok(match value {
            Value::Object(members) => {
                let (members, shows) = self.object(members)?;
                (Value::Object(members), shows)
            }
            Value::Array(items) => {
                let (items, shows) = self.array(items)?;
                (Value::Array(items), shows)
            }
            scalar => (scalar.clone(), false),
        })
    }

    fn is_visible(&self) -> bool {
        self.visible.iter().any(|path| path.covers(&self.place))
    }

    fn disclose(&mut self, name: Option<&str>, value: &Value) -> Result<String, Error> {
        if self.disclosures.len() == DISCLOSURE_LIMIT {
            return Err(Error::SubjectTooLarge {
                what: "claims",
                limit: DISCLOSURE_LIMIT,
            });
        }
        let (encoded, digest) = disclosure::make(name, value, self.rng);
        self.disclosures.push(encoded);
        Ok(digest)
    }

    /// A random number up to the limit, because a fixed number could be subtracted. (The bias of
    /// the remainder is below 2^-50.)
    fn decoy_count(&mut self) -> usize {
        let drawn = self.rng.next_u64() % (u64::from(self.decoys) + 1);
        usize::try_from(drawn).expect("it is at most 255")
    }
}
