//! Documents and containers as `bytes` of Python, which are written in place: to copy a large one into
//! new memory takes longer than its encryption.

use air_crypto::{CakPublicKey, ChunkSize, ContainerHeader, Error, Opener, Sealer, SealingContext};
use pyo3::{Bound, PyErr, Python, types::PyBytes};

use crate::{error::Failure, random::random};

/// The bytes of each chunk's tag (CAK specification, section 4).
const TAG_LENGTH: usize = 16;

/// Seals a document without the GIL.
pub(crate) fn seal<'py>(
    py: Python<'py>,
    key: &CakPublicKey,
    context: SealingContext<'_>,
    label: &[u8],
    document: &[u8],
) -> Result<Bound<'py, PyBytes>, Failure> {
    let chunk_size = ChunkSize::default();
    let chunks = document.len().div_ceil(chunk_size.bytes()).max(1);
    let length = ContainerHeader::LENGTH + (document.len() + chunks * TAG_LENGTH) as u64;
    let length =
        usize::try_from(length).map_err(|_| Failure::too_large("document", document.len(), usize::MAX))?;
    let sealed = PyBytes::new_with(py, length, |container| {
        py.detach(|| -> Result<(), Failure> {
            let mut sealer = Sealer::new(key, context, label, chunk_size, container, &mut random()?)?;
            let mut document = document;
            sealer.copy_from(&mut document)?;
            match sealer.finish()? {
                [] => Ok(()),
                _ => Err(Failure::internal("the container is shorter than expected")),
            }
        })
        .map_err(PyErr::from)
    });
    Ok(sealed?)
}

/// Opens a container without the GIL.
pub(crate) fn open<'py, 'c>(
    py: Python<'py>,
    container: &'c [u8],
    opener: impl FnOnce(&'c [u8]) -> Result<Opener<&'c [u8]>, Error> + Send,
) -> Result<Bound<'py, PyBytes>, Failure> {
    let mut start = container;
    let layout = ContainerHeader::read(&mut start)?.layout(container.len() as u64)?;
    let length = usize::try_from(layout.document_length)
        .map_err(|_| Failure::too_large("container", container.len(), usize::MAX))?;
    let opened = PyBytes::new_with(py, length, |document| {
        py.detach(|| -> Result<(), Failure> {
            let mut rest = document;
            opener(container)?.copy_to(&mut rest)?;
            if rest.is_empty() {
                Ok(())
            } else {
                Err(Failure::internal("the document is shorter than expected"))
            }
        })
        .map_err(PyErr::from)
    });
    Ok(opened?)
}
