"""Whoever is interrupted falls silent first: what is written down, logged and told to the model comes after it."""

import logging

import pytest

from s2s import wire
from s2s.core.events import (
    Interrupted,
    InterruptPressed,
    ModelAudio,
    ModelTranscriptDelta,
    PlayedReport,
    SetupComplete,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.latency_stats import LatencyStats
from s2s.logs import CONVERSATION
from s2s.session.session import Session
from s2s.settings import Settings
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.target.endpoints import choose_target

FRAME = bytes(960)


class Order:
    """A browser, a model and a witness, which all write down when it was their turn."""

    queued_audio_ms = 0

    def __init__(self) -> None:
        self.came: list[str] = []
        self.held = self.holds = 0

    def send_frame(self, frame: bytes) -> None:
        self.came.append("voice")

    def send_control(self, text: str) -> None:
        self.came.append(type(wire.decode_to_browser(text)).__name__)

    def begin_batch(self) -> None:
        self.held += 1
        self.holds += 1

    def end_batch(self) -> None:
        self.held -= 1

    def send(self, effect: object) -> None:
        self.came.append(type(effect).__name__)

    def dial(self, wanted: object) -> None:
        """Nobody is called."""

    redial = dial

    def dismiss(self, last_message: str, code: int) -> None:
        """Nobody takes its place."""

    async def close(self) -> None:
        """Nothing is open."""

    hang_up = close

    def on_event(self, fact: object, now: float) -> None:
        """Effects are what counts here."""

    def on_effect(self, effect: object) -> None:
        self.came.append(f"witnessed {type(getattr(effect, 'message', effect)).__name__}")


class Log(logging.Handler):
    def __init__(self, order: Order) -> None:
        super().__init__()
        self._order = order

    def emit(self, record: logging.LogRecord) -> None:
        self._order.came.append("log")


async def _call(order: Order) -> Session:
    session = Session(
        "s1",
        choose_target(Settings.from_env({"S2S_UPSTREAM": "emulator"})),
        lambda config, feed: order,
        SessionConfig(),
        order,
        latency=LatencyStats(),
        playout_lead_ms=240,
        expires_s=60.0,
        on_end=lambda session: None,
        observers=[order],
    )
    session.attach(order)
    for fact in (
        SetupComplete(),
        UserTranscriptDelta("Tell me."),
        ModelAudio(FRAME * 50),
        ModelTranscriptDelta("Well, "),
    ):
        session.feed(fact)
    session.feed(PlayedReport(session.conversation.model_speech.turn, 100))
    order.came.clear()
    return session


@pytest.mark.parametrize("cut", [Interrupted(), InterruptPressed()])
async def test_the_word_that_silences_leaves_before_anything_is_written_down(cut: Interrupted | InterruptPressed):
    order = Order()
    log = Log(order)
    CONVERSATION.addHandler(log)
    try:
        session = await _call(order)
        session.feed(cut)
        assert order.came[0] == "Flush"
        assert order.came.count("Flush") == 1
        assert "witnessed Flush" in order.came
        assert "voice" not in order.came
        assert order.held == 0
        await session.close()
    finally:
        CONVERSATION.removeHandler(log)


async def test_what_leaves_together_is_let_go_also_when_carrying_it_out_fails(monkeypatch: pytest.MonkeyPatch):
    order = Order()
    session = await _call(order)

    def fail(effect: object) -> None:
        raise LookupError("a fault of ours")

    monkeypatch.setattr(order, "on_effect", fail)
    order.holds = 0
    with pytest.raises(LookupError):
        session.feed(TurnComplete())
    assert (order.holds, order.held) == (1, 0)
    monkeypatch.undo()
    await session.close()
