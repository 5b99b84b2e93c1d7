//! Modules: shared libraries that implement PKCS#11.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error as ModuleError, RvError},
};

use super::refused_pins::RefusedPins;
use crate::Error;

/// The loaded modules. A module has one state for the whole process, so it is loaded once, and
/// never unloaded.
static LOADED: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// The label and the serial number of a token.
pub(super) type TokenId = (String, String);

/// A loaded and initialised module.
pub(super) struct Module {
    context: Pkcs11,
    /// How often the module was initialised. Each call holds it shared, and an initialisation exclusively:
    /// PKCS#11 forbids `C_Finalize` during other calls, and handles of an earlier generation may belong to
    /// other objects now.
    generation: RwLock<u64>,
    /// The number of open sessions of each token.
    sessions: Mutex<BTreeMap<TokenId, usize>>,
    /// The PINs that each token refused.
    refused_pins: Mutex<BTreeMap<TokenId, Arc<Mutex<RefusedPins>>>>,
}

/// A right to call the module, which is not initialised again meanwhile.
pub(super) struct Calls<'m> {
    pub(super) context: &'m Pkcs11,
    pub(super) generation: u64,
    _shared: RwLockReadGuard<'m, u64>,
}

impl Module {
    /// Loads and initialises a module. If it is loaded, initialises it again if another part of the process
    /// finalised it.
    pub(super) fn load(path: &Path) -> Result<Arc<Self>, Error> {
        let failed = |reason: String| Error::ModuleNotLoaded {
            module: path.to_owned(),
            reason,
        };
        let file = fs::canonicalize(path).map_err(|error| failed(error.to_string()))?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = loaded.get(&file).cloned() {
            drop(loaded);
            module.revive()?;
            return Ok(module);
        }
        let context = Pkcs11::new(&file).map_err(|error| failed(error.to_string()))?;
        initialise(&context).map_err(|error| failed(error.to_string()))?;
        let module = Arc::new(Self {
            context,
            generation: RwLock::new(0),
            sessions: Mutex::default(),
            refused_pins: Mutex::default(),
        });
        loaded.insert(file, Arc::clone(&module));
        Ok(module)
    }

    /// Initialises the module again if another part of the process finalised it.
    fn revive(&self) -> Result<(), ModuleError> {
        // A module that is initialised is not locked: a slow call at one token would delay sessions
        // of others.
        let is_finalised = matches!(
            self.calls().context.get_slots_with_token(),
            Err(ModuleError::Pkcs11(RvError::CryptokiNotInitialized, _))
        );
        if is_finalised {
            renew(&self.generation, || initialise(&self.context))?;
        }
        Ok(())
    }

    pub(super) fn calls(&self) -> Calls<'_> {
        let shared = self.generation.read().unwrap_or_else(PoisonError::into_inner);
        Calls {
            context: &self.context,
            generation: *shared,
            _shared: shared,
        }
    }

    /// Finalises the module and initialises it again, after which it finds tokens that returned.
    /// Does nothing if this happened since `generation`.
    pub(super) fn restart(&self, generation: u64) -> Result<(), Error> {
        let mut current = self.generation.write().unwrap_or_else(PoisonError::into_inner);
        if *current == generation {
            *current += 1;
            // An error means that it was finalised already.
            let _ = self.context.clone().finalize();
            initialise(&self.context)?;
        }
        Ok(())
    }

    /// Whether each open session is of a token that `is_it` accepts.
    pub(super) fn has_only(&self, is_it: impl Fn(&TokenId) -> bool) -> bool {
        self.sessions().keys().all(is_it)
    }

    pub(super) fn opened(&self, token: &TokenId) {
        *self.sessions().entry(token.clone()).or_default() += 1;
    }

    pub(super) fn closed(&self, token: &TokenId) {
        let mut sessions = self.sessions();
        if let Some(count) = sessions.get_mut(token) {
            *count -= 1;
            if *count == 0 {
                sessions.remove(token);
            }
        }
    }

    /// The PINs that a token refused, of all signers.
    pub(super) fn refused_pins(&self, token: &TokenId) -> Arc<Mutex<RefusedPins>> {
        let mut tokens = self.refused_pins.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tokens.entry(token.clone()).or_default())
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<TokenId, usize>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Initialises a module while no call is in flight, and begins a generation if this was necessary.
/// Otherwise a session of the earlier generation could use its handle between the two, which may be
/// another session's by then.
fn renew<E>(generation: &RwLock<u64>, initialise: impl FnOnce() -> Result<bool, E>) -> Result<(), E> {
    let mut current = generation.write().unwrap_or_else(PoisonError::into_inner);
    if initialise()? {
        *current += 1;
    }
    Ok(())
}

/// Initialises; returns whether it was necessary.
fn initialise(context: &Pkcs11) -> Result<bool, ModuleError> {
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) => Ok(true),
        Err(ModuleError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_calls_a_module_while_it_is_initialised() {
        let generation = RwLock::new(0);
        for (outcome, expected) in [(Ok(true), 1), (Ok(false), 1), (Err("failed"), 1), (Ok(true), 2)] {
            let renewed = renew(&generation, || {
                assert!(generation.try_read().is_err(), "a call would run");
                outcome
            });
            assert_eq!(renewed, outcome.map(drop));
            assert_eq!(*generation.read().unwrap(), expected);
        }
    }
}
