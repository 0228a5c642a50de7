"""An aiortc that the overrides were not written for: nothing is changed, and the operator hears of it."""

from pathlib import Path

import aioice
import aiortc
import pytest
from aioice import Connection
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import RTCSctpTransport

from gemini_emulator.testing import running_emulator
from s2s.transport.aiortc_patches import SUPPORTED_AIOICE, SUPPORTED_AIORTC, bound_checks, tune, version_warnings
from tests.page import running_gateway


def test_the_aiortc_that_is_installed_is_the_supported_one():
    assert aiortc.__version__.startswith(SUPPORTED_AIORTC + "."), (
        "read what s2s/transport/aiortc_patches overrides in it, then correct SUPPORTED_AIORTC"
    )
    assert version_warnings() == []


@pytest.mark.parametrize("version", ["9.0", "1.17.0", "1.160.0"])
async def test_another_aiortc_is_left_alone_and_a_warning_names_both_versions(
    version: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(aiortc, "__version__", version)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("audio")
    assert tune(connection) is None
    assert type(connection.sctp) is RTCSctpTransport
    connection.sctp._update_rto(0.04)
    assert connection.sctp._rto == 1
    [warning] = version_warnings()
    assert version in warning
    assert f"aiortc=={SUPPORTED_AIORTC}" in warning
    await connection.close()


def test_the_aioice_that_is_installed_is_the_supported_one():
    assert aioice.__version__.startswith(SUPPORTED_AIOICE + "."), (
        "read what s2s/transport/aiortc_patches/ice_checks.py overrides in it, then correct SUPPORTED_AIOICE"
    )


async def test_another_aioice_is_left_alone_and_a_warning_names_both_versions(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(aioice, "__version__", "0.14.0")
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("audio")
    bound_checks(connection)
    assert type(connection.sctp.transport.transport._connection) is Connection
    [warning] = version_warnings()
    assert "aioice 0.14.0" in warning
    assert f"aioice=={SUPPORTED_AIOICE}" in warning
    await connection.close()


async def test_the_warning_stands_in_the_log_and_in_health(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(aiortc, "__version__", "1.17.0")
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        report = (await http.get("/health")).json()
    assert any("aiortc 1.17.0 is installed" in warning for warning in report["warnings"])
    assert "aiortc 1.17.0 is installed" in caplog.text


async def test_a_connection_without_data_channels_is_left_alone():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    assert tune(connection) is None
    await connection.close()
