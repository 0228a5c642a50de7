"""What each route needs of its caller. Pure: one table, and a test that every route stands in it."""

import re
from enum import Enum
from functools import cache
from typing import NamedTuple


class Need(Enum):
    """What the caller of a route must be."""

    NOTHING = "nothing"
    """Anybody: what a page needs before it has authenticated, and what a load balancer asks."""
    CALLER = "caller"
    """A caller who may make calls: local, authenticated, or anybody where S2S_AUTH leaves it open."""
    SESSION = "session"
    """The holder of the session's key, which the route itself checks."""
    SERVER = "server"
    """A site's own server, with a server key; the operator."""
    OPERATOR = "operator"


class Rule(NamedTuple):
    """One route: `method` as in HTTP, or WEBSOCKET; `path` as the route declares it."""

    method: str
    path: str
    need: Need


RULES = (
    Rule("GET", "/", Need.NOTHING),
    Rule("GET", "/livez", Need.NOTHING),
    Rule("GET", "/readyz", Need.NOTHING),
    # Everybody gets the status alone, the operator all of it.
    Rule("GET", "/health", Need.NOTHING),
    Rule("GET", "/errors", Need.OPERATOR),
    Rule("GET", "/api/operator/usage", Need.OPERATOR),
    Rule("GET", "/api/operator/reports", Need.OPERATOR),
    Rule("GET", "/api/operator/reports/{name}", Need.OPERATOR),
    Rule("DELETE", "/api/operator/reports/{name}", Need.OPERATOR),
    Rule("GET", "/openapi.json", Need.OPERATOR),
    Rule("GET", "/docs", Need.OPERATOR),
    Rule("GET", "/docs/assets/{file:path}", Need.OPERATOR),
    Rule("GET", "/redoc", Need.OPERATOR),
    # The built client: public files.
    Rule("GET", "/app", Need.NOTHING),
    Rule("GET", "/app/{file:path}", Need.NOTHING),
    Rule("GET", "/api/options", Need.NOTHING),
    Rule("GET", "/api/origin", Need.NOTHING),
    Rule("POST", "/api/token", Need.SERVER),
    # It deletes what the caller proves to own, by identity or by the keys of calls.
    Rule("POST", "/api/forget", Need.NOTHING),
    Rule("POST", "/api/operator/forget", Need.OPERATOR),
    Rule("GET", "/api/operator/paid-calls", Need.OPERATOR),
    Rule("POST", "/api/operator/paid-calls", Need.OPERATOR),
    # It dials the model.
    Rule("GET", "/api/voices/{name}/sample", Need.CALLER),
    Rule("GET", "/api/probe", Need.CALLER),
    Rule("POST", "/api/probe/offer", Need.CALLER),
    # Browsers send no headers of their own with a WebSocket. It echoes for 15 s, a few at once.
    Rule("WEBSOCKET", "/api/probe/ws", Need.NOTHING),
    Rule("POST", "/api/session/create", Need.CALLER),
    Rule("POST", "/api/session/{session_id}/offer", Need.SESSION),
    Rule("POST", "/api/session/{session_id}/ice", Need.SESSION),
    Rule("GET", "/api/session/{session_id}/ice-servers", Need.SESSION),
    Rule("WEBSOCKET", "/api/session/{session_id}/ws", Need.SESSION),
    Rule("POST", "/api/session/{session_id}/interrupt", Need.SESSION),
    Rule("POST", "/api/session/{session_id}/image", Need.SESSION),
    Rule("POST", "/api/session/{session_id}/report", Need.SESSION),
    Rule("DELETE", "/api/session/{session_id}", Need.SESSION),
)
_PARAMETER = re.compile(r"\{\w+(:path)?\}")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], Need], ...]:
    return tuple((rule.method, _pattern(rule.path), rule.need) for rule in RULES)


def _pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of a declared path: a parameter is one segment, with `:path` any number of them."""
    literals = re.split(r"\{\w+(?::path)?\}", path)
    wild = [".*" if found[1] else "[^/]+" for found in _PARAMETER.finditer(path)]
    return re.compile("".join(re.escape(text) + hole for text, hole in zip(literals, [*wild, ""], strict=True)), re.S)


def need_of(method: str, path: str) -> Need | None:
    """Return what a request needs; None if no rule names its route, so that only the operator may try it.

    A redirect from `/path/` to `/path` is judged as `/path`.
    """
    method = "GET" if method == "HEAD" else method
    path = path.rstrip("/") if path.rstrip("/") and not path.startswith("/app/") else path
    return next((need for verb, pattern, need in _patterns() if verb == method and pattern.fullmatch(path)), None)
