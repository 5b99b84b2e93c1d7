//! Signing keys of a partner and their tokens.

use std::time::Duration;

use air_jwt::{EmailAddress, Error, PartnerId, PartnerToken, Scope};
use pyo3::{
    Bound, Py, Python, pybacked::PyBackedBytes, pyclass, pyfunction, pymethods, types::PyBytes, types::PyDict,
};

use crate::{argument, error::Failure, json, random::random};

/// A partner's key: ES256 or RS256. It stays in the module's memory and is wiped when the object is
/// deleted.
#[pyclass(frozen, module = "air_python")]
pub(crate) struct SigningKey {
    pub(crate) inner: air_jwt::SigningKey,
}

#[pymethods]
impl SigningKey {
    /// Generate an ES256 key.
    #[staticmethod]
    fn generate() -> Result<Self, Failure> {
        let inner = air_jwt::SigningKey::generate(&mut random()?);
        Ok(Self { inner })
    }

    /// Read PEM (PKCS#8, SEC1, PKCS#1), a private JWK, or base64 of DER. `kid` defaults to that of the
    /// JWK, or to the RFC 7638 thumbprint.
    #[staticmethod]
    #[pyo3(signature = (text, *, kid = None))]
    fn from_text(py: Python<'_>, text: &str, kid: Option<&str>) -> Result<Self, Failure> {
        py.detach(|| {
            let key = air_jwt::SigningKey::from_text(text)?;
            let inner = match kid {
                None => key,
                Some(kid) => key.with_kid(kid.parse()?),
            };
            Ok(Self { inner })
        })
    }

    #[getter]
    fn kid(&self) -> &str {
        self.inner.kid().as_str()
    }

    #[getter]
    fn algorithm(&self) -> String {
        self.inner.algorithm().to_string()
    }

    /// The public half, for the partner's published set.
    #[getter]
    fn public_jwk<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>, Failure> {
        let text = serde_json::to_string(&self.inner.public_jwk())
            .map_err(|_| Failure::argument("key", "writable as a JWK"))?;
        json::object(py, &text)
    }

    /// Sign a message: the signature of a JWS (RFC 7518).
    fn sign<'py>(&self, py: Python<'py>, message: PyBackedBytes) -> Bound<'py, PyBytes> {
        let signature = py.detach(|| self.inner.sign(&message));
        PyBytes::new(py, &signature)
    }

    /// The private key as PKCS#8 PEM. Python cannot wipe this text.
    fn expose_pem(&self) -> String {
        self.inner.expose_pkcs8_pem().to_string()
    }

    fn __repr__(&self) -> String {
        format!("SigningKey({:?}, kid={:?}, ..)", self.algorithm(), self.kid())
    }
}

/// Sign a Partner JWT. The scope is `issue`, `verify`, `issue on-behalf` with the recipient's address
/// as `email`, or `None` with an `email` to log a user in. `lifetime` is in seconds, at most 900.
#[pyfunction]
#[pyo3(signature = (key, partner_id, scope, *, email = None, lifetime = 300, now = None))]
pub(crate) fn sign_partner_token(
    py: Python<'_>,
    key: Py<SigningKey>,
    partner_id: &str,
    scope: Option<&str>,
    email: Option<&str>,
    lifetime: u64,
    now: Option<u64>,
) -> Result<String, Failure> {
    let partner: PartnerId = partner_id.parse().map_err(Error::from)?;
    let scope = scope.map(str::parse::<Scope>).transpose()?;
    let email = email.map(str::parse::<EmailAddress>).transpose();
    let token = token(partner, scope, email.map_err(Error::from)?)?;
    let (now, key) = (argument::time(now)?, &key.get().inner);
    py.detach(|| {
        let jwt = token.valid_for(Duration::from_secs(lifetime)).sign(key, now)?;
        Ok(jwt.expose_secret().to_owned())
    })
}

fn token(
    partner: PartnerId,
    scope: Option<Scope>,
    email: Option<EmailAddress>,
) -> Result<PartnerToken, Failure> {
    let token = match (scope, email) {
        (None, Some(user)) => PartnerToken::login(partner, user),
        (Some(Scope::IssueOnBehalf), Some(recipient)) => PartnerToken::issue_on_behalf(partner, recipient),
        (None | Some(Scope::IssueOnBehalf), None) => {
            let needed = "given: the token names the user or recipient";
            return Err(Failure::argument("email", needed));
        }
        (Some(Scope::Issue), email) => with_email(PartnerToken::issue(partner), email),
        (Some(Scope::Verify), email) => with_email(PartnerToken::verify(partner), email),
        // `Scope` may get more variants.
        (Some(_), _) => return Err(Error::UnknownScope.into()),
    };
    Ok(token)
}

fn with_email(token: PartnerToken, email: Option<EmailAddress>) -> PartnerToken {
    match email {
        None => token,
        Some(email) => token.with_email(email),
    }
}
