//! The JWE compact serialisation (RFC 7516, 3.1) with ECDH-ES on P-256 and AES-GCM, for the
//! encrypted requests and responses of OpenID4VCI and OpenID4VP.
//!
//! The key agreement is direct (RFC 7518, 4.6): the shared key encrypts the content, and the part
//! for an encrypted key is empty. Compression (`zip`) and extensions (`crit`) are refused.
//!
//! ```
//! use air_jwt::jwe::{ContentEncryption, DecryptionKey, Jwe};
//!
//! # fn main() -> Result<(), air_jwt::Error> {
//! let key = DecryptionKey::generate(&mut rand::rng());
//! let published = key.encryption_key();                  // a JWK with `use`: `enc`
//!
//! let token = published.encrypt(ContentEncryption::A256Gcm, b"{\"vp_token\":{}}", &mut rand::rng());
//!
//! let received = Jwe::parse(&token, 64 * 1024)?;
//! assert_eq!(received.kid(), Some(key.kid().as_str()));
//! assert_eq!(received.decrypt(&key)?.as_slice(), b"{\"vp_token\":{}}");
//! # Ok(())
//! # }
//! ```

mod agreement;
mod content;
mod decrypt;
mod encrypt;
mod error;
mod private_key;
mod public_key;

pub use content::ContentEncryption;
pub use decrypt::Jwe;
pub use encrypt::Encryptor;
pub use error::JweError;
pub use private_key::DecryptionKey;
pub use public_key::EncryptionKey;

/// The only `alg`: direct key agreement (RFC 7518, 4.6).
const ALGORITHM: &str = "ECDH-ES";
