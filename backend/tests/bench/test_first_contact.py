"""First contact against the emulator: right about a service as we know it, and not fooled by one that is not.

Nothing here may ever reach Google; the last stories hold that.
"""

import json
import os
import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bench.first_contact import command, script
from bench.first_contact.assumptions import assumptions
from bench.first_contact.command import Found, NoContact, run_conversations
from bench.first_contact.connection import Timing
from gemini_emulator.cassettes.format import load
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_emulator.protocol.deviations import DEVIATIONS
from gemini_emulator.responder.conversation_state import Call, Functions, Memory, Reply, Result
from gemini_emulator.testing import Emulator, running_emulator
from s2s.settings import Settings
from tests.calls.fake_google import Socket, fake_google
from tests.calls.test_vertex import TOKEN, service_account, vertex

KEY = "AIzaSyMadeUpForTheStoriesOfFirstContact"
HASTY = Timing(speed=20.0, timeout_factor=0.3)
BACKEND = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Listening:
    """As much of a mind as the script asks for."""

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        if "weather" in heard and functions:
            return Reply(memory, calls=(Call("get_weather", {"city": "Paris"}),))
        if "my name" in heard:
            told = re.findall(r"my name is (\w+)", " ".join(text for _, text in memory.turns))
            return Reply(memory, told[-1] if told else "I do not know it")
        return Reply(memory, "This is a tone")

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        return Reply(memory, "It is sunny")


KNOBS: dict[str, Any] = {
    "require_key": KEY, "reply_s": 3.0, "speed": 5.0, "playout_share": 0.0, "mind": Listening(), "strict_models": True,
}  # fmt: skip


def settings(emulator: Emulator) -> Settings:
    return Settings(gemini_api_key=KEY, google_gemini_base_url=emulator.base_url, service_account_key_path="none.json")


def verdicts(found: Found, verdict: str) -> set[str]:
    return {row.id for row, finding in found.rows if finding.verdict == verdict}


def seen(found: Found) -> str:
    return "\n".join(f"{row.id}: {finding.verdict}: {finding.seen}" for row, finding in found.rows)


async def test_of_the_service_as_we_know_it_everything_is_confirmed_or_not_seen():
    async with running_emulator(**KNOBS) as emulator:
        found = await run_conversations(settings(emulator), pace=HASTY)
    assert verdicts(found, "refuted") == set(), seen(found)
    assert verdicts(found, "not seen") == {"no-usage-3.1", "unknown-language"}, seen(found)
    assert not [talk.missed for talk in found.talks if talk.missed]


async def test_on_vertex_everything_is_confirmed_or_not_seen(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, _),
        running_emulator(**{**KNOBS, "require_bearer": TOKEN}) as emulator,
    ):
        found = await run_conversations(Settings.from_env(vertex(key_path, emulator.base_url)), pace=HASTY)
    assert verdicts(found, "refuted") == set(), seen(found)
    places = {"newest-at-us-central1", "newest-at-global", "newest-at-eu", "old-model", "transparent", "wrong-key"}
    assert places <= verdicts(found, "confirmed"), seen(found)


WRONG: tuple[tuple[str, tuple[str, ...], set[str]], ...] = (
    ("no-handles", ("talk",), {"handle-per-turn"}),
    ("no-usage", ("talk",), {"usage"}),
    ("usage-sum", ("talk",), {"usage-sum", "thoughts"}),
    ("thoughts-in-total", ("talk",), {"thoughts"}),
    ("mime-type", ("talk",), {"mime-type"}),
    ("no-transcripts", ("talk",), {"transcripts", "heard"}),
    ("no-call-ids", ("talk",), {"call-ids", "result-spoken"}),
    ("no-generation-complete", ("talk",), {"generated"}),
    ("no-interrupted", ("barge-in",), {"interrupted", "generated"}),
    ("stop-ignored", ("stop",), {"stop-halts"}),
    ("deaf-after-stop", ("stop",), {"stop-hears"}),
    ("early-go-away", ("unknown-language",), {"early-go-away"}),
    ("any-key", ("wrong-key",), {"wrong-key"}),
    ("forgets-history", ("seeded",), {"seeded"}),
    ("refuses-thinking", ("thinking",), {"thinking-low"}),
    ("no-status", ("thinking",), {"status"}),
    (
        "refusal-texts",
        ("no-level", "level-on-3.8", "blocking-thinker", "proactivity", "unknown-model"),
        {"no-level", "level-on-3.8", "blocking-thinker", "proactivity", "unknown-model"},
    ),
    (
        "accepts-anything",
        ("no-level", "level-on-3.8", "blocking-thinker", "proactivity", "unknown-model"),
        {"no-level", "level-on-3.8", "blocking-thinker", "proactivity", "unknown-model"},
    ),
)


