"""Issue credentials the AIR way.

Keys, sealing, schemas, tokens and credentials are in this module, custody is in
`air_python.custody`, and the client of the platform is in `air_python.client`.
"""

from . import custody
from ._native import (
    CakContext,
    CakPrivateKey,
    CakPublicKey,
    ManagedContext,
    RootSecret,
    SigningKey,
    Validator,
    VerifiedCredential,
    Violation,
    present,
    sign_partner_token,
    verify,
)
from .callbacks import Callback, CallbackReceiver
from .client import AsyncClient, Client
from .errors import AirError, AirErrorCode

__all__ = [
    "AirError",
    "AirErrorCode",
    "AsyncClient",
    "CakContext",
    "CakPrivateKey",
    "CakPublicKey",
    "Callback",
    "CallbackReceiver",
    "Client",
    "ManagedContext",
    "RootSecret",
    "SigningKey",
    "Validator",
    "VerifiedCredential",
    "Violation",
    "custody",
    "present",
    "sign_partner_token",
    "verify",
]
