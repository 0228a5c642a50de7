"""Takes secrets out of what is written down. Pure; the same value always becomes the same placeholder.

Three nets, one behind the other: fields that are known to hold secrets, values that were seen in such a place anywhere
else, and text that looks like a secret.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from gemini_emulator.cassettes import blobs

PLACEHOLDER = re.compile(r"scrubbed-[a-z]+-\d+")

# Not the subprotocol: browsers carry tokens in it.
KEPT_HEADERS = frozenset(["content-type", "user-agent", "x-goog-api-client", "sec-websocket-version"])
_HEADERS = {
    "x-goog-api-key": "key",
    "x-goog-user-project": "project",
    "cookie": "token",
    "proxy-authorization": "token",
}
_KEPT_QUERY = frozenset(["alt", "$alt", "prettyPrint"])
_QUERY = {"key": "key", "access_token": "token", "token": "token"}

_FIELDS = {
    "newhandle": "handle",
    "handle": "handle",
    "sessionid": "session",
    "fileuri": "file",
    "thoughtsignature": "signature",
}
_SECRET_FIELD = re.compile(
    r"passw|passphrase|secret|api_?key|(access|refresh|auth|id|bearer|session)_?token|^token$|authori[sz]ation"
    r"|credential|private_?key|cookie|^pin$|^otp$|^ssn$|card_?number|^cvv$|^iban$",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|BEARER", re.IGNORECASE)
_VARIABLES = {
    "GEMINI_API_KEY": "key",
    "GOOGLE_API_KEY": "key",
    "GOOGLE_CLOUD_PROJECT": "project",
    "GCP_PROJECT_ID": "project",
    "GEMINI_LIVE_TOKEN": "token",
}

# The last group, or the whole match, is the secret.
_LOOKS_SECRET: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)")),
    ("key", re.compile(r"AIza[\w-]{6,}")),
    ("key", re.compile(r"\bAQ\.[\w-]{10,}")),
    ("key", re.compile(r"\b(?:sk|rk|pk)-[\w-]{16,}|\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}|\bxox[abeprs]-[\w-]{10,}")),
    ("key", re.compile(r"\bA[KS]IA[0-9A-Z]{12,}|\bGOCSPX-[\w-]{8,}")),
    ("token", re.compile(r"\bya29\.[\w.~+/-]{4,}|\b1//0[\w-]{10,}")),
    ("token", re.compile(r"\beyJ[\w-]{6,}(?:\.[\w-]+){1,2}")),
    ("token", re.compile(r"\bauth_tokens/([\w.~%+=-]+)")),
    ("token", re.compile(r"(?i)\b(?:bearer|basic)\s+([\w.~+/=-]{8,})")),
    ("token", re.compile(r"(?i)[?&](?:key|access_token|token|api_?key|sig|signature|secret|password)=([^&\s\"'<>]+)")),
    ("project", re.compile(r"\bprojects/([^/\s\"'?&,;:]+)")),
    ("project", re.compile(r"[?&]project=([^&\s\"'<>]+)")),
    ("project", re.compile(r"(?i)\bproject(?:\s+(?:id|number|name))?[\s:=#]+['\"]?(\d{5,})")),
    ("model", re.compile(r"\b(?:tunedModels|endpoints|reasoningEngines)/([\w.-]+)")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")),
)
_SHORTEST_EVERYWHERE = 6
_SHORTEST_INSIDE_WORDS = 12
_SHORTEST_BEGINNING = 8
_SHORTEST_VARIABLE = 12
_MEDIA = ("audio/", "image/", "video/")


class Scrubber:
    """Everything that goes into a cassette passes through one of these."""

    def __init__(self, *, keep_blobs: bool = True, environment: Mapping[str, str] | None = None) -> None:
        """`environment`: values of variables that look like credentials are secrets wherever they appear."""
        self._keep_blobs = keep_blobs
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        for name, value in (environment or {}).items():
            if kind := _VARIABLES.get(name):
                self.learn(value, kind)
            elif _SECRET_VARIABLE.search(name) and len(value) >= _SHORTEST_VARIABLE:
                self.learn(value, "secret")

    def learn(self, value: str, kind: str) -> str:
        """From now on this value is written as the placeholder that is returned."""
        value = value.strip()
        if value.startswith("auth_tokens/"):
            return "auth_tokens/" + self.learn(value.removeprefix("auth_tokens/"), "token")
        if not value or PLACEHOLDER.fullmatch(value):
            return value
        if value not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            placeholder = f"scrubbed-{kind}-{self._counts[kind]}"
            self._known[value] = placeholder
            for spelling in (quote(value, safe=""), unquote(value)):
                self._known.setdefault(spelling, placeholder)
        return self._known[value]

    def text(self, text: str) -> str:
        """Without what is known to be secret and what looks so."""
        for value in sorted(self._known, key=len, reverse=True):
            if len(value) >= _SHORTEST_INSIDE_WORDS:
                text = text.replace(value, self._known[value])
            elif len(value) >= _SHORTEST_EVERYWHERE and value in text:
                text = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", self._known[value], text)
        for kind, pattern in _LOOKS_SECRET:
            text = pattern.sub(partial(self._replace, kind=kind), text)
        return self._without_beginnings(text)

    def message(self, value: Any) -> Any:
        """A copy of a JSON value without secrets; blobs as they are to be kept."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.message(item) for item in value]
        if not isinstance(value, dict):
            return self._known.get(str(value), value) if type(value) is int else value
        if kind := blobs.mime_type(value):
            return self._blob(value, kind)
        return {self.text(key): self._field(key, item) for key, item in value.items()}

    def target(self, target: str) -> str:
        """A request target; the values of its query are secrets, but for a few."""
        path, mark, query = target.partition("?")
        fields = []
        for name, value in parse_qsl(query, keep_blank_values=True):
            kept = value if name in _KEPT_QUERY or not value else self.learn(value, _QUERY.get(name, "value"))
            fields.append(f"{name}={kept}")
        return self.text(path) + mark + "&".join(fields)

    def headers(self, pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
        """The few headers that are worth keeping, and the names of those that carried credentials."""
        kept: dict[str, str] = {}
        credentials = []
        for name, value in ((name.lower(), value) for name, value in pairs):
            if name == "authorization":
                scheme, _, token = value.partition(" ")
                self.learn(token or scheme, "token")
                credentials.append(f"authorization: {scheme}" if token else "authorization")
            elif name in _HEADERS or _SECRET_FIELD.search(name):
                self.learn(value, _HEADERS.get(name, "secret"))
                credentials.append(name)
            elif name in KEPT_HEADERS:
                kept[name] = value
        return {name: self.text(value) for name, value in kept.items()}, credentials

    def _field(self, key: str, value: Any) -> Any:
        kind = _FIELDS.get(key.replace("_", "").lower())
        if kind and isinstance(value, str):
            placeholder = self.learn(value, kind)
            # It is a bytes field: its reader expects base64.
            return base64.b64encode(placeholder.encode()).decode() if kind == "signature" else placeholder
        if key == "properties" and isinstance(value, dict):
            # Names of parameters, not fields: `password` is described there, not given.
            return {self.text(name): self.message(item) for name, item in value.items()}
        return self._leaves(value) if _SECRET_FIELD.search(key) else self.message(value)

    def _leaves(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(key): self._leaves(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._leaves(item) for item in value]
        if value is None or isinstance(value, bool) or value == "":
            return value
        return self.learn(str(value), "secret")

    def _blob(self, blob: Mapping[str, Any], kind: str) -> dict[str, Any]:
        # Audio must not be searched: chance letters in it would be replaced, and the sound with them.
        keep = self._keep_blobs and kind.startswith(_MEDIA)
        data = blob["data"] if keep else {"bytes": blobs.size_bytes(blob)}
        return {key: data if key == "data" else self.message(item) for key, item in blob.items()}

    def _replace(self, found: re.Match[str], kind: str) -> str:
        secret = found[found.re.groups] if found.re.groups else found[0]
        if PLACEHOLDER.fullmatch(secret):
            return found[0]
        return found[0].replace(secret, self.learn(secret, kind))

    def _without_beginnings(self, text: str) -> str:
        """A close reason is cut at 123 bytes, and a secret with it."""
        tail = text[-_SHORTEST_BEGINNING:]
        for value, placeholder in self._known.items():
            if tail not in value:
                continue
            for size in range(len(value) - 1, _SHORTEST_BEGINNING - 1, -1):
                if text.endswith(value[:size]):
                    return text[:-size] + placeholder
        return text
