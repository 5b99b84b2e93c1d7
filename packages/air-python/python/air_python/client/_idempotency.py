"""Idempotency keys."""

from __future__ import annotations

import re
import secrets
import time
import uuid

from ..errors import AirError

HEADER = "idempotency-key"


def new_key() -> str:
    """Return a UUID of version 7 (RFC 9562, 5.7): the time and 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def checked_key(key: str) -> str:
    """Return the key if it is 1 to 255 visible ASCII characters without quotation marks."""
    if re.fullmatch(r"[!#-\[\]-~]{1,255}", key):
        return key
    raise AirError(
        "INVALID_ARGUMENT",
        "invalid idempotency key: must be 1 to 255 visible ASCII characters without quotation marks, "
        "such as a random UUID",
    )
