"""HTTP with the same proxies and certificate authorities as the model's connection."""

import httpx
import python_socks
from httpx_socks import AsyncProxyTransport

from s2s.configuration.proxies import Proxies, Proxy
from s2s.upstream.network.tls_trust import Trust

_SOCKS = {
    "socks5h": (python_socks.ProxyType.SOCKS5, True),
    "socks4a": (python_socks.ProxyType.SOCKS4, True),
    "socks4": (python_socks.ProxyType.SOCKS4, False),
}


class RoutingTransport(httpx.AsyncBaseTransport):
    """Chooses the proxy per request, so that a redirect may use another one."""

    def __init__(self, proxies: Proxies, trust: Trust) -> None:
        """Read the certificate authorities if they are not loaded yet (40 ms)."""
        self._proxies = proxies
        self._context = trust.context
        self._ways: dict[Proxy | None, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises httpx.TransportError."""
        proxy = self._proxies.proxy_for(str(request.url))
        way = self._ways.get(proxy)
        if way is None:
            way = self._ways[proxy] = self._open(proxy)
        try:
            return await way.handle_async_request(request)
        except TimeoutError as fault:
            raise httpx.ConnectTimeout("the proxy does not answer", request=request) from fault
        except python_socks.ProxyError as fault:
            raise httpx.ProxyError(str(fault), request=request) from fault
        except OSError as fault:
            raise httpx.ConnectError(str(fault), request=request) from fault

    async def aclose(self) -> None:
        """Close the connections of every proxy."""
        for way in self._ways.values():
            await way.aclose()

    def _open(self, proxy: Proxy | None) -> httpx.AsyncBaseTransport:
        context = self._context
        if proxy is None:
            return httpx.AsyncHTTPTransport(verify=context, trust_env=False)
        if proxy.scheme in _SOCKS:
            kind, resolves = _SOCKS[proxy.scheme]
            return AsyncProxyTransport(
                proxy_type=kind,
                proxy_host=proxy.host,
                proxy_port=proxy.port,
                username=proxy.username or None,
                password=proxy.password or None,
                rdns=resolves,
                verify=context,
                trust_env=False,
            )
        through = httpx.Proxy(proxy.url, ssl_context=context if proxy.scheme == "https" else None)
        return httpx.AsyncHTTPTransport(verify=context, trust_env=False, proxy=through)
