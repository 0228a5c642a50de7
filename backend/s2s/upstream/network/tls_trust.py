"""Trusted certificate authorities: one TLS context for the model, access tokens, built-in functions and health."""

import codecs
import os
import ssl
import sys
from functools import cached_property
from pathlib import Path
from threading import Lock

from s2s.settings import BACKEND_DIR, Settings, SettingsError

MAX_CA_FILE_BYTES = 8 * 2**20
STORES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Certificate stores of the distributions: a Python built elsewhere looks in the wrong place."""


class Trust:
    """The authorities that the settings name. Reads files at once, the system store on first use."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError if a named file cannot be used."""
        added = _from_backend(settings.s2s_ca_file) if settings.s2s_ca_file else None
        self._added = [_read("S2S_CA_FILE", added)] if added is not None else []
        self._instead: list[str | bytes] = [_folder("SSL_CERT_DIR", path) for path in _paths(settings.ssl_cert_dir)]
        """Certificates as text or bytes, or paths of hashed folders for OpenSSL."""
        for name in ("ssl_cert_file", "requests_ca_bundle", "curl_ca_bundle"):
            if value := getattr(settings, name):
                path = Path(value).expanduser()
                folder = path.is_dir() and name != "ssl_cert_file"
                self._instead.append(str(path) if folder else _read(name.upper(), path))
        self._client: tuple[str, str] | None = None
        self._lock = Lock()

    def with_certificate(self, certificate: str, key: str) -> "Trust":
        """Return the same authorities with a client certificate: paths of PEM files."""
        other = object.__new__(Trust)
        other._added, other._instead, other._client, other._lock = (
            self._added,
            self._instead,
            (certificate, key),
            Lock(),
        )
        return other

    @property
    def context(self) -> ssl.SSLContext:
        """The shared TLS context; loading takes 40 ms. Thread-safe."""
        with self._lock:
            return self._context

    @cached_property
    def _context(self) -> ssl.SSLContext:
        context = _empty() if self._instead else _of_the_system()
        for source in (*self._instead, *self._added):
            if isinstance(source, str):
                context.load_verify_locations(capath=source)
            else:
                context.load_verify_locations(cadata=_certificates(source))
        if self._client is not None:
            context.load_cert_chain(*self._client)
        # httpx sets this as well, on whichever context it is given.
        context.set_alpn_protocols(["http/1.1"])
        return context


def _empty() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # From Python 3.13 on the default is stricter than browsers and curl are, and refuses what many companies issue
    # (no authority key identifier); an authority below the root may be the one that is trusted.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _of_the_system() -> ssl.SSLContext:
    """Return a context with the system store, or Mozilla's where there is none."""
    if sys.platform in ("darwin", "win32"):
        import truststore

        # These systems keep their authorities where OpenSSL cannot read them.
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = _empty()
    context.set_default_verify_paths()
    if not _has_authorities(context):
        store = next((path for path in STORES if Path(path).is_file()), None)
        if store is None:
            import certifi

            store = certifi.where()
        context.load_verify_locations(cafile=store)
    return context


def _has_authorities(context: ssl.SSLContext) -> bool:
    folder = ssl.get_default_verify_paths().capath
    return bool(context.cert_store_stats()["x509"]) or bool(folder and any(Path(folder).glob("*.[0-9]")))


def _from_backend(value: str) -> Path:
    path = Path(value).expanduser()
    return path if path.is_absolute() else BACKEND_DIR / path


def _paths(value: str) -> list[Path]:
    return [Path(path).expanduser() for path in value.split(os.pathsep) if path]


def _folder(name: str, path: Path) -> str:
    if not path.is_dir():
        raise SettingsError(f"{name}: {path} is no folder. Correct the path or remove it.")
    return str(path)


def _read(name: str, path: Path) -> bytes:
    """Return the file's bytes if they are certificates. Raises SettingsError."""
    if path.is_dir():
        raise SettingsError(f"{name}: {path} is a folder; name the file of the certificate authority in it.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CA_FILE_BYTES + 1)
    except (OSError, ValueError) as fault:
        # ValueError: a name with a NUL in it.
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise SettingsError(f"{name}: {path} cannot be read ({reason}). Correct the path or remove it.") from fault
    if len(data) > MAX_CA_FILE_BYTES:
        raise SettingsError(f"{name}: {path} is larger than {MAX_CA_FILE_BYTES // 2**20} MB, so it is no CA file.")
    trial = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        trial.load_verify_locations(cadata=_certificates(data))
    except (ssl.SSLError, ValueError) as fault:
        raise SettingsError(
            f"{name}: {path} holds no certificate in PEM or DER form. Export the CA as PEM (Base64) and name that file."
        ) from fault
    return data


def _certificates(data: bytes) -> str | bytes:
    """Parse PEM, with comments in any encoding that PowerShell writes, or DER, as Windows exports it."""
    if data.startswith(b"\x30"):
        return data
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if utf_16 else "utf-8-sig", "replace").encode("ascii", "replace").decode()
