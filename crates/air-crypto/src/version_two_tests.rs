//! A version 2 of the CAK and of the container that exists only here. It checks that the identifiers of
//! version 1 leave room for a successor: a KEM with a longer encapsulated key enters, version 1 refuses it
//! by name, and nobody can turn one version into the other. The book's page on algorithm agility has the
//! rules that these tests keep.

use rand_core::CryptoRng;

use crate::{
    CakContext, CakPrivateKey, CakPublicKey, ContainerHeader, Curve, Error, RootSecret,
    backend::{Aead, Hkdf, Point},
    context::push_length_prefixed,
    hpke::{self, AeadId},
    scalar,
};

/// Stands for a hybrid KEM: one part on each curve, both of which an attacker has to break.
const KEM: u16 = 0xfff0;
/// The encapsulated keys of both parts.
const ENC_LENGTH: usize = 130;
const SEED: [u8; 32] = [7; 32];
const LABEL: &[u8] = b"scan";

/// A recipient's private keys, one on each curve.
struct PrivateKeys {
    p256: CakPrivateKey,
    k256: CakPrivateKey,
}

fn context(curve: Curve) -> CakContext {
    let [user, issuer, schema] = ["u", "did:x:i", "s"];
    CakContext::new(
        user.parse().unwrap(),
        issuer.parse().unwrap(),
        schema.parse().unwrap(),
        curve,
    )
}

/// `cak_context` with the tag of version 2.
fn context_two(curve: Curve) -> Vec<u8> {
    let one = context(curve).to_bytes();
    let fields = one.strip_prefix(b"AIR-CAK-v1").unwrap();
    [b"AIR-CAK-v2".as_slice(), fields].concat()
}

/// The derivation of version 1 with the salt and the context of version 2.
fn derive_two(curve: Curve) -> CakPrivateKey {
    let mut okm = [0; 48];
    Hkdf::extract(b"AIR-CAK-v2", &[&SEED]).expand(&[b"key", &context_two(curve)], &mut okm);
    CakPrivateKey::from_bytes(curve, &scalar::reduce(curve, &okm)).unwrap()
}

fn keys_two() -> PrivateKeys {
    PrivateKeys {
        p256: derive_two(Curve::Secp256r1),
        k256: derive_two(Curve::Secp256k1),
    }
}

fn key_one() -> CakPrivateKey {
    RootSecret::from_seed(&SEED)
        .unwrap()
        .derive(&context(Curve::Secp256r1))
        .unwrap()
}

/// The prefix of version 1 with other values at the same places.
fn prefix() -> [u8; 16] {
    let mut prefix = *b"AIR-SEAL\x02\0\0\0\x01\0\x02\x10";
    prefix[9..11].copy_from_slice(&KEM.to_be_bytes());
    prefix
}

fn info() -> Vec<u8> {
    let mut info = b"seal".to_vec();
    for field in [prefix().as_slice(), &context_two(Curve::Secp256r1), LABEL] {
        push_length_prefixed(&mut info, field);
    }
    info
}

fn part(hpke: &hpke::Context) -> [u8; 32] {
    let mut part = [0; 32];
    hpke.export(b"AIR-SEAL part", &mut part);
    part
}

/// Combines the secrets of both parts with their encapsulated keys: the cipher, and the commitment.
fn schedule(parts: &[[u8; 32]; 2], enc: &[u8]) -> (Aead, [u8; 32]) {
    let secret = Hkdf::extract(b"AIR-SEAL-v2", &[&parts[0], &parts[1]]);
    let mut key = [0; 32];
    let mut commit = [0; 32];
    secret.expand(&[b"key", enc], &mut key);
    secret.expand(&[b"commit", enc], &mut commit);
    (Aead::aes_256_gcm(&key), commit)
}

/// Seals one chunk: `prefix || LP(enc) || commit || chunk`.
fn seal_two(recipient: [&CakPublicKey; 2], document: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
    let mut parts = [[0; 32]; 2];
    let mut enc = Vec::new();
    for (slot, key) in parts.iter_mut().zip(recipient) {
        let (hpke, point) = hpke::setup_sender(key, AeadId::Aes256Gcm, &info(), rng).unwrap();
        *slot = part(&hpke);
        enc.extend_from_slice(&point);
    }
    let (aead, commit) = schedule(&parts, &enc);
    let mut text = document.to_vec();
    let tag = aead.seal_in_place(&[0; 12], &[1], &mut text).unwrap();
    let mut container = prefix().to_vec();
    push_length_prefixed(&mut container, &enc);
    [container.as_slice(), &commit, &text, &tag].concat()
}

