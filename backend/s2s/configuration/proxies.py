"""Choose the proxy for a URL: HTTPS_PROXY and related variables, read once and applied by one rule to the model, the
access token, the built-in functions and the health check.

Names and precedence follow curl and Python's urllib: lower case overrides upper case, `NO_PROXY` overrides all.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

VARIABLES = ("wss_proxy", "ws_proxy", "https_proxy", "http_proxy", "all_proxy", "socks_proxy", "no_proxy")
METADATA_HOSTS = frozenset({"metadata.google.internal", "metadata.goog", "metadata", "169.254.169.254"})
"""Google Cloud's metadata server is link-local: no proxy can reach it."""

_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5h": 1080, "socks4": 1080, "socks4a": 1080}
# GNOME writes socks://. With socks5 the proxy also resolves host names, as in browsers and httpx: behind a proxy the
# machine itself often cannot.
_ALIASES = {"socks": "socks5h", "socks5": "socks5h"}
_IN_ORDER = {
    "wss": ("wss_proxy", "https_proxy", "all_proxy", "socks_proxy"),
    "https": ("https_proxy", "all_proxy", "socks_proxy"),
    "ws": ("ws_proxy", "https_proxy", "http_proxy", "all_proxy", "socks_proxy"),
    "http": ("http_proxy", "all_proxy", "socks_proxy"),
}
_URL_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_KINDS = "http, https, socks5h, socks5, socks4a and socks4"


class ProxyValueError(ValueError):
    """A proxy variable cannot be parsed; the message says why, without its user name and password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy server."""

    scheme: str
    """http, https, socks5h, socks4a or socks4."""
    host: str
    port: int
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    variable: str = ""
    """Name of the variable that it comes from, in upper case."""

    @property
    def url(self) -> str:
        """URL for libraries, with an explicit port since their defaults differ."""
        login = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@" if self.username else ""
        return f"{self.scheme}://{login}{self._address}"

    @property
    def shown(self) -> str:
        """Description for the user: without the password, with the name of the variable."""
        return f"{self.scheme}://{self._address}" + (f" ({self.variable})" if self.variable else "")

    @property
    def _address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Proxies:
    """All proxies of this process; `proxy_for` holds the rule."""

    by_variable: Mapping[str, Proxy] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()
    """The entries of NO_PROXY."""

    def proxy_for(self, url: str) -> Proxy | None:
        """Return the proxy for `url` (http, https, ws or wss); None for a direct connection."""
        address = urlsplit(url)
        host = (address.hostname or "").rstrip(".")
        port = address.port or _URL_PORTS.get(address.scheme, 0)
        if host in METADATA_HOSTS or any(_matches(entry, host, port) for entry in self.exceptions):
            return None
        names = _IN_ORDER.get(address.scheme, ())
        return next((self.by_variable[name] for name in names if name in self.by_variable), None)

    @property
    def passwords(self) -> tuple[str, ...]:
        """Passwords as configured and as sent, for `logs.register_secrets`."""
        found = [proxy.password for proxy in self.by_variable.values() if proxy.password]
        return tuple(dict.fromkeys([*found, *(quote(password, safe="") for password in found)]))


def read_proxies(values: Mapping[str, str]) -> Proxies:
    """Parse values by lower-case variable name, as returned by `lower_case_wins`. Raises ProxyValueError."""
    named = {name: values[name] for name in VARIABLES if name != "no_proxy" and values.get(name, "").strip()}
    proxies = {name: parse_proxy(value, name.upper()) for name, value in named.items()}
    exceptions = re.split(r"[\s,]+", _unquoted(values.get("no_proxy", "")))
    return Proxies(proxies, tuple(entry.lower() for entry in exceptions if entry))


def lower_case_wins(environ: Mapping[str, str], name: str) -> str:
    """Return the value of a proxy variable. If the lower-case one is empty, the other is disabled, as in urllib."""
    value = environ.get(name.lower())
    return (environ.get(name.upper(), "") if value is None else value).strip()


def parse_proxy(value: str, variable: str = "") -> Proxy:
    """Parse `scheme://user:password@host:port`; scheme and port are optional. Raises ProxyValueError."""
    text = _unquoted(value)
    if "://" not in text:
        text = f"http://{text}"
    scheme, _, rest = text.partition("://")
    scheme = _ALIASES.get(scheme.lower(), scheme.lower())
    if scheme not in _DEFAULT_PORTS:
        raise ProxyValueError(f"{scheme!r} is no kind of proxy that can be used; {_KINDS} are")
    # Split at the last @, because users often leave @ and / in passwords unescaped.
    login, _, address = rest.rpartition("@")
    host, port = _host_and_port(address.rstrip("/"), scheme)
    username, _, password = login.partition(":")
    return Proxy(scheme, host, port, unquote(username), unquote(password), variable)


def _host_and_port(address: str, scheme: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\[\]:/?#\s]+)(:(?P<port>\d{1,5}))?", address)
    if match is None:
        raise ProxyValueError(
            "the address of the proxy cannot be read; write http://host:port or http://user:password@host:port, and "
            "characters such as @ / # in the password as %40 %2F %23"
        )
    port = int(match["port"] or _DEFAULT_PORTS[scheme])
    if not 0 < port < 65_536:
        raise ProxyValueError(f"there is no port {port}; write http://host:port")
    host = match["host"].strip("[]").lower()
    try:
        return (host if host.isascii() else host.encode("idna").decode()), port
    except UnicodeError as fault:
        raise ProxyValueError("the host of the proxy is no valid name; write http://host:port") from fault


def _unquoted(value: str) -> str:
    """Strip surrounding quotes, which Docker's --env-file keeps."""
    text = value.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _matches(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY matches: `*`, a name with its subdomains, an address, or a network such as
    10.0.0.0/8; all may end in :port."""
    if entry == "*":
        return True
    bare = re.fullmatch(r"(?P<host>\[[^\]]+\]|[^:]+):(?P<port>\d+)", entry)
    if bare is not None:
        if int(bare["port"]) != port:
            return False
        entry = bare["host"]
    entry = entry.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
