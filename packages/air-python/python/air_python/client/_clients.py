"""The clients: one that blocks, and one for asyncio."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from .._native import SigningKey
from . import _http
from ._calls import Answer, Calls, Steps
from ._http import Request, Response
from ._poll import PollSchedule

_THREADS = 32
"""The maximum number of requests of an `AsyncClient` at a time."""


class Client:
    """A client of one platform. It blocks. Threads may share it.

    * `environment`: `sandbox`, `production`, `local`, or a URL without a path.
    * `partner_id` and `signing_key`: the partner, and the key that signs its tokens.
    * `token_lifetime`: the lifetime of tokens in seconds, 10 to 900.
    * `timeout`: the timeout of one attempt in seconds.
    * `deadline`: the timeout of a call with all its attempts and waits in seconds.
    * `attempts`: the maximum number of attempts of a call that is safe to repeat.
    * `keeps_idempotency_keys`: whether the platform supports idempotency keys. Defaults to true for a
      platform on this machine, and to false otherwise, since the hosted platforms ignore the header.
    * `user_agent`: the name of the calling program, such as `acme-issuer/2.1`.
    * `transport`: the function that sends requests, for example through a proxy.
    """

    def __init__(
        self,
        environment: str,
        *,
        partner_id: str | None = None,
        signing_key: SigningKey | None = None,
        token_lifetime: int = 300,
        timeout: float = 30,
        deadline: float = 90,
        attempts: int = 4,
        keeps_idempotency_keys: bool | None = None,
        user_agent: str | None = None,
        transport: Callable[[Request], Response] = _http.send,
    ) -> None:
        self._transport = transport
        self._calls = Calls(
            environment,
            partner_id=partner_id,
            signing_key=signing_key,
            token_lifetime=token_lifetime,
            timeout=timeout,
            deadline=deadline,
            attempts=attempts,
            keeps_idempotency_keys=keeps_idempotency_keys,
            user_agent=user_agent,
        )

    def issue_on_behalf(
        self, email: str, order: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Answer:
        """Issue a credential to a user who need not be present.

        After a lost response, the call is repeated only if that can't issue twice: with
        `"onDuplicate": "ignore"`, or if the platform supports idempotency keys.
        """
        return self._run(self._calls.issue_on_behalf(email, order, idempotency_key))

    def status(self, core_claim_hash: str) -> Answer:
        """Fetch the anchoring status of a credential."""
        return self._run(self._calls.status(core_claim_hash))

    def wait_until_anchored(
        self,
        core_claim_hash: str,
        *,
        schedule: PollSchedule | None = None,
        on_status: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Ask for the status until the credential is `ONCHAIN`.

        The schedule defaults to `LOCAL_SCHEDULE` on this machine, and to `HOSTED_SCHEDULE` otherwise.
        `on_status` is called with each status before.
        """
        return self._run(self._calls.wait_until_anchored(core_claim_hash, schedule, on_status))

    def schema(self, schema_id: str) -> Answer:
        """Fetch a schema of the public catalogue."""
        return self._run(self._calls.schema(schema_id))

    def _run(self, steps: Steps) -> Answer:
        received: Response | Exception | None = None
        while True:
            try:
                step = steps.send(received)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            received = None
            if isinstance(step, Request):
                try:
                    received = self._transport(step)
                except (OSError, _http.NotConnected, _http.ResponseTooLong) as error:
                    received = error
            else:
                time.sleep(step)


class AsyncClient:
    """A client of one platform for asyncio. It has the options of `Client`.

    `transport` is a coroutine function. The default one sends each request in a thread of the client,
    at most 32 at a time. A cancelled call sends no further request, but the platform may execute the
    one in progress. Close the client, or use it as `async with`.
    """

    def __init__(
        self,
        environment: str,
        *,
        partner_id: str | None = None,
        signing_key: SigningKey | None = None,
        token_lifetime: int = 300,
        timeout: float = 30,
        deadline: float = 90,
        attempts: int = 4,
        keeps_idempotency_keys: bool | None = None,
        user_agent: str | None = None,
        transport: Callable[[Request], Awaitable[Response]] | None = None,
    ) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._transport = self._send if transport is None else transport
        self._calls = Calls(
            environment,
            partner_id=partner_id,
            signing_key=signing_key,
            token_lifetime=token_lifetime,
            timeout=timeout,
            deadline=deadline,
            attempts=attempts,
            keeps_idempotency_keys=keeps_idempotency_keys,
            user_agent=user_agent,
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the threads of the client. Requests in progress are not waited for."""
        with self._lock:
            if self._threads is not None:
                self._threads.shutdown(wait=False, cancel_futures=True)
                self._threads = None

    async def issue_on_behalf(
        self, email: str, order: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Answer:
        """Issue a credential to a user who need not be present: see `Client.issue_on_behalf`."""
        return await self._run(self._calls.issue_on_behalf(email, order, idempotency_key))

    async def status(self, core_claim_hash: str) -> Answer:
        """Fetch the anchoring status of a credential."""
        return await self._run(self._calls.status(core_claim_hash))

    async def wait_until_anchored(
        self,
        core_claim_hash: str,
        *,
        schedule: PollSchedule | None = None,
        on_status: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Ask for the status until the credential is `ONCHAIN`: see `Client.wait_until_anchored`."""
        return await self._run(self._calls.wait_until_anchored(core_claim_hash, schedule, on_status))

    async def schema(self, schema_id: str) -> Answer:
        """Fetch a schema of the public catalogue."""
        return await self._run(self._calls.schema(schema_id))

    async def _send(self, request: Request) -> Response:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="air-python")
            sent = self._threads.submit(_http.send, request)
        return await asyncio.wrap_future(sent)

    async def _run(self, steps: Steps) -> Answer:
        received: Response | Exception | None = None
        while True:
            try:
                step = steps.send(received)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            received = None
            if isinstance(step, Request):
                try:
                    received = await self._transport(step)
                except (OSError, _http.NotConnected, _http.ResponseTooLong) as error:
                    received = error
            else:
                await asyncio.sleep(step)
