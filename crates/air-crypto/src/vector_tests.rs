//! Tests against `cak-v1.json`, the vectors of an independent implementation based on
//! @noble/curves.

use std::io::Write;

use serde_json::Value;

use crate::{
    CakContext, CakPrivateKey, ChainId, ChunkSize, Curve, Error, IdentityWallet, LocalWallet, ManagedContext,
    Opener, RootSecret, Sealer, eip712,
    testing::{FixedRng, bytes, text, vectors},
};

fn curve(vector: &Value) -> Curve {
    text(&vector["curve"]).parse().unwrap()
}

fn cak_context(vector: &Value) -> CakContext {
    let part = |name: &str| text(&vector[name]).to_owned();
    CakContext::new(
        part("user").parse().unwrap(),
        part("issuer").parse().unwrap(),
        part("schema").parse().unwrap(),
        curve(vector),
    )
}

#[test]
fn derives_every_key_of_the_vectors() {
    let file = vectors("cak-v1.json");
    let cases = file["derive"].as_array().unwrap();
    assert_eq!(cases.len(), 16);
    for (index, vector) in cases.iter().enumerate() {
        let context = cak_context(vector);
        let root = match text(&vector["root"]) {
            "seed" => RootSecret::from_seed(&bytes(&vector["seed"])).unwrap(),
            "wallet" => {
                let chain_id = ChainId::new(vector["chainId"].as_u64().unwrap());
                let wallet = LocalWallet::from_hex(text(&vector["walletKey"])).unwrap();
                let digest = eip712::cak_digest(&context, chain_id);
                assert_eq!(
                    digest.as_slice(),
                    bytes(&vector["eip712Digest"]),
                    "derive {index}: digest"
                );
                let signature = wallet.sign_digest(&digest).unwrap();
                assert_eq!(
                    &signature.expose_secret()[..],
                    bytes(&vector["signature"]),
                    "derive {index}: signature"
                );
                RootSecret::from_wallet(wallet, chain_id)
            }
            other => panic!("unknown root {other}"),
        };
        let key = root.derive(&context).unwrap();
        assert_eq!(
            key.expose_hex().as_str(),
            text(&vector["privateKey"]),
            "derive {index}: private key"
        );
        assert_eq!(
            key.public_key().to_string(),
            text(&vector["publicKey"]),
            "derive {index}: public key"
        );
        assert_eq!(
            key.public_key().to_compressed_hex(),
            text(&vector["publicKeyCompressed"]),
            "derive {index}"
        );
    }
}

#[test]
fn seals_and_opens_every_container_of_the_vectors() {
    let file = vectors("cak-v1.json");
    let cases = file["seal"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for (index, vector) in cases.iter().enumerate() {
        let context = cak_context(vector);
        let key = CakPrivateKey::from_hex(curve(vector), text(&vector["privateKey"])).unwrap();
        let chunk_size =
            ChunkSize::from_log2(u8::try_from(vector["chunkLog2"].as_u64().unwrap()).unwrap()).unwrap();
        let (label, document, sealed) = (
            bytes(&vector["aad"]),
            bytes(&vector["plaintext"]),
            bytes(&vector["sealed"]),
        );
        let ephemeral = bytes(&vector["ephemeralPrivateKey"]);

        let ours = key
            .public_key()
            .seal_in_chunks(
                &context,
                &label,
                chunk_size,
                &document,
                &mut FixedRng::new(&ephemeral),
            )
            .unwrap();
        assert_eq!(ours, sealed, "seal {index}: in memory");
        let mut sealer = Sealer::new(
            key.public_key(),
            &context,
            &label,
            chunk_size,
            Vec::new(),
            &mut FixedRng::new(&ephemeral),
        )
        .unwrap();
        sealer.write_all(&document).unwrap();
        assert_eq!(sealer.finish().unwrap(), sealed, "seal {index}: streamed");

        assert_eq!(
            *key.open(&context, &label, &sealed).unwrap(),
            document,
            "seal {index}: opened"
        );
        let mut opened = Vec::new();
        Opener::new(&key, &context, &label, sealed.as_slice())
            .unwrap()
            .copy_to(&mut opened)
            .unwrap();
        assert_eq!(opened, document, "seal {index}: opened as a stream");
    }
}

/// Opens the containers of section 5 with the managed key itself. The module `custody` tests the
/// custodians.
#[test]
fn opens_every_managed_container_of_the_vectors() {
    let file = vectors("cak-v1.json");
    for (index, vector) in file["threshold"].as_array().unwrap().iter().enumerate() {
        let context = ManagedContext::new(
            text(&vector["issuer"]).parse().unwrap(),
            text(&vector["keyId"]).parse().unwrap(),
            curve(vector),
        );
        let key = CakPrivateKey::from_hex(curve(vector), text(&vector["privateKey"])).unwrap();
        assert_eq!(
            key.public_key().to_string(),
            text(&vector["publicKey"]),
            "threshold {index}: public key"
        );
        let opened = key.open(&context, b"", &bytes(&vector["sealed"]));
        assert_eq!(*opened.unwrap(), bytes(&vector["plaintext"]), "threshold {index}");
        let another = ManagedContext::new(
            text(&vector["issuer"]).parse().unwrap(),
            "x".parse().unwrap(),
            curve(vector),
        );
        let refused = key.open(&another, b"", &bytes(&vector["sealed"]));
        assert!(
            matches!(refused, Err(Error::WrongKey)),
            "threshold {index}: another key id"
        );
    }
}
