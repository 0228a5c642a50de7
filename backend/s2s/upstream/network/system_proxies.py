"""Proxies from the settings of macOS and Windows, for machines whose variables name none."""

import sys
import urllib.request
from collections.abc import Mapping

from s2s.configuration.proxies import VARIABLES

_NAMES = {"https": "HTTPS_PROXY", "http": "HTTP_PROXY", "socks": "SOCKS_PROXY"}


def system_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """As variables, to be put under those of `environ`; none where `environ` has one of its own."""
    found: dict[str, str] = {}
    if any(name.lower() in VARIABLES for name in environ):
        return found
    if sys.platform == "darwin":
        found = urllib.request.getproxies_macosx_sysconf()
    elif sys.platform == "win32":
        found = urllib.request.getproxies_registry()
    named = {_NAMES[kind]: _kind(kind, value) for kind, value in found.items() if kind in _NAMES}
    return {**named, "NO_PROXY": "localhost,127.0.0.0/8,::1"} if named else {}


def _kind(kind: str, value: str) -> str:
    """They write http:// in front of a SOCKS proxy as well."""
    return value.replace("http://", "socks5h://", 1) if kind == "socks" else value
