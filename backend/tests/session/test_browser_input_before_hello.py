"""What comes before the right hello: kept for a moment if it is speech on its own channel, else it was never there."""

from functools import partial

import pytest

from s2s import wire
from s2s.core.events import MicAudio, SetupComplete
from s2s.latency_stats import LatencyStats
from s2s.session.browser_input import BrowserInput
from s2s.session.session import Session
from s2s.session.session_keys import SessionKeys
from s2s.settings import Settings
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.target.endpoints import choose_target
from tests.stage import mic


class Both:
    """A model that takes everything, an observer that counts the speech, and a browser that keeps what it is told."""

    queued_audio_ms = 0

    def __init__(self) -> None:
        self.told: list[wire.ToBrowser] = []
        self.close_code = 0
        self.speech: list[bytes] = []

    def send_control(self, text: str) -> None:
        self.told.append(wire.decode_to_browser(text))

    def dismiss(self, last_message: str, code: int) -> None:
        self.send_control(last_message)
        self.close_code = code

    def on_event(self, event: object, now: float) -> None:
        if isinstance(event, MicAudio):
            self.speech.append(event.pcm)

    def send(self, _: object) -> None:
        """A model hears; an observer sees an effect; a browser gets a frame."""

    on_effect = send_frame = dial = redial = send

    def begin_batch(self) -> None:
        """Nothing is held."""

    end_batch = begin_batch

    async def close(self) -> None:
        """Nothing is open."""

    hang_up = close


class Door:
    """A session, its key, and one browser that has not said hello."""

    def __init__(self, early_frames: int) -> None:
        self.both, keys = Both(), SessionKeys()
        self.key = keys.issue_key("s1")
        self.session = Session(
            "s1",
            choose_target(Settings.from_env({"S2S_UPSTREAM": "emulator"})),
            lambda config, feed: self.both,
            SessionConfig(),
            self.both,
            latency=LatencyStats(),
            playout_lead_ms=240,
            expires_s=60.0,
            on_end=lambda session: None,
            observers=[self.both],
        )
        check_key = partial(keys.check_key, "s1", address="192.0.2.1")
        self.gone = 0
        self.input = BrowserInput(self.session, self.both, self._on_gone, check_key, early_frames=early_frames)

    def _on_gone(self) -> None:
        self.gone += 1

    def speak(self, first: int, frames: int) -> None:
        for seq in range(first, first + frames):
            self.input.receive_audio(wire.encode_frame(wire.Frame(0, seq, seq * 20, mic(True))))

    def say(self, message: wire.FromBrowser) -> None:
        self.input.receive_control(wire.encode(message))


async def test_speech_that_overtakes_its_hello_is_heard_once_the_key_was_right():
    door = Door(early_frames=50)
    door.speak(0, 10)
    assert not door.both.speech
    door.say(wire.Hello(session_key=door.key))
    assert len(door.both.speech) == 10
    door.speak(10, 1)
    assert len(door.both.speech) == 11
    await door.session.close()


@pytest.mark.parametrize("key", ["", "x" * 43])
async def test_speech_before_a_wrong_hello_is_heard_by_nobody(key: str):
    door = Door(early_frames=50)
    door.session.feed(SetupComplete())
    door.speak(0, 10)
    door.say(wire.Hello(session_key=key))
    door.input.on_dismissed()
    door.speak(10, 10)
    door.say(wire.Hello(session_key=door.key))
    assert not door.both.speech
    assert [type(message) for message in door.both.told] == [wire.Notice]
    assert door.both.close_code == (4403 if key else 4401)
    assert door.session.browser is None
    await door.session.close()


async def test_of_early_speech_only_the_newest_second_is_kept_and_of_odd_bytes_nothing():
    door = Door(early_frames=50)
    door.speak(0, 1_000)
    door.input.receive_audio(b"\x01" * 60_000)
    door.input.receive_audio("text")
    assert len(door.input._early_frames) == 50
    door.say(wire.Hello(session_key=door.key))
    assert len(door.both.speech) == 50
    assert not door.input._early_frames
    await door.session.close()


async def test_on_a_socket_speech_cannot_overtake_and_none_is_kept():
    door = Door(early_frames=0)
    door.speak(0, 10)
    door.say(wire.Hello(session_key=door.key))
    assert not door.both.speech
    await door.session.close()


async def test_a_listener_that_says_a_wrong_hello_is_the_listener_no_longer():
    door = Door(early_frames=0)
    door.say(wire.Hello(session_key=door.key))
    assert door.session.browser is door.both
    door.say(wire.Hello(session_key="x" * 43))
    assert door.both.close_code == 4403
    door.input.on_dismissed()
    assert door.session.browser is None
    await door.session.close()


async def test_a_session_that_has_ended_meanwhile_is_told_as_gone():
    door = Door(early_frames=0)
    await door.session.close()
    keys = SessionKeys()
    gone = BrowserInput(door.session, door.both, lambda: None, partial(keys.check_key, "s1", address=""))
    gone.receive_control(wire.encode(wire.Hello(session_key=door.key)))
    assert door.both.close_code == 4404
    assert door.session.browser is None
