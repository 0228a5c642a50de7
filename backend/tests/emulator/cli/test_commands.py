"""The command line: `gemini-live-emulator start | record | replay | scenarios | certificate`."""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gemini_emulator.__main__ import main
from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.scenarios.actions import NAMES
from gemini_emulator.scenarios.parser import built_in
from gemini_emulator.testing import DEVELOPER_PATH
from tests.emulator.server.test_process import BACKEND, KEY, LIMIT_S, news, program


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
            assert "sessionResumptionUpdate" in json.loads(await socket.recv())
            assert json.loads(await socket.recv()) == {"goAway": {"timeLeft": "0.1s"}}
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1008
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            played = (await client.get(f"http://127.0.0.1:{desk}/scenario")).json()
            assert played["steps"][0]["acted"] == 1


def test_a_mistyped_option_is_answered_with_the_right_one(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["replay", "c.jsonl", "--time-scal=2", "--patienc", "3", "--onec"])
    assert "there is no --onec. Did you mean --once?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["start", "record", "replay", "certificate", "scenarios", "scenarios check"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert f"usage: gemini-live-emulator {command}" in capsys.readouterr().out


def words_of(told: bytes) -> str:
    assert b"Traceback" not in told
    return told.decode()


async def test_an_emulator_without_an_engine_only_says_what_the_scenario_orders(tmp_path: Path):
    orders = tmp_path / "orders.yaml"
    orders.write_text("steps: [{when: {turn: 2}, do: {say: I was told to say this.}}]")
    async with program("--announce", "--engine", "off", "--scenario", str(orders)) as process:
        port = (await news(process, event="listening"))["port"]
        async with connect(f"ws://127.0.0.1:{port}{DEVELOPER_PATH}", additional_headers=KEY) as socket:
            setup = {"model": "models/gemini-3.8-live", "outputAudioTranscription": {}}
            for message in ({"setup": setup}, *({"realtimeInput": {"text": text}} for text in ("one", "two"))):
                await socket.send(json.dumps(message))
            said, pcm = "", b""
            while "generationComplete" not in (content := json.loads(await socket.recv()).get("serverContent", {})):
                said += content.get("outputTranscription", {}).get("text", "")
                for part in content.get("modelTurn", {}).get("parts", []):
                    pcm += base64.b64decode(part["inlineData"]["data"])
            assert said == "I was told to say this."
            assert len(pcm) > 48_000
            assert not any(pcm)


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("record", ["--cassette", "{tmp}/mine.yaml"], "A cassette is JSON lines: name it"),
        ("record", ["--cassette", "{tmp}/taken.jsonl"], "exists already. Name another, or give --overwrite."),
        ("record", ["--cassette", "{tmp}/no/such/c.jsonl"], "Cannot write"),
        ("record", ["--cassette", "{tmp}/c.jsonl", "--to-url", "ftp://x"], "is no address to record from"),
        ("record", ["--cassette", "{tmp}/c.jsonl", "--location", "the moon"], "is no location of Vertex AI"),
        ("replay", ["{tmp}/none.jsonl"], "No such file"),
        ("replay", ["{tmp}/taken.jsonl"], "line 1 is not JSON"),
    ],
)
def test_what_cannot_be_recorded_or_replayed_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, options: list[str], sentence: str
):
    (tmp_path / "taken.jsonl").write_text("mine\n")
    assert main([command, *(option.format(tmp=tmp_path) for option in options)]) == 1
    assert sentence in capsys.readouterr().err
    assert (tmp_path / "taken.jsonl").read_text() == "mine\n"


