//! Failures of a module.

use cryptoki::error::{Error as ModuleError, RvError};

use crate::Error;

/// The errors after which a new session, with a new login, can sign.
fn is_lost(code: RvError) -> bool {
    matches!(
        code,
        RvError::CryptokiNotInitialized
            | RvError::DeviceError
            | RvError::DeviceRemoved
            | RvError::FunctionFailed
            | RvError::GeneralError
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::OperationActive
            | RvError::OperationNotInitialized
            | RvError::SessionClosed
            | RvError::SessionHandleInvalid
            | RvError::SlotIdInvalid
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::UserNotLoggedIn
    )
}

impl From<ModuleError> for Error {
    fn from(error: ModuleError) -> Self {
        match error {
            ModuleError::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
                Self::WrongPin
            }
            ModuleError::Pkcs11(
                RvError::PinLocked | RvError::PinExpired | RvError::UserPinNotInitialized,
                _,
            ) => Self::UnusablePin,
            ModuleError::Pkcs11(code, function) => Self::Token {
                function: format!("C_{function:?}"),
                code: format!("{code:?}"),
                is_lost: is_lost(code),
            },
            other => Self::Token {
                function: "the module".to_owned(),
                code: other.to_string(),
                is_lost: false,
            },
        }
    }
}
