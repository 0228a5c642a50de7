"""The command line: `gemini-live-emulator start | certificate | scenarios`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gemini_emulator.__main__ import main
from gemini_emulator.actions import NAMES
from gemini_emulator.closes import CLOSES
from gemini_emulator.reading import built_in
from gemini_emulator.testing import DEVELOPER_PATH
from tests.emulator.test_process import BACKEND, KEY, news, program


def test_scenarios_actions_and_closes_are_listed(capsys: pytest.CaptureFixture[str]):
    assert main(["scenarios", "list"]) == 0
    words = set(re.findall(r"[\w-]+", capsys.readouterr().out))
    assert {*built_in(), *NAMES, *CLOSES} <= words


def test_a_good_scenario_is_called_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    mine = tmp_path / "mine.yaml"
    mine.write_text("steps: [{when: {turn: 1}, do: reset}]")
    assert main(["scenarios", "check", str(mine), "outage"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{mine}: good, 1 step.", "outage: good, 3 steps."]


def test_a_bad_scenario_is_told_with_its_line_and_the_others_are_still_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    bad = tmp_path / "bad.yaml"
    bad.write_text("steps:\n  - when: {turn: 1}\n    do: rest\n")
    assert main(["scenarios", "check", str(bad), "no-such-file.yaml", "quota"]) == 1
    told = capsys.readouterr()
    assert f"{bad}: line 3, steps[1].do: there is no action called `rest`." in told.err
    assert "no-such-file.yaml: No such file" in told.err
    assert "quota: good" in told.out


def test_a_scenario_that_comes_along_is_shown(capsys: pytest.CaptureFixture[str]):
    assert main(["scenarios", "show", "outage"]) == 0
    assert capsys.readouterr().out == built_in()["outage"]
    assert main(["scenarios", "show", "outrage"]) == 1


def test_the_certificate_is_made_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("GEMINI_EMULATOR_HOME", str(tmp_path))
    assert main(["certificate"]) == 0
    assert f"export SSL_CERT_FILE={tmp_path / 'cert.pem'}" in capsys.readouterr().out
    assert (tmp_path / "cert.pem").exists()


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["begin"], ["start", "--time-scale", "0"]])
def test_a_wrong_command_is_refused_in_words(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: gemini-live-emulator" in capsys.readouterr().err


async def test_a_scenario_that_cannot_be_read_ends_the_program_with_a_sentence(tmp_path: Path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("steps: 5")
    async with program("--engine", "tone", "--scenario", str(bad)) as process:
        _, told = await process.communicate()
        assert process.returncode == 1
        assert b"bad.yaml: line 1, steps: must be a list" in told
        assert b"Traceback" not in told


async def test_ten_minutes_of_a_scenario_run_in_a_second_and_the_admin_port_sees_it():
    options = ("--scenario", "ten-minutes", "--time-scale", "600", "--admin-port", "0", "--seed", "1")
    async with program("--announce", "--engine", "tone", *options) as process:
        port = (await news(process, event="listening"))["port"]
        desk = (await news(process, event="listening_admin"))["port"]
        async with connect(f"ws://127.0.0.1:{port}{DEVELOPER_PATH}", additional_headers=KEY) as socket:
            await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
            assert json.loads(await socket.recv()) == {"setupComplete": {}}
            assert json.loads(await socket.recv()) == {"goAway": {"timeLeft": "0.1s"}}
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1008
        async with httpx.AsyncClient(trust_env=False) as client:
            played = (await client.get(f"http://127.0.0.1:{desk}/scenario")).json()
            assert played["steps"][0]["acted"] == 1


def test_the_emulator_is_loaded_without_the_gateway_and_its_heavy_parts():
    code = (
        "import sys, gemini_emulator.__main__, gemini_emulator.testing\n"
        "print([name for name in ('aiortc', 'fastapi', 's2s', 'moonshine_voice', 'hibari') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=BACKEND, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
