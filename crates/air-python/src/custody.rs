//! Keys that t of n custodians share.

use air_crypto::{ContainerHeader, custody};
use pyo3::{
    Bound, Py, PyAny, Python, pybacked::PyBackedBytes, pyclass, pyfunction, pymethods, types::PyBytes,
};

use crate::{
    argument::{self, Label, Secret},
    context::ManagedContext,
    document,
    error::Failure,
    file::{Reader, Writer},
    key::{CakPrivateKey, CakPublicKey},
    random::random,
};

/// Generate a key and share it among `shares` custodians, any `threshold` of whom can open.
#[pyfunction]
pub(crate) fn generate(
    py: Python<'_>,
    context: Py<ManagedContext>,
    threshold: u8,
    shares: u8,
) -> Result<(Group, Vec<Share>), Failure> {
    let context = &context.get().inner;
    py.detach(|| {
        Ok(dealt(custody::generate(
            context,
            threshold,
            shares,
            &mut random()?,
        )?))
    })
}

/// Share an existing key, which the caller should delete afterwards.
#[pyfunction]
pub(crate) fn deal(
    py: Python<'_>,
    key: Py<CakPrivateKey>,
    context: Py<ManagedContext>,
    threshold: u8,
    shares: u8,
) -> Result<(Group, Vec<Share>), Failure> {
    let (key, context) = (&key.get().inner, &context.get().inner);
    py.detach(|| {
        Ok(dealt(custody::deal(
            key,
            context,
            threshold,
            shares,
            &mut random()?,
        )?))
    })
}

fn dealt((group, shares): (custody::Group, Vec<custody::Share>)) -> (Group, Vec<Share>) {
    let shares = shares.into_iter().map(|inner| Share { inner }).collect();
    (Group { inner: group }, shares)
}

/// A group of custodians. All of its content is public.
#[pyclass(frozen, eq, module = "air_python.custody")]
#[derive(PartialEq)]
pub(crate) struct Group {
    inner: custody::Group,
}

#[pymethods]
impl Group {
    /// Read a group file.
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> Result<Self, Failure> {
        let inner = py.detach(|| custody::Group::from_json(text))?;
        Ok(Self { inner })
    }

    /// Write a group file.
    fn to_json(&self) -> String {
        self.inner.to_json()
    }

    #[getter]
    fn context(&self) -> ManagedContext {
        ManagedContext {
            inner: self.inner.context().clone(),
        }
    }

    #[getter]
    fn public_key(&self) -> CakPublicKey {
        CakPublicKey {
            inner: self.inner.public_key().clone(),
        }
    }

    #[getter]
    fn threshold(&self) -> u8 {
        self.inner.threshold()
    }

    #[getter]
    fn shares(&self) -> u8 {
        self.inner.shares()
    }

    /// The fingerprint of the public key under its name, which a sealer compares.
    #[getter]
    fn key_fingerprint(&self) -> String {
        self.inner.key_fingerprint()
    }

    /// Check that a partial was computed from its custodian's share for this container.
    fn verify_partial(
        &self,
        py: Python<'_>,
        container: PyBackedBytes,
        partial: Py<Partial>,
    ) -> Result<(), Failure> {
        let partial = &partial.get().inner;
        py.detach(|| Ok(self.inner.verify_partial(&header(&container)?, partial)?))
    }

    /// Open a container with the partials of at least `threshold` custodians.
    #[pyo3(signature = (partials, container, *, label = None))]
    fn open<'py>(
        &self,
        py: Python<'py>,
        partials: Vec<Py<Partial>>,
        container: PyBackedBytes,
        label: Option<Label>,
    ) -> Result<Bound<'py, PyBytes>, Failure> {
        let (partials, label) = (owned(&partials), Label::bytes(label.as_ref()));
        document::open(py, &container, |reader| {
            self.inner.opener(&partials, label, reader)
        })
    }

    /// Open a binary file object into another. Return the length of the document. After an error,
    /// discard what was written: later chunks are missing.
    #[pyo3(signature = (partials, source, target, *, label = None))]
    fn open_file(
        &self,
        py: Python<'_>,
        partials: Vec<Py<Partial>>,
        source: Py<PyAny>,
        target: Py<PyAny>,
        label: Option<Label>,
    ) -> Result<u64, Failure> {
        let partials = owned(&partials);
        py.detach(|| {
            let label = Label::bytes(label.as_ref());
            let opener = self.inner.opener(&partials, label, Reader::new(source))?;
            Ok(opener.copy_to(&mut Writer::new(target))?)
        })
    }

    fn __repr__(&self) -> String {
        format!("Group(threshold={}, shares={})", self.threshold(), self.shares())
    }
}

