//! Compliance Access Keys: sealing and opening.

use air_crypto::{ChunkSize, Opener, Sealer};
use pyo3::{
    Bound, Py, PyAny, Python, pybacked::PyBackedBytes, pyclass, pymethods, types::PyBytes, types::PyDict,
};

use crate::{
    argument::{self, Label, Secret},
    context::Binding,
    document,
    error::Failure,
    file::{Reader, Writer},
    json,
    random::random,
};

/// The public half of a key, to which documents are sealed.
#[pyclass(frozen, eq, module = "air_python")]
#[derive(PartialEq)]
pub(crate) struct CakPublicKey {
    pub(crate) inner: air_crypto::CakPublicKey,
}

#[pymethods]
impl CakPublicKey {
    /// Read hex (compressed or not), base64url, a JWK, SPKI PEM or `did:key`.
    #[staticmethod]
    #[pyo3(signature = (text, *, curve = None))]
    fn from_text(text: &str, curve: Option<&str>) -> Result<Self, Failure> {
        let curve = argument::optional_curve(curve)?;
        let inner = air_crypto::CakPublicKey::from_text(curve, text)?;
        Ok(Self { inner })
    }

    #[getter]
    fn curve(&self) -> &'static str {
        self.inner.curve().name()
    }

    /// The compressed point, 66 hex digits after `0x`.
    fn to_compressed_hex(&self) -> String {
        self.inner.to_compressed_hex()
    }

    /// The key as a JWK.
    fn to_jwk<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>, Failure> {
        json::object(py, &self.inner.to_jwk().to_string())
    }

    /// The key as SPKI PEM.
    fn to_pem(&self) -> String {
        self.inner.to_spki_pem()
    }

    /// Seal a document. The label is authenticated, but not stored.
    #[pyo3(signature = (context, document, *, label = None))]
    fn seal<'py>(
        &self,
        py: Python<'py>,
        context: Binding,
        document: PyBackedBytes,
        label: Option<Label>,
    ) -> Result<Bound<'py, PyBytes>, Failure> {
        let label = Label::bytes(label.as_ref());
        document::seal(py, &self.inner, context.sealing(), label, &document)
    }

    /// Seal a binary file object of any length into another. Return the length of the document.
    #[pyo3(signature = (context, source, target, *, label = None, chunk_log2 = 16))]
    fn seal_file(
        &self,
        py: Python<'_>,
        context: Binding,
        source: Py<PyAny>,
        target: Py<PyAny>,
        label: Option<Label>,
        chunk_log2: u8,
    ) -> Result<u64, Failure> {
        py.detach(|| {
            let label = Label::bytes(label.as_ref());
            let chunk = ChunkSize::from_log2(chunk_log2)?;
            let target = Writer::new(target);
            let mut sealer = Sealer::new(
                &self.inner,
                context.sealing(),
                label,
                chunk,
                target,
                &mut random()?,
            )?;
            let length = sealer.copy_from(&mut Reader::new(source))?;
            sealer.finish()?;
            Ok(length)
        })
    }

    /// The uncompressed point, 130 hex digits after `0x`.
    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self) -> String {
        format!("CakPublicKey({:?}, {:?})", self.curve(), self.__str__())
    }
}

/// The private half of a key. It opens every container of its context. It stays in the module's
/// memory and is wiped when the object is deleted.
#[pyclass(frozen, module = "air_python")]
pub(crate) struct CakPrivateKey {
    pub(crate) inner: air_crypto::CakPrivateKey,
}

#[pymethods]
impl CakPrivateKey {
    /// Generate a key.
    #[staticmethod]
    #[pyo3(signature = (*, curve = "secp256r1"))]
    fn generate(curve: &str) -> Result<Self, Failure> {
        let inner = air_crypto::CakPrivateKey::generate(argument::curve(curve)?, &mut random()?);
        Ok(Self { inner })
    }

    /// Read hex, base64url, a JWK, or PEM (PKCS#8 or SEC1), which may be encrypted.
    #[staticmethod]
    #[pyo3(signature = (text, *, curve = None, passphrase = None))]
    fn from_text(
        py: Python<'_>,
        text: &str,
        curve: Option<&str>,
        passphrase: Option<Secret>,
    ) -> Result<Self, Failure> {
        let curve = argument::optional_curve(curve)?;
        let inner = py.detach(|| air_crypto::CakPrivateKey::from_text(curve, text, passphrase.as_deref()))?;
        Ok(Self { inner })
    }

    #[getter]
    fn curve(&self) -> &'static str {
        self.inner.curve().name()
    }

    #[getter]
    fn public_key(&self) -> CakPublicKey {
        CakPublicKey {
            inner: self.inner.public_key().clone(),
        }
    }

    /// The private key, 64 hex digits. Python cannot wipe this text.
    fn expose_hex(&self) -> String {
        self.inner.expose_hex().to_string()
    }

    /// The private key as PKCS#8 PEM, encrypted with a passphrase.
    fn to_encrypted_pem(&self, py: Python<'_>, passphrase: Secret) -> Result<String, Failure> {
        py.detach(|| Ok(self.inner.to_encrypted_pem(&passphrase, &mut random()?)?))
    }

    /// Open a container.
    #[pyo3(signature = (context, container, *, label = None))]
    fn open<'py>(
        &self,
        py: Python<'py>,
        context: Binding,
        container: PyBackedBytes,
        label: Option<Label>,
    ) -> Result<Bound<'py, PyBytes>, Failure> {
        let (context, label) = (context.sealing(), Label::bytes(label.as_ref()));
        document::open(py, &container, |reader| {
            Opener::new(&self.inner, context, label, reader)
        })
    }

    /// Open a binary file object into another. Return the length of the document. After an error,
    /// discard what was written: later chunks are missing.
    #[pyo3(signature = (context, source, target, *, label = None))]
    fn open_file(
        &self,
        py: Python<'_>,
        context: Binding,
        source: Py<PyAny>,
        target: Py<PyAny>,
        label: Option<Label>,
    ) -> Result<u64, Failure> {
        py.detach(|| {
            let label = Label::bytes(label.as_ref());
            let opener = Opener::new(&self.inner, context.sealing(), label, Reader::new(source))?;
            Ok(opener.copy_to(&mut Writer::new(target))?)
        })
    }

    fn __repr__(&self) -> String {
        format!("CakPrivateKey({:?}, ..)", self.curve())
    }
}
