"""Virtual time for stories: the stage jumps from deadline to deadline and writes down what happened."""

from typing import Any

from s2s import wire
from s2s.core.conversation import Conversation
from s2s.core.effects import ConversationEffect, PlayFrame, SendToBrowser
from s2s.core.events import ConversationEvent, DeadlineReached, PlayedReport

BYTES_PER_S_OUT = 48_000


def voice(seconds: float, value: int = 7) -> bytes:
    """24 kHz PCM16 of the model's voice."""
    return bytes([value]) * (round(seconds * 24_000) * 2)


def mic(loud: bool) -> bytes:
    """One 20 ms microphone frame: a square wave, or silence."""
    return (b"\x00\x10" * 160 + b"\x00\xf0" * 160) if loud else b"\0" * 640


class Stage:
    """A conversation and a clock that only the story moves."""

    def __init__(self, *, live: bool = True, lead_ms: int = 240, **options: Any) -> None:
        from s2s.core.events import SetupComplete

        self.talk = Conversation(playout_lead_ms=lead_ms, **options)
        self.now = 0.0
        self.log: list[tuple[float, ConversationEffect]] = []
        if live:
            self.say(SetupComplete())

    def say(self, event: ConversationEvent) -> list[ConversationEffect]:
        """One fact, now."""
        effects = self.talk.handle(event, self.now)
        self.log += [(self.now, effect) for effect in effects]
        return effects

    def advance(self, seconds: float) -> None:
        """Lets time pass; every deadline on the way is kept."""
        until = self.now + seconds
        steps = 0
        while (due := self.talk.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self.say(DeadlineReached())
            steps += 1
            assert steps < 100_000, "a deadline that never moves"
        self.now = until

    def speak(self, seconds: float, *, then_quiet: float = 0.0) -> None:
        """The person speaks into the microphone in real time."""
        from s2s.core.events import MicAudio

        for index in range(round((seconds + then_quiet) / 0.02)):
            self.say(MicAudio(mic(index < round(seconds / 0.02))))
            self.advance(0.02)

    def listen(self, turn: int, ms: int) -> None:
        """The browser reports what has sounded."""
        self.say(PlayedReport(turn, ms))

    def frames(self) -> list[tuple[float, PlayFrame]]:
        return [(at, effect) for at, effect in self.log if isinstance(effect, PlayFrame)]

    def told(self, kind: type[Any]) -> list[tuple[float, Any]]:
        """Control messages of one kind, with their time."""
        return [
            (round(at, 3), effect.message)
            for at, effect in self.log
            if isinstance(effect, SendToBrowser) and isinstance(effect.message, kind)
        ]

    def phases(self) -> list[str]:
        return [message.phase for _, message in self.told(wire.State)]

    def did(self, kind: type[Any]) -> list[Any]:
        """Effects of one kind."""
        return [effect for _, effect in self.log if isinstance(effect, kind)]
