"""An identity provider without a network: keys, tokens, and the answer of its key set."""

import time
from typing import Any

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER = "https://login.example.org"
AUDIENCE = "s2s-gateway"
JWKS_URL = f"{ISSUER}/keys"


class Issuer:
    """One provider with one key."""

    def __init__(self, kind: str = "ES256", key_id: str = "k1") -> None:
        self.algorithm = kind
        self.key_id = key_id
        self.key: Any
        if kind.startswith("ES"):
            self.key = ec.generate_private_key(ec.SECP256R1())
        elif kind == "EdDSA":
            self.key = ed25519.Ed25519PrivateKey.generate()
        else:
            self.key = rsa.generate_private_key(65537, 2048)

    def public(self, **changes: Any) -> dict[str, Any]:
        """The key as the provider publishes it."""
        as_jwk = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.key.public_key(), as_dict=True)
        entry = {**as_jwk, "kid": self.key_id, "alg": self.algorithm, "use": "sig", **changes}
        return {name: value for name, value in entry.items() if value is not None and name != "key_ops"}

    def token(self, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token for alice; a claim that is None is left out."""
        now = time.time()
        told = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 60, "iat": now, **claims}
        kept = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(kept, self.key, self.algorithm, headers={"kid": self.key_id, **(headers or {})})


class KeySetServer(httpx.AsyncBaseTransport):
    """What answers at JWKS_URL, and how often it was asked."""

    def __init__(self, *issuers: Issuer) -> None:
        self.entries = [issuer.public() for issuer in issuers]
        self.asked = 0
        self.status = 200
        self.body: bytes | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.status == 0:
            raise httpx.ConnectError("nobody there", request=request)
        body = msgspec.json.encode({"keys": self.entries}) if self.body is None else self.body
        return httpx.Response(self.status, content=body, request=request)
