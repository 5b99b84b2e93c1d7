//! A token of a module, and sessions of its user.

use std::sync::{
    Arc, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use cryptoki::{
    context::Pkcs11,
    error::{Error as ModuleError, RvError},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};

use super::{
    Pkcs11Uri,
    module::{Calls, Module, TokenId},
};
use crate::{Error, Secret};

/// Whether a session may create objects.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    ReadOnly,
    ReadWrite,
}

/// A token and its PIN.
pub(super) struct Token {
    uri: Pkcs11Uri,
    pin: Secret,
    /// Whether the token was present before.
    was_present: AtomicBool,
}

/// A session of the logged-in user. Closed on drop.
pub(super) struct UserSession {
    module: Arc<Module>,
    /// The generation of the module that the handle belongs to.
    generation: u64,
    token: TokenId,
    slot: Slot,
    /// Not closed by its own drop: its handle may belong to another session after a restart of the module.
    session: Option<Session>,
}

impl Token {
    pub(super) fn new(uri: Pkcs11Uri, pin: Secret) -> Self {
        Self {
            uri,
            pin,
            was_present: AtomicBool::new(false),
        }
    }

    pub(super) fn uri(&self) -> &Pkcs11Uri {
        &self.uri
    }

    /// Opens a session and logs in. If the token disappeared, and no session of another token would be lost,
    /// restarts the module first: some modules look for tokens only then.
    pub(super) fn connect(&self, access: Access) -> Result<UserSession, Error> {
        let module = Module::load(self.uri.module())?;
        let calls = module.calls();
        let generation = calls.generation;
        match self.open(&module, calls, access) {
            Err(Error::TokenNotFound { .. })
                if self.was_present.load(Ordering::Relaxed) && module.has_only(|token| self.is_it(token)) =>
            {
                module.restart(generation)?;
                self.open(&module, module.calls(), access)
            }
            outcome => outcome,
        }
    }

    fn open(&self, module: &Arc<Module>, calls: Calls<'_>, access: Access) -> Result<UserSession, Error> {
        let (slot, token) = self.find(calls.context)?;
        self.was_present.store(true, Ordering::Relaxed);
        let session = match access {
            Access::ReadOnly => calls.context.open_ro_session_no_drop(slot)?,
            Access::ReadWrite => calls.context.open_rw_session_no_drop(slot)?,
        };
        module.opened(&token);
        let generation = calls.generation;
        let logged_in = self.log_in(module, &token, &session);
        // The session closes itself by further calls.
        drop(calls);
        let session = UserSession {
            module: Arc::clone(module),
            generation,
            token,
            slot,
            session: Some(session),
        };
        logged_in.map(|()| session)
    }

    /// Finds the slot by the token's label and serial number: numbers of slots change when a token returns.
    fn find(&self, context: &Pkcs11) -> Result<(Slot, TokenId), Error> {
        let mut found = context
            .get_slots_with_token()?
            .into_iter()
            // A token can disappear between the two calls.
            .filter_map(|slot| Some((slot, context.get_token_info(slot).ok()?)))
            .filter(|(_, token)| token.token_initialized())
            .map(|(slot, token)| (slot, (token.label().to_owned(), token.serial_number().to_owned())))
            .filter(|(_, token)| self.is_it(token));
        let token = || self.uri.token_name();
        match (found.next(), found.next()) {
            (Some(found), None) => Ok(found),
            (None, _) => Err(Error::TokenNotFound { token: token() }),
            (Some(_), Some(_)) => Err(Error::AmbiguousToken { token: token() }),
        }
    }

    fn is_it(&self, (label, serial): &TokenId) -> bool {
        self.uri.token.as_ref().is_none_or(|wanted| wanted == label)
            && self.uri.serial.as_ref().is_none_or(|wanted| wanted == serial)
    }

    /// Logs in. All sessions of the process at this token share the login, and send a wrong PIN once.
    fn log_in(&self, module: &Module, token: &TokenId, session: &Session) -> Result<(), Error> {
        let refused = module.refused_pins(token);
        let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.contains(&self.pin) {
            return Err(Error::WrongPin);
        }
        let pin = AuthPin::from(self.pin.expose_secret());
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) | Err(ModuleError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => {
                let error = Error::from(error);
                if matches!(error, Error::WrongPin) {
                    refused.add(&self.pin);
                }
                Err(error)
            }
        }
    }
}

impl UserSession {
    /// Calls the module, unless its restart ended the session.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Pkcs11, Slot, &Session) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let calls = self.module.calls();
        match &self.session {
            Some(session) if calls.generation == self.generation => work(calls.context, self.slot, session),
            _ => Err(ModuleError::Pkcs11(
                RvError::SessionHandleInvalid,
                cryptoki::context::Function::GetSessionInfo,
            )
            .into()),
        }
    }
}

impl Drop for UserSession {
    fn drop(&mut self) {
        self.module.closed(&self.token);
        let calls = self.module.calls();
        if let Some(session) = self.session.take()
            && calls.generation == self.generation
        {
            // A session that is lost can't be closed.
            let _ = session.close();
        }
    }
}
