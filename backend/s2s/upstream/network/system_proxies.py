"""Read proxies from the settings of macOS and Windows, if no variable names one."""

import sys
import urllib.request
from collections.abc import Mapping

from s2s.configuration.proxies import VARIABLES

_NAMES = {"https": "HTTPS_PROXY", "http": "HTTP_PROXY", "socks": "SOCKS_PROXY"}


def system_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """Return them as variables to merge below `environ`; empty if `environ` names a proxy."""
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
    """Both systems write http:// in front of a SOCKS proxy as well."""
    return value.replace("http://", "socks5h://", 1) if kind == "socks" else value
