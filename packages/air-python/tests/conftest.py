"""The check of the vectors, and the platform that the tests share."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest
from air_python import SigningKey
from support import AIR, MANIFEST, READ, Platform, serving


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fail a run of the whole suite that skips a file of vectors."""
    skipped = {path for path, languages in MANIFEST.items() if languages["python"] == "run"} - READ
    is_whole = session.config.args == session.config.getini("testpaths")
    if is_whole and skipped:
        raise pytest.UsageError(f"no test reads these vectors: {', '.join(sorted(skipped))}")


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Start a platform, and stop it after the tests."""
    folder = tmp_path_factory.mktemp("platform")
    key = SigningKey.generate()
    body = json.dumps({"keys": [key.public_jwk]}).encode()
    with serving(lambda _: (200, {}, body)) as published:
        seed = {
            "partner": {"name": "Zenith", "jwksUrl": f"{published}/jwks.json", "issueOnBehalf": True},
            "schemas": [
                {
                    "key": "age",
                    "title": "Proof of age",
                    "attributes": [{"name": "isOver18", "type": "boolean", "required": True}],
                }
            ],
            "programs": [
                {"key": "age", "schema": "age", "cak": True, "expiration": "90d", "publish": True}
            ],
        }
        (folder / "seed.json").write_text(json.dumps(seed))
        command = [AIR, "sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json", "--json"]
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "XDG_STATE_HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, f"{AIR} ended before it was ready"
                ready = json.loads(line)
                yield Platform(ready["url"], ready["seeded"], key)
            finally:
                process.kill()