fn open_two(keys: &PrivateKeys, container: &[u8]) -> Option<Vec<u8>> {
    let (start, rest) = container.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    if *start != prefix() || usize::from(u16::from_be_bytes(*length)) != ENC_LENGTH {
        return None;
    }
    let (enc, rest) = rest.split_first_chunk::<ENC_LENGTH>()?;
    let (commit, rest) = rest.split_first_chunk::<32>()?;
    let (text, tag) = rest.split_last_chunk::<16>()?;
    let mut parts = [[0; 32]; 2];
    for ((slot, key), point) in parts.iter_mut().zip([&keys.p256, &keys.k256]).zip(enc.chunks(65)) {
        let point: &Point = point.try_into().ok()?;
        *slot = part(&hpke::setup_receiver(key, AeadId::Aes256Gcm, point, &info())?);
    }
    let (aead, expected) = schedule(&parts, enc);
    if *commit != expected {
        return None;
    }
    let mut text = text.to_vec();
    aead.open_in_place(&[0; 12], &[1], &mut text, tag)?;
    Some(text)
}

/// A reader of both versions.
struct Reader {
    one: CakPrivateKey,
    two: PrivateKeys,
}

impl Reader {
    fn new() -> Self {
        Self {
            one: key_one(),
            two: keys_two(),
        }
    }

    /// The ninth byte selects the version. No other one is tried.
    fn open(&self, container: &[u8]) -> Option<Vec<u8>> {
        match container.get(8) {
            Some(1) => {
                let opened = self.one.open(&context(Curve::Secp256r1), LABEL, container);
                opened.ok().map(|document| document.to_vec())
            }
            Some(2) => open_two(&self.two, container),
            _ => None,
        }
    }
}

fn sealed() -> [Vec<u8>; 2] {
    let keys = keys_two();
    let rng = &mut rand::rng();
    let one = key_one()
        .public_key()
        .seal(&context(Curve::Secp256r1), LABEL, b"version 1", rng)
        .unwrap();
    let recipient = [keys.p256.public_key(), keys.k256.public_key()];
    [one, seal_two(recipient, b"version 2", rng)]
}

#[test]
fn one_root_secret_has_unrelated_keys_in_both_versions() {
    let one = key_one();
    let two = derive_two(Curve::Secp256r1);
    assert_ne!(one.expose_secret(), two.expose_secret());
    // The tags have one length, so the encodings of both versions never meet.
    let encoded = context(Curve::Secp256r1).to_bytes();
    assert_eq!(encoded.len(), context_two(Curve::Secp256r1).len());
    assert_ne!(encoded, context_two(Curve::Secp256r1));
}

#[test]
fn a_reader_of_version_1_refuses_version_2_by_its_version() {
    let [_, two] = sealed();
    let refused = ContainerHeader::read(&mut two.as_slice()).unwrap_err();
    let Error::NotAContainer { reason } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(reason, "its version is not 1");
}

#[test]
fn a_reader_of_both_versions_opens_both() {
    let reader = Reader::new();
    let [one, two] = sealed();
    assert_eq!(reader.open(&one).unwrap(), b"version 1");
    assert_eq!(reader.open(&two).unwrap(), b"version 2");
    let mut three = two;
    three[8] = 3;
    assert_eq!(reader.open(&three), None);
}

/// The version, the suite and the encapsulated key are authenticated.
#[test]
fn no_change_of_the_header_turns_one_version_into_the_other() {
    let reader = Reader::new();
    for (container, version) in sealed().into_iter().zip([2, 1]) {
        let mut relabelled = container.clone();
        relabelled[8] = version;
        assert_eq!(reader.open(&relabelled), None, "to version {version}");
        for index in 0..container.len() {
            let mut changed = container.clone();
            changed[index] ^= 1;
            assert_eq!(reader.open(&changed), None, "byte {index}, to version {version}");
        }
    }
}

/// As `air cak rewrap` would do it: open with the old key, seal to the new one, and open that.
#[test]
fn a_document_is_sealed_again_and_the_old_container_stays_readable() {
    let reader = Reader::new();
    let [one, _] = sealed();
    let document = reader.open(&one).unwrap();
    let recipient = [reader.two.p256.public_key(), reader.two.k256.public_key()];
    let two = seal_two(recipient, &document, &mut rand::rng());
    assert_eq!(reader.open(&two), reader.open(&one));
}

/// Both parts are needed: a wrong key in one of them opens nothing.
#[test]
fn each_part_of_a_hybrid_is_needed() {
    let [_, two] = sealed();
    let wrong = |curve| CakPrivateKey::from_bytes(curve, &[9; 32]).unwrap();
    let first = PrivateKeys {
        p256: wrong(Curve::Secp256r1),
        ..keys_two()
    };
    let second = PrivateKeys {
        k256: wrong(Curve::Secp256k1),
        ..keys_two()
    };
    for keys in [first, second] {
        assert_eq!(open_two(&keys, &two), None);
    }
}
