"""The clients against a local platform and against servers with faults."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from air_python import AirError, AsyncClient, Client, SigningKey
from air_python.client import PollSchedule, Request, Response
from air_python.client._answer import retry_after
from air_python.client._idempotency import new_key
from support import Platform, serving

HASH = "0" * 64


def caught(call: Callable[[], object]) -> AirError:
    with pytest.raises(AirError) as error:
        call()
    return error.value


def test_issues_on_behalf_and_waits(platform: Platform) -> None:
    client = platform.client()
    issued = client.issue_on_behalf("ada@example.com", platform.order())
    seen: list[str] = []
    status = client.wait_until_anchored(
        issued["coreClaimHash"], on_status=lambda status: seen.append(status["vcStatus"])
    )
    assert status["vcStatus"] == "ONCHAIN"
    assert set(seen) <= {"WAIT_ONCHAIN"}
    assert client.schema(platform.schema)["schemaId"] == platform.schema


def test_asyncio(platform: Platform) -> None:
    async def run() -> list[str]:
        async with AsyncClient(
            platform.url, partner_id=platform.partner_id, signing_key=platform.key
        ) as client:

            async def one(user: int) -> str:
                order = platform.order()
                issued = await client.issue_on_behalf(f"user-{user}@example.com", order)
                status = await client.wait_until_anchored(issued["coreClaimHash"])
                return str(status["vcStatus"])

            assert (await client.schema(platform.schema))["schemaId"] == platform.schema
            return list(await asyncio.gather(*(one(user) for user in range(20))))

    assert asyncio.run(run()) == ["ONCHAIN"] * 20


def test_a_cancelled_call_ends_at_once() -> None:
    begun, release = threading.Event(), threading.Event()

    def answer(_: object) -> tuple[int, dict[str, str], bytes]:
        begun.set()
        release.wait(30)
        return 200, {}, b"{}"

    async def run(url: str) -> None:
        async with AsyncClient(url) as client:
            call = asyncio.ensure_future(client.schema("s-1"))
            await asyncio.to_thread(begun.wait, 30)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            release.set()

    with serving(answer) as url:
        asyncio.run(run(url))


def test_the_same_idempotency_key_issues_once(platform: Platform) -> None:
    client, order = platform.client(), platform.order(onDuplicate="revoke")
    first = client.issue_on_behalf("once@example.com", order, idempotency_key="order-1")
    again = client.issue_on_behalf("once@example.com", order, idempotency_key="order-1")
    assert first["coreClaimHash"] == again["coreClaimHash"]
    other = client.issue_on_behalf("once@example.com", order)
    assert other["coreClaimHash"] != first["coreClaimHash"]


def test_a_lost_response_is_repeated_only_if_that_issues_once(platform: Platform) -> None:
    lose = {"path": "/v1/credentials/issue-on-behalf", "times": 1, "kind": "loseAnswer"}
    order = platform.order(onDuplicate="revoke")
    platform.faults(lose)
    platform.client().issue_on_behalf("lost@example.com", order)
    careful = platform.client(keeps_idempotency_keys=False)
    platform.faults(lose)
    error = caught(lambda: careful.issue_on_behalf("unclear@example.com", order))
    assert (error.code, error.is_retryable, error.is_safe_to_repeat) == ("ANSWER_LOST", True, False)
    platform.faults(lose)
    careful.issue_on_behalf("unclear@example.com", platform.order())


def test_a_refused_token_is_signed_again_once(platform: Platform) -> None:
    client = platform.client()
    issued = client.issue_on_behalf("renew@example.com", platform.order())
    client.status(issued["coreClaimHash"])
    platform.faults({"path": "/v1/credentials/status", "times": 1, "kind": "status", "status": 401})
    client.status(issued["coreClaimHash"])
    stranger = platform.client(signing_key=SigningKey.generate())
    error = caught(lambda: stranger.status(issued["coreClaimHash"]))
    assert (error.code, error.status) == ("NOT_AUTHORISED", 401)


def test_errors_have_the_reason_and_the_request_id(platform: Platform) -> None:
    client = platform.client()
    order = platform.order(credentialSubject={"isOver18": "yes"})
    error = caught(lambda: client.issue_on_behalf("bad@example.com", order))
    assert (error.code, error.is_safe_to_repeat, error.is_retryable) == ("REJECTED", True, False)
    assert "isOver18" in error.message
    assert error.request_id
    error = caught(lambda: client.status(HASH))
    assert (error.code, error.status) == ("NOT_FOUND", 404)


def test_invalid_arguments_are_refused_before_anything_is_sent() -> None:
    key = SigningKey.generate()
    invalid: list[Callable[[], object]] = [
        lambda: Client("ftp://example.com"),
        lambda: Client("https://example.com/v1"),
        lambda: Client("https://user@example.com"),
        lambda: Client("https://[::1"),
        lambda: Client("local", partner_id="p"),
        lambda: Client("local", attempts=0),
        lambda: Client("local", user_agent="a\nb"),
        lambda: Client("local", partner_id="p", signing_key=key, token_lifetime=901),
        lambda: Client("local").issue_on_behalf("nobody", {"onDuplicate": "ignore"}),
        lambda: Client("local").issue_on_behalf("ada@example.com", {}),
        lambda: Client("local").issue_on_behalf(
            "ada@example.com", {"onDuplicate": "ignore"}, idempotency_key='"'
        ),
        lambda: Client("local").schema("../issuer"),
    ]
    for call in invalid:
        assert caught(call).code == "INVALID_ARGUMENT"
    assert caught(lambda: Client("local").status(HASH)).code == "NO_SIGNING_KEY"


def answering(*responses: Response | Exception) -> tuple[Client, list[Request]]:
    """Return a client whose transport has these responses, and the requests that it gets."""
    sent: list[Request] = []
    waiting = list(responses)

    def transport(request: Request) -> Response:
        sent.append(request)
        response = waiting.pop(0)
        if isinstance(response, Exception):
            raise response
        return response

    key = SigningKey.generate()
    partner = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"
    client = Client(
        "https://platform.example", partner_id=partner, signing_key=key, transport=transport
    )
    return client, sent


def test_a_platform_that_asks_to_wait_is_asked_again() -> None:
    slow = Response(429, {"retry-after": "0"}, b"")
    client, sent = answering(slow, Response(200, {}, b'{"vcStatus": "ONCHAIN"}'))
    assert client.status(HASH)["vcStatus"] == "ONCHAIN"
    assert len(sent) == 2
    assert sent[0].headers["x-partner-auth"] not in repr(sent[0])
    # A wait beyond the deadline of the call is not begun.
    client, sent = answering(Response(503, {"retry-after": "3600"}, b""))
    error = caught(lambda: client.issue_on_behalf("ada@example.com", {"onDuplicate": "revoke"}))
    assert (error.code, error.retry_after, error.is_safe_to_repeat) == ("PLATFORM_FAILED", 3600, True)
    assert len(sent) == 1


def test_a_repetition_has_the_same_idempotency_key() -> None:
    issued = Response(200, {}, b'{"coreClaimHash": "%s"}' % HASH.encode())
    client, sent = answering(TimeoutError(), Response(500, {}, b""), issued)
    client.issue_on_behalf("ada@example.com", {"onDuplicate": "ignore"})
    assert len({request.headers["idempotency-key"] for request in sent}) == 1
    assert len(sent) == 3


@pytest.mark.parametrize(
    ("response", "code", "safe"),
    [
        (Response(200, {}, b"text"), "UNEXPECTED_ANSWER", False),
        (Response(200, {}, b"[]"), "UNEXPECTED_ANSWER", False),
        (Response(200, {}, b'{"coreClaimHash": 1}'), "UNEXPECTED_ANSWER", False),
        (Response(302, {}, b"{}"), "UNEXPECTED_ANSWER", False),
        (Response(409, {}, b"{}"), "CONFLICT", True),
        (Response(500, {}, b"{}"), "PLATFORM_FAILED", False),
        (Response(408, {}, b"{}"), "TIMED_OUT", False),
        (TimeoutError(), "TIMED_OUT", False),
        (ConnectionResetError(), "ANSWER_LOST", False),
    ],
)
def test_each_response_has_its_error(response: Response | Exception, code: str, safe: bool) -> None:
    client, _ = answering(response)
    error = caught(lambda: client.issue_on_behalf("ada@example.com", {"onDuplicate": "revoke"}))
    assert (error.code, error.is_safe_to_repeat) == (code, safe)


def test_messages_of_the_platform_show_no_token() -> None:
    body = b'{"message": "bad eyJhbGciOiJFUzI1NiJ9.eyJh.c2ln and whsec_QUJD\\u0007"}'
    client, _ = answering(Response(400, {}, body))
    error = caught(lambda: client.status(HASH))
    assert error.message == "the platform rejected the call: bad [token] and [secret] "


def test_a_stuck_chain_is_an_error_at_the_deadline() -> None:
    waiting = Response(200, {}, b'{"vcStatus": "WAIT_ONCHAIN"}')
    client, _ = answering(*[waiting] * 50)
    schedule = PollSchedule(first=0.01, longest=0.01, deadline=0.05)
    error = caught(lambda: client.wait_until_anchored(HASH, schedule=schedule))
    assert (error.code, error.is_safe_to_repeat) == ("NOT_ANCHORED", True)


def test_connections() -> None:
    # No server listens on port 1.
    closed = Client("http://127.0.0.1:1", attempts=1)
    assert caught(lambda: closed.schema("s")).code == "UNREACHABLE"

    def send(listener: socket.socket, data: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            if data:
                connection.sendall(data)
            else:
                # Waits for the client, which closes the connection at its timeout.
                connection.recv(1)

    for data, code in [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{", "ANSWER_LOST"),
        (b"not HTTP\r\n\r\n", "ANSWER_LOST"),
        (b"", "TIMED_OUT"),
    ]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=send, args=(listener, data))
            thread.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            client = Client(url, attempts=1, timeout=0.5 if not data else 30)
            assert caught(lambda: client.schema("s")).code == code  # noqa: B023
            thread.join()
    with serving(lambda _: (200, {}, b"x" * (4 * 1024 * 1024 + 1))) as url:
        assert caught(lambda: Client(url).schema("s")).code == "UNEXPECTED_ANSWER"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=platform", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*command, "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    answer = b'{"code": 80000000, "data": {"schemaId": "s"}}'
    with serving(lambda _: (200, {}, answer), context) as url:
        error = caught(lambda: Client(url).schema("s"))
        assert (error.code, error.is_safe_to_repeat) == ("UNTRUSTED_CERTIFICATE", True)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert Client(url).schema("s")["schemaId"] == "s"


def test_retry_after_is_seconds_or_a_date() -> None:
    cases: list[tuple[Any, float | None]] = [
        ("7", 7),
        ("99999", 3600),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 10),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:01:40 +99999999999999999999", None),
        ("Thu, 99999999999999999999 Jan 1970 00:01:40 GMT", None),
        ("soon", None),
        ("", None),
        (None, None),
    ]
    for text, expected in cases:
        assert retry_after(text, 90) == expected, text


def test_a_new_idempotency_key_is_a_uuid_of_version_7() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key[14] == "7" and key[19] in "89ab" for key in keys)
