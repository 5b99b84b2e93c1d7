"""The calls and their retries, without input or output.

A call is a generator. It yields a `Request` to send or the seconds to sleep, and gets a `Response` or
the exception of the transport. `Client` and `AsyncClient` run the same generators.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from .._native import SigningKey
from ..errors import AirError
from . import _answer
from ._environment import base_url, is_loopback
from ._http import Request, Response
from ._idempotency import HEADER, checked_key, new_key
from ._poll import HOSTED_SCHEDULE, LOCAL_SCHEDULE, PollSchedule
from ._tokens import Purpose, Tokens, checked_email

Answer = Mapping[str, Any]
Steps = Generator[Request | float, Response | Exception | None, Answer]

_FIRST_BACKOFF = 0.2
"""The upper bound of the first wait in seconds; it doubles with each attempt."""
_LONGEST_BACKOFF = 10.0
_SUCCESS = 80_000_000
"""The code of a successful answer of the catalogue."""
_USER_AGENT = "air-python/0.1.0"


@dataclass(frozen=True)
class Call:
    """A request. It is sent more than once if that is safe."""

    method: Literal["GET", "POST"]
    path: str
    purpose: Purpose | None
    query: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None
    repeats_safely: bool = False
    body: Mapping[str, Any] | None = field(default=None, repr=False)


class Calls:
    """The calls of one platform."""

    def __init__(
        self,
        environment: str,
        *,
        partner_id: str | None,
        signing_key: SigningKey | None,
        token_lifetime: int,
        timeout: float,
        deadline: float,
        attempts: int,
        keeps_idempotency_keys: bool | None,
        user_agent: str | None,
    ) -> None:
        self._base = base_url(environment)
        self._host = urlsplit(self._base).netloc
        is_local = is_loopback(self._base)
        self._schedule = LOCAL_SCHEDULE if is_local else HOSTED_SCHEDULE
        if (partner_id is None) != (signing_key is None):
            raise _invalid("`partner_id` and `signing_key` belong together: set both, or neither")
        self._tokens = None
        if partner_id is not None and signing_key is not None:
            lifetime = int(_bounded("token_lifetime", token_lifetime, 10, 900))
            self._tokens = Tokens(partner_id, signing_key, lifetime)
        self._timeout = _bounded("timeout", timeout, 0.001, 600)
        self._deadline = _bounded("deadline", deadline, 0.001, 3600)
        self._attempts = int(_bounded("attempts", attempts, 1, 100))
        self._keeps_keys = is_local if keeps_idempotency_keys is None else keeps_idempotency_keys
        self._user_agent = _USER_AGENT
        if user_agent is not None:
            if not re.fullmatch(r"[ -~]{1,200}", user_agent):
                raise _invalid("invalid `user_agent`: must be 1 to 200 printable ASCII characters")
            self._user_agent = f"{user_agent} {_USER_AGENT}"

    def issue_on_behalf(
        self, email: str, order: Mapping[str, Any], idempotency_key: str | None
    ) -> Steps:
        """Issue a credential to a user who need not be present."""
        purpose = Purpose("issue on-behalf", checked_email(email))
        if order.get("onDuplicate") not in ("ignore", "revoke"):
            raise _invalid(
                "the order has no policy for duplicates: set `onDuplicate` to `ignore` or `revoke`"
            )
        repeats_safely = order["onDuplicate"] == "ignore"
        call = Call(
            "POST",
            "/v1/credentials/issue-on-behalf",
            purpose,
            idempotency_key=checked_key(new_key() if idempotency_key is None else idempotency_key),
            repeats_safely=repeats_safely,
            body=order,
        )
        try:
            answer = yield from self._run(call)
        except AirError as error:
            if idempotency_key is None and not repeats_safely:
                _mark_lost_key(error)
            raise
        if not re.fullmatch("[0-9a-f]{64}", str(answer.get("coreClaimHash"))):
            raise _answer.unexpected("it has no coreClaimHash")
        return answer

    def status(self, core_claim_hash: str) -> Steps:
        """Fetch the anchoring status of a credential."""
        call = Call(
            "GET",
            "/v1/credentials/status",
            Purpose("issue"),
            query={"coreClaimHash": core_claim_hash},
        )
        answer = yield from self._run(call)
        if not isinstance(answer.get("vcStatus"), str):
            raise _answer.unexpected("its status has another form")
        return answer

    def wait_until_anchored(
        self,
        core_claim_hash: str,
        schedule: PollSchedule | None,
        on_status: Callable[[Answer], None] | None,
    ) -> Steps:
        """Ask for the status by the schedule until the credential is `ONCHAIN`."""
        schedule = self._schedule if schedule is None else schedule
        begun = time.monotonic()
        waits = schedule.waits()
        while True:
            status = yield from self.status(core_claim_hash)
            if status["vcStatus"] == "ONCHAIN":
                return status
            left = schedule.deadline - (time.monotonic() - begun)
            if left <= 0:
                raise AirError(
                    "NOT_ANCHORED",
                    f"the credential was not anchored within {schedule.deadline:g} s; check its status "
                    "later, and do not issue again",
                )
            if on_status is not None:
                on_status(status)
            yield min(next(waits), left)

    def schema(self, schema_id: str) -> Steps:
        """Fetch a schema of the public catalogue."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", schema_id):
            raise _invalid("invalid schema ID: must be letters, digits, `-` and `_`")
        path = f"/v1/catalog/schemas/{quote(schema_id, safe='')}"
        envelope = yield from self._run(Call("GET", path, None))
        content = envelope.get("data")
        if envelope.get("code") == _SUCCESS and isinstance(content, dict):
            return content
        raise _answer.unexpected("its envelope has another form")

    def _run(self, call: Call) -> Steps:
        deadline = time.monotonic() + self._deadline
        attempt = 1
        may_renew = True
        is_safe = self._repeats_safely(call)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _answer.timed_out(self._host, is_safe_to_repeat=is_safe)
            token, is_reused = self._token(call)
            received = yield self._request(call, token, min(self._timeout, left))
            try:
                if isinstance(received, Response):
                    return _answer.read(received, self._host, is_safe_to_repeat=is_safe)
                if not isinstance(received, Exception):
                    raise TypeError("the transport must return a Response")
                raise _answer.lost(received, self._host, is_safe_to_repeat=is_safe) from received
            except AirError as caught:
                error = caught
            # A refused call was not executed. The clock or the published keys may have changed since
            # the token was signed.
            if error.status == 401 and call.purpose is not None and self._tokens is not None:
                self._tokens.forget(call.purpose)
                if is_reused and may_renew:
                    may_renew = False
                    continue
            if not (error.is_retryable and error.is_safe_to_repeat):
                raise error
            wait = _backoff(attempt, error.retry_after)
            if attempt >= self._attempts or time.monotonic() + wait >= deadline:
                raise error
            yield wait
            attempt += 1

    def _repeats_safely(self, call: Call) -> bool:
        has_key = call.idempotency_key is not None and self._keeps_keys
        return call.method == "GET" or call.repeats_safely or has_key

    def _token(self, call: Call) -> tuple[str | None, bool]:
        if call.purpose is None:
            return None, False
        if self._tokens is None:
            raise AirError(
                "NO_SIGNING_KEY",
                "the client has no signing key: pass `partner_id` and `signing_key`",
            )
        return self._tokens.token(call.purpose)

    def _request(self, call: Call, token: str | None, timeout: float) -> Request:
        headers = {"accept": "application/json", "user-agent": self._user_agent}
        if token is not None:
            headers["x-partner-auth"] = token
        if call.idempotency_key is not None:
            headers[HEADER] = call.idempotency_key
        body = None
        if call.body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(call.body, allow_nan=False).encode()
        query = f"?{urlencode(call.query)}" if call.query else ""
        return Request(call.method, f"{self._base}{call.path}{query}", headers, body, timeout)


def _mark_lost_key(error: AirError) -> None:
    """Mark a call whose idempotency key is lost as unsafe to repeat: it could be executed twice."""
    if error.code in ("TIMED_OUT", "ANSWER_LOST", "PLATFORM_FAILED"):
        error.is_safe_to_repeat = error.status == 503 and error.retry_after is not None


def _backoff(attempt: int, asked: float | None) -> float:
    """Return a random wait up to 200 ms, doubled with each attempt, after the required wait."""
    longest = min(_FIRST_BACKOFF * 2.0 ** (attempt - 1), _LONGEST_BACKOFF)
    return (asked or 0.0) + longest * random.random()


def _bounded(name: str, value: float, least: float, most: float) -> float:
    if least <= value <= most:
        return value
    raise _invalid(f"invalid `{name}`: must be from {least:g} to {most:g}")


def _invalid(message: str) -> AirError:
    return AirError("INVALID_ARGUMENT", message)
