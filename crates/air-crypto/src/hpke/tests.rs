//! The published vectors: both KEMs, two AEADs, spoiled inputs, and the IETF draft's DHKEM(secp256k1).

use serde_json::Value;

use super::*;
use crate::testing::{FixedRng, bytes, text, vectors};

fn aead(vector: &Value) -> Option<AeadId> {
    match vector["aead_id"].as_u64() {
        Some(1) => Some(AeadId::Aes128Gcm),
        Some(2) => Some(AeadId::Aes256Gcm),
        _ => None,
    }
}

fn curve(vector: &Value) -> Curve {
    Curve::from_kem_id(u16::try_from(vector["kem_id"].as_u64().unwrap()).unwrap()).unwrap()
}

fn receiver(vector: &Value, enc: &[u8]) -> Option<Context> {
    let curve = curve(vector);
    let key = CakPrivateKey::from_hex(curve, text(&vector["skRm"])).unwrap();
    let enc: &Point = enc.try_into().ok()?;
    setup_receiver(&key, aead(vector)?, enc, &bytes(&vector["info"]))
}

fn assert_schedule(context: &Context, vector: &Value, name: &str) {
    assert_eq!(
        context.base_nonce.as_slice(),
        bytes(&vector["base_nonce"]),
        "{name}: base_nonce"
    );
    let mut exported = [0; 32];
    context.export(b"probe", &mut exported);
    let exporter_secret: [u8; 32] = bytes(&vector["exporter_secret"]).try_into().unwrap();
    let mut expected = [0; 32];
    let suite = SuiteId {
        kem: curve(vector).kem_id(),
        aead: aead(vector).unwrap().id(),
    };
    labeled_expand(
        &Hkdf::from_prk(&exporter_secret),
        &suite.hpke(),
        b"sec",
        b"probe",
        &mut expected,
    );
    assert_eq!(exported, expected, "{name}: exporter_secret");
}

#[test]
fn agrees_with_three_implementations_on_both_kems() {
    let file = vectors("hpke-base.json");
    for vector in file["vectors"].as_array().unwrap() {
        let name = text(&vector["name"]);
        let curve = curve(vector);
        let recipient = CakPublicKey::from_hex(curve, text(&vector["pkRm"])).unwrap();
        let mut rng = FixedRng::new(&bytes(&vector["skEm"]));
        let (mut sender, enc) = setup_sender(
            &recipient,
            aead(vector).unwrap(),
            &bytes(&vector["info"]),
            &mut rng,
        )
        .unwrap();
        assert_eq!(enc.as_slice(), bytes(&vector["enc"]), "{name}: enc");
        let mut receiver = receiver(vector, &bytes(&vector["enc"])).unwrap();
        assert_schedule(&sender, vector, name);
        assert_schedule(&receiver, vector, name);
        for encryption in vector["encryptions"].as_array().unwrap() {
            let seq = encryption["seq"].as_u64().unwrap();
            (sender.sequence, receiver.sequence) = (seq, seq);
            let (aad, ciphertext) = (bytes(&encryption["aad"]), bytes(&encryption["ct"]));
            let mut sealed = bytes(&encryption["pt"]);
            let tag = sender.seal_in_place(&aad, &mut sealed).unwrap();
            sealed.extend_from_slice(&tag);
            assert_eq!(sealed, ciphertext, "{name}: seal {seq}");
            let (place, tag) = sealed.split_last_chunk_mut::<16>().unwrap();
            receiver.open_in_place(&aad, place, tag).unwrap();
            assert_eq!(place, bytes(&encryption["pt"]), "{name}: open {seq}");
        }
        for export in vector["exports"].as_array().unwrap() {
            let mut value = vec![0; usize::try_from(export["L"].as_u64().unwrap()).unwrap()];
            sender.export(&bytes(&export["context"]), &mut value);
            assert_eq!(value, bytes(&export["value"]), "{name}: export");
        }
    }
}

#[test]
fn refuses_every_spoiled_input_of_the_vectors() {
    let file = vectors("hpke-base.json");
    let mut count = 0;
    for vector in file["vectors"].as_array().unwrap() {
        for invalid in vector["invalid"].as_array().unwrap() {
            let name = format!("{}: {}", text(&vector["name"]), text(&invalid["why"]));
            let field = |key: &str| {
                if invalid[key].is_null() {
                    &vector[key]
                } else {
                    &invalid[key]
                }
            };
            let mut spoiled = vector.clone();
            spoiled["info"] = field("info").clone();
            let opened = receiver(&spoiled, &bytes(field("enc"))).and_then(|mut context| {
                context.sequence = invalid["seq"].as_u64().unwrap_or(0);
                let mut ciphertext = bytes(&invalid["ct"]);
                let (place, tag) = ciphertext.split_last_chunk_mut::<16>()?;
                context.open_in_place(&bytes(&invalid["aad"]), place, tag)
            });
            assert!(opened.is_none(), "{name}");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} spoiled inputs were tried");
}

#[test]
fn agrees_with_the_draft_that_defines_dhkem_secp256k1() {
    let file = vectors("hpke-secp256k1-draft.json");
    let mut count = 0;
    for (index, vector) in file.as_array().unwrap().iter().enumerate() {
        if aead(vector).is_none() {
            continue; // ChaCha20-Poly1305: a suite that no container has
        }
        let name = format!("draft vector {index}");
        let recipient = CakPublicKey::from_hex(Curve::Secp256k1, text(&vector["pkRm"])).unwrap();
        let info = bytes(&vector["info"]);
        let mut rng = FixedRng::new(&bytes(&vector["skEm"]));
        let (sender, enc) = setup_sender(&recipient, aead(vector).unwrap(), &info, &mut rng).unwrap();
        assert_eq!(enc.as_slice(), bytes(&vector["pkEm"]), "{name}: enc");
        assert_schedule(&sender, vector, &name);
        assert_schedule(&receiver(vector, &enc).unwrap(), vector, &name);
        count += 1;
    }
    assert_eq!(count, 6);
}
