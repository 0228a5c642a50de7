"""A self-signed certificate for one IP address. A phone warns of it once, and remembers it while it stays the same."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from s2s.private_files import make_private_folder, write_private

LIFE = timedelta(days=90)
RENEW_BEFORE = timedelta(days=7)
CLOCK_SKEW = timedelta(days=1)
"""How far a phone's clock may be behind."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files, and the SHA-256 of the certificate as browsers show it."""

    certificate: Path
    key: Path
    fingerprint: str


def certificate_for(address: str, folder: Path, now: datetime | None = None) -> Certificate:
    """Return the certificate kept in `folder` if it is for this address and not about to expire; else make a new one.

    Raises OSError.
    """
    now = now or datetime.now(UTC)
    certificate, key = folder / "certificate.pem", folder / "private-key.pem"
    kept = _kept(certificate) if key.exists() else None
    if kept is None or not _fits(kept, address, now):
        make_private_folder(folder)
        kept = _make(address, key, now)
        write_private(certificate, kept.public_bytes(serialization.Encoding.PEM))
    return Certificate(certificate, key, kept.fingerprint(hashes.SHA256()).hex(":").upper())


def _kept(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _fits(found: x509.Certificate, address: str, now: datetime) -> bool:
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_named = ip_address(address) in names.get_values_for_type(x509.IPAddress)
    return is_named and found.not_valid_after_utc > now + RENEW_BEFORE


def _make(address: str, key_file: Path, now: datetime) -> x509.Certificate:
    """Write a new private key; return its certificate, which can sign no other."""
    key = ec.generate_private_key(ec.SECP256R1())
    write_private(
        key_file,
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"S2S at {address}")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
