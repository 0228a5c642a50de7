"""Issue expiring TURN credentials, so that no long-lived password reaches a page. Pure.

The scheme is coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00): the user name is the expiry time and a
name, the password an HMAC-SHA1 over it with the secret that is shared with the server.
"""

import base64
import hashlib
import hmac

from s2s.settings import IceServer, Settings

LIFETIME_S = 3600
"""Of a call's credentials. A relay checks them when an allocation is made, so a call may last longer; a page that
reconnects asks for new ones."""
CHECK_LIFETIME_S = 60
"""Of the credentials for a page's connection check."""


def credentials(secret: str, name: str, expires_unix_s: int) -> tuple[str, str]:
    """Return user name and password for a TURN server that shares `secret`."""
    username = f"{expires_unix_s}:{name}"
    code = hmac.digest(secret.encode(), username.encode(), "sha1")
    return username, base64.b64encode(code).decode()


def ice_servers(
    settings: Settings, name: str, now_s: float, valid_s: int = LIFETIME_S, *, relay: bool
) -> list[IceServer]:
    """Return the ICE servers for a page: those of the settings, and ours with a password. `now_s` is Unix time.

    `name` is a session's id. Only a hash of it goes into the user name, which STUN carries unencrypted and coturn logs.
    Without `relay` no TURN server is among them: anyone with its password can send through it.
    """
    if not relay:
        return [IceServer(urls=urls) for server in settings.s2s_ice_servers if (urls := server.stun_urls)]
    if not settings.s2s_turn_urls:
        return settings.s2s_ice_servers
    secret = settings.s2s_turn_secret.get_secret_value()
    username, password = credentials(secret, _public_name(name), int(now_s) + valid_s)
    return [*settings.s2s_ice_servers, IceServer(urls=settings.s2s_turn_urls, username=username, credential=password)]


def _public_name(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
