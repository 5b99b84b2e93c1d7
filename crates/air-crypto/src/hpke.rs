//! HPKE base mode (RFC 9180) over DHKEM(P-256) and DHKEM(secp256k1), HKDF-SHA256 and AES-GCM.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    CakPrivateKey, CakPublicKey, Curve,
    backend::{Aead, Hkdf, Point, group},
    scalar::Scalar,
};

/// HKDF-SHA256 (RFC 9180, 7.2).
pub(crate) const KDF_ID: u16 = 0x0001;

/// The DHKEM of a curve (RFC 9180, 7.1, and the IANA registry for 0x0016).
pub(crate) const fn kem_id(curve: Curve) -> u16 {
    match curve {
        Curve::Secp256r1 => 0x0010,
        Curve::Secp256k1 => 0x0016,
    }
}

/// The curve of a DHKEM.
pub(crate) const fn curve_of_kem(id: u16) -> Option<Curve> {
    match id {
        0x0010 => Some(Curve::Secp256r1),
        0x0016 => Some(Curve::Secp256k1),
        _ => None,
    }
}

/// The AEADs (RFC 9180, 7.3). Containers use AES-256-GCM; the published vectors also need
/// AES-128-GCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AeadId {
    #[cfg(test)]
    Aes128Gcm,
    Aes256Gcm,
}

impl AeadId {
    pub(crate) const fn id(self) -> u16 {
        match self {
            #[cfg(test)]
            Self::Aes128Gcm => 0x0001,
            Self::Aes256Gcm => 0x0002,
        }
    }
}

/// An encryption context of either side: it seals or opens messages in sequence.
pub(crate) struct Context {
    aead: Aead,
    base_nonce: Zeroizing<[u8; 12]>,
    sequence: u64,
    suite: SuiteId,
    exporter: Hkdf,
}

