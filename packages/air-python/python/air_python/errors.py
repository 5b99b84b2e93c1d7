"""The error of this package."""

from __future__ import annotations

from typing import Literal

AirErrorCode = Literal[
    # Of keys, documents, schemas and credentials.
    "CHUNK_REJECTED",
    "CREDENTIAL_REJECTED",
    "CURVE_MISMATCH",
    "DUPLICATE_PARTIAL",
    "FIELD_EMPTY",
    "FIELD_TOO_LONG",
    "FIELD_TOO_SHORT",
    "FILE_FAILED",
    "FOREIGN_SHARE",
    "INCONSISTENT_GROUP",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "INVALID_POINT",
    "INVALID_SCALAR",
    "KEY_HALVES_DIFFER",
    "MALFORMED_FILE",
    "MALFORMED_KEY",
    "NOT_A_CONTAINER",
    "NOT_HEX",
    "NO_RANDOMNESS",
    "PARTIAL_REJECTED",
    "PASSPHRASE_NEEDED",
    "SCHEMA_REJECTED",
    "THRESHOLD_OUT_OF_RANGE",
    "TOO_FEW_PARTIALS",
    "TOO_LARGE",
    "UNKNOWN_CURVE",
    "UNKNOWN_CUSTODIAN",
    "UNSUPPORTED_ENCRYPTION",
    "WRONG_KEY",
    "WRONG_PASSPHRASE",
    # Of the client.
    "NO_SIGNING_KEY",
    "UNREACHABLE",
    "UNTRUSTED_CERTIFICATE",
    "TIMED_OUT",
    "ANSWER_LOST",
    "REJECTED",
    "NOT_AUTHORISED",
    "NOT_FOUND",
    "CONFLICT",
    "IN_PROGRESS",
    "RATE_LIMITED",
    "PLATFORM_FAILED",
    "UNEXPECTED_ANSWER",
    "NOT_ANCHORED",
    # Of callbacks.
    "CALLBACK_REJECTED",
]
"""The reason of an error. Later versions may add codes."""

_RETRYABLE: frozenset[AirErrorCode] = frozenset(
    {
        "UNREACHABLE",
        "TIMED_OUT",
        "ANSWER_LOST",
        "IN_PROGRESS",
        "RATE_LIMITED",
        "PLATFORM_FAILED",
        "NOT_ANCHORED",
    }
)
"""The codes after which the same call may succeed later without a change."""


class AirError(Exception):
    """An error of this package. It contains no token, key or personal value.

    `code` is stable: test it instead of the message.
    """

    code: AirErrorCode
    """The reason, such as `WRONG_KEY`, `CREDENTIAL_REJECTED` or `TIMED_OUT`."""
    message: str
    """What failed, and what to do."""
    check: str | None
    """Of `CREDENTIAL_REJECTED`: the check that failed, such as `signature`."""
    culprit: int | None
    """The custodian who sent invalid input, if known."""
    status: int | None
    """The HTTP status, if the platform responded."""
    request_id: str | None
    """The platform's request ID."""
    retry_after: float | None
    """The wait that the platform requires, in seconds."""
    is_safe_to_repeat: bool
    """Whether the call can be repeated without being executed twice. False if unknown."""

    def __init__(
        self,
        code: AirErrorCode,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        is_safe_to_repeat: bool = True,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.check = None
        self.culprit = None
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.is_safe_to_repeat = is_safe_to_repeat

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later without a change."""
        return self.code in _RETRYABLE

    def __reduce__(self) -> tuple[object, ...]:
        # The constructor has other arguments than `args`, which `pickle` and `copy` would pass.
        return (type(self), (self.code, self.message), self.__dict__)
