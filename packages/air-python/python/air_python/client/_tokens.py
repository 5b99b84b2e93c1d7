"""The partner's key with a cache of tokens."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from .._native import SigningKey, sign_partner_token
from ..errors import AirError

_CACHE_LIMIT = 256
"""The maximum number of tokens. The least recently used one makes room."""
_MARGIN = 60
"""A token is renewed this many seconds before it expires, or after half of its lifetime if later."""


@dataclass(frozen=True)
class Purpose:
    """The purpose of a token, and its user."""

    scope: Literal["issue", "verify", "issue on-behalf"]
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class _Cached:
    jwt: str = field(repr=False)
    signed_at: int
    renew_at: int


class Tokens:
    """Signs tokens, and returns a cached one while it is valid. Threads may share it."""

    def __init__(self, partner_id: str, key: SigningKey, lifetime: int) -> None:
        self._partner_id = partner_id
        self._key = key
        self._lifetime = lifetime
        self._cache: OrderedDict[Purpose, _Cached] = OrderedDict()
        self._lock = threading.Lock()

    def token(self, purpose: Purpose) -> tuple[str, bool]:
        """Return a token, and whether an earlier call used it too."""
        now = int(time.time())
        with self._lock:
            cached = self._cache.get(purpose)
            # A token from the future was signed before the machine's clock was set back.
            if cached is not None and cached.signed_at <= now < cached.renew_at:
                self._cache.move_to_end(purpose)
                return cached.jwt, True
        jwt = sign_partner_token(
            self._key,
            self._partner_id,
            purpose.scope,
            email=purpose.email,
            lifetime=self._lifetime,
            now=now,
        )
        renew_at = now + max(self._lifetime - _MARGIN, self._lifetime // 2)
        with self._lock:
            self._cache[purpose] = _Cached(jwt, now, renew_at)
            self._cache.move_to_end(purpose)
            if len(self._cache) > _CACHE_LIMIT:
                self._cache.popitem(last=False)
        return jwt, False

    def forget(self, purpose: Purpose) -> None:
        """Remove a token that the platform refused."""
        with self._lock:
            self._cache.pop(purpose, None)


def checked_email(email: str) -> str:
    """Return the address if it looks like one: `name@domain`, at most 254 characters."""
    if len(email) <= 254 and re.fullmatch(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[^\s@,;:<>()\[\]\"\\]+", email):
        return email
    raise AirError(
        "INVALID_ARGUMENT",
        "invalid e-mail address: must be the recipient's own, such as ada@example.com",
    )
