//! A share under a passphrase: the second form of `share-<i>.json`.
//!
//! ```text
//! key            = scrypt(passphrase, salt (16), N = 2^logN, r = 8, p, 32 bytes)
//! encryptedShare = nonce (12) || AES-256-GCM(key, nonce, associated data, share (32))
//! associated data = "AIR-SHARE-v1" || LP(managed_context) || u8(index)
//! ```

use rand_core::CryptoRng;
use scrypt::{Params, scrypt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Share, ShareIndex};
use crate::{Curve, CustodyFile, Error, Field, ManagedContext, backend::Aead, context::push_length_prefixed};

const DOMAIN: &[u8] = b"AIR-SHARE-v1";
const KDF: &str = "scrypt";
const CIPHER: &str = "aes-256-gcm";
/// scrypt's cost that OWASP recommends: N = 2^17, r = 8, p = 1, which takes 128 MiB.
const LOG_N: u8 = 17;
const BLOCK_SIZE: u32 = 8;
const PARALLELIZATION: u32 = 1;
/// The costs that are read. The most is 256 MiB, and 16 passes over them.
const LOG_N_RANGE: std::ops::RangeInclusive<u8> = 14..=18;
const PARALLELIZATION_RANGE: std::ops::RangeInclusive<u32> = 1..=16;

const SALT_LENGTH: usize = 16;
const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

/// The members of the file that describe the encryption.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EncryptionFile {
    kdf: String,
    log_n: u8,
    r: u32,
    p: u32,
    salt: String,
    cipher: String,
}

