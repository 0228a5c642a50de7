"""A made-up service account key, and the token service that its `token_uri` names, on a free loopback port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import story
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class _TokenService(BaseHTTPRequestHandler):
    """Hands out the same token to whoever asks; that google-auth signs rightly is tested elsewhere."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"access_token": story.TOKEN, "expires_in": 3600, "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing worth telling."""


@contextmanager
def service_account_key() -> Iterator[str]:
    """The key as JSON text; its token service ends with the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _TokenService)
    Thread(target=server.serve_forever, daemon=True).start()
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account",
        "project_id": story.PROJECT,
        "private_key_id": "made-up",
        "private_key": private.decode(),
        "client_email": f"judge@{story.PROJECT}.iam.gserviceaccount.com",
        "token_uri": f"http://127.0.0.1:{server.server_port}/token",
    }
    try:
        yield json.dumps(key)
    finally:
        server.shutdown()
        server.server_close()
