"""`make phone`: the real script, asked over TLS by a client that trusts its certificate alone."""

import json
import re
import signal
import socket
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from s2s.access.key_store import KeyStore
from tests.processes import SCRIPTS, Running, free_port, no_credentials, running, survivors


@contextmanager
def phone(tmp_path: Path, **more: str) -> Iterator[tuple[Running, str]]:
    """The script, and its link as soon as that is printed. The address is one that every machine has."""
    folders = {"S2S_LOG_DIR": str(tmp_path), "S2S_RUN_DIR": str(tmp_path), "TMPDIR": str(tmp_path)}
    env = no_credentials(S2S_HOST="127.0.0.1", S2S_PORT=str(free_port()), **folders) | more
    with running([sys.executable, str(SCRIPTS / "phone.py")], SCRIPTS.parent, env) as run:
        yield run, run.line_with("https://")


def ask(tmp_path: Path, address: str, key: str = "") -> Any:
    """A request by a client that believes the script's certificate and no other."""
    trust = ssl.create_default_context(cafile=str(tmp_path / "phone" / "certificate.pem"))
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(address, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)


def test_the_key_of_the_link_opens_it_until_ctrl_c_and_nothing_is_left(tmp_path: Path) -> None:
    with phone(tmp_path) as (run, link):
        page, key = link.split("#key=")
        origin = page.removesuffix("/app/")
        [keys_file] = tmp_path.glob("s2s-phone-*/keys.json")
        assert ask(tmp_path, f"{origin}/api/options", key)["may_call"] is True
        # Everybody else is a stranger, a program of this computer too.
        assert ask(tmp_path, f"{origin}/api/options")["may_call"] is False
        assert ask(tmp_path, f"{origin}/api/options", key + "x")["may_call"] is False
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(tmp_path, f"{origin}/errors", key)
        assert refused.value.code == 403
        family = run.descendants()
        store = KeyStore(keys_file)
        assert store.find(key) is not None
        run.process.send_signal(signal.SIGINT)
        said = run.rest()
        assert run.process.returncode == 0
    assert "Talking to: local engine" in said
    assert survivors(family) == []
    assert store.find(key) is None
    assert list(tmp_path.glob("s2s-phone-*")) == []
    # Neither the request lines nor anything else of the gateway repeat it.
    logs = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.suffix in {".log", ".txt"})
    assert "GET /api/options" in logs
    assert key not in logs


def test_the_certificate_stays_the_same_and_each_run_has_another_key(tmp_path: Path) -> None:
    links, prints = [], []
    for _ in range(2):
        with phone(tmp_path) as (run, link):
            links.append(link.split("#key=")[1])
            run.line_with("SHA-256")
            prints.append(re.match(r"[0-9A-F:]{23}", run.line_with("Talking to:")))
    assert links[0] != links[1]
    assert prints[0] is not None
    assert prints[1] is not None
    assert prints[0][0] == prints[1][0]


def test_an_address_that_is_none_and_a_port_that_is_taken_are_one_sentence(tmp_path: Path) -> None:
    env = no_credentials(S2S_HOST="my-desk", S2S_RUN_DIR=str(tmp_path), TMPDIR=str(tmp_path))
    with running([sys.executable, str(SCRIPTS / "phone.py")], SCRIPTS.parent, env) as run:
        assert run.rest() == "S2S_HOST=my-desk is no IP address: name one of this computer's."
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        env |= {"S2S_HOST": "127.0.0.1", "S2S_PORT": str(number)}
        with running([sys.executable, str(SCRIPTS / "phone.py")], SCRIPTS.parent, env) as run:
            assert run.rest().startswith(f"Port {number}, which the gateway needs, is taken by another program")
    assert list(tmp_path.glob("s2s-phone-*")) == []
