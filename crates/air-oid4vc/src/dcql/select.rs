//! Matches one credential with one Credential Query (OpenID4VP 1.0, section 6.4.1).

use std::{collections::HashSet, fmt};

use serde_json::{Map, Value};

use super::{
    credential::{Credential, Kind},
    path::{ClaimsPath, PathError},
    query::{ClaimQuery, CredentialQuery, Meta, TrustedAuthority},
};

/// A way in which a credential satisfies a Credential Query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSelection {
    /// The index of the claim set; absent if the query has none.
    pub claim_set: Option<usize>,
    /// The indices of the claims in the Credential Query, in the order of the claim set.
    pub claims: Vec<usize>,
    /// The places of the claims to disclose. A place occurs once.
    pub disclosures: Vec<ClaimsPath>,
}

/// The reason why a credential does not match a Credential Query. A wallet must not reveal it to the
/// verifier (section 15.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The credential has another format.
    Format,
    /// The credential has none of the accepted types.
    Type,
    /// A proof of holder binding is required, and the credential is not bound to its holder.
    HolderBinding,
    /// No certificate of the credential's chain has an accepted authority key identifier.
    Authority,
    /// Every requested claim is required, and this one is missing.
    Claim {
        /// The path of the claim.
        path: ClaimsPath,
        /// The reason.
        reason: ClaimMismatch,
    },
    /// No claim set is complete.
    ClaimSets,
}

/// The reason why a claim does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimMismatch {
    /// The path selects no claim.
    Absent(PathError),
    /// The claim has none of the accepted values.
    Value,
}

/// The side that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The wallet has whole credentials.
    Wallet,
    /// The verifier has what the holder disclosed.
    Verifier,
}

/// The claims of a credential that satisfy the query: every claim set that is complete, the
/// preferred one first. There is at least one. A verifier needs only the first.
pub(super) fn select(
    query: &CredentialQuery,
    credential: &Credential<'_>,
    side: Side,
) -> Result<Vec<ClaimSelection>, Mismatch> {
    check_meta(&query.meta, &credential.kind)?;
    if query.holder_binding && !credential.is_bound {
        return Err(Mismatch::HolderBinding);
    }
    check_authority(&query.authorities, credential, side)?;
    let claims: Vec<_> = query
        .claims
        .iter()
        .map(|claim| find(claim, &credential.kind, side))
        .collect();
    if query.claim_sets.is_empty() {
        let all: Vec<usize> = (0..claims.len()).collect();
        return match complete(None, &all, &claims) {
            Ok(selection) => Ok(vec![selection]),
            Err((index, reason)) => {
                Err(query
                    .claims
                    .get(index)
                    .map_or(Mismatch::ClaimSets, |claim| Mismatch::Claim {
                        path: claim.path.clone(),
                        reason,
                    }))
            }
        };
    }
    let sets = query.claim_sets.iter().enumerate();
    let most = match side {
        Side::Wallet => usize::MAX,
        Side::Verifier => 1,
    };
    let selections: Vec<_> = sets
        .filter_map(|(index, set)| complete(Some(index), set, &claims).ok())
        .take(most)
        .collect();
    if selections.is_empty() {
        return Err(Mismatch::ClaimSets);
    }
    Ok(selections)
}

type Found = Result<Vec<ClaimsPath>, ClaimMismatch>;

/// The selection of these claims, or the first that is missing.
fn complete(
    claim_set: Option<usize>,
    set: &[usize],
    claims: &[Found],
) -> Result<ClaimSelection, (usize, ClaimMismatch)> {
    let (mut disclosures, mut seen) = (Vec::new(), HashSet::new());
    for index in set {
        let absent = ClaimMismatch::Absent(PathError::Nothing);
        match claims.get(*index) {
            Some(Ok(places)) => {
                for place in places {
                    if seen.insert(place) {
                        disclosures.push(place.clone());
                    }
                }
            }
            Some(Err(reason)) => return Err((*index, *reason)),
            None => return Err((*index, absent)),
        }
    }
    Ok(ClaimSelection {
        claim_set,
        claims: set.to_vec(),
        disclosures,
    })
}

fn check_meta(meta: &Meta, kind: &Kind<'_>) -> Result<(), Mismatch> {
    let is_accepted = match (meta, kind) {
        (Meta::SdJwtVc { vct_values }, Kind::SdJwtVc { types, .. }) => {
            vct_values.is_empty() || vct_values.iter().any(|vct| types.contains(&vct.as_str()))
        }
        (Meta::Mdoc { doctype: accepted }, Kind::Mdoc { doctype, .. }) => {
            accepted.as_deref().is_none_or(|accepted| accepted == *doctype)
        }
        (
            Meta::W3c { format, type_values },
            Kind::W3c {
                format: held, types, ..
            },
        ) => {
            if format != held {
                return Err(Mismatch::Format);
            }
            let has_all = |set: &Vec<String>| set.iter().all(|each| types.contains(&each.as_str()));
            type_values.is_empty() || type_values.iter().any(has_all)
        }
        _ => return Err(Mismatch::Format),
    };
    if is_accepted { Ok(()) } else { Err(Mismatch::Type) }
}

