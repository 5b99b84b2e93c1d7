"""Sealing and opening: bytes, file objects, errors, threads and forks."""

from __future__ import annotations

import io
import multiprocessing
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from air_python import AirError, CakContext, CakPrivateKey, ManagedContext, RootSecret, custody

CONTEXT = CakContext("u-1", "did:example:issuer", "s-1")
SEED = bytes(range(32))


def code(call: Callable[[], object]) -> str:
    with pytest.raises(AirError) as caught:
        call()
    return caught.value.code


def test_bytes_and_labels() -> None:
    key = RootSecret.from_seed(bytearray(SEED)).derive(CONTEXT)
    for label in (None, "passport.jpg", b"passport.jpg", "\u00e9"):
        sealed = key.public_key.seal(CONTEXT, b"scan", label=label)
        assert key.open(CONTEXT, sealed, label=label) == b"scan"
        assert key.open(CONTEXT, bytearray(sealed), label=label) == b"scan"
        assert code(lambda: key.open(CONTEXT, sealed, label="another")) == "WRONG_KEY"  # noqa: B023
    assert CakContext("u-1", "did:example:issuer", "s-1") == CONTEXT
    assert hash(CakContext("u-1", "did:example:issuer", "s-1")) == hash(CONTEXT)
    assert CakContext("u-2", "did:example:issuer", "s-1") != CONTEXT


def test_errors_have_codes_and_show_no_secret() -> None:
    key = RootSecret.from_seed(SEED).derive(CONTEXT)
    sealed = bytearray(key.public_key.seal(CONTEXT, b"scan"))
    sealed[-1] ^= 1
    assert code(lambda: key.open(CONTEXT, sealed)) == "CHUNK_REJECTED"
    assert code(lambda: key.open(CONTEXT, b"none")) == "NOT_A_CONTAINER"
    assert code(lambda: RootSecret.from_seed(b"short")) == "FIELD_TOO_SHORT"
    assert code(lambda: RootSecret.from_wallet(bytes(32))) == "INVALID_SCALAR"
    assert code(lambda: RootSecret.from_wallet(bytes(31))) == "INVALID_ARGUMENT"
    assert code(lambda: CakContext("", "did:x:i", "s")) == "FIELD_EMPTY"
    assert code(lambda: CakContext("u", "did:x:i", "s", curve="p256")) == "UNKNOWN_CURVE"  # type: ignore[arg-type]
    assert code(lambda: CakPrivateKey.from_text("0xzz", curve="secp256r1")) != "INTERNAL"
    other = CakContext("u-1", "did:example:issuer", "s-1", curve="secp256k1")
    assert code(lambda: key.public_key.seal(other, b"")) == "CURVE_MISMATCH"
    for secret in ("text", memoryview(SEED), None):
        with pytest.raises(TypeError, match="bytes or a bytearray"):
            RootSecret.from_seed(secret)  # type: ignore[arg-type]
    secret = key.expose_hex()
    for shown in (repr(key), repr(RootSecret.from_seed(SEED)), str(key)):
        assert secret not in shown
        assert SEED.hex() not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_an_error_survives_pickle() -> None:
    error = AirError("TIMED_OUT", "the platform did not answer", status=408, is_safe_to_repeat=False)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, str(copy), copy.status) == ("TIMED_OUT", str(error), 408)
    assert copy.is_retryable
    assert not copy.is_safe_to_repeat


def test_a_private_key_at_rest() -> None:
    key = CakPrivateKey.generate(curve="secp256k1")
    pem = key.to_encrypted_pem(b"a passphrase of the tests")
    assert "ENCRYPTED" in pem
    read = CakPrivateKey.from_text(pem, passphrase=b"a passphrase of the tests")
    assert read.public_key == key.public_key
    assert code(lambda: CakPrivateKey.from_text(pem)) == "PASSPHRASE_NEEDED"
    assert code(lambda: CakPrivateKey.from_text(pem, passphrase=b"x")) == "WRONG_PASSPHRASE"


