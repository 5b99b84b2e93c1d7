"""Callbacks of the platform (Standard Webhooks, HMAC-SHA256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .errors import AirError

_BODY_LIMIT = 64 * 1024
"""The maximum size of a callback in bytes."""
_HEADER_LIMIT = 4096
_SIGNATURE_LIMIT = 16
"""The maximum number of signatures of a callback."""
_SECRET_LIMIT = 8
"""The maximum number of secrets of a receiver."""
_MEMBERS = {
    "cak.released": ("userId", "verifierDid", "schemaId"),
    "cak.available": ("userId", "issuerDid", "schemaId", "curve"),
    "credential.status_changed": ("verificationId", "programId", "userId", "status"),
}
"""The members of each event. Only the local platform sends the second and the third."""


@dataclass(frozen=True)
class Callback:
    """A callback whose signature is valid. It has no key and no claim."""

    id: str
    """The `webhook-id`. A callback may arrive more than once, always with the same ID."""
    signed_at: int
    """When it was signed, in seconds since 1970."""
    type: str
    """`cak.released`, `cak.available` or `credential.status_changed`."""
    event: Mapping[str, str] = field(repr=False)
    """The members of the event, such as `userId`."""


class CallbackReceiver:
    """Verifies callbacks.

    * `secrets`: the secrets that sign callbacks (`whsec_…`): during a rotation, the new one and the old
      one.
    * `tolerance`: the maximum difference between the signature's time and now, in seconds.
    * `now`: returns the time in seconds since 1970.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        *,
        tolerance: float = 300,
        now: Callable[[], float] = time.time,
    ) -> None:
        if isinstance(secrets, str) or not 1 <= len(secrets) <= _SECRET_LIMIT:
            raise _invalid(f"invalid `secrets`: must be a list of 1 to {_SECRET_LIMIT} secrets")
        if not 0 <= tolerance <= 3600:
            raise _invalid("invalid `tolerance`: must be 0 to 3600")
        self._keys = [_decoded_secret(secret) for secret in secrets]
        self._tolerance = tolerance
        self._now = now

    def verify(self, body: bytes | str, headers: Mapping[str, str]) -> Callback:
        """Verify a callback and return its event.

        `body` is the raw body of the request. The names of `headers` may be in any case. After
        `CALLBACK_REJECTED`, respond with 400 or 401.
        """
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        if len(raw) > _BODY_LIMIT:
            raise _rejected("the body is too long")
        message_id = _header(headers, "webhook-id")
        timestamp = _header(headers, "webhook-timestamp")
        signatures = _signatures(_header(headers, "webhook-signature"))
        signed_at = self._checked_time(timestamp)
        signed = b".".join((message_id.encode(), timestamp.encode(), raw))
        is_signed = False
        for key in self._keys:
            expected = hmac.new(key, signed, hashlib.sha256).digest()
            for signature in signatures:
                is_signed |= hmac.compare_digest(expected, signature)
        if not is_signed:
            raise _rejected("no signature matches a secret")
        kind, event = _event(raw)
        return Callback(message_id, signed_at, kind, event)

    def _checked_time(self, timestamp: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", timestamp):
            raise _rejected("webhook-timestamp is not a time")
        if abs(int(self._now()) - int(timestamp)) > self._tolerance:
            raise _rejected(
                "webhook-timestamp is too old or in the future; check the machine's clock"
            )
        return int(timestamp)


def _decoded_secret(secret: str) -> bytes:
    decoded = _from_base64(secret.removeprefix("whsec_"))
    if decoded:
        return decoded
    raise _invalid(
        "invalid callback secret: must be `whsec_` and base64, as the platform showed it"
    )


def _signatures(text: str) -> list[bytes]:
    """Return the signatures of version 1. Others are ignored."""
    entries = text.split(" ")
    if len(entries) > _SIGNATURE_LIMIT:
        raise _rejected("webhook-signature has too many entries")
    decoded = (_from_base64(entry[3:]) for entry in entries if entry.startswith("v1,"))
    return [signature for signature in decoded if signature is not None]


def _from_base64(text: str) -> bytes | None:
    """Decode base64 with or without padding."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _header(headers: Mapping[str, str], name: str) -> str:
    values = [value for key, value in headers.items() if key.lower() == name]
    if len(values) == 1 and values[0].isascii() and 0 < len(values[0]) <= _HEADER_LIMIT:
        return values[0]
    raise _rejected(f"the header {name} is missing, repeated or invalid")


def _event(body: bytes) -> tuple[str, dict[str, str]]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        raise _rejected("the body is not JSON") from None
    if isinstance(members, dict):
        # The body of a released key has no `type`.
        kind = members.get("type", "cak.released")
        names = _MEMBERS.get(kind, ()) if isinstance(kind, str) else ()
        event = {name: members[name] for name in names if isinstance(members.get(name), str)}
        if names and len(event) == len(names):
            return str(kind), event
    raise _rejected("the body is not an event that this version knows")


def _rejected(reason: str) -> AirError:
    return AirError("CALLBACK_REJECTED", f"the callback was rejected: {reason}")


def _invalid(message: str) -> AirError:
    return AirError("INVALID_ARGUMENT", message)