@pytest.mark.parametrize(("deviation", "only", "refuted"), WRONG, ids=[row[0] for row in WRONG])
async def test_a_service_that_is_otherwise_is_found_out(deviation: str, only: tuple[str, ...], refuted: set[str]):
    async with running_emulator(**KNOBS, deviations=(deviation,)) as emulator:
        found = await run_conversations(settings(emulator), pace=HASTY, only=only)
    assert verdicts(found, "refuted") == refuted, seen(found)


async def test_a_service_that_does_not_say_what_it_consumed_is_found_out(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, _),
        running_emulator(**KNOBS, deviations=("no-index",)) as emulator,
    ):
        wanted = Settings.from_env(vertex(key_path, emulator.base_url))
        found = await run_conversations(wanted, pace=HASTY, only=("talk",))
    assert verdicts(found, "refuted") == {"transparent"}, seen(found)


def test_every_way_to_be_otherwise_has_its_story():
    assert {row[0] for row in WRONG} | {"no-index"} == set(DEVIATIONS)


async def test_a_service_whose_pongs_do_not_come_is_found_out():
    scenario = "steps: [{when: {message: setup}, do: {late_pongs: 60}}]"
    async with running_emulator(**KNOBS, scenario=scenario) as emulator:
        found = await run_conversations(settings(emulator), pace=replace(HASTY, timeout_factor=0.1), only=("talk",))
    assert "pong" in verdicts(found, "refuted"), seen(found)


async def test_a_service_that_is_not_there_refutes_nothing():
    lost = Settings(gemini_api_key=KEY, google_gemini_base_url="ws://127.0.0.1:1", service_account_key_path="none.json")
    found = await run_conversations(lost, pace=HASTY)
    assert verdicts(found, "not seen") == {row.id for row in assumptions("developer")}
    assert all("Not held" in talk.missed for talk in found.talks if talk.name != "resumed")


async def test_a_service_that_stays_silent_is_left_in_time():
    scenario = "steps: [{when: {message: setup}, do: mute, times: always}]"
    async with running_emulator(**KNOBS, scenario=scenario) as emulator:
        found = await run_conversations(
            settings(emulator), pace=replace(HASTY, timeout_factor=0.02), only=("talk", "stop")
        )
    assert verdicts(found, "refuted") == set()
    assert verdicts(found, "confirmed") == set()


async def test_its_own_meter_stops_it_at_the_limit():
    async with running_emulator(**KNOBS) as emulator:
        found = await run_conversations(settings(emulator), pace=HASTY, limit_usd=0.0001)
        assert len(emulator.seen) == 1
    assert "The limit of $0.00 was reached." in {talk.missed for talk in found.talks}
    assert found.usd < 0.01


@pytest.mark.parametrize(
    ("reason", "stops"),
    [
        ("API key not valid. Please pass a valid API key.", True),
        ("Your prepayment credits are depleted.", True),
        ("You exceeded your current quota, please check your plan.", False),
    ],
)
async def test_a_refusal_of_key_or_purse_refutes_nothing(tmp_path: Path, reason: str, stops: bool):
    async def refuse(socket: Socket) -> None:
        await socket.close(1011, reason)

    async with fake_google(refuse) as google:
        environ = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": google.url, "SERVICE_ACCOUNT_KEY_PATH": "none.json"}
        only = ("talk", "thinking", "no-level")
        found = await run_conversations(Settings.from_env(environ), pace=HASTY, only=only)
        assert verdicts(found, "refuted") == set(), seen(found)
        assert all(reason in talk.missed for talk in found.talks)
        assert len(google.sockets) == (1 if stops else 3)
        with pytest.raises(NoContact, match=r"No conversation was held\. .*make doctor"):
            await command.run(options("--out", str(tmp_path), "--only", ",".join(only)), {**environ, "YES": "1"}, HASTY)
    assert list(tmp_path.iterdir()) == []