/// A credential must match one of the authorities. A wallet cannot match types that it does not
/// know. A verifier checks trust in the issuer by other means, and does not decide by such types.
fn check_authority(
    authorities: &[TrustedAuthority],
    credential: &Credential<'_>,
    side: Side,
) -> Result<(), Mismatch> {
    let matches = |authority: &TrustedAuthority| match authority {
        TrustedAuthority::KeyIds(ids) => ids
            .iter()
            .any(|id| credential.authority_key_ids.contains(&id.as_slice())),
        TrustedAuthority::Unknown { .. } => side == Side::Verifier,
    };
    if authorities.is_empty() || authorities.iter().any(matches) {
        return Ok(());
    }
    Err(Mismatch::Authority)
}

/// The places of the claim that have an accepted value.
fn find(claim: &ClaimQuery, kind: &Kind<'_>, side: Side) -> Found {
    match kind {
        Kind::Mdoc { namespaces, .. } => find_element(claim, namespaces),
        Kind::SdJwtVc { claims, .. } if side == Side::Verifier && claim.path.has_index() => {
            find_presented(claim, claims)
        }
        Kind::SdJwtVc { claims, .. } => find_claim(claim, claims),
        Kind::W3c { credential, .. } => find_claim(claim, credential),
    }
}

fn find_claim(claim: &ClaimQuery, claims: &Map<String, Value>) -> Found {
    let selected = claim.path.select(claims).map_err(ClaimMismatch::Absent)?;
    let accepted = selected.into_iter().filter(|found| claim.accepts(found.value));
    let places: Vec<ClaimsPath> = accepted.map(|found| found.path).collect();
    if places.is_empty() {
        return Err(ClaimMismatch::Value);
    }
    Ok(places)
}

fn find_presented(claim: &ClaimQuery, claims: &Map<String, Value>) -> Found {
    if claim
        .path
        .reaches_presented(claims, &|value| claim.accepts(value))
    {
        Ok(vec![claim.path.clone()])
    } else if claim.path.reaches_presented(claims, &|_| true) {
        Err(ClaimMismatch::Value)
    } else {
        Err(ClaimMismatch::Absent(PathError::Nothing))
    }
}

fn find_element(claim: &ClaimQuery, namespaces: &Map<String, Value>) -> Found {
    let element = claim
        .path
        .mdoc_element()
        .and_then(|(namespace, element)| namespaces.get(namespace)?.get(element));
    match element {
        None => Err(ClaimMismatch::Absent(PathError::Nothing)),
        Some(value) if !claim.accepts(value) => Err(ClaimMismatch::Value),
        Some(_) => Ok(vec![claim.path.clone()]),
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => f.write_str("the credential has another format (section 6.1, `format`)"),
            Self::Type => f.write_str("the credential has none of the accepted types (section 6.1, `meta`)"),
            Self::HolderBinding => f.write_str(
                "the credential has no proof of holder binding (section 6.1, `require_cryptographic_holder_binding`)",
            ),
            Self::Authority => f.write_str(
                "no certificate has an accepted authority key identifier (section 6.1.1, `trusted_authorities`)",
            ),
            Self::Claim { path, reason: ClaimMismatch::Absent(_) } => {
                write!(f, "the claim {path} is missing (section 6.4.1)")
            }
            Self::Claim { path, reason: ClaimMismatch::Value } => {
                write!(f, "the claim {path} has none of the accepted values (section 6.4.1)")
            }
            Self::ClaimSets => f.write_str("no claim set is complete (section 6.4.1, `claim_sets`)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::query::Query, *};

    #[test]
    fn a_wallet_gets_every_complete_claim_set_and_a_verifier_the_first() {
        let query = Query::from_value(&json!({ "credentials": [{
            "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": ["v"] },
            "claims": [
                { "id": "x", "path": ["missing"] },
                { "id": "y", "path": ["tags", null] },
                { "id": "z", "path": ["tags", 1] },
            ],
            "claim_sets": [["x"], ["z", "y"], ["y"]],
        }] }))
        .unwrap();
        let claims = json!({ "tags": ["a", "b", "c"] });
        let credential = Credential::sd_jwt_vc("v", claims.as_object().unwrap()).bound_to_holder(true);
        let sets = |side| {
            let selections = select(query.credential("a").unwrap(), &credential, side).unwrap();
            let sets = selections.iter().map(|selection| selection.claim_set.unwrap());
            (sets.collect::<Vec<_>>(), selections)
        };
        let (found, selections) = sets(Side::Wallet);
        assert_eq!(found, [1, 2]);
        // A place occurs once, at its first position.
        let places: Vec<_> = selections[0]
            .disclosures
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(places, [r#"["tags",1]"#, r#"["tags",0]"#, r#"["tags",2]"#]);
        let (found, first) = sets(Side::Verifier);
        assert_eq!(found, [1]);
        // A path with an index stays as it is: the verifier does not know which item it was.
        let places: Vec<_> = first[0].disclosures.iter().map(ToString::to_string).collect();
        assert_eq!(places, [r#"["tags",1]"#, r#"["tags",0]"#, r#"["tags",2]"#]);
    }
}
