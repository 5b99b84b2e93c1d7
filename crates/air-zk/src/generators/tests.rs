//! The vectors of draft-irtf-cfrg-bbs-signatures for BLS12-381 with SHA-256.

use ark_bls12_381::Fr;
use bbs_plus::prelude::Signature23G1;
use serde::Deserialize;

use super::*;
use crate::{
    IssuerKey,
    wire::{Reader, Writer},
};

/// The vectors, also for the tests of proofs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Vectors {
    generators: GeneratorVectors,
    hash_to_scalar: Vec<HashVector>,
    key_pair: KeyPair,
    signatures: Vec<SignatureVector>,
    pub(crate) proofs: Vec<ProofVector>,
}

#[derive(Deserialize)]
struct GeneratorVectors {
    #[serde(rename = "P1")]
    p1: String,
    #[serde(rename = "Q1")]
    q1: String,
    #[serde(rename = "MsgGenerators")]
    messages: Vec<String>,
}

#[derive(Deserialize)]
struct HashVector {
    message: String,
    dst: String,
    scalar: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyPair {
    secret_key: String,
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignatureVector {
    case_name: String,
    signer_key_pair: KeyPair,
    header: String,
    messages: Vec<String>,
    signature: String,
    result: Outcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProofVector {
    pub(crate) case_name: String,
    pub(crate) signer_public_key: String,
    pub(crate) header: String,
    pub(crate) presentation_header: String,
    pub(crate) messages: Vec<String>,
    pub(crate) disclosed_indexes: Vec<usize>,
    pub(crate) proof: String,
    pub(crate) result: Outcome,
}

#[derive(Deserialize)]
pub(crate) struct Outcome {
    pub(crate) valid: bool,
}

pub(crate) fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../tests/vectors/bbs-signature/sha-256.json")).unwrap()
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

pub(crate) fn public_key(hex: &str) -> IssuerPublicKey {
    IssuerPublicKey::from_bytes(bytes(hex).as_slice().try_into().unwrap()).unwrap()
}

/// The draft's scalars are big-endian.
pub(crate) fn scalar(bytes: &[u8]) -> Fr {
    let mut little = bytes.to_vec();
    little.reverse();
    Reader::new(&little).scalar().unwrap()
}

/// The scalar of a message, in the draft's interface.
pub(crate) fn message(hex: &str) -> Fr {
    hash_to_scalar(
        &bytes(hex),
        format!("{DRAFT}MAP_MSG_TO_SCALAR_AS_HASH_").as_bytes(),
    )
}

#[test]
fn generators_are_the_drafts() {
    let vectors = vectors().generators;
    let encoded = |point: &G1Affine| hex::encode(compressed(point));
    assert_eq!(encoded(&first_point()), vectors.p1);
    let generators = Generators::new(DRAFT, vectors.messages.len()).0;
    let expected = [vectors.q1].into_iter().chain(vectors.messages);
    for (index, (point, expected)) in generators.iter().zip(expected).enumerate() {
        assert_eq!(encoded(point), expected, "generator {index}");
    }
}

#[test]
fn hashes_to_scalars_are_the_drafts() {
    for vector in vectors().hash_to_scalar {
        let hashed = hash_to_scalar(&bytes(&vector.message), &bytes(&vector.dst));
        assert_eq!(hashed, scalar(&bytes(&vector.scalar)), "{}", vector.message);
    }
}

#[test]
fn keys_are_the_drafts() {
    let pair = vectors().key_pair;
    let key = IssuerKey::from_bytes(bytes(&pair.secret_key).as_slice().try_into().unwrap()).unwrap();
    assert_eq!(hex::encode(key.expose_secret().as_slice()), pair.secret_key);
    assert_eq!(hex::encode(key.public_key().to_bytes()), pair.public_key);
}

#[test]
fn signatures_are_verified_as_the_draft_says() {
    for vector in vectors().signatures {
        let key = public_key(&vector.signer_key_pair.public_key);
        let basis = Basis::new(DRAFT, &key, vector.messages.len(), &bytes(&vector.header));
        let mut messages = vec![basis.domain];
        messages.extend(vector.messages.iter().map(|hex| message(hex)));
        let signature = bytes(&vector.signature);
        let (point, e) = signature.split_at(48);
        let mut writer = Writer::default();
        writer.bytes(point);
        writer.scalar(&scalar(e));
        let signature: Signature23G1<Bls12_381> = Reader::new(&writer.into_bytes()).signature().unwrap();
        let valid = signature.verify(&messages, key.prepared(), basis.params).is_ok();
        assert_eq!(valid, vector.result.valid, "{}", vector.case_name);
    }
}
