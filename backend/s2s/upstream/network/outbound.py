"""Outbound connections of this machine: proxies and trusted authorities, the same for every client."""

from copy import copy
from typing import TYPE_CHECKING, Any

from s2s.configuration.proxies import Proxy
from s2s.settings import Settings
from s2s.upstream.network.tls_trust import Trust

if TYPE_CHECKING:
    import httpx


class Network:
    """Shared by the model's sockets, the access token, the built-in functions and the health check."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError when a proxy or a CA file cannot be used."""
        self.proxies = settings.proxies
        self.trust = Trust(settings)

    def proxy_for(self, url: str) -> Proxy | None:
        """Return the proxy for `url`; None: connect directly."""
        return self.proxies.proxy_for(url)

    def dial_options(self, url: str, *, direct: bool = False) -> dict[str, Any]:
        """Return options for `websockets.connect(url)`. `direct`: a local service, never through a proxy."""
        proxy = None if direct else self.proxy_for(url)
        options: dict[str, Any] = {"proxy": proxy.url if proxy else None}
        if url.startswith("wss:"):
            options["ssl"] = self.trust.context
        if proxy is not None and proxy.scheme == "https":
            options["proxy_ssl"] = self.trust.context
        return options

    def with_certificate(self, certificate: str, key: str) -> "Network":
        """Return the same network with a client certificate: paths of PEM files."""
        other = copy(self)
        other.trust = self.trust.with_certificate(certificate, key)
        return other

    def http_transport(self) -> "httpx.AsyncBaseTransport":
        """Return a transport for one `httpx.AsyncClient`, which closes it."""
        # Imported when first needed: with its packages it costs 0.2 s.
        from s2s.upstream.network.http_client import RoutingTransport

        return RoutingTransport(self.proxies, self.trust)
