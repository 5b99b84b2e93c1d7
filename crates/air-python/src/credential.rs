//! Credentials: SD-JWT VC.

use std::time::Duration;

use air_jwt::JwkSet;
use air_vc::{Challenge, ClaimPath, Credential, UnixTime, Verifier, status::VerifiedStatusList};
use pyo3::{Bound, Py, PyAny, Python, pyclass, pyfunction, pymethods, types::PyDict};
use serde_json::{Map, Value};

use crate::{argument, error::Failure, json, partner::SigningKey};

/// The maximum number of entries of a list.
const LIST_LIMIT: usize = 1_000;

/// A credential that passed every check.
#[pyclass(frozen, module = "air_python")]
pub(crate) struct VerifiedCredential {
    inner: air_vc::VerifiedCredential,
}

#[pymethods]
impl VerifiedCredential {
    #[getter]
    fn issuer(&self) -> &str {
        self.inner.issuer()
    }

    /// All signed claims, with those that were disclosed.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>, Failure> {
        object(py, self.inner.claims())
    }

    /// The claims about the subject, without those that every credential has.
    #[getter]
    fn subject<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>, Failure> {
        object(py, self.inner.subject())
    }

    /// Seconds since 1970, or `None` for a credential that does not expire.
    #[getter]
    fn expires_at(&self) -> Option<u64> {
        self.inner.expires_at().map(UnixTime::as_secs)
    }

    /// Whether the presenter proved possession of the key that the credential was issued to.
    #[getter]
    fn is_holder_bound(&self) -> bool {
        self.inner.is_holder_bound()
    }

    /// The outcome of each check by its name: `passed`, `notNeeded` or `leftOut`.
    #[getter]
    fn checks<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>, Failure> {
        let checks = self.inner.report().iter();
        let checks = checks.map(|(check, outcome)| (check.name().to_owned(), outcome.name().into()));
        object(py, &checks.collect())
    }

    fn __repr__(&self) -> String {
        format!("VerifiedCredential(issuer={:?}, ..)", self.issuer())
    }
}

/// Verify an SD-JWT VC or a presentation.
#[pyfunction]
#[pyo3(signature = (
    credential, *, issuer, jwks, types = vec![], claims = vec![], nonce = None, audience = None,
    status_lists = vec![], without_status = false, skew = 30, now = None,
))]
#[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
pub(crate) fn verify(
    py: Python<'_>,
    credential: &str,
    issuer: &str,
    jwks: &Bound<'_, PyAny>,
    types: Vec<String>,
    claims: Vec<String>,
    nonce: Option<String>,
    audience: Option<String>,
    status_lists: Vec<String>,
    without_status: bool,
    skew: u64,
    now: Option<u64>,
) -> Result<VerifiedCredential, Failure> {
    let jwks = json::text("jwks", jwks)?;
    let now = argument::time(now)?;
    for (name, list) in [
        ("types", &types),
        ("claims", &claims),
        ("status_lists", &status_lists),
    ] {
        if list.len() > LIST_LIMIT {
            return Err(Failure::too_large(name, list.len(), LIST_LIMIT));
        }
    }
    let challenge = challenge(nonce, audience)?;
    py.detach(|| {
        let keys = JwkSet::from_slice(jwks.as_bytes())?;
        let mut verifier = Verifier::new(issuer, &keys).with_skew(Duration::from_secs(skew))?;
        for vct in &types {
            verifier = verifier.requiring_type(vct);
        }
        verifier = verifier.requiring_claims(paths(&claims)?);
        if let Some(challenge) = challenge {
            verifier = verifier.requiring_key_binding(challenge);
        }
        let lists = verified_lists(&verifier, credential, &status_lists, now)?;
        verifier = verifier.with_status_lists(&lists);
        if without_status {
            verifier = verifier.without_status();
        }
        let inner = verifier.verify(credential, now)?;
        Ok(VerifiedCredential { inner })
    })
}

/// Disclose some claims of a credential, by their paths, such as `address.city`; `*` discloses all.
/// With `holder_key`, `nonce` and `audience`, the presentation is bound to a verifier's challenge.
#[pyfunction]
#[pyo3(signature = (credential, disclose, *, holder_key = None, nonce = None, audience = None, now = None))]
pub(crate) fn present(
    py: Python<'_>,
    credential: &str,
    disclose: Vec<String>,
    holder_key: Option<Py<SigningKey>>,
    nonce: Option<String>,
    audience: Option<String>,
    now: Option<u64>,
) -> Result<String, Failure> {
    if disclose.len() > LIST_LIMIT {
        return Err(Failure::too_large("disclose", disclose.len(), LIST_LIMIT));
    }
    let now = argument::time(now)?;
    let binding = match (holder_key, challenge(nonce, audience)?) {
        (None, None) => None,
        (Some(key), Some(challenge)) => Some((key, challenge)),
        _ => {
            let needed = "given together with `nonce` and `audience`";
            return Err(Failure::argument("holder_key", needed));
        }
    };
    py.detach(|| {
        let credential: Credential = credential.parse()?;
        let mut presentation = credential.present(&paths(&disclose)?)?;
        if let Some((key, challenge)) = &binding {
            presentation = presentation.bind(&key.get().inner, challenge, now)?;
        }
        Ok(presentation.as_str().to_owned())
    })
}

fn challenge(nonce: Option<String>, audience: Option<String>) -> Result<Option<Challenge>, Failure> {
    match (nonce, audience) {
        (None, None) => Ok(None),
        (Some(nonce), Some(audience)) => Ok(Some(Challenge { nonce, audience })),
        _ => Err(Failure::argument("nonce", "given together with `audience`")),
    }
}

fn paths(texts: &[String]) -> Result<Vec<ClaimPath>, Failure> {
    texts
        .iter()
        .map(|text| -> Result<ClaimPath, Failure> {
            if text == "*" {
                return Ok(ClaimPath::every());
            }
            Ok(text.parse()?)
        })
        .collect()
}

/// Verifies the tokens as the status list that the credential names, and drops the rejected ones. If
/// all are rejected, the last error is returned, because it is more specific than an unknown status.
fn verified_lists(
    verifier: &Verifier<'_>,
    credential: &str,
    tokens: &[String],
    now: UnixTime,
) -> Result<Vec<VerifiedStatusList>, Failure> {
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let Some(list) = verifier.named_lists(credential)?.token else {
        return Ok(Vec::new());
    };
    let (lists, refused): (Vec<_>, Vec<_>) = tokens
        .iter()
        .map(|token| list.verify(token, now))
        .partition(Result::is_ok);
    match refused.into_iter().filter_map(Result::err).next_back() {
        Some(error) if lists.is_empty() => Err(error.into()),
        _ => Ok(lists.into_iter().filter_map(Result::ok).collect()),
    }
}

fn object<'py>(py: Python<'py>, map: &Map<String, Value>) -> Result<Bound<'py, PyDict>, Failure> {
    let text = serde_json::to_string(map).map_err(|_| Failure::argument("claims", "writable as JSON"))?;
    json::object(py, &text)
}
