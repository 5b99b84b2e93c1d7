"""Times of the package beside other libraries, in one process.

Each row's calls are measured by turns, and the table has the median of the rounds.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

import air_python
import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

ROUNDS = 15
ROUND_SECONDS = 0.05

CONTEXT = air_python.CakContext("u-1", "did:example:issuer", "s-1")
KEY = air_python.CakPrivateKey.generate()
PEM = KEY.public_key.to_pem()
SUITE = CipherSuite.new(KEMId.DHKEM_P256_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
RECIPIENT = KEMKey.from_pem(PEM)
PUBLIC = ec.EllipticCurvePublicKey.from_encoded_point(
    ec.SECP256R1(), bytes.fromhex(str(KEY.public_key).removeprefix("0x"))
)
SIGNING_KEY = air_python.SigningKey.generate()
SIGNING_PEM = SIGNING_KEY.expose_pem()
PARTNER = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"


def seal(document: bytes) -> Callable[[], object]:
    return lambda: KEY.public_key.seal(CONTEXT, document)


def pyhpke(document: bytes) -> Callable[[], object]:
    def call() -> bytes:
        _, sender = SUITE.create_sender_context(RECIPIENT)
        return sender.seal(document)

    return call


def by_hand(document: bytes) -> Callable[[], object]:
    """ECDH, HKDF and AES-GCM of `cryptography`, without the container's format and commitment."""

    def call() -> bytes:
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        shared = ephemeral.exchange(ec.ECDH(), PUBLIC)
        key = HKDF(hashes.SHA256(), 44, None, point).derive(shared)
        return AESGCM(key[:32]).encrypt(key[32:], document, point)

    return call


def token() -> str:
    return air_python.sign_partner_token(SIGNING_KEY, PARTNER, "issue", now=1_800_000_000)


def pyjwt() -> str:
    claims = {"partnerId": PARTNER, "scope": "issue", "iat": 1_800_000_000, "exp": 1_800_000_300}
    return jwt.encode(claims, PYJWT_KEY, "ES256", headers={"kid": SIGNING_KEY.kid})


PYJWT_KEY = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).prepare_key(SIGNING_PEM)


def times(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median of the seconds of one call."""
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begun = time.perf_counter()
            count = 0
            while time.perf_counter() - begun < ROUND_SECONDS:
                call()
                count += 1
            seen[name].append((time.perf_counter() - begun) / count)
    return {name: statistics.median(each) for name, each in seen.items()}


def main() -> None:
    small, large = os.urandom(1024), os.urandom(1 << 20)
    rows: list[tuple[str, dict[str, Callable[[], object]]]] = [
        ("seal 1 KiB", {"air-python": seal(small), "pyhpke": pyhpke(small), "cryptography": by_hand(small)}),
        ("seal 1 MiB", {"air-python": seal(large), "pyhpke": pyhpke(large), "cryptography": by_hand(large)}),
        ("sign an ES256 token", {"air-python": token, "PyJWT": pyjwt}),
    ]
    for task, calls in rows:
        measured = times(calls)
        own = measured["air-python"]
        print(task)
        for name, seconds in measured.items():
            print(f"  {name:13} {seconds * 1e6:9.1f} µs   {seconds / own:5.2f} ×")


if __name__ == "__main__":
    main()
