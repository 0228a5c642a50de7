"""The certificate of `make phone`: for one address, kept while that stays, private."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from s2s.phone.certificate import LIFE, certificate_for

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_it_is_kept_so_that_a_phone_warns_of_it_only_once(tmp_path: Path):
    first = certificate_for("192.168.1.7", tmp_path / "kept", NOW)
    assert certificate_for("192.168.1.7", tmp_path / "kept", NOW + LIFE / 2) == first
    loaded = x509.load_pem_x509_certificate(first.certificate.read_bytes())
    assert not loaded.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert first.fingerprint.count(":") == 31


@pytest.mark.parametrize(
    ("address", "later"),
    [("192.168.1.8", timedelta()), ("192.168.1.7", LIFE - timedelta(days=3)), ("::1", timedelta())],
)
def test_another_address_or_an_end_that_is_near_makes_a_new_one(address: str, later: timedelta, tmp_path: Path):
    first = certificate_for("192.168.1.7", tmp_path, NOW)
    assert certificate_for(address, tmp_path, NOW + later).fingerprint != first.fingerprint


@pytest.mark.parametrize("harm", ["certificate.pem", "private-key.pem"])
def test_files_that_are_broken_or_gone_are_made_again(harm: str, tmp_path: Path):
    first = certificate_for("192.168.1.7", tmp_path, NOW)
    (tmp_path / harm).unlink()
    second = certificate_for("192.168.1.7", tmp_path, NOW)
    assert second.fingerprint != first.fingerprint
    second.certificate.write_text("no certificate")
    assert certificate_for("192.168.1.7", tmp_path, NOW).fingerprint != second.fingerprint


def test_the_private_key_is_for_its_owner_alone_and_fits(tmp_path: Path):
    made = certificate_for("192.168.1.7", tmp_path / "new", NOW)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.key.parent.stat().st_mode) == 0o700
    # Raises if they do not belong together.
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.certificate, made.key)
