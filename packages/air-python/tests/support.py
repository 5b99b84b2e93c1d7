"""The vectors of the repository, a local platform, and servers."""

from __future__ import annotations

import http.server
import json
import os
import ssl
import threading
import urllib.request
from pathlib import Path
from typing import Any

from air_python import Client, SigningKey

ROOT = Path(__file__).resolve().parents[3]
MANIFEST: dict[str, dict[str, str]] = json.loads((ROOT / "packages/vectors.json").read_text())["files"]
AIR = os.environ.get("AIR_BINARY", str(ROOT / "target/debug/air"))
"""The `air` that the tests start."""

READ: set[str] = set()
"""The vector files that the collected tests read."""


def vector_path(path: str) -> Path:
    """Return a file or folder of vectors, which the manifest must list for Python."""
    assert MANIFEST[path]["python"] == "run", path
    READ.add(path)
    return ROOT / path


def vectors(path: str) -> Any:
    """Read a JSON file of vectors."""
    return json.loads(vector_path(path).read_bytes())


class Platform:
    """A local platform with a partner whose key is published."""

    def __init__(self, url: str, seeded: dict[str, Any], key: SigningKey) -> None:
        self.url = url
        self.key = key
        self.partner_id: str = seeded["partnerId"]
        self.issuer_did: str = seeded["issuerDid"]
        self.program: str = seeded["programs"]["age"]
        self.schema: str = seeded["schemas"]["age"]

    def order(self, **members: Any) -> dict[str, Any]:
        """Return an order, with other members."""
        return {
            "issuerDid": self.issuer_did,
            "credentialId": self.program,
            "credentialSubject": {"isOver18": True},
            "onDuplicate": "ignore",
            **members,
        }

    def client(self, **options: Any) -> Client:
        """Return a client, with other options."""
        named = {"partner_id": self.partner_id, "signing_key": self.key, **options}
        return Client(self.url, **named)

    def faults(self, *rules: dict[str, Any]) -> None:
        """Set the faults of the platform."""
        request = urllib.request.Request(
            f"{self.url}/sandbox/v1/faults",
            json.dumps({"rules": rules}).encode(),
            {"content-type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(request) as response:
            response.read()


class serving:
    """An HTTP server on a free port of this machine, whose answers a function returns."""

    def __init__(self, answer: Any, context: ssl.SSLContext | None = None) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                status, headers, body = answer(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._scheme = "http" if context is None else "https"
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> str:
        self._thread.start()
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
