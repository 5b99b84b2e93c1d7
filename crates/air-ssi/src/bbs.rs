//! BBS signatures on BLS12-381 with SHA-256 (draft-irtf-cfrg-bbs-signatures), and proofs of them.

use zeroize::Zeroizing;
use zkryptium::{
    bbsplus::{
        ciphersuites::Bls12381Sha256,
        keys::{BBSplusPublicKey, BBSplusSecretKey},
    },
    keys::pair::KeyPair,
    schemes::{
        algorithms::BBSplus,
        generics::{PoKSignature, Signature},
    },
};

/// The maximum size of a proof in bytes: one with 1,024 hidden messages.
const PROOF_LIMIT: usize = 272 + 32 * 1024;

type Suite = BBSplus<Bls12381Sha256>;

/// The secret scalar of key material of at least 32 bytes (`KeyGen`, 3.4.1), big-endian. `None` if the
/// material or `info` has another length than the draft allows.
pub(crate) fn generate(material: &[u8], info: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let pair = KeyPair::<Suite>::generate(material, Some(info), None).ok()?;
    Some(Zeroizing::new(pair.private_key().to_bytes()))
}

/// Signs messages with the secret scalar, big-endian. `None` if the scalar is invalid.
pub(crate) fn sign(secret: &[u8; 32], header: &[u8], messages: &[Vec<u8>]) -> Option<Vec<u8>> {
    let key = BBSplusSecretKey::from_bytes(secret).ok()?;
    let signature = Signature::<Suite>::sign(Some(messages), &key, &key.public_key(), Some(header)).ok()?;
    Some(signature.to_bytes().to_vec())
}

/// A proof of a signature that discloses the messages with these indexes. `None` if the signature does
/// not verify.
pub(crate) fn prove(
    key: &[u8],
    signature: &[u8],
    header: &[u8],
    presentation_header: &[u8],
    messages: &[Vec<u8>],
    disclosed: &[usize],
) -> Option<Vec<u8>> {
    let key = BBSplusPublicKey::from_bytes(key).ok()?;
    let proof = PoKSignature::<Suite>::proof_gen(
        &key,
        signature,
        Some(header),
        Some(presentation_header),
        Some(messages),
        Some(disclosed),
    );
    Some(proof.ok()?.to_bytes())
}

/// Whether a proof verifies. `disclosed` has the index of each message, in ascending order.
pub(crate) fn verify(
    key: &[u8],
    proof: &[u8],
    header: &[u8],
    presentation_header: &[u8],
    messages: &[Vec<u8>],
    disclosed: &[usize],
) -> bool {
    // The library indexes both without a check, and makes a generator for each hidden message.
    let fits = proof.len() <= PROOF_LIMIT
        && disclosed.len() == messages.len()
        && disclosed.is_sorted_by(|one, next| one < next);
    if !fits {
        return false;
    }
    let verified = || {
        let key = BBSplusPublicKey::from_bytes(key).ok()?;
        PoKSignature::<Suite>::from_bytes(proof)
            .ok()?
            .proof_verify(
                &key,
                Some(messages),
                Some(disclosed),
                Some(header),
                Some(presentation_header),
            )
            .ok()
    };
    verified().is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const FIXTURES: &str = include_str!("../tests/vectors/bbs-signature/bls12-381-sha-256.json");

    fn fixtures(kind: &str) -> Vec<Value> {
        let all: Value = serde_json::from_str(FIXTURES).unwrap();
        all[kind].as_array().unwrap().clone()
    }

    fn bytes(value: &Value) -> Vec<u8> {
        hex::decode(value.as_str().unwrap()).unwrap()
    }

    fn all_bytes(values: &Value) -> Vec<Vec<u8>> {
        values.as_array().unwrap().iter().map(bytes).collect()
    }

    #[test]
    fn the_published_key_is_generated() {
        let fixture: Value =
            serde_json::from_str(include_str!("../tests/vectors/bbs-signature/keypair.json")).unwrap();
        let (material, info) = (bytes(&fixture["keyMaterial"]), bytes(&fixture["keyInfo"]));
        let key = generate(&material, &info).unwrap();
        assert_eq!(key.as_slice(), bytes(&fixture["keyPair"]["secretKey"]));
        assert!(generate(&material[..31], &info).is_none());
    }

    #[test]
    fn the_published_signatures_are_made() {
        let mut made = 0;
        for fixture in fixtures("signatures") {
            if fixture["result"]["valid"] != true {
                continue;
            }
            let secret = bytes(&fixture["signerKeyPair"]["secretKey"]).try_into().unwrap();
            let messages = all_bytes(&fixture["messages"]);
            let signature = sign(&secret, &bytes(&fixture["header"]), &messages).unwrap();
            assert_eq!(signature, bytes(&fixture["signature"]), "{}", fixture["caseName"]);
            made += 1;
        }
        assert!(made >= 2, "{made}");
    }

    #[test]
    fn the_published_proofs_verify_as_they_should() {
        let cases = fixtures("proofs");
        assert_eq!(cases.len(), 15);
        for fixture in cases {
            let disclosed: Vec<usize> = serde_json::from_value(fixture["disclosedIndexes"].clone()).unwrap();
            let messages = all_bytes(&fixture["messages"]);
            let shown: Vec<_> = disclosed
                .iter()
                .filter_map(|index| messages.get(*index).cloned())
                .collect();
            let is_valid = verify(
                &bytes(&fixture["signerPublicKey"]),
                &bytes(&fixture["proof"]),
                &bytes(&fixture["header"]),
                &bytes(&fixture["presentationHeader"]),
                &shown,
                &disclosed,
            );
            assert_eq!(
                is_valid,
                fixture["result"]["valid"] == true,
                "{}",
                fixture["caseName"]
            );
        }
    }
}
