"""A call that a test tells, in virtual time."""

from typing import Any

from s2s import wire
from s2s.core.effects import Effect, Incident, SendToBrowser
from s2s.core.events import (
    GenerationComplete,
    ModelAudio,
    ModelTranscriptDelta,
    ResumptionHandle,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.upstream.models.model_capabilities import PLAIN, Capabilities
from tests.stories import LOUD, QUIET, Story

SOUND = b"\x09" * 48_000


class Call(Story):
    """A story that a test tells; everything that was done is kept."""

    def __init__(self, *models: Capabilities) -> None:
        self.log: list[tuple[float, Effect]] = []
        super().__init__(models or (PLAIN,))
        self.opened()
        self.say(ResumptionHandle("h-1"))

    def take(self, effects: list[Effect]) -> None:
        self.log += [(self.now, effect) for effect in effects]
        super().take(effects)

    def did(self, kind: type[Any]) -> list[Any]:
        return [effect for _, effect in self.log if isinstance(effect, kind)]

    def incidents(self) -> list[str]:
        return [incident.code for incident in self.did(Incident)]

    def notices(self) -> list[str]:
        return [tell.message.code for tell in self.did(SendToBrowser) if isinstance(tell.message, wire.Notice)]

    def person_says(self, words: str = " hello", seconds: float = 0.8) -> None:
        self.mic(LOUD, round(seconds / 0.02))
        self.mic(QUIET, 20)
        if words:
            self.say(UserTranscriptDelta(words))

    def model_answers(self, said: str = "Fine.", seconds: float = 1.0) -> None:
        self.say(ModelTranscriptDelta(said))
        self.say(ModelAudio(b"\x09" * (round(seconds * 24_000) * 2)))
        self.say(GenerationComplete())
        self.say(TurnComplete())
        self.say(ResumptionHandle("h-2"))
        self.advance(seconds + 0.5)
