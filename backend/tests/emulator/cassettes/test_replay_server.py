"""A cassette is served again: in order, in time, and told apart from what it is not."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gemini_emulator.cassettes.format import Cassette, Entry, Header, Part, frames, load
from gemini_emulator.cassettes.matching import Bindings
from gemini_emulator.cassettes.player import DEPARTED, Close, Gone, Player, ReplayOptions, Said, Send, Tick
from gemini_emulator.cassettes.replay_server import Played, cut
from gemini_emulator.testing import DEVELOPER_PATH, VERTEX_PATH, running_emulator
from tests.emulator.taping import SETUP, dial, pcm, recording, replaying, send

# --- reading cassettes -----------------------------------------------------------------------------


def cassette(*lines: tuple[float, int, str, dict[str, Any]]) -> Cassette:
    entries = tuple(Entry(number, at, part, kind, value) for number, (at, part, kind, value) in enumerate(lines, 2))
    return Cassette(Header("a test"), entries)


OPEN = {"path": DEVELOPER_PATH}


HELLO: dict[str, Any] = {"setupComplete": {}}


TURN: dict[str, Any] = {"serverContent": {"turnComplete": True}}


# --- replay: when things are said ------------------------------------------------------------------

CONVERSATION = cassette(
    (0.0, 1, "open", OPEN),
    (0.0, 1, "client", SETUP),
    (0.2, 1, "server", HELLO),
    (5.0, 1, "client", {"realtimeInput": {"text": "hi"}}),
    (6.0, 1, "server", {"serverContent": {"outputTranscription": {"text": "Hello"}}}),
    (8.0, 1, "server", TURN),
    (9.0, 1, "closed", {"by": "server", "code": 1008, "reason": "The operation was aborted."}),
)


HI = Said({"realtimeInput": {"text": "hi"}})


def player(recorded: Cassette = CONVERSATION, **manner: Any) -> Player:
    return Player(recorded.parts[0], Bindings(), ReplayOptions(**manner), 100.0)


def test_an_answer_comes_as_long_after_the_words_as_it_did():
    one = player()
    assert one.handle(Said(SETUP), 100.0) == []
    assert one.deadline == pytest.approx(100.2)
    [hello] = one.handle(Tick(), 100.2)
    assert isinstance(hello, Send)
    # The user thinks for three seconds and not for five: the answer follows the words, not the clock of then.
    assert one.handle(HI, 103.0) == []
    assert one.deadline == pytest.approx(104.0)
    assert len(one.handle(Tick(), 104.0)) == 1
    assert one.deadline == pytest.approx(106.0)
    assert len(one.handle(Tick(), 106.0)) == 1
    assert one.handle(Tick(), 107.0) == [Close(1008, "The operation was aborted.")]
    assert one.over
    assert one.departure == ""


def test_time_can_run_faster_or_not_at_all():
    double = player(time_scale=2.0)
    double.handle(Said(SETUP), 100.0)
    assert double.deadline == pytest.approx(100.1)
    at_once = player(time_scale=0)
    assert len(at_once.handle(Said(SETUP), 100.0)) == 1
    assert len(at_once.handle(HI, 100.0)) == 3


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"realtimeInput": {"text": "bye"}}, "Line 5: realtimeInput.text is not as recorded."),
        ({"toolResponse": {}}, "Line 5: recorded was text, the client sent toolResponse."),
        (None, "The client sent a frame that is no JSON object."),
    ],
)
def test_another_word_than_the_recorded_one_ends_the_connection_with_a_sentence(said: Any, sentence: str):
    one = player(time_scale=0)
    one.handle(Said(SETUP), 100.0)
    assert one.handle(Said(said), 100.0) == [Close(DEPARTED, sentence)]
    assert one.departure == sentence
    assert cut(sentence) == sentence


def test_a_word_after_the_last_one_is_a_departure():
    one = player()
    one.handle(Said(SETUP), 100.0)
    one.handle(HI, 100.3)
    [close] = one.handle(HI, 100.4)
    assert isinstance(close, Close)
    assert "nothing more" in close.reason


def test_a_client_that_says_nothing_is_waited_for_longer_than_then_and_not_for_ever():
    one = player(patience_s=30.0)
    one.handle(Said(SETUP), 100.0)
    one.handle(Tick(), 100.2)
    assert one.deadline == pytest.approx(100.2 + 4.8 + 30.0)
    assert one.handle(Tick(), 135.0) == [Close(DEPARTED, "Line 5: recorded was text, the client sent nothing.")]


def test_a_client_that_leaves_early_has_departed():
    one = player()
    one.handle(Said(SETUP), 100.0)
    one.handle(Gone(), 101.0)
    assert one.departure == "Line 5: recorded was text, the client ended."


SPOKEN = cassette(
    (0.0, 1, "open", OPEN),
    (0.0, 1, "client", SETUP),
    *((1.0 + n / 10, 1, "client", pcm(3200)) for n in range(10)),
    (2.5, 1, "server", TURN),
    (3.0, 1, "closed", {"by": "client", "code": 1000, "reason": ""}),
)


@pytest.mark.parametrize(("size", "count", "due"), [(640, 46, 101.48), (3200, 10, 101.5), (32_000, 1, 101.5)])
def test_audio_may_come_in_frames_of_any_size_and_is_answered_when_there_was_enough(size: int, count: int, due: float):
    one = player(SPOKEN)
    one.handle(Said(SETUP), 100.0)
    for index in range(count):
        assert one.handle(Said(pcm(size, fill=7)), 100.0 + index * size / 32_000) == []
    assert one.deadline == pytest.approx(due)
    assert one.handle(Tick(), due - 0.01) == []
    assert len(one.handle(Tick(), due)) == 1


def test_a_word_after_the_audio_says_that_there_is_no_more_of_it():
    recorded = cassette(
        (0.0, 1, "open", OPEN),
        (0.0, 1, "client", SETUP),
        (1.0, 1, "client", pcm(32_000)),
        (2.0, 1, "client", {"realtimeInput": {"audioStreamEnd": True}}),
        (2.5, 1, "server", TURN),
    )
    one = player(recorded, time_scale=0)
    one.handle(Said(SETUP), 100.0)
    one.handle(Said(pcm(640)), 100.0)
    [turn, end] = one.handle(Said({"realtime_input": {"audio_stream_end": True}}), 100.1)
    assert isinstance(turn, Send)
    assert end == Close(1000, "The recording ends here.")


def test_audio_that_was_cut_to_its_length_comes_as_a_tone_of_that_length():
    blob = {"mimeType": "audio/pcm;rate=24000", "data": {"bytes": 9600}}
    recorded = cassette(
        (0.0, 1, "open", OPEN),
        (0.0, 1, "client", SETUP),
        (0.1, 1, "server", {"serverContent": {"modelTurn": {"parts": [{"inlineData": blob}]}}}),
    )
    [voice, _] = player(recorded, time_scale=0).handle(Said(SETUP), 100.0)
    assert isinstance(voice, Send)
    data = base64.b64decode(voice.message["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["data"])
    assert len(data) == 9600
    assert len(set(data)) > 50


def test_loosely_only_kinds_count_and_side_words_are_let_pass():
    one = player(loose=True, time_scale=0)
    assert len(one.handle(Said({"setup": {"model": "another", "tools": []}}), 100.0)) == 1
    assert one.handle(Said({"realtimeInput": {"audioStreamEnd": True}}), 100.0) == []
    turn = {"clientContent": {"turns": [{"parts": [{"text": "other words"}]}], "turnComplete": True}}
    assert len(one.handle(Said(turn), 100.0)) == 3
    assert one.departure == ""


MOMENTS = st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["tick", "audio", "word"])), max_size=60)


@settings(deadline=None, max_examples=60)
@given(MOMENTS)
def test_the_recorded_words_bring_every_recorded_message_once_and_in_order(
    moments: list[tuple[float, str]],
):
    recorded = cassette(
        (0.0, 1, "open", OPEN),
        (0.0, 1, "client", SETUP),
        (0.2, 1, "server", HELLO),
        (1.0, 1, "client", pcm(6400)),
        (1.5, 1, "server", {"number": 1}),
        (1.6, 1, "client", pcm(6400)),
        (1.7, 1, "client", {"realtimeInput": {"text": "hi"}}),
        (1.8, 1, "server", {"number": 2}),
        (2.0, 1, "client", pcm(3200)),
        (4.0, 1, "server", {"number": 3}),
        (9.0, 1, "closed", {"by": "server", "code": 1011, "reason": ""}),
    )
    one, now, heard = player(recorded), 100.0, list[Any]()
    words = [Said(SETUP), HI]
    # However they begin, in the end everything has been said, and time has passed.
    for pause, event in [*moments, *[(0.0, "word")] * 2, *[(0.1, "audio")] * 5, *[(9.0, "tick")] * 9]:
        now += min(pause, 29.0)
        if event == "audio":
            heard += one.handle(Said(pcm(3200)), now)
        elif event == "word" and words and not one.over:
            heard += one.handle(words.pop(0), now)
        else:
            heard += one.handle(Tick(), now)
    messages = [effect.message for effect in heard if isinstance(effect, Send)]
    if one.departure:
        # Only who kept silent for longer than the patience can have lost it.
        assert "sent nothing" in one.departure
    else:
        assert messages == [HELLO, {"number": 1}, {"number": 2}, {"number": 3}]
        assert heard[-1] == Close(1011, "")


# --- replay: over the wire -------------------------------------------------------------------------

TWO = cassette(
    (0.0, 1, "open", OPEN),
    (0.0, 1, "client", SETUP),
    (0.1, 1, "server", HELLO),
    (0.2, 1, "server", {"sessionResumptionUpdate": {"newHandle": "scrubbed-handle-1", "resumable": True}}),
    (0.3, 1, "closed", {"by": "server", "code": 1006, "reason": ""}),
    (1.0, 2, "open", OPEN),
    (1.0, 2, "client", {"setup": {**SETUP["setup"], "sessionResumption": {"handle": "scrubbed-handle-1"}}}),
    (1.1, 2, "server", HELLO),
    (1.2, 2, "closed", {"by": "server", "code": 1011, "reason": "Internal error encountered."}),
)  # fmt: skip


async def test_a_session_of_two_connections_is_played_in_order_and_again_from_the_start():
    async with replaying(TWO) as (url, replay):
        for _ in range(2):
            async with dial(url) as first:
                await send(first, SETUP)
                assert json.loads(await first.recv()) == HELLO
                handle = json.loads(await first.recv())["sessionResumptionUpdate"]["newHandle"]
                await first.wait_closed()
                assert first.close_code == 1006
            async with dial(url) as second:
                await send(second, {"setup": {**SETUP["setup"], "sessionResumption": {"handle": handle}}})
                assert json.loads(await second.recv()) == HELLO
                await second.wait_closed()
                assert (second.close_code, second.close_reason) == (1011, "Internal error encountered.")
        assert replay.complete
    assert replay.played == [Played(1), Played(2), Played(1), Played(2)]


async def test_a_client_that_departs_reads_the_line_in_its_close_frame(caplog: pytest.LogCaptureFixture):
    async with replaying(TWO) as (url, replay), dial(url) as client:
        await send(client, {"setup": {"model": "models/other"}})
        await client.wait_closed()
        assert (client.close_code, client.close_reason) == (DEPARTED, "Line 3: setup.model is not as recorded.")
        assert "Line 3: setup.model is not as recorded." in caplog.text
        assert not replay.complete


async def test_a_client_of_the_other_service_is_told():
    async with replaying(TWO) as (url, _):
        with pytest.raises(InvalidStatus) as refused:
            await dial(url, VERTEX_PATH)
        assert b"of the other service" in (refused.value.response.body or b"")


async def test_a_recorded_refusal_is_a_refusal_again():
    refusal = cassette((0.0, 1, "refused", {"path": DEVELOPER_PATH, "status": 403, "body": "No."}))
    async with replaying(refusal) as (url, replay):
        with pytest.raises(InvalidStatus) as refused:
            await dial(url)
        assert (refused.value.response.status_code, refused.value.response.body) == (403, b"No.")
        assert replay.complete


async def test_pings_are_answered_while_a_recording_plays():
    async with replaying(TWO, ReplayOptions(time_scale=0.001)) as (url, _), dial(url) as client:
        await (await client.ping(b"are you there"))
        await send(client, SETUP)
        await (await client.ping(b"still there"))


async def test_a_conversation_is_recorded_and_replayed_message_for_message(tmp_path: Path):
    path = tmp_path / "c.jsonl"

    async def converse(url: str) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        async with dial(url, "/" + DEVELOPER_PATH) as client:
            await send(client, {"setup": {**SETUP["setup"], "outputAudioTranscription": {}}})
            await send(client, {"realtime_input": {"text": "hello"}})
            # One handle comes with the setup, the other after the turn.
            while sum(bool(one.get("sessionResumptionUpdate")) for one in heard) < 2:
                heard.append(json.loads(await client.recv()))
        return heard

    knobs = {"reply_s": 0.4, "speed": 100.0}
    async with running_emulator(**knobs) as emulator, recording(emulator.base_url, path) as (proxy, _):
        first = await converse(proxy)
    recorded = load(path)
    assert recorded.header.recorded_from == "emulator"
    async with replaying(recorded) as (url, replay):
        again = await converse(url)
    assert replay.played == [Played(1)]
    assert _without_handles(again) == _without_handles(first)
    assert again == frames(recorded.entries, "server")


def _without_handles(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A recording has made-up handles."""
    return [one | {"sessionResumptionUpdate": {}} if "sessionResumptionUpdate" in one else one for one in frames]


def test_a_part_knows_its_entries():
    [one, two] = TWO.parts
    assert isinstance(one, Part)
    assert (one.number, two.number) == (1, 2)
    assert two.first("refused") is None
    assert len(one.all("server")) == 2


async def test_who_sends_nothing_at_all_is_waited_for_and_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gemini_emulator.cassettes.replay_server.FIRST_FRAME_S", 0.05)
    async with replaying(TWO) as (url, _), dial(url) as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (DEPARTED, "The client sent no first message.")
