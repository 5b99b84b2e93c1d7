//! Private keys under a passphrase: encrypted PKCS#8 (RFC 5958, section 3) with PBES2 (RFC 8018,
//! 6.2), as OpenSSL reads and writes it.

use air_pem::Block;
use pkcs8::{
    EncryptedPrivateKeyInfoRef,
    der::{
        Decode,
        pem::{LineEnding, PemLabel},
    },
    pkcs5::{
        EncryptionScheme,
        pbes2::{Kdf, Parameters},
    },
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    CakPrivateKey,
    der::{is_encrypted_der, malformed, private_block},
};
use crate::{Error, Field, KeyForm};

/// scrypt's `p`, with N = 2^14 and r = 8. It costs about as much as N = 2^17 and p = 1, within the
/// 32 MiB that OpenSSL allows.
const PARALLELIZATION: u16 = 5;
/// The most memory in bytes that the scrypt parameters of a file may require.
const SCRYPT_MEMORY_LIMIT: u64 = 256 << 20;
/// The most passes over that memory that a file may require.
const SCRYPT_PARALLELIZATION_LIMIT: u16 = 16;
/// The most PBKDF2 iterations that a file may require.
const PBKDF2_ITERATION_LIMIT: u32 = 10_000_000;

impl CakPrivateKey {
    /// Encrypts the key under a passphrase: PKCS#8 PEM, PBES2 with scrypt (N = 2^14, r = 8, p = 5)
    /// and AES-256-CBC. This takes some tenths of a second.
    ///
    /// # Errors
    /// [`Error::FieldEmpty`] for an empty passphrase.
    pub fn to_encrypted_pem(&self, passphrase: &[u8], rng: &mut impl CryptoRng) -> Result<String, Error> {
        if passphrase.is_empty() {
            return Err(Error::FieldEmpty {
                field: Field::Passphrase,
            });
        }
        let document = self.with_pkcs8(|info| {
            let mut parameters = Parameters::generate_scrypt(rng)?;
            if let Kdf::Scrypt(scrypt) = &mut parameters.kdf {
                scrypt.parallelization = PARALLELIZATION;
            }
            info.encrypt_with_params(parameters, passphrase)
        });
        let pem = document
            .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
            .expect("a short document fits");
        Ok(pem.as_str().to_owned())
    }

    /// Reads PEM as [`CakPrivateKey::from_pem`] does, and decrypts a block `ENCRYPTED PRIVATE KEY`.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`]; [`Error::UnsupportedEncryption`] for a scheme other than PBES2
    /// with scrypt or PBKDF2 and AES, and for parameters above 256 MiB or 10,000,000 iterations;
    /// otherwise as [`CakPrivateKey::from_pem`].
    pub fn from_encrypted_pem(pem: &str, passphrase: &[u8]) -> Result<Self, Error> {
        Self::from_encrypted_block(&private_block(pem.as_bytes())?, passphrase)
    }

    pub(super) fn from_encrypted_block(block: &Block, passphrase: &[u8]) -> Result<Self, Error> {
        if !is_encrypted_der(block) {
            return Self::from_block(block);
        }
        let encrypted = EncryptedPrivateKeyInfoRef::from_der(block.der())
            .map_err(|_| malformed(Field::PrivateKey, KeyForm::Pkcs8))?;
        if !is_affordable(&encrypted.encryption_algorithm) {
            return Err(Error::UnsupportedEncryption);
        }
        // A wrong passphrase usually gives wrong padding. Once in 256 times it gives other bytes
        // instead.
        let decrypted = encrypted
            .decrypt(passphrase)
            .map_err(|_| Error::WrongPassphrase)?;
        let der = Zeroizing::new(decrypted.as_bytes().to_vec());
        Self::from_pkcs8_der(&der).map_err(|_| Error::WrongPassphrase)
    }
}

/// Checks the cost of the scheme, because the file itself chooses it.
fn is_affordable(scheme: &EncryptionScheme) -> bool {
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return false;
    };
    match &parameters.kdf {
        Kdf::Scrypt(scrypt) => {
            let memory = scrypt
                .cost_parameter
                .checked_mul(u64::from(scrypt.block_size))
                .and_then(|blocks| blocks.checked_mul(128));
            memory.is_some_and(|memory| memory <= SCRYPT_MEMORY_LIMIT)
                && scrypt.parallelization <= SCRYPT_PARALLELIZATION_LIMIT
        }
        Kdf::Pbkdf2(pbkdf2) => pbkdf2.iteration_count <= PBKDF2_ITERATION_LIMIT,
        _ => false,
    }
}
