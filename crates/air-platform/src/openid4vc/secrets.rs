//! References, codes and tokens, of which the store has digests only.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

use crate::{App, Refusal, ids};
use air_store::secrets;

/// A SHA-256 digest.
pub(crate) type Digest = [u8; 32];

const NONCES: &str = "openid4vc-nonces";

/// Returns the digest of a secret, by which the store finds it.
pub(crate) fn digest(secret: &str) -> Digest {
    Sha256::digest(secret).into()
}

/// Makes a reference of 256 random bits.
pub(super) fn reference() -> String {
    URL_SAFE_NO_PAD.encode(ids::secret())
}

/// The kind of an offer's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeKind {
    /// The wallet exchanges it for an access token.
    PreAuthorized,
    /// The wallet sends it with its authorization request.
    IssuerState,
}

/// Returns the code of the offer with this reference. The store has neither, so it can't make one
/// of the other.
pub(super) fn code(reference: &str, kind: CodeKind) -> String {
    let label = match kind {
        CodeKind::PreAuthorized => "pre-authorized code",
        CodeKind::IssuerState => "issuer_state",
    };
    URL_SAFE_NO_PAD.encode(keyed(reference, label))
}

/// Returns the digest of a transaction code. It is keyed by the code, which the store does not
/// have: a transaction code is short enough to be found from an unkeyed digest.
pub(super) fn transaction_code_digest(code: &str, transaction_code: &str) -> Digest {
    keyed(code, transaction_code)
}

fn keyed(key: &str, text: &str) -> Digest {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Returns the key of nonces, and creates it for the first one.
pub async fn nonce_key(app: &App) -> Result<Digest, Refusal> {
    if let Some(key) = app.cache.wallets.nonce_key() {
        return Ok(*key);
    }
    let mut found = secrets::find(&mut *app.store.read().await?, NONCES).await?;
    if found.is_none() {
        let mut tx = app.store.write().await?;
        let now = app.platform_clock.now();
        found = Some(secrets::find_or_insert(&mut tx, NONCES, &ids::secret(), now).await?);
        tx.commit().await?;
    }
    let secret = found.unwrap_or_default();
    let key = secret
        .try_into()
        .map_err(|_| Refusal::internal("the stored key of nonces is not 32 bytes long"))?;
    Ok(*app.cache.wallets.keep_nonce_key(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_from_its_reference_and_shows_nothing_of_it() {
        let reference = reference();
        assert_eq!(reference.len(), 43);
        let made = code(&reference, CodeKind::PreAuthorized);
        assert_eq!(made, code(&reference, CodeKind::PreAuthorized));
        assert_ne!(made, code(&reference, CodeKind::IssuerState));
        assert_ne!(made, reference);
        assert_ne!(digest(&made), digest(&reference));
        assert_ne!(
            transaction_code_digest("a", "123456"),
            transaction_code_digest("b", "123456")
        );
    }
}
