//! The holder of a credential: the one that the offer names, or else the key of the wallet.

use air_jwt::{Jwk, VerifyingKey};
use air_vc::did::{DidJwk, DidKey};

/// Returns the key that a DID contains (`did:jwk`, `did:key`). `None` for another method.
fn contained_key(did: &str) -> Option<Result<VerifyingKey, air_vc::Error>> {
    if did.starts_with("did:jwk:") {
        let parsed = did.parse::<DidJwk>();
        return Some(parsed.map(|did| did.jwk().verifying_key().clone()));
    }
    if did.starts_with("did:key:") {
        let parsed = did.parse::<DidKey>();
        return Some(parsed.map(|did| did.verifying_key().clone()));
    }
    None
}

/// Whether an offer may name this holder: a DID that contains a key has one that a wallet can prove.
pub(crate) fn is_holder(did: &str) -> bool {
    !matches!(contained_key(did), Some(Err(_)))
}

/// Whether a wallet that proved this key may receive a credential of the holder that the offer names. The keys of most
/// DIDs are not known, so anyone with such an offer may.
pub(super) fn may_receive(holder_did: Option<&str>, key: &Jwk) -> bool {
    match holder_did.and_then(contained_key) {
        None => true,
        Some(Ok(contained)) => contained == *key.verifying_key(),
        Some(Err(_)) => false,
    }
}

/// `sub` of the credential for this key.
pub(super) fn holder_did(named: Option<&str>, key: &Jwk) -> String {
    match named {
        Some(holder_did) => holder_did.to_owned(),
        None => DidJwk::new(key.verifying_key()).did().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use air_jwt::SigningKey;

    use super::*;

    #[test]
    fn a_did_with_a_key_is_for_that_key() {
        let [own, other] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
        let jwk = DidJwk::new(own.verifying_key()).did().to_string();
        let multikey = DidKey::new(own.verifying_key()).did().to_string();
        for did in [jwk, multikey] {
            assert!(is_holder(&did), "{did}");
            assert!(may_receive(Some(&did), &own.public_jwk()), "{did}");
            assert!(!may_receive(Some(&did), &other.public_jwk()), "{did}");
        }
        for did in ["did:jwk:e30", "did:key:z6Mk"] {
            assert!(!is_holder(did), "{did}");
            assert!(!may_receive(Some(did), &own.public_jwk()), "{did}");
        }
        let elsewhere = "did:air:id:test:holder";
        assert!(is_holder(elsewhere));
        assert!(may_receive(Some(elsewhere), &other.public_jwk()));
        assert!(may_receive(None, &other.public_jwk()));
    }
}
