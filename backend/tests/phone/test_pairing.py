"""The keys of one run, the address, and what the script is given."""

import json
import socket
import stat
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

import pytest

from s2s.access.key_store import KeyStore
from s2s.phone.__main__ import main
from s2s.phone.lan_address import NoAddress, lan_address
from s2s.phone.pairing import pair, qr_code, revoke_all


def test_the_link_carries_a_callers_key_in_its_fragment_and_the_file_only_hashes(tmp_path: Path):
    made = pair("https://192.168.1.7:8443", tmp_path)
    page, key = made.link.split("#key=")
    assert page == "https://192.168.1.7:8443/app/"
    store = KeyStore(made.keys_file)
    kinds = [found and found.kind for found in map(store.find, (key, made.operator_key))]
    assert kinds == ["caller", "operator"]
    text = made.keys_file.read_text()
    assert not [secret for secret in (key, made.operator_key) if secret in text]
    assert stat.S_IMODE(made.keys_file.stat().st_mode) == 0o600


def test_at_the_end_every_key_of_the_run_is_revoked(tmp_path: Path):
    made = pair("https://192.168.1.7:8443", tmp_path)
    running_gateway = KeyStore(made.keys_file)
    assert running_gateway.find(made.operator_key) is not None
    assert revoke_all(tmp_path) == 2
    assert running_gateway.find(made.operator_key) is None
    assert running_gateway.find(made.link.split("#key=")[1]) is None


def test_the_code_is_square_for_a_terminal_and_holds_the_link():
    lines = qr_code("https://192.168.1.7:8443/app/#key=s2s_0123456789ab_" + "x" * 43).splitlines()
    # Two rows in each line; a terminal of 80 columns and 24 lines shows all of it.
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("wished", ["192.168.1.7", "[fd00::7]", "127.0.0.1"])
def test_a_named_address_is_taken(wished: str):
    assert lan_address(wished) == wished.strip("[]")


def test_a_name_is_no_address():
    with pytest.raises(NoAddress, match="S2S_HOST=my-desk is no IP address"):
        lan_address("my-desk")


class _Socket(socket.socket):
    """A system with these routes."""

    routes: Mapping[int, str] = MappingProxyType({})

    def connect(self, address: object) -> None:
        if self.family not in self.routes:
            raise OSError(101, "Network is unreachable")

    def getsockname(self) -> tuple[str, int]:
        return self.routes[self.family], 1


@pytest.mark.parametrize(
    ("routes", "found"),
    [
        ({socket.AF_INET: "192.168.1.7", socket.AF_INET6: "fd00::7"}, "192.168.1.7"),
        ({socket.AF_INET6: "fd00::7"}, "fd00::7"),
        ({socket.AF_INET: "127.0.0.1"}, None),
        ({}, None),
    ],
)
def test_the_system_says_by_which_address_it_is_reached(
    routes: dict[int, str], found: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_Socket, "routes", routes)
    monkeypatch.setattr(socket, "socket", _Socket)
    for wished in ("", "0.0.0.0", "::"):
        if found is None:
            with pytest.raises(NoAddress, match="in no network that a phone could share"):
                lan_address(wished)
        else:
            assert str(ip_address(lan_address(wished))) == found


def test_the_command_prints_what_to_start_and_ends_the_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["prepare", "--host", "fd00::7", "--port", "8443", "--kept", str(tmp_path / "c"), "--keys", str(tmp_path)]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["link"].startswith("https://[fd00::7]:8443/app/#key=s2s_")
    assert told["settings"]["S2S_AUTH"] == "key"
    assert main(["end", "--keys", str(tmp_path)]) == 0
    assert KeyStore(Path(told["settings"]["S2S_AUTH_KEYS_FILE"])).read_all() == []
    assert main([*words[:2], "my-desk", *words[3:]]) == 1
    assert "is no IP address" in capsys.readouterr().err
