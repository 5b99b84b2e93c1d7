//! Verifying derived proofs of `bbs-2023` (BBS Cryptosuites, 3.3.7). The library prepares the document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use ssi::{
    claims::data_integrity::{
        DataIntegrityDocument, StandardCryptographicSuite,
        suites::{
            Bbs2023,
            bbs_2023::{Bbs2023TransformationOptions, HashData},
        },
    },
    crypto::hashes::sha256::sha256,
    rdf::IntoNQuads,
    verification_methods::{Multikey, multikey::DecodedMultikey},
};
use ssi_di_sd_primitives::canonicalize::{create_label_map_function, relabel_quads};

use crate::{Error, bbs, contained::run, environment::Environment, proofs::proofs};

/// Verifies the proof of a presentation with the only key of the environment.
///
/// # Errors
/// [`Error::BadProof`].
pub(crate) fn verify(
    claims: &DataIntegrityDocument,
    proof: &Map<String, Value>,
    environment: &Environment<'_>,
) -> Result<(), Error> {
    let key = environment.key().ok_or(Error::UnknownKey)?;
    let proofs = proofs::<Bbs2023>(proof)?;
    let proof = proofs.first().ok_or(Error::BadProof)?;
    let verified = run("verify", async {
        let configuration = proof.configuration();
        let options = Bbs2023TransformationOptions::DerivedVerification;
        let prepared = Bbs2023
            .transform(environment, claims, configuration, key, options)
            .await;
        let hashed = Bbs2023.hash(prepared.ok()?, configuration, key).ok()?;
        let HashData::Derived(data) = hashed else {
            return None;
        };
        let signature = proof.signature.decode_derived().ok()?;
        let labels = create_label_map_function(&signature.label_map)(&data.canonical_id_map);
        if labels.len() != data.canonical_id_map.len() {
            return None;
        }
        let mut lines = relabel_quads(&labels, &data.quads).into_nquads_lines();
        lines.sort_unstable();
        lines.dedup();
        let places: BTreeSet<usize> = signature.mandatory_indexes.iter().copied().collect();
        let (mandatory, shown): (Vec<_>, Vec<_>) = lines
            .into_iter()
            .enumerate()
            .partition(|(place, _)| places.contains(place));
        let mandatory: String = mandatory.into_iter().map(|(_, line)| line).collect();
        let header = [data.proof_hash, sha256(mandatory.as_bytes())].concat();
        let messages: Vec<Vec<u8>> = shown.into_iter().map(|(_, line)| line.into_bytes()).collect();
        let presentation_header = signature.presentation_header.unwrap_or_default();
        Some(bbs::verify(
            &bytes(key)?,
            &signature.bbs_proof,
            &header,
            &presentation_header,
            &messages,
            &signature.selective_indexes,
        ))
    })?;
    if verified == Some(true) {
        Ok(())
    } else {
        Err(Error::BadProof)
    }
}

/// The challenge that a presentation was made for. `None` with another suite.
pub(crate) fn challenge(proof: &Map<String, Value>) -> Option<Vec<u8>> {
    let proofs = proofs::<Bbs2023>(proof).ok()?;
    let signature = &proofs.first()?.signature;
    let decoded = run("decode", async { signature.decode_derived().ok() }).ok()??;
    decoded.presentation_header
}

/// The compressed point of a key.
pub(crate) fn bytes(key: &Multikey) -> Option<Vec<u8>> {
    match key.public_key.decode() {
        Ok(DecodedMultikey::Bls12_381(key)) => Some(key.to_bytes().to_vec()),
        _ => None,
    }
}
