//! Keys as text, in any format: hexadecimal, base64url, JWK, PEM or `did:key`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{CakPrivateKey, CakPublicKey, check_length, der::private_block};
use crate::{Curve, Error, Field, KeyForm};

impl CakPublicKey {
    /// Reads a SEC1 point, compressed or uncompressed, in base64url without padding (RFC 4648,
    /// section 5).
    ///
    /// # Errors
    /// [`Error::MalformedKey`], or [`Error::InvalidPoint`].
    pub fn from_base64url(curve: Curve, text: &str) -> Result<Self, Error> {
        Self::from_sec1(curve, &decode_base64url(Field::PublicKey, text)?)
    }

    /// The uncompressed point in base64url: 87 characters.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.as_uncompressed())
    }

    /// The compressed point in base64url: 44 characters.
    #[must_use]
    pub fn to_compressed_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.to_compressed())
    }

    /// Reads a key in any text format: hex, base64url, a JWK, SPKI PEM or a `did:key`. Hex and
    /// base64url do not name the curve, so it is `curve`, or secp256r1 by default. The other
    /// formats must agree with `curve` if it is given.
    ///
    /// # Errors
    /// The errors of the format, and [`Error::CurveMismatch`].
    pub fn from_text(curve: Option<Curve>, text: &str) -> Result<Self, Error> {
        let text = text.trim_start_matches('\u{feff}').trim();
        check_length(Field::PublicKey, text.len())?;
        let bare = curve.unwrap_or_default();
        let key = match Form::of(text) {
            Form::Jwk => Self::from_jwk(text),
            Form::Pem => Self::from_spki_pem(text),
            Form::DidKey => Self::from_did_key(text),
            Form::Base64Url => Self::from_base64url(bare, text),
            Form::Hex => Self::from_hex(bare, text),
        }?;
        agree(curve, key.curve()).map(|()| key)
    }
}

impl CakPrivateKey {
    /// Reads the scalar, 32 bytes big-endian, in base64url without padding.
    ///
    /// # Errors
    /// [`Error::MalformedKey`], or [`Error::InvalidScalar`].
    pub fn from_base64url(curve: Curve, text: &str) -> Result<Self, Error> {
        let bytes = decode_base64url(Field::PrivateKey, text)?;
        let scalar = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| Error::InvalidScalar {
            field: Field::PrivateKey,
            curve,
        })?;
        Self::from_bytes(curve, scalar)
    }

    /// The scalar in base64url: 43 characters. Security reviews can search for the name
    /// `expose_base64url`.
    #[must_use]
    pub fn expose_base64url(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.expose_secret()))
    }

    /// Reads a key in any text format: hex, base64url, a JWK or PEM; with a passphrase also
    /// encrypted PEM. Hex and base64url do not name the curve, so it is `curve`, or secp256r1 by
    /// default. The other formats must agree with `curve` if it is given.
    ///
    /// # Errors
    /// The errors of the format, and [`Error::CurveMismatch`].
    pub fn from_text(curve: Option<Curve>, text: &str, passphrase: Option<&[u8]>) -> Result<Self, Error> {
        Self::from_file_bytes(curve, text.as_bytes(), passphrase)
    }

    /// As [`Self::from_text`], for the bytes of a file, which may also be DER.
    ///
    /// # Errors
    /// As [`Self::from_text`].
    pub fn from_file_bytes(
        curve: Option<Curve>,
        file: &[u8],
        passphrase: Option<&[u8]>,
    ) -> Result<Self, Error> {
        check_length(Field::PrivateKey, file.len())?;
        let bare = curve.unwrap_or_default();
        let text = std::str::from_utf8(air_pem::without_byte_order_mark(file)).map(str::trim);
        let key = match text.map(|text| (Form::of(text), text)) {
            Ok((Form::Jwk, text)) => Self::from_jwk(text),
            Ok((Form::Base64Url, text)) => Self::from_base64url(bare, text),
            Ok((Form::Hex | Form::DidKey, text)) if !text.contains('\0') => Self::from_hex(bare, text),
            // Anything else is PEM or DER. DER may be valid UTF-8 by chance, but then contains a
            // NUL.
            _ => {
                let block = private_block(file)?;
                match passphrase {
                    Some(passphrase) => Self::from_encrypted_block(&block, passphrase),
                    None => Self::from_block(&block),
                }
            }
        }?;
        agree(curve, key.curve()).map(|()| key)
    }
}

enum Form {
    Hex,
    Base64Url,
    Jwk,
    Pem,
    DidKey,
}

impl Form {
    /// Detects the format by the first characters. Base64url is told from hex by its length: 32, 33
    /// or 65 bytes have 43, 44 or 87 characters.
    fn of(text: &str) -> Self {
        match text {
            _ if text.starts_with('{') => Self::Jwk,
            _ if text.contains("-----BEGIN ") => Self::Pem,
            _ if text.starts_with("did:") => Self::DidKey,
            _ if matches!(text.len(), 43 | 44 | 87) => Self::Base64Url,
            _ => Self::Hex,
        }
    }
}

fn agree(stated: Option<Curve>, key: Curve) -> Result<(), Error> {
    match stated {
        Some(context) if context != key => Err(Error::CurveMismatch { context, key }),
        _ => Ok(()),
    }
}

fn decode_base64url(field: Field, text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let text = text.trim();
    check_length(field, text.len())?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| Error::MalformedKey {
            field,
            form: KeyForm::Base64Url,
        })
}
