"""The meaning of a response, or of its absence."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from ..errors import AirError, AirErrorCode
from ._http import NotConnected, Response, ResponseTooLong, UntrustedCertificate

_MESSAGE_LIMIT = 500
"""The maximum length of a platform's message."""
_REQUEST_ID_LIMIT = 128
_LONGEST_ASKED = 3600.0
"""The upper bound of waits that the platform requires, in seconds."""


def read(response: Response, host: str, *, is_safe_to_repeat: bool) -> Mapping[str, Any]:
    """Return the object of a success, or raise the error for the status."""
    status = response.status
    request_id = response.headers.get("x-request-id", "")[:_REQUEST_ID_LIMIT] or None
    if 200 <= status < 300:
        answer = _parsed(response.body)
        if answer is None:
            raise unexpected("its body is not a JSON object", request_id)
        return answer
    wait = retry_after(response.headers.get("retry-after"), time.time())
    reason = _message(response.body) or f"status {status} without a reason"

    def fail(code: AirErrorCode, message: str, is_safe: bool = True) -> NoReturn:
        raise AirError(
            code,
            message,
            status=status,
            request_id=request_id,
            retry_after=wait,
            is_safe_to_repeat=is_safe,
        )

    if status in (401, 403):
        fail("NOT_AUTHORISED", f"not authorised: {reason}")
    if status == 404:
        fail("NOT_FOUND", f"not found: {reason}")
    if status == 408:
        # Usually a proxy's status: the platform behind it may have executed the call.
        fail("TIMED_OUT", f"the platform at {host} did not answer in time", is_safe_to_repeat)
    if status == 409 and wait is not None:
        fail("IN_PROGRESS", "the same call is in progress; try again later")
    if status == 409:
        fail("CONFLICT", f"conflict: {reason}")
    if status == 429:
        fail("RATE_LIMITED", "the platform asks to slow down; try again later")
    if status >= 500:
        # With `Retry-After`, the platform did not start the call.
        not_started = status == 503 and wait is not None
        message = f"the platform failed with status {status}: {reason}"
        fail("PLATFORM_FAILED", message, is_safe_to_repeat or not_started)
    if status >= 400:
        fail("REJECTED", f"the platform rejected the call: {reason}")
    raise unexpected("its status is neither success nor failure", request_id)


def lost(error: Exception, host: str, *, is_safe_to_repeat: bool) -> AirError:
    """Return the error for a request without a response."""
    if isinstance(error, UntrustedCertificate):
        message = (
            f"the certificate of the platform at {host} is not trusted: name its issuer's "
            "certificate in SSL_CERT_FILE"
        )
        return AirError("UNTRUSTED_CERTIFICATE", message)
    if isinstance(error, NotConnected):
        message = f"failed to connect to the platform at {host}; check that it is running, and its URL"
        return AirError("UNREACHABLE", message)
    if isinstance(error, ResponseTooLong):
        return unexpected("it is too long", None)
    if isinstance(error, TimeoutError):
        return timed_out(host, is_safe_to_repeat=is_safe_to_repeat)
    message = f"the response of the platform at {host} was lost"
    return AirError("ANSWER_LOST", message, is_safe_to_repeat=is_safe_to_repeat)


def timed_out(host: str, *, is_safe_to_repeat: bool) -> AirError:
    """Return the error for a response that did not arrive in time."""
    message = f"the platform at {host} did not answer in time"
    return AirError("TIMED_OUT", message, is_safe_to_repeat=is_safe_to_repeat)


def unexpected(reason: str, request_id: str | None = None) -> AirError:
    """Return the error for a response that does not match the documentation."""
    message = f"unexpected response of the platform: {reason}"
    return AirError("UNEXPECTED_ANSWER", message, request_id=request_id, is_safe_to_repeat=False)


def retry_after(text: str | None, now: float) -> float | None:
    """Parse `Retry-After` (RFC 9110, 10.2.3): seconds or a date. Return at most an hour."""
    value = (text or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return min(float(value), _LONGEST_ASKED)
    if not re.match(r"[A-Z][a-z]{2,8},? ", value):
        return None
    try:
        wait = email.utils.parsedate_to_datetime(value).timestamp() - now
    except (ValueError, OverflowError):
        # A number with many digits overflows.
        return None
    return min(max(wait, 0.0), _LONGEST_ASKED)


def _parsed(body: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _message(body: bytes) -> str | None:
    """Return the message of the platform's error body, without tokens and secrets."""
    message = (_parsed(body) or {}).get("message")
    if not isinstance(message, str):
        return None
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", message[:_MESSAGE_LIMIT])
    text = re.sub(r"eyJ[\w-]+(?:\.[\w-]*)*", "[token]", text)
    return re.sub(r"whsec_[\w+/=-]+", "[secret]", text)
