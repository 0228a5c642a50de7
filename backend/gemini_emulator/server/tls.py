"""A self-signed certificate for localhost, made at first use and kept."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

LIFE_DAYS = 825
RENEW_BEFORE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of the PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def home() -> Path:
    """Where the emulator keeps its certificate: `GEMINI_EMULATOR_HOME`, else the user's own data folder."""
    if chosen := os.environ.get("GEMINI_EMULATOR_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "gemini-live-emulator"


def certificate(folder: Path) -> Certificate:
    """The kept certificate, or a new one for 127.0.0.1, ::1 and localhost. Raises OSError if it cannot be written."""
    pair = Certificate(folder / "cert.pem", folder / "key.pem")
    if not _usable(pair):
        folder.mkdir(parents=True, exist_ok=True)
        _make(pair)
    return pair


def _usable(pair: Certificate) -> bool:
    from cryptography import x509

    if not (pair.certificate.exists() and pair.key.exists()):
        return False
    try:
        found = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    except ValueError:
        return False
    needed = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=RENEW_BEFORE_DAYS)
    return found.not_valid_after_utc > needed


def _make(pair: Certificate) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=LIFE_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pair.key.touch(mode=0o600)
    pair.key.write_bytes(private)
    pair.certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