/// A custodian's share. It stays in the module's memory and is wiped when the object is deleted.
#[pyclass(frozen, module = "air_python.custody")]
pub(crate) struct Share {
    inner: custody::Share,
}

#[pymethods]
impl Share {
    /// Read a share's file, which may be encrypted, and check that it belongs to the group.
    #[staticmethod]
    #[pyo3(signature = (group, text, *, passphrase = None))]
    fn from_json(
        py: Python<'_>,
        group: Py<Group>,
        text: &str,
        passphrase: Option<Secret>,
    ) -> Result<Self, Failure> {
        let group = &group.get().inner;
        py.detach(|| {
            let inner = match &passphrase {
                None => custody::Share::from_json(group, text)?,
                Some(passphrase) => custody::Share::from_encrypted_json(group, text, passphrase)?,
            };
            group.verify_share(&inner)?;
            Ok(Self { inner })
        })
    }

    #[getter]
    fn index(&self) -> u8 {
        self.inner.index().get()
    }

    /// The content of the share's file. Python cannot wipe this text.
    fn expose_json(&self, group: Py<Group>) -> String {
        self.inner.expose_json(group.get().inner.context()).to_string()
    }

    /// The content of the share's file, encrypted with a passphrase.
    fn to_encrypted_json(
        &self,
        py: Python<'_>,
        group: Py<Group>,
        passphrase: Secret,
    ) -> Result<String, Failure> {
        let context = group.get().inner.context();
        py.detach(|| {
            Ok(self
                .inner
                .to_encrypted_json(context, &passphrase, &mut random()?)?)
        })
    }

    /// Compute this custodian's partial for a container, whose first 115 bytes are enough. With
    /// `purpose`, the partial carries a signed statement of the purpose and the time.
    #[pyo3(signature = (group, container, *, purpose = None, made_at = None))]
    fn partial(
        &self,
        py: Python<'_>,
        group: Py<Group>,
        container: PyBackedBytes,
        purpose: Option<&str>,
        made_at: Option<u64>,
    ) -> Result<Partial, Failure> {
        let group = &group.get().inner;
        let made_at = argument::time(made_at)?;
        py.detach(|| {
            let (header, mut rng) = (header(&container)?, random()?);
            let inner = match purpose {
                None => self.inner.partial(group, &header, &mut rng)?,
                Some(purpose) => self
                    .inner
                    .partial_about(group, &header, made_at, purpose, &mut rng)?,
            };
            Ok(Partial { inner })
        })
    }

    fn __repr__(&self) -> String {
        format!("Share(index={}, ..)", self.index())
    }
}

/// A custodian's part of the opening of one container. Any `threshold` of them open it: send them
/// like secrets.
#[pyclass(frozen, eq, module = "air_python.custody")]
#[derive(PartialEq)]
pub(crate) struct Partial {
    inner: custody::Partial,
}

#[pymethods]
impl Partial {
    /// Read a partial's file. `Group.verify_partial` checks it, as each opening does.
    #[staticmethod]
    fn from_json(group: Py<Group>, text: &str) -> Result<Self, Failure> {
        let curve = group.get().inner.context().curve();
        let inner = custody::Partial::from_json(curve, text)?;
        Ok(Self { inner })
    }

    /// Write a partial's file.
    fn to_json(&self) -> String {
        self.inner.to_json()
    }

    #[getter]
    fn index(&self) -> u8 {
        self.inner.index().get()
    }

    /// The purpose that the custodian states, if the partial carries a statement.
    #[getter]
    fn purpose(&self) -> Option<&str> {
        self.inner.about().map(custody::About::purpose)
    }

    fn __repr__(&self) -> String {
        format!("Partial(index={}, ..)", self.index())
    }
}

fn header(container: &[u8]) -> Result<ContainerHeader, Failure> {
    let mut container = container;
    Ok(ContainerHeader::read(&mut container)?)
}

fn owned(partials: &[Py<Partial>]) -> Vec<custody::Partial> {
    partials
        .iter()
        .map(|partial| partial.get().inner.clone())
        .collect()
}
