//! The holder's envelope: its keys, and what opens.

use air_crypto::holder::{HolderEnvelope, HolderPrivateKey, HolderPublicKey};

/// Keys that parse write back to what they were; an envelope of any bytes opens or does not, and an
/// SPKI is not a PKCS#8.
pub fn envelope(data: &[u8]) {
    if let Ok(key) = HolderPublicKey::from_spki_der(data) {
        assert_eq!(key.to_spki_der(), data);
        assert!(HolderPrivateKey::from_pkcs8_der(data).is_err());
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(key) = text.parse::<HolderPublicKey>()
    {
        assert_eq!(
            key.to_string().parse::<HolderPublicKey>().expect("it was a key"),
            key
        );
    }
    if let Ok(key) = HolderPrivateKey::from_pkcs8_der(data) {
        let again = HolderPrivateKey::from_pkcs8_der(&key.expose_pkcs8_der()).expect("it was a key");
        assert_eq!(again.public_key(), key.public_key());
    }
    let Some((key, rest)) = data.split_at_checked(44) else {
        return;
    };
    if let Some((iv, rest)) = rest.split_at_checked(12)
        && let Some((tag, sealed)) = rest.split_at_checked(16)
        && let Ok(envelope) = HolderEnvelope::from_parts(sealed, iv, tag, key)
        && let Ok(own) = HolderPrivateKey::from_pkcs8_der(OWN)
        && let Ok(opened) = own.open(&envelope)
    {
        assert_eq!(opened.len(), sealed.len());
    }
}

/// A PKCS#8 of 32 sevens.
const OWN: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07";
