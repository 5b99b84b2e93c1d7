"""The platforms."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ..errors import AirError

_NAMED = {
    "sandbox": "https://api.sandbox.mocachain.org",
    "production": "https://mocachain-mainnet.api.air3.com",
    "local": "http://127.0.0.1:8300",
}


def base_url(environment: str) -> str:
    """Return the base URL of a platform, by its name or by a URL without a path."""
    url = _NAMED.get(environment, environment).removesuffix("/")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _invalid() from None
    is_plain = (parts.path, parts.query, parts.fragment) == ("", "", "") and "@" not in parts.netloc
    if parts.scheme in ("http", "https") and parts.hostname and is_plain and port != 0:
        return url
    raise _invalid()


def is_loopback(url: str) -> bool:
    """Whether the platform is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _invalid() -> AirError:
    return AirError(
        "INVALID_ARGUMENT",
        "invalid platform: must be `sandbox`, `production`, `local`, or an http or https URL without "
        "a path, such as http://127.0.0.1:8300",
    )
