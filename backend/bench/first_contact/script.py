"""What is said to the service: short conversations, each for a few of our assumptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bench.first_contact.budget import Plan
from bench.first_contact.connection import Dialog, ServiceConnection
from bench.first_contact.evidence import (
    Message,
    calls_in,
    has_voice,
    is_complete,
    is_generated,
    is_interrupted,
    voice_s,
)
from s2s.core.effects import HistoryTurn
from s2s.upstream.codec import gemini_codec
from s2s.upstream.models.model_table import find_model, locations_to_try

NEWEST = "gemini-3.8-live"
THINKER = "gemini-3.8-live-extended-thinking"
PREVIEW = "gemini-3.1-flash-live-preview"
OLD_VERTEX = "gemini-live-2.5-flash-native-audio"
UNKNOWN = "gemini-0.1-live-first-contact"
NAME = "Wilhelmina"
HISTORY = (
    HistoryTurn("user", f"Hello, my name is {NAME}."),
    HistoryTurn("model", f"Nice to meet you, {NAME}."),
)
WRONG_KEY = {"x-goog-api-key": "AIzaSyFirstContactThisKeyIsNoKey0000000"}
WRONG_BEARER = {"Authorization": "Bearer ya29.first-contact-this-token-is-no-token"}

ANSWER_S, LONG_ANSWER_S = 15.0, 35.0
ENOUGH_VOICE_S = 0.4
PONG_S = 30.0


def answered(messages: list[Message]) -> bool:
    """There was voice, and a turn was over after it."""
    spoken = [index for index, message in enumerate(messages) if has_voice(message)]
    return bool(spoken) and any(is_complete(message) for message in messages[spoken[-1] :])


async def _speaks_and_asks(line: ServiceConnection) -> None:
    if not await line.wait_until_ready():
        return
    await line.send_ping(PONG_S)
    await line.speak("spoken", answered, ANSWER_S)
    await line.pause(1.0)
    await line.send_text("typed", "What is the weather in Paris right now?")
    if await line.wait_until("typed", lambda messages: bool(calls_in(messages)), ANSWER_S):
        await line.pause(0.5)
        for call in calls_in(line.talk.messages_since("typed")):
            await line.answer("result", call, {"weather": "sunny", "degrees": 21})
        await line.wait_until("result", answered, ANSWER_S)
    await line.pause(2.0)


async def _stops(line: ServiceConnection) -> None:
    if not await line.wait_until_ready():
        return
    await line.send_text("typed", "Count aloud from one to forty, slowly.")
    if not await line.wait_until("typed", lambda messages: voice_s(messages) >= ENOUGH_VOICE_S, ANSWER_S):
        return
    line.talk.mark_step("stop")
    await line.send(gemini_codec.stop_generation())
    await line.wait_until("stop", lambda messages: any(is_interrupted(m) or is_generated(m) for m in messages), 6.0)
    await line.pause(1.0)
    if await line.speak("spoken", lambda messages: any(map(has_voice, messages)), 10.0):
        return
    line.talk.mark_step("go_ahead")
    await line.send(gemini_codec.go_ahead())
    await line.wait_until("go_ahead", lambda messages: any(map(has_voice, messages)), 8.0)


async def _barges_in(line: ServiceConnection) -> None:
    if not await line.wait_until_ready():
        return
    await line.send_text("typed", "Tell me a story about the sea, at least a hundred words long.")
    if not await line.wait_until("typed", lambda messages: voice_s(messages) >= ENOUGH_VOICE_S, ANSWER_S):
        return
    await line.speak("spoken", lambda messages: any(map(is_interrupted, messages)), 8.0)
    await line.pause(1.0)


async def _speaks(line: ServiceConnection) -> None:
    if await line.wait_until_ready():
        await line.speak("spoken", answered, ANSWER_S)
        await line.pause(1.5)


async def _asks_for_the_name(line: ServiceConnection) -> None:
    if not await line.wait_until_ready():
        return
    await line.send_text("typed", "What is my name?")
    await line.wait_until("typed", answered, ANSWER_S)
    await line.pause(2.0)


async def _thinks(line: ServiceConnection) -> None:
    if not await line.wait_until_ready():
        return
    await line.send_text("typed", "How many Sundays has a leap year that begins on a Sunday? Say only the number.")
    await line.wait_until("typed", answered, LONG_ANSWER_S)
    await line.pause(1.5)


async def _only_sets_up(line: ServiceConnection) -> None:
    if await line.wait_until_ready():
        await line.pause(0.5)


# --- changes to the setup -------------------------------------------------------------------------


def _bare(setup: Message) -> None:
    for name in ("sessionResumption", "inputAudioTranscription", "contextWindowCompression", "tools"):
        setup.pop(name, None)


def _with_level(level: str) -> Callable[[Message], None]:
    return lambda setup: setup["generationConfig"].update({"thinkingConfig": {"thinkingLevel": level}})


def _without_level(setup: Message) -> None:
    setup["generationConfig"].pop("thinkingConfig", None)


def _blocking(setup: Message) -> None:
    _with_level("LOW")(setup)
    for function in setup["tools"][0]["functionDeclarations"]:
        function["behavior"] = "BLOCKING"


def _proactive(setup: Message) -> None:
    setup["proactivity"] = {"proactiveAudio": True}


def _of_unknown_model(setup: Message) -> None:
    setup["model"] = setup["model"].rpartition("/")[0] + f"/{UNKNOWN}"


def _in_no_language(setup: Message) -> None:
    setup["generationConfig"]["speechConfig"]["languageCode"] = "xx-XX"


# --- the scripts ----------------------------------------------------------------------------------

ASKED = Plan(turns=1, spoken_s=4.0)
SPOKEN = Plan(turns=1, heard_s=5.0, spoken_s=4.0)


def developer_script() -> tuple[Dialog, ...]:
    """With an API key."""
    return (
        Dialog("talk", "a spoken question, a function, handles, usage, transcripts", NEWEST, _speaks_and_asks,
             Plan(turns=3, heard_s=5.0, spoken_s=12.0), deadline_s=70.0),
        Dialog("stop", "what the stop verb does on 3.8", NEWEST, _stops, Plan(2, 6.0, 12.0), deadline_s=60.0),
        Dialog("barge-in", "talking over the answer", NEWEST, _barges_in, Plan(2, 5.0, 20.0)),
        Dialog("bare", "what comes without being asked for", NEWEST, _speaks, SPOKEN, change=_bare),
        Dialog("seeded", "turns that a client brings along", NEWEST, _asks_for_the_name, ASKED, history=HISTORY),
        Dialog("resumed", "the same session on another socket", NEWEST, _asks_for_the_name, ASKED, resumes="seeded"),
        Dialog("thinking", "extended thinking with LOW", THINKER, _thinks, ASKED, change=_with_level("LOW"),
             deadline_s=60.0),
        Dialog("seeded-3.1", "historyConfig on 3.1, and whether it counts tokens", PREVIEW, _asks_for_the_name,
             ASKED, history=HISTORY),
        *(
            Dialog(name, about, model, _only_sets_up, change=change, deadline_s=20.0)
            for name, about, model, change in (
                ("no-level", "extended thinking without a level", THINKER, _without_level),
                ("level-on-3.8", "a thinking level on 3.8", NEWEST, _with_level("LOW")),
                ("blocking-thinker", "a blocking function on extended thinking", THINKER, _blocking),
                ("proactivity", "proactivity on v1beta", NEWEST, _proactive),
                ("unknown-model", "a model that does not exist", NEWEST, _of_unknown_model),
                ("unknown-language", "a language that does not exist", NEWEST, _in_no_language),
            )
        ),
        Dialog("wrong-key", "a key that is none", NEWEST, _only_sets_up, headers=WRONG_KEY, deadline_s=20.0),
    )  # fmt: skip


def vertex_script(model: str, location: str) -> tuple[Dialog, ...]:
    """With a service account or Application Default Credentials."""
    talks = (
        Dialog("talk", "a spoken question, a function, transparent resumption, usage", model, _speaks_and_asks,
             Plan(turns=3, heard_s=5.0, spoken_s=12.0), deadline_s=70.0),
        Dialog("stop", "what the stop verb does", model, _stops, Plan(2, 6.0, 12.0), deadline_s=60.0),
        Dialog("barge-in", "talking over the answer", model, _barges_in, Plan(2, 5.0, 20.0)),
        Dialog("seeded", "turns that a client brings along", model, _asks_for_the_name, ASKED, history=HISTORY),
        Dialog("resumed", "the same session on another socket", model, _asks_for_the_name, ASKED, resumes="seeded"),
        *(
            Dialog(f"newest-at-{place}", f"{NEWEST} at {place}", NEWEST, _only_sets_up, location=place, deadline_s=20.0)
            for place in places()
        ),
        Dialog("old-model", f"whether this project still has {OLD_VERTEX}", OLD_VERTEX, _only_sets_up,
             location=_place_of(OLD_VERTEX, location), deadline_s=20.0),
        Dialog("unknown-model", "a model that does not exist", model, _only_sets_up, change=_of_unknown_model,
             deadline_s=20.0),
        Dialog("unknown-language", "a language that does not exist", model, _only_sets_up, change=_in_no_language,
             deadline_s=20.0),
        Dialog("wrong-key", "a token that is none", model, _only_sets_up, headers=WRONG_BEARER, deadline_s=20.0),
    )  # fmt: skip
    return tuple(replace(talk, location=talk.location or location) for talk in talks)


def places() -> tuple[str, ...]:
    """Where the newest model is tried: all that the table knows of it, and the other multi-region."""
    return tuple(dict.fromkeys((*locations_to_try(NEWEST), *_refusing(NEWEST), "us")))


def _refusing(model: str) -> tuple[str, ...]:
    found = find_model(model)
    return found.not_locations if found is not None else ()


def _place_of(model: str, location: str) -> str:
    """The configured location, unless the model is known not to be there."""
    known = locations_to_try(model)
    return known[0] if known and location in _refusing(model) else location


def settings_of(talk: Dialog) -> Mapping[str, Any]:
    """What is different from the configured settings."""
    changed: dict[str, Any] = {"gemini_model": talk.model, "gemini_fallback_model": ""}
    return {**changed, "gcp_region": talk.location} if talk.location else changed