# The emulator's own libraries are few: everything that only the gateway needs may be missing.
BLOCKED = """
import sys
class Blocked:
    names = "aiortc av fastapi starlette uvicorn pydantic pydantic_settings msgspec s2s main tools google".split()
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} must not be needed")
sys.meta_path.insert(0, Blocked())
from gemini_emulator.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@asynccontextmanager
async def without_the_gateway(*words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A command in such a process, and the address it listens on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BLOCKED, *words, "--port", "0", "--announce", "--exit-on-stdin-eof",
        cwd=BACKEND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        async with asyncio.timeout(LIMIT_S):
            yield process, f"ws://127.0.0.1:{(await news(process, event='listening'))['port']}"
            process.stdin.close()
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def greet(url: str) -> None:
    async with connect(url + DEVELOPER_PATH, additional_headers=KEY, proxy=None) as socket:
        await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
        assert json.loads(await socket.recv()) == {"setupComplete": {}}


async def test_start_record_and_replay_work_without_the_gateway_and_its_libraries(tmp_path: Path):
    cassette = str(tmp_path / "c.jsonl")
    async with without_the_gateway("start", "--engine", "tone") as (_, service):
        async with without_the_gateway("record", "--cassette", cassette, "--to-url", service) as (recorder, proxy):
            await greet(proxy)
            await news(recorder, event="recording", what="ended")
        assert recorder.returncode == 0
    async with without_the_gateway("replay", cassette, "--once") as (replayer, again):
        await greet(again)
        assert await news(replayer, event="played") == {"event": "played", "connection": 1, "departure": ""}
    assert replayer.returncode == 0


async def test_a_replay_that_the_program_departs_from_ends_with_1(tmp_path: Path):
    cassette = tmp_path / "c.jsonl"
    cassette.write_text(
        '{"cassette":1,"recorded_from":"a test"}\n'
        f'{{"at":0,"connection":1,"open":{{"path":"{DEVELOPER_PATH}"}}}}\n'
        '{"at":0,"connection":1,"client":{"setup":{"model":"models/another"}}}\n'
    )
    async with program(str(cassette), "--once", "--no-tls", command="replay") as process:
        assert process.stdout is not None
        port = int((await process.stdout.readline()).rpartition(b":")[2])
        async with connect(f"ws://127.0.0.1:{port}{DEVELOPER_PATH}", additional_headers=KEY) as socket:
            await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
            await socket.wait_closed()
            assert socket.close_reason == "Line 3: setup.model is not as recorded."
        assert await process.wait() == 1
        assert process.stderr is not None
        assert "departs from the recording. Line 3" in words_of(await process.stderr.read())


def test_the_emulator_is_loaded_without_the_gateway_and_its_heavy_parts():
    code = (
        "import sys, gemini_emulator.__main__, gemini_emulator.testing\n"
        "print([name for name in ('aiortc', 'fastapi', 's2s', 'moonshine_voice', 'hibari') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=BACKEND, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def outcome_of(project: Path) -> str:
    """What pytest says of somebody else's project: with nothing but the emulator, no plugin for event loops either."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(BACKEND), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "--rootdir", str(project), str(project)]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_example_of_the_readme_runs_in_a_project_of_its_own(tmp_path: Path):
    readme = (BACKEND / "gemini_emulator" / "README.md").read_text()
    [example] = [code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "(gemini_live)" in code]
    (tmp_path / "test_example.py").write_text(example)
    assert "1 passed" in outcome_of(tmp_path)


def test_the_fixture_takes_its_behaviour_from_a_mark_and_points_the_sdk_to_itself(tmp_path: Path):
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["gemini_emulator.pytest_plugin"]')
    (tmp_path / "test_marked.py").write_text(
        """
import asyncio
import pytest
from google import genai


@pytest.mark.gemini_live("tone", reply_s=0.2, reply_text="Beep", speed=100.0)
def test_the_sdk_is_answered(gemini_live_environment):
    async def ask():
        config = {"output_audio_transcription": {}}
        async with genai.Client().aio.live.connect(model="gemini-3.8-live", config=config) as session:
            await session.send_realtime_input(text="hi")
            await gemini_live_environment.until(lambda emulator: len(emulator.received) == 2)
            return [message async for message in session.receive()]

    said = [m.server_content.output_transcription for m in asyncio.run(ask()) if m.server_content]
    assert "Beep" in "".join(words.text for words in said if words)
    assert gemini_live_environment.received[1] == {"realtime_input": {"text": "hi"}}
    gemini_live_environment.wait_for(lambda emulator: emulator.open_sessions == 0)
"""
    )
    assert "1 passed" in outcome_of(tmp_path)
