//! The context of a key.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
};

use air_crypto::{CakUser, Error, IssuerDid, KeyId, SchemaId, SealingContext};
use pyo3::{FromPyObject, Py, pyclass, pymethods};

use crate::{argument, error::Failure};

/// Whose key, from whom, for what: user, issuer and schema, and the curve.
///
/// Texts are taken unchanged, 1 to 65,535 bytes each. The curve is `secp256r1` or `secp256k1`.
#[pyclass(frozen, eq, module = "air_python")]
#[derive(PartialEq)]
pub(crate) struct CakContext {
    pub(crate) inner: air_crypto::CakContext,
}

#[pymethods]
impl CakContext {
    #[new]
    #[pyo3(signature = (user, issuer, schema, *, curve = "secp256r1"))]
    fn new(user: &str, issuer: &str, schema: &str, curve: &str) -> Result<Self, Failure> {
        let inner = air_crypto::CakContext::new(
            CakUser::new(user)?,
            IssuerDid::new(issuer).map_err(Error::from)?,
            SchemaId::new(schema).map_err(Error::from)?,
            argument::curve(curve)?,
        );
        Ok(Self { inner })
    }

    #[getter]
    fn user(&self) -> &str {
        self.inner.user().as_str()
    }

    #[getter]
    fn issuer(&self) -> &str {
        self.inner.issuer().as_str()
    }

    #[getter]
    fn schema(&self) -> &str {
        self.inner.schema().as_str()
    }

    #[getter]
    fn curve(&self) -> &'static str {
        self.inner.curve().name()
    }

    fn __hash__(&self) -> u64 {
        hash(&self.inner)
    }

    fn __repr__(&self) -> String {
        format!(
            "CakContext({:?}, {:?}, {:?}, curve={:?})",
            self.user(),
            self.issuer(),
            self.schema(),
            self.curve()
        )
    }
}

/// A key that an issuer or a group of custodians manages: issuer, key ID and curve.
#[pyclass(frozen, eq, module = "air_python")]
#[derive(PartialEq)]
pub(crate) struct ManagedContext {
    pub(crate) inner: air_crypto::ManagedContext,
}

#[pymethods]
impl ManagedContext {
    #[new]
    #[pyo3(signature = (issuer, key_id, *, curve = "secp256r1"))]
    fn new(issuer: &str, key_id: &str, curve: &str) -> Result<Self, Failure> {
        let inner = air_crypto::ManagedContext::new(
            IssuerDid::new(issuer).map_err(Error::from)?,
            KeyId::new(key_id)?,
            argument::curve(curve)?,
        );
        Ok(Self { inner })
    }

    #[getter]
    fn issuer(&self) -> &str {
        self.inner.issuer().as_str()
    }

    #[getter]
    fn key_id(&self) -> &str {
        self.inner.key_id().as_str()
    }

    #[getter]
    fn curve(&self) -> &'static str {
        self.inner.curve().name()
    }

    fn __hash__(&self) -> u64 {
        hash(&self.inner)
    }

    fn __repr__(&self) -> String {
        format!(
            "ManagedContext({:?}, {:?}, curve={:?})",
            self.issuer(),
            self.key_id(),
            self.curve()
        )
    }
}

/// The context that a container is bound to.
#[derive(FromPyObject)]
pub(crate) enum Binding {
    #[pyo3(transparent, annotation = "CakContext")]
    Cak(Py<CakContext>),
    #[pyo3(transparent, annotation = "ManagedContext")]
    Managed(Py<ManagedContext>),
}

impl Binding {
    pub(crate) fn sealing(&self) -> SealingContext<'_> {
        match self {
            Self::Cak(context) => (&context.get().inner).into(),
            Self::Managed(context) => (&context.get().inner).into(),
        }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