def test_files_of_any_length(tmp_path: Path) -> None:
    key = CakPrivateKey.generate()
    plain, sealed, opened = (tmp_path / name for name in ("plain", "sealed", "opened"))
    for length in (0, 1, 65_536, 65_537, 3_000_000):
        plain.write_bytes(bytes(index % 251 for index in range(1000)) * (length // 1000 + 1))
        with plain.open("r+b") as file:
            file.truncate(length)
        with plain.open("rb") as source, sealed.open("wb") as target:
            assert key.public_key.seal_file(CONTEXT, source, target, label="scan") == length
        with sealed.open("rb", buffering=0) as source, opened.open("wb", buffering=0) as target:
            assert key.open_file(CONTEXT, source, target, label="scan") == length
        assert opened.read_bytes() == plain.read_bytes()


class Odd:
    """A file object with faults."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def read(self, size: int) -> Any:
        return self._answers["read"]

    def write(self, data: bytes) -> Any:
        return self._answers["write"]


def test_odd_file_objects() -> None:
    key = CakPrivateKey.generate()

    def seal(source: Any, target: Any) -> int:
        return key.public_key.seal_file(CONTEXT, source, target)

    with pytest.raises(TypeError, match="binary mode"):
        seal(io.StringIO("text"), io.BytesIO())
    with pytest.raises(TypeError, match="non-blocking"):
        seal(Odd(read=None), io.BytesIO())
    for written in (None, "all", -1, 10**6):
        with pytest.raises(TypeError):
            seal(io.BytesIO(b"x"), Odd(write=written))
    # A target that takes nothing would be written to without end.
    assert code(lambda: seal(io.BytesIO(b"x"), Odd(write=0))) == "FILE_FAILED"
    with pytest.raises(AttributeError):
        seal(object(), io.BytesIO())


def test_an_exception_of_a_file_object_is_raised_unchanged() -> None:
    class Full(OSError):
        pass

    class Disk(io.BytesIO):
        def write(self, data: Any) -> int:
            raise Full("no space left")

    with pytest.raises(Full, match="no space left"):
        CakPrivateKey.generate().public_key.seal_file(CONTEXT, io.BytesIO(b"x"), Disk())


def test_a_changed_chunk_is_found_while_a_file_is_opened() -> None:
    key = CakPrivateKey.generate()
    sealed = bytearray(key.public_key.seal(CONTEXT, bytes(200_000)))
    sealed[-1] ^= 1
    target = io.BytesIO()
    assert code(lambda: key.open_file(CONTEXT, io.BytesIO(sealed), target)) == "CHUNK_REJECTED"
    assert len(target.getvalue()) == 3 * 65_536


@pytest.mark.parametrize(
    "call",
    [
        lambda key: key.to_encrypted_pem(b"a passphrase of the tests"),
        lambda key: key.public_key.seal(CONTEXT, bytes(128 << 20)),
        lambda key: key.public_key.seal_file(CONTEXT, Zeros(128 << 20), Count()),
    ],
)
def test_other_threads_run_during_a_call(call: Callable[[CakPrivateKey], object]) -> None:
    key = CakPrivateKey.generate()
    ticks, seen, done = 0, [], threading.Event()

    def run() -> None:
        seen.append(ticks)
        call(key)
        seen.append(ticks)
        done.set()

    # Without this, the interpreter would switch between the threads by itself.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        while not done.wait(0.001):
            ticks += 1
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert seen[1] > seen[0]


class Zeros:
    """A source of zeros."""

    def __init__(self, length: int) -> None:
        self._left = length

    def read(self, size: int, /) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


class Count:
    """A target that counts its bytes."""

    length = 0

    def write(self, data: bytes, /) -> int:
        self.length += len(data)
        return len(data)


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak is that of Linux")
def test_a_file_is_sealed_in_constant_memory() -> None:
    program = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_sealing import CONTEXT, CakPrivateKey, Count, Zeros
key = CakPrivateKey.generate()
peaks = []
for length in (1 << 20, 128 << 20):
    target = Count()
    assert key.public_key.seal_file(CONTEXT, Zeros(length), target) == length
    assert target.length > length
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[1] - peaks[0])
"""
    grown = int(subprocess.check_output([sys.executable, "-c", program]))
    assert grown < 4 * 1024, f"{grown} KiB"


def _seal_and_send(pipe: Any) -> None:
    pipe.send(CakPrivateKey.generate().expose_hex())
    pipe.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_forks_draw_different_numbers() -> None:
    CakPrivateKey.generate()
    process = multiprocessing.get_context("fork")
    seen = [CakPrivateKey.generate().expose_hex()]
    for _ in range(2):
        here, there = process.Pipe(duplex=False)
        child = process.Process(target=_seal_and_send, args=(there,))
        child.start()
        seen.append(here.recv())
        child.join()
        here.close()
        there.close()
    assert len(set(seen)) == 3


def test_custody_with_errors_that_name_the_culprit() -> None:
    context = ManagedContext("did:example:issuer", "vault")
    group, shares = custody.generate(context, 2, 3)
    assert (group.threshold, group.shares, group.context) == (2, 3, context)
    sealed = group.public_key.seal(context, b"document", label="scan")
    partials = [share.partial(group, sealed, purpose="court order 7") for share in shares]
    assert partials[0].purpose == "court order 7"
    assert group.open(partials[1:], sealed, label="scan") == b"document"
    target = io.BytesIO()
    group.open_file(partials[:2], io.BytesIO(sealed), target, label="scan")
    assert target.getvalue() == b"document"
    assert code(lambda: group.open(partials[:1], sealed)) == "TOO_FEW_PARTIALS"
    assert code(lambda: group.open([partials[0]] * 2, sealed)) == "DUPLICATE_PARTIAL"
    assert code(lambda: custody.generate(context, 1, 3)) == "THRESHOLD_OUT_OF_RANGE"
    another = group.public_key.seal(context, b"another")
    with pytest.raises(AirError) as caught:
        group.verify_partial(another, partials[2])
    assert (caught.value.code, caught.value.culprit) == ("PARTIAL_REJECTED", 3)
    file = shares[0].to_encrypted_json(group, b"a passphrase of the tests")
    read = custody.Share.from_json(group, file, passphrase=b"a passphrase of the tests")
    assert read.expose_json(group) == shares[0].expose_json(group)
    stranger, _ = custody.deal(CakPrivateKey.generate(), context, 2, 2)
    assert code(lambda: custody.Share.from_json(stranger, shares[0].expose_json(group))) == "FOREIGN_SHARE"
    assert custody.Group.from_json(group.to_json()) == group