/// Encrypts a share under a fresh salt and nonce. Returns the two members of its file.
pub(super) fn encrypt(
    share: &Share,
    context: &ManagedContext,
    passphrase: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(EncryptionFile, String), Error> {
    if passphrase.is_empty() {
        return Err(Error::FieldEmpty {
            field: Field::Passphrase,
        });
    }
    let mut salt = [0; SALT_LENGTH];
    let mut nonce = [0; NONCE_LENGTH];
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    let file = EncryptionFile {
        kdf: KDF.to_owned(),
        log_n: LOG_N,
        r: BLOCK_SIZE,
        p: PARALLELIZATION,
        salt: hex::encode(salt),
        cipher: CIPHER.to_owned(),
    };
    let key = file.key(passphrase)?;
    let mut text = Zeroizing::new(*share.key().expose_secret());
    let tag = Aead::aes_256_gcm(&key)
        .seal_in_place(
            &nonce,
            &associated_data(context, share.index()),
            text.as_mut_slice(),
        )
        .expect("a share is 32 bytes long");
    let sealed = [nonce.as_slice(), text.as_slice(), tag.as_slice()].concat();
    Ok((file, hex::encode(sealed)))
}

/// Decrypts the two members of a file.
pub(super) fn decrypt(
    encryption: &EncryptionFile,
    encrypted: &str,
    context: &ManagedContext,
    index: ShareIndex,
    passphrase: &[u8],
) -> Result<Share, Error> {
    let curve: Curve = context.curve();
    let sealed = hex::decode(encrypted).map_err(|_| malformed())?;
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or_else(malformed)?;
    let (text, tag) = rest.split_last_chunk::<TAG_LENGTH>().ok_or_else(malformed)?;
    let text = <[u8; 32]>::try_from(text).map_err(|_| malformed())?;
    let mut text = Zeroizing::new(text);
    let key = encryption.key(passphrase)?;
    Aead::aes_256_gcm(&key)
        .open_in_place(nonce, &associated_data(context, index), text.as_mut_slice(), tag)
        .ok_or(Error::WrongSharePassphrase { index })?;
    Share::from_bytes(curve, index, &text)
}

impl EncryptionFile {
    /// Derives the key after a check of the cost, because the file itself chooses it.
    fn key(&self, passphrase: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let is_affordable = self.kdf == KDF
            && self.cipher == CIPHER
            && LOG_N_RANGE.contains(&self.log_n)
            && self.r == BLOCK_SIZE
            && PARALLELIZATION_RANGE.contains(&self.p);
        if !is_affordable {
            return Err(Error::UnsupportedShareEncryption);
        }
        let mut salt = [0; SALT_LENGTH];
        hex::decode_to_slice(&self.salt, &mut salt).map_err(|_| malformed())?;
        let cost = Params::new(self.log_n, self.r, self.p).map_err(|_| Error::UnsupportedShareEncryption)?;
        let mut key = Zeroizing::new([0; 32]);
        scrypt(passphrase, &salt, &cost, key.as_mut_slice()).expect("32 bytes are a valid length");
        Ok(key)
    }
}

/// Binds the share to its key and custodian.
fn associated_data(context: &ManagedContext, index: ShareIndex) -> Vec<u8> {
    let mut bytes = DOMAIN.to_vec();
    push_length_prefixed(&mut bytes, &context.to_bytes());
    bytes.push(index.get());
    bytes
}

fn malformed() -> Error {
    Error::MalformedFile {
        file: CustodyFile::Share,
        line: 0,
        column: 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use subtle::ConstantTimeEq;

    use crate::{
        Curve, Error, Field, ManagedContext,
        custody::{Group, Share, generate},
    };

    fn fixture(curve: Curve) -> (Group, Vec<Share>) {
        let context = ManagedContext::new("did:x:i".parse().unwrap(), "vault".parse().unwrap(), curve);
        generate(&context, 2, 2, &mut rand::rng()).unwrap()
    }

    fn encrypted(group: &Group, share: &Share) -> Value {
        let text = share
            .to_encrypted_json(group.context(), b"correct horse", &mut rand::rng())
            .unwrap();
        assert!(!text.contains(share.expose_hex().as_str()));
        serde_json::from_str(&text).unwrap()
    }

    fn read(group: &Group, file: &Value, passphrase: &str) -> Result<Share, Error> {
        Share::from_encrypted_json(group, &file.to_string(), passphrase.as_bytes())
    }

    #[test]
    fn a_passphrase_opens_what_it_encrypted_and_no_other_does() {
        for curve in [Curve::Secp256r1, Curve::Secp256k1] {
            let (group, shares) = fixture(curve);
            let file = encrypted(&group, &shares[1]);
            let read_back = read(&group, &file, "correct horse").unwrap();
            assert!(bool::from(read_back.ct_eq(&shares[1])));
            let refused = read(&group, &file, "wrong horse").unwrap_err();
            assert!(matches!(refused, Error::WrongSharePassphrase { .. }), "{refused}");
            let refused = Share::from_json(&group, &file.to_string()).unwrap_err();
            assert!(
                matches!(refused, Error::SharePassphraseNeeded { .. }),
                "{refused}"
            );
            let empty = shares[1].to_encrypted_json(group.context(), b"", &mut rand::rng());
            assert!(matches!(
                empty,
                Err(Error::FieldEmpty {
                    field: Field::Passphrase
                })
            ));
            // The plain form is read too.
            let plain = shares[0].expose_json(group.context());
            let plain = Share::from_encrypted_json(&group, &plain, b"any").unwrap();
            assert!(bool::from(plain.ct_eq(&shares[0])));
        }
    }

    #[test]
    fn an_encrypted_share_is_bound_to_its_key_and_custodian() {
        let (group, shares) = fixture(Curve::Secp256r1);
        let file = encrypted(&group, &shares[1]);
        let mut moved = file.clone();
        moved["index"] = json!(1);
        let refused = read(&group, &moved, "correct horse").unwrap_err();
        assert!(matches!(refused, Error::WrongSharePassphrase { .. }), "{refused}");
        moved["keyId"] = json!("other");
        let refused = read(&group, &moved, "correct horse").unwrap_err();
        assert!(matches!(refused, Error::ForeignShare { .. }), "{refused}");
    }

    #[test]
    fn costs_outside_the_limits_and_other_schemes_are_refused() {
        let (group, shares) = fixture(Curve::Secp256r1);
        let file = encrypted(&group, &shares[0]);
        for (member, value) in [
            ("logN", json!(13)),
            ("logN", json!(19)),
            ("logN", json!(63)),
            ("r", json!(9)),
            ("r", json!(0)),
            ("p", json!(0)),
            ("p", json!(17)),
            ("kdf", json!("pbkdf2")),
            ("cipher", json!("aes-128-gcm")),
        ] {
            let mut changed = file.clone();
            changed["encryption"][member] = value;
            let refused = read(&group, &changed, "correct horse").unwrap_err();
            assert!(
                matches!(refused, Error::UnsupportedShareEncryption),
                "{member}: {refused}"
            );
        }
        for (path, value) in [
            ("/encryption/salt", json!("00")),
            ("/encryptedShare", json!("00")),
            ("/encryptedShare", json!("zz")),
        ] {
            let mut changed = file.clone();
            *changed.pointer_mut(path).unwrap() = value;
            let refused = read(&group, &changed, "correct horse").unwrap_err();
            assert!(
                matches!(refused, Error::MalformedFile { .. }),
                "{path}: {refused}"
            );
        }
        let mut both = file.clone();
        both["share"] = json!("11".repeat(32));
        assert!(matches!(
            read(&group, &both, "correct horse"),
            Err(Error::MalformedFile { .. })
        ));
    }
}
