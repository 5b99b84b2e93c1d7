"""One HTTP request, under a limit of time and size."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

_ANSWER_LIMIT = 4 * 1024 * 1024
"""The maximum size of a response in bytes."""


@dataclass(frozen=True)
class Request:
    """A request of one attempt. `timeout` is in seconds, for the whole attempt."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    timeout: float


@dataclass(frozen=True)
class Response:
    """A response with any status. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class NotConnected(Exception):
    """The connection failed: the platform did not receive the request."""


class UntrustedCertificate(NotConnected):
    """The platform's certificate is not trusted."""


class ResponseTooLong(Exception):
    """The response exceeds the limit."""


class _Timed(io.RawIOBase):
    """The bytes of a socket, until a deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Stand in for a socket, as `http.client.HTTPResponse` uses one."""
        del mode
        return io.BufferedReader(self)


def send(request: Request) -> Response:
    """Send a request on a connection of its own. No redirect is followed.

    `TimeoutError` and other `OSError`s mean that the platform may have executed the call, except
    for `NotConnected`.
    """
    deadline = time.monotonic() + request.timeout
    parts = urlsplit(request.url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, request.timeout)
    try:
        _connect(connection)
        sock = cast("socket.socket", connection.sock)
        sock.settimeout(_left(deadline))
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {**request.headers, "connection": "close"}
        connection.request(request.method, target, body=request.body, headers=headers)
        response = http.client.HTTPResponse(
            cast("socket.socket", _Timed(sock, deadline)), method=request.method
        )
        with response:
            response.begin()
            body = response.read(_ANSWER_LIMIT + 1)
            missing = response.length
        if len(body) > _ANSWER_LIMIT:
            raise ResponseTooLong
        if missing:
            raise ConnectionError("the response was cut short")
        named = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, named, body)
    except http.client.HTTPException as error:
        raise ConnectionError("the response was cut short or is not HTTP") from error
    finally:
        connection.close()


def _connection(
    scheme: str, host: str, port: int | None, timeout: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, port, timeout=timeout)


def _connect(connection: http.client.HTTPConnection) -> None:
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        raise UntrustedCertificate from error
    except OSError as error:
        raise NotConnected from error


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