/// `SetupBaseS` (RFC 9180, 5.1.1): a context and the encapsulated key.
pub(crate) fn setup_sender(
    public_key: &CakPublicKey,
    aead: AeadId,
    info: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<(Context, Point)> {
    let curve = public_key.curve();
    let group = group(curve);
    let ephemeral = random_scalar(curve, rng);
    let (enc, dh) = group.encapsulate(&ephemeral, public_key.as_uncompressed())?;
    let shared = shared_secret(curve, &dh, &enc, public_key.as_uncompressed());
    Some((key_schedule(curve, aead, &shared, info), enc))
}

/// `SetupBaseR` (RFC 9180, 5.1.1); `None` when `enc` is not a point of the curve.
pub(crate) fn setup_receiver(key: &CakPrivateKey, aead: AeadId, enc: &Point, info: &[u8]) -> Option<Context> {
    let dh = group(key.curve()).diffie_hellman(key.expose_secret(), enc)?;
    Some(setup_receiver_from_dh(key.public_key(), aead, enc, &dh, info))
}

/// As [`setup_receiver`], with the result of a Diffie–Hellman step that custodians computed.
pub(crate) fn setup_receiver_from_dh(
    public_key: &CakPublicKey,
    aead: AeadId,
    enc: &Point,
    dh: &[u8; 32],
    info: &[u8],
) -> Context {
    let curve = public_key.curve();
    let shared = shared_secret(curve, dh, enc, public_key.as_uncompressed());
    key_schedule(curve, aead, &shared, info)
}

impl Context {
    /// Encrypts the next message in place and returns its tag; `None` when the sequence number
    /// overflows or the message exceeds GCM's limit.
    pub(crate) fn seal_in_place(&mut self, aad: &[u8], text: &mut [u8]) -> Option<[u8; 16]> {
        let tag = self.aead.seal_in_place(&self.nonce(), aad, text)?;
        self.sequence = self.sequence.checked_add(1)?;
        Some(tag)
    }

    /// Decrypts the next message in place; `None` when it does not authenticate.
    pub(crate) fn open_in_place(&mut self, aad: &[u8], text: &mut [u8], tag: &[u8; 16]) -> Option<()> {
        self.aead.open_in_place(&self.nonce(), aad, text, tag)?;
        self.sequence = self.sequence.checked_add(1)?;
        Some(())
    }

    /// `Export` (RFC 9180, 5.3).
    pub(crate) fn export(&self, exporter_context: &[u8], okm: &mut [u8]) {
        labeled_expand(&self.exporter, &self.suite.hpke(), b"sec", exporter_context, okm);
    }

    /// The number of messages that were sealed or opened.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// `base_nonce XOR I2OSP(seq, 12)` (RFC 9180, 5.2).
    fn nonce(&self) -> [u8; 12] {
        let mut nonce = *self.base_nonce;
        for (byte, sequence) in nonce.iter_mut().skip(4).zip(self.sequence.to_be_bytes()) {
            *byte ^= sequence;
        }
        nonce
    }
}

/// Rejection sampling. A draw fails with a probability of 2^-32 on P-256 and of 2^-127 on
/// secp256k1.
pub(crate) fn random_scalar(curve: Curve, rng: &mut impl CryptoRng) -> Scalar {
    let group = group(curve);
    let mut scalar = Zeroizing::new([0; 32]);
    loop {
        rng.fill_bytes(scalar.as_mut_slice());
        if group.is_scalar(&scalar) {
            return scalar;
        }
    }
}

/// Generates a random private key (see [`CakPrivateKey::generate`]).
pub(crate) fn generate_key(curve: Curve, rng: &mut impl CryptoRng) -> CakPrivateKey {
    CakPrivateKey::from_scalar(curve, random_scalar(curve, rng))
}

#[derive(Clone, Copy)]
struct SuiteId {
    kem: u16,
    aead: u16,
}

impl SuiteId {
    fn kem(self) -> [u8; 5] {
        let [high, low] = self.kem.to_be_bytes();
        [b'K', b'E', b'M', high, low]
    }

    fn hpke(self) -> [u8; 10] {
        let ([kem0, kem1], [kdf0, kdf1], [aead0, aead1]) = (
            self.kem.to_be_bytes(),
            KDF_ID.to_be_bytes(),
            self.aead.to_be_bytes(),
        );
        [b'H', b'P', b'K', b'E', kem0, kem1, kdf0, kdf1, aead0, aead1]
    }
}

/// `ExtractAndExpand` of the DHKEM (RFC 9180, 4.1).
fn shared_secret(curve: Curve, dh: &[u8; 32], enc: &Point, recipient: &Point) -> Zeroizing<[u8; 32]> {
    let suite = SuiteId {
        kem: kem_id(curve),
        aead: 0,
    }
    .kem();
    let prk = Hkdf::extract(b"", &[b"HPKE-v1", &suite, b"eae_prk", dh]);
    let kem_context = [enc.as_slice(), recipient.as_slice()].concat();
    let mut shared = Zeroizing::new([0; 32]);
    labeled_expand(
        &prk,
        &suite,
        b"shared_secret",
        &kem_context,
        shared.as_mut_slice(),
    );
    shared
}

/// `KeySchedule` in base mode, without a PSK (RFC 9180, 5.1).
fn key_schedule(curve: Curve, aead: AeadId, shared_secret: &[u8; 32], info: &[u8]) -> Context {
    let suite = SuiteId {
        kem: kem_id(curve),
        aead: aead.id(),
    };
    let hpke = suite.hpke();
    let labeled_extract =
        |salt: &[u8], label: &[u8], ikm: &[u8]| Hkdf::extract_only(salt, &[b"HPKE-v1", &hpke, label, ikm]);

    let mut schedule_context = vec![0]; // mode_base
    match aead {
        #[cfg(test)]
        AeadId::Aes128Gcm => {
            schedule_context.extend_from_slice(labeled_extract(b"", b"psk_id_hash", b"").as_slice());
        }
        AeadId::Aes256Gcm => schedule_context.extend_from_slice(psk_id_hash(curve)),
    }
    schedule_context.extend_from_slice(labeled_extract(b"", b"info_hash", info).as_slice());
    let secret = Hkdf::from_prk(&labeled_extract(shared_secret, b"secret", b""));

    let mut base_nonce = Zeroizing::new([0; 12]);
    labeled_expand(
        &secret,
        &hpke,
        b"base_nonce",
        &schedule_context,
        base_nonce.as_mut_slice(),
    );
    let mut exporter_secret = Zeroizing::new([0; 32]);
    labeled_expand(
        &secret,
        &hpke,
        b"exp",
        &schedule_context,
        exporter_secret.as_mut_slice(),
    );
    Context {
        aead: aead_cipher(aead, &secret, &hpke, &schedule_context),
        base_nonce,
        sequence: 0,
        suite,
        exporter: Hkdf::from_prk(&exporter_secret),
    }
}

/// `LabeledExtract("", "psk_id_hash", "")` of the suite with AES-256-GCM. It is a constant, because
/// base mode has no PSK.
fn psk_id_hash(curve: Curve) -> &'static [u8; 32] {
    match curve {
        Curve::Secp256r1 => &[
            0x8f, 0xc3, 0xae, 0xb8, 0x32, 0x49, 0x0a, 0x4b, 0x5a, 0xb3, 0xe4, 0x20, 0x23, 0x28, 0x7d, 0xb2,
            0x9a, 0x1f, 0x4b, 0xc7, 0xc2, 0x22, 0xc0, 0xdf, 0x22, 0x87, 0x27, 0xb7, 0x0a, 0x40, 0x21, 0x12,
        ],
        Curve::Secp256k1 => &[
            0x48, 0xd3, 0x92, 0x45, 0x03, 0xda, 0x58, 0xce, 0x15, 0x8d, 0x82, 0x32, 0x01, 0x21, 0x40, 0x62,
            0xd4, 0x4d, 0x1b, 0x85, 0xf4, 0x2e, 0x72, 0x04, 0x57, 0x2a, 0xf2, 0x0a, 0xc8, 0xc9, 0x5b, 0x92,
        ],
    }
}

fn aead_cipher(aead: AeadId, secret: &Hkdf, hpke: &[u8; 10], schedule_context: &[u8]) -> Aead {
    match aead {
        #[cfg(test)]
        AeadId::Aes128Gcm => {
            let mut key = Zeroizing::new([0; 16]);
            labeled_expand(secret, hpke, b"key", schedule_context, key.as_mut_slice());
            Aead::aes_128_gcm(&key)
        }
        AeadId::Aes256Gcm => {
            let mut key = Zeroizing::new([0; 32]);
            labeled_expand(secret, hpke, b"key", schedule_context, key.as_mut_slice());
            Aead::aes_256_gcm(&key)
        }
    }
}

/// `LabeledExpand` (RFC 9180, 4).
fn labeled_expand(prk: &Hkdf, suite: &[u8], label: &[u8], info: &[u8], okm: &mut [u8]) {
    let length = u16::try_from(okm.len())
        .expect("we never ask for more than 48 bytes")
        .to_be_bytes();
    prk.expand(&[&length, b"HPKE-v1", suite, label, info], okm);
}

#[cfg(test)]
mod commitment_tests;
#[cfg(test)]
mod tests;
