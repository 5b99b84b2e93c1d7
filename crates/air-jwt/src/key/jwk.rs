//! Private keys as JWKs (RFC 7517; RFC 7518, 6.2.2 and 6.3.2).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::pkcs1::{self, EncodeRsaPrivateKey, UintRef, der::Decode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Private, SigningKey};
use crate::{Error, Jwk};

const LIMIT: usize = 16 * 1024;

/// The members of both key types. `oth` (more than two primes) is missing, so such keys are
/// refused.
#[derive(Deserialize)]
struct Members {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<Zeroizing<String>>,
    n: Option<String>,
    e: Option<String>,
    p: Option<Zeroizing<String>>,
    q: Option<Zeroizing<String>>,
    dp: Option<Zeroizing<String>>,
    dq: Option<Zeroizing<String>>,
    qi: Option<Zeroizing<String>>,
    oth: Option<serde::de::IgnoredAny>,
}

impl SigningKey {
    /// Reads a private JWK of P-256 or RSA. It keeps the `kid`; without one the id is the
    /// thumbprint.
    ///
    /// # Errors
    /// [`Error::InvalidPrivateKey`], [`Error::RsaKeySize`] or [`Error::InvalidKid`].
    pub fn from_jwk(json: &[u8]) -> Result<Self, Error> {
        if json.len() > LIMIT {
            return Err(Error::InvalidPrivateKey);
        }
        let members: Members = serde_json::from_slice(json).map_err(|_| Error::InvalidPrivateKey)?;
        let key = match members.kty.as_str() {
            "EC" => members.to_p256()?,
            "RSA" => members.to_rsa()?,
            _ => return Err(Error::InvalidPrivateKey),
        };
        if members
            .alg
            .is_some_and(|algorithm| algorithm != key.algorithm().as_str())
        {
            return Err(Error::InvalidPrivateKey);
        }
        match members.kid {
            Some(kid) => Ok(key.with_kid(kid.parse()?)),
            None => Ok(key),
        }
    }

    /// The key as a private JWK, with `kid`, `use` and `alg`. Security reviews can search for the
    /// name `expose_jwk`.
    #[must_use]
    pub fn expose_jwk(&self) -> Zeroizing<String> {
        let public = self.public_jwk();
        // The capacity is large enough that the buffer never moves, which would leave copies of the
        // secret.
        let mut json = Zeroizing::new(Vec::with_capacity(LIMIT));
        match &self.private {
            Private::Es256 { secret, .. } => {
                let scalar = Zeroizing::new(secret.to_bytes());
                let d = encode(&scalar);
                write(&mut json, &PrivateEc { public, d: &d });
            }
            Private::Rs256 { key, .. } => {
                let der = key.to_pkcs1_der().expect("a checked key has two primes");
                let parts = pkcs1::RsaPrivateKeyRef::from_der(der.as_bytes()).expect("it was written here");
                let texts = [
                    &parts.private_exponent,
                    &parts.prime1,
                    &parts.prime2,
                    &parts.exponent1,
                    &parts.exponent2,
                    &parts.coefficient,
                ]
                .map(|number| encode(number.as_bytes()));
                let [d, p, q, dp, dq, qi] = texts.each_ref().map(|text| text.as_str());
                let private = PrivateRsa {
                    public,
                    d,
                    p,
                    q,
                    dp,
                    dq,
                    qi,
                };
                write(&mut json, &private);
            }
        }
        Zeroizing::new(String::from_utf8(std::mem::take(&mut json)).expect("JSON is UTF-8"))
    }
}

#[derive(Serialize)]
struct PrivateEc<'a> {
    #[serde(flatten)]
    public: Jwk,
    d: &'a str,
}

#[derive(Serialize)]
struct PrivateRsa<'a> {
    #[serde(flatten)]
    public: Jwk,
    d: &'a str,
    p: &'a str,
    q: &'a str,
    dp: &'a str,
    dq: &'a str,
    qi: &'a str,
}

impl Members {
    fn to_p256(&self) -> Result<SigningKey, Error> {
        if self.crv.as_deref() != Some("P-256") {
            return Err(Error::InvalidPrivateKey);
        }
        let scalar = decode(self.d.as_deref())?;
        let key = p256::SecretKey::from_slice(&scalar)
            .map(SigningKey::from_p256)
            .map_err(|_| Error::InvalidPrivateKey)?;
        // The public half is required (RFC 7518, 6.2.2) and must match the private half.
        let point = [&[0x04][..], &decode(self.x.as_ref())?, &decode(self.y.as_ref())?].concat();
        if key.verifying_key().is_p256_point(&point) {
            Ok(key)
        } else {
            Err(Error::InvalidPrivateKey)
        }
    }

    fn to_rsa(&self) -> Result<SigningKey, Error> {
        if self.oth.is_some() {
            return Err(Error::InvalidPrivateKey);
        }
        let (modulus, exponent) = (decode(self.n.as_ref())?, decode(self.e.as_ref())?);
        let private = [&self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi];
        let [d, p, q, dp, dq, qi] = private.map(|text| decode(text.as_deref()));
        let (d, p, q, dp, dq, qi) = (d?, p?, q?, dp?, dq?, qi?);
        let number = |bytes| UintRef::new(bytes).map_err(|_| Error::InvalidPrivateKey);
        let key = pkcs1::RsaPrivateKeyRef {
            modulus: number(&modulus)?,
            public_exponent: number(&exponent)?,
            private_exponent: number(&d)?,
            prime1: number(&p)?,
            prime2: number(&q)?,
            exponent1: number(&dp)?,
            exponent2: number(&dq)?,
            coefficient: number(&qi)?,
            other_prime_infos: None,
        };
        let key = rsa::PrivateKey::try_from(key).map_err(|_| Error::InvalidPrivateKey)?;
        SigningKey::from_rsa(key)
    }
}

fn encode(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}

fn decode(text: Option<&String>) -> Result<Zeroizing<Vec<u8>>, Error> {
    text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .map(Zeroizing::new)
        .ok_or(Error::InvalidPrivateKey)
}

fn write(json: &mut Vec<u8>, members: &impl Serialize) {
    serde_json::to_writer(json, members).expect("texts serialise");
}
