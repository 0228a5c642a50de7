"""Errors over REST: RFC 9457 problem details with a stable `code` and a `hint`, and a limit on bodies."""

import asyncio
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from s2s.errors import BodyTooLarge, BodyTooSlow, S2SError
from s2s.logs import LOGGER
from s2s.rest.security_headers import with_security_headers

MAX_BODY_BYTES = 256 * 1024
MAX_BODY_BYTES_OF = {"/api/forget": 32 * 1024}
"""Less where everybody may write: a hundred keys of calls take 24 kB."""
# The largest body at 70 kbit/s. Without a timeout, a client that sends a byte a minute holds a socket and its memory.
BODY_WITHIN_S = 30.0
MEDIA_TYPE = "application/problem+json"
POLICY_VIOLATION = 1008
"""Close code of a WebSocket that is refused, where the server cannot send an HTTP answer."""


class Problem(BaseModel):
    """Problem details (RFC 9457) with two members of ours: `code` is stable, `hint` says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` entry of a route for the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


def answer(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(problem.model_dump(), problem.status, headers, MEDIA_TYPE)


def of_error(fault: S2SError) -> JSONResponse:
    """Return the response for an S2SError."""
    headers = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s is not None else {}
    if fault.challenge:
        headers["WWW-Authenticate"] = fault.challenge
    detail = str(fault) or fault.title
    return answer(
        Problem(title=fault.title, status=fault.status, detail=detail, code=fault.code, hint=fault.hint), headers
    )


async def refuse(scope: Scope, receive: Receive, send: Send, fault: S2SError) -> None:
    """Answer a request, or the handshake of a WebSocket, with an S2SError (ASGI)."""
    if scope["type"] == "http":
        await of_error(fault)(scope, receive, send)
    elif "websocket.http.response" in scope.get("extensions", {}):
        response = of_error(fault)
        head = {"status": response.status_code, "headers": with_security_headers(scope, response)}
        await send({"type": "websocket.http.response.start", **head})
        await send({"type": "websocket.http.response.body", "body": response.body})
    else:
        await WebSocketClose(POLICY_VIOLATION, fault.code)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Render all errors of `app` as problem details."""

    @app.exception_handler(S2SError)
    async def ours(_: Request, fault: S2SError) -> JSONResponse:
        level = logging.ERROR if fault.status >= 500 else logging.INFO
        LOGGER.log(level, "%s", fault, extra={"code": fault.code})
        return of_error(fault)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, fault: RequestValidationError) -> JSONResponse:
        first = fault.errors()[0]
        where = ".".join(str(step) for step in first["loc"] if step != "body") or "the request"
        return answer(
            Problem(
                title="A field of the request is wrong",
                status=422,
                detail=f"{where}: {first['msg']}",
                code="invalid_request",
                hint="The fields and their limits are on the page /docs.",
            )
        )

    @app.exception_handler(HTTPException)
    async def http(_: Request, fault: HTTPException) -> JSONResponse:
        return answer(
            Problem(
                title=str(fault.detail),
                status=fault.status_code,
                detail=str(fault.detail),
                code={404: "not_found", 405: "method_not_allowed"}.get(fault.status_code, "http_error"),
                hint="The calls that exist are on the page /docs.",
            ),
            dict(fault.headers) if fault.headers else None,
        )

    @app.exception_handler(Exception)
    async def unexpected(_: Request, fault: Exception) -> JSONResponse:
        LOGGER.error("unexpected %s", type(fault).__name__, exc_info=fault, extra={"code": "internal"})
        return of_error(S2SError())


class BodyLimit:
    """ASGI middleware that refuses bodies that are too large, with or without a Content-Length, or too slow, before
    anything parses them."""

    def __init__(self, app: ASGIApp, within_s: float = BODY_WITHIN_S) -> None:
        self._app = app
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._within_s):
                body = await _body(scope, receive)
        except (BodyTooLarge, TimeoutError) as fault:
            late = BodyTooSlow(f"the body did not end within {self._within_s:g} s")
            refusal = of_error(fault if isinstance(fault, BodyTooLarge) else late)
            # The rest of the body is not read, so the connection cannot be reused.
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """Read the whole body; None if the client disconnected before its end. Raises BodyTooLarge."""
    body = bytearray()
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    most = MAX_BODY_BYTES_OF.get(path.rstrip("/"), MAX_BODY_BYTES)
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if max(len(body), _announced(scope)) > most:
            raise BodyTooLarge(f"the body is over {most // 1024} kB")
        if not message.get("more_body", False):
            return bytes(body)


def _announced(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