# --- the command ----------------------------------------------------------------------------------


def options(*words: str) -> Any:
    parser = ArgumentParser()
    command.arguments(parser)
    return parser.parse_args(words)


def environ(emulator: Emulator, **more: str) -> dict[str, str]:
    base = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": emulator.base_url}
    return {**base, "SERVICE_ACCOUNT_KEY_PATH": "none.json", **more}


async def test_without_leave_it_says_what_it_costs_and_dials_nobody(capsys: pytest.CaptureFixture[str]):
    async with running_emulator(**KNOBS) as emulator:
        for leave in ({}, {"YES": "0"}, {"YES": ""}, {"YES": "true"}):
            assert await command.run(options(), environ(emulator, **leave)) == command.NEEDS_CONSENT
        assert emulator.seen == []
    shown = capsys.readouterr().out
    assert re.search(r"Estimated cost: \$0\.\d\d\.", shown)
    assert "YES=1 make first-contact" in shown


async def test_with_leave_it_prints_the_table_and_leaves_json_and_a_cassette(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    async with running_emulator(**KNOBS) as emulator:
        wanted = options("--out", str(tmp_path), "--only", "talk, wrong-key,unknown-model")
        assert await command.run(wanted, environ(emulator, YES="1"), HASTY) == 0
    shown = capsys.readouterr().out
    assert re.search(r"confirmed +10 +A handle follows each turn +after each of 3 turns|after each of 2 turns", shown)
    [document] = tmp_path.glob("*.json")
    told = json.loads(document.read_text())
    assert {row["verdict"] for row in told["assumptions"]} == {"confirmed", "not seen"}
    assert [talk["name"] for talk in told["conversations"]] == ["talk", "unknown-model", "wrong-key"]
    [path] = tmp_path.glob("*.jsonl")
    cassette = load(path)
    assert (cassette.header.recorded_from, cassette.header.audio) == ("emulator", "lengths")
    for entry in cassette.entries:
        assert Scrubber().message(entry.value) == entry.value or entry.kind == "open"
    everything = path.read_text() + document.read_text() + shown
    assert KEY not in everything
    assert script.WRONG_KEY["x-goog-api-key"] not in everything


def test_the_estimate_is_a_few_cents_and_below_the_limit():
    key = Settings(gemini_api_key=KEY, service_account_key_path="none.json")
    assert 0.005 < command.script_for(key).usd < command.LIMIT_USD / 2


# --- never Google ---------------------------------------------------------------------------------


async def test_under_test_nobody_but_this_machine_is_dialled_whatever_key_is_set():
    for named in ("", "https://generativelanguage.googleapis.com", "wss://127.0.0.1.example.com"):
        address = {"GOOGLE_GEMINI_BASE_URL": named} if named else {}
        key = Settings.from_env({"GEMINI_API_KEY": KEY, "SERVICE_ACCOUNT_KEY_PATH": "none.json", **address})
        with pytest.raises(NoContact, match="Tests never talk to Google"):
            await run_conversations(key)


def test_a_program_that_a_test_starts_refuses_google_too(tmp_path: Path):
    here = {name: value for name, value in os.environ.items() if not re.search("KEY|TOKEN|GOOGLE|GEMINI|GCP", name)}
    told = subprocess.run(
        [sys.executable, "-m", "bench", "first-contact", "--out", str(tmp_path)],
        cwd=BACKEND,
        env={**here, "YES": "1", "GEMINI_API_KEY": KEY, "SERVICE_ACCOUNT_KEY_PATH": "none.json",
             "S2S_UPSTREAM": "developer",
             "GOOGLE_GEMINI_BASE_URL": "https://generativelanguage.googleapis.com"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert told.returncode == 1
    assert "Tests never talk to Google" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_test_finds_the_credentials_of_this_machine(tmp_path: Path):
    story = tmp_path / "test_story.py"
    story.write_text("import os\n\n\ndef test_it():\n    assert 'GEMINI_API_KEY' not in os.environ\n")
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", str(story)],
        cwd=BACKEND,
        env={**os.environ, "GEMINI_API_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout


def test_without_a_key_it_says_what_is_missing():
    with pytest.raises(NoContact, match="GEMINI_API_KEY"):
        command.script_for(Settings(service_account_key_path="none.json"))
