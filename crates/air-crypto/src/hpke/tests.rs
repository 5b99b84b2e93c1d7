//! Tests against published vectors: both KEMs, two AEADs, modified inputs, and the IETF draft of
//! DHKEM(secp256k1).

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
    curve_of_kem(u16::try_from(vector["kem_id"].as_u64().unwrap()).unwrap()).unwrap()
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
        kem: kem_id(curve(vector)),
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

/// RFC 9180, A.3.1: base mode of DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
#[test]
fn agrees_with_the_rfcs_appendix() {
    let bytes = |digits: &str| hex::decode(digits).unwrap();
    let info = bytes("4f6465206f6e2061204772656369616e2055726e");
    let ephemeral = "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb";
    let enc = "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325a\
               c98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4";
    let key = CakPrivateKey::from_hex(
        Curve::Secp256r1,
        "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
    )
    .unwrap();
    assert_eq!(
        key.public_key().to_string(),
        "0x04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82\
         6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
    );
    let mut rng = FixedRng::new(&bytes(ephemeral));
    let (mut sender, sent) = setup_sender(key.public_key(), AeadId::Aes128Gcm, &info, &mut rng).unwrap();
    assert_eq!(hex::encode(sent), enc);
    let mut receiver = setup_receiver(&key, AeadId::Aes128Gcm, &sent, &info).unwrap();
    assert_eq!(hex::encode(*receiver.base_nonce), "4e0bc5018beba4bf004cca59");
    for (aad, ciphertext) in [
        (
            "Count-0",
            "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
        ),
        (
            "Count-1",
            "fa6f037b47fc21826b610172ca9637e82d6e5801eb31cbd3748271affd4ecb06646e0329cbdf3c3cd655b28e82",
        ),
    ] {
        let mut text = b"Beauty is truth, truth beauty".to_vec();
        let tag = sender.seal_in_place(aad.as_bytes(), &mut text).unwrap();
        assert_eq!(hex::encode([text.as_slice(), &tag].concat()), ciphertext, "{aad}");
        receiver.open_in_place(aad.as_bytes(), &mut text, &tag).unwrap();
        assert_eq!(text, b"Beauty is truth, truth beauty", "{aad}");
    }
    let mut exported = [0; 32];
    receiver.export(b"", &mut exported);
    assert_eq!(
        hex::encode(exported),
        "5e9bc3d236e1911d95e65b576a8a86d478fb827e8bdfe77b741b289890490d4d"
    );
}
