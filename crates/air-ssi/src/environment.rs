//! Provides the contexts and the key of the proof to the library.

use std::collections::HashMap;

use ssi::{
    claims::ResolverProvider,
    json_ld::{JsonLdLoaderProvider, iref::IriBuf},
    verification_methods::Multikey,
};

use crate::{Contexts, Error, PublicKey};

/// The only keys that the library finds.
pub(crate) type Keys = HashMap<IriBuf, Multikey>;

/// The pinned contexts, and one key.
pub(crate) struct Environment<'c> {
    contexts: &'c Contexts,
    keys: Keys,
}

impl<'c> Environment<'c> {
    pub(crate) fn new(contexts: &'c Contexts, method: &str, key: &PublicKey) -> Result<Self, Error> {
        Ok(Self {
            contexts,
            keys: Keys::from([key.named(method)?]),
        })
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The key.
    pub(crate) fn key(&self) -> Option<&Multikey> {
        self.keys.values().next()
    }
}

impl JsonLdLoaderProvider for Environment<'_> {
    type Loader = Contexts;

    fn loader(&self) -> &Contexts {
        self.contexts
    }
}

impl ResolverProvider for Environment<'_> {
    type Resolver = Keys;

    fn resolver(&self) -> &Keys {
        &self.keys
    }
}
