"""The wheel in an empty environment, its size, and the examples of the README and the book."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any, get_args

import air_python
import pytest
from air_python.client._calls import _USER_AGENT
from support import ROOT, Platform

PACKAGE = ROOT / "packages/air-python"
SIZE_LIMIT = 3 * 1024 * 1024
"""The maximum size of the wheel in bytes."""


@pytest.fixture(scope="module")
def wheel() -> Path:
    """Return the wheel, which `cargo xtask languages` builds first."""
    folder = Path(os.environ.get("AIR_WHEELS", ROOT / "target/wheels"))
    return max(folder.glob("air_python-*.whl"), key=lambda path: path.stat().st_mtime)


def test_the_wheel_has_types_licences_and_one_binary(wheel: Path) -> None:
    assert "-cp310-abi3-" in wheel.name
    assert wheel.stat().st_size <= SIZE_LIMIT
    names = zipfile.ZipFile(wheel).namelist()
    needed = ["air_python/py.typed", "air_python/_native.pyi"]
    assert set(needed) <= set(names)
    assert sum(name.endswith((".so", ".pyd")) for name in names) == 1
    assert sum("/licenses/" in name for name in names) == 2
    assert not any("tests" in name for name in names)


def test_the_versions_are_those_of_the_workspace() -> None:
    cargo = (ROOT / "Cargo.toml").read_text()
    version = re.search(r'^\[workspace.package\]\nversion = "(.*)"$', cargo, re.MULTILINE)
    assert version is not None
    assert f'\nversion = "{version[1]}"\n' in (PACKAGE / "pyproject.toml").read_text()
    assert importlib.metadata.version("air-python") == version[1]
    assert f"air-python/{version[1]}" == _USER_AGENT


def test_each_code_of_the_module_is_listed() -> None:
    source = (ROOT / "crates/air-python/src/error.rs").read_text()
    codes = set(re.findall(r'"([A-Z][A-Z_]{3,})"', source))
    assert len(codes) > 20
    assert codes <= set(get_args(air_python.AirErrorCode))


def test_the_stub_has_each_name_of_the_module() -> None:
    stub = (PACKAGE / "python/air_python/_native.pyi").read_text()
    native: Any = sys.modules["air_python._native"]
    for name in (name for name in dir(native) if not name.startswith("_")):
        assert re.search(rf"^(class|def) {name}\b", stub, re.MULTILINE), name
        value = getattr(native, name)
        for member in vars(value) if isinstance(value, type) else ():
            if not member.startswith("_"):
                block = re.split(rf"^class {name}\b", stub, flags=re.MULTILINE)[1]
                block = re.split(r"\n(?=\S)", block, maxsplit=1)[0]
                assert f"def {member}(" in block, f"{name}.{member}"
    assert sorted(air_python.__all__) == air_python.__all__


def test_the_examples_run_in_an_empty_environment(
    wheel: Path, platform: Platform, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.check_call([python, *install, "--disable-pip-version-check"])
    (tmp_path / "partner-key.pem").write_text(platform.key.expose_pem())
    (tmp_path / "scan.jpg").write_bytes(os.urandom(100_000))
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "AIR_URL": platform.url,
        "AIR_PARTNER_ID": platform.partner_id,
        "AIR_KEY": "partner-key.pem",
        "AIR_ISSUER": platform.issuer_did,
        "AIR_PROGRAM": platform.program,
    }
    for page in (PACKAGE / "README.md", ROOT / "docs/book/src/guide/python.md"):
        # The examples of a page build on each other.
        blocks = re.findall(r"^```py\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        assert len(blocks) >= 4, page.name
        example = tmp_path / f"{page.stem}.py"
        example.write_text("".join(blocks))
        output = subprocess.run(
            [python, "-W", "error", example.name], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert output.returncode == 0, f"{page.name}: {output.stderr}"
        assert "ONCHAIN" in output.stdout, page.name
