"""What the model is told between answers, unasked: pictures, and how much was heard of an answer that was cut. Sans-IO.

Words to upstream would interrupt an answer: they wait until it surely makes none.
"""

from s2s.core.effects import SendContext, TalkEffect
from s2s.core.images import Pictures
from s2s.core.link.upstream_buffer import Uplink
from s2s.core.model_speech import ModelSpeech
from s2s.upstream.models.model_capabilities import Capabilities


class Asides:
    """Chooses the moment for them. The note on a cut waits in the speech, the pictures in `pictures`."""

    def __init__(self, speech: ModelSpeech, uplink: Uplink, pictures: Pictures) -> None:
        self._speech, self._uplink, self._pictures = speech, uplink, pictures

    def due(self, abilities: Capabilities, *, answer_runs: bool) -> list[TalkEffect]:
        """What goes out now. `answer_runs`: upstream may be making an answer."""
        if not self._uplink.live or (answer_runs and abilities.unanswered_content):
            return []
        return [*self.note(abilities), *self._pictures.sent()]

    def note(self, abilities: Capabilities) -> list[TalkEffect]:
        """What was heard of an answer that was cut, for a model that takes words without answering them."""
        if not (self._speech.cut_note and self._uplink.live and abilities.unanswered_content):
            return []
        note, self._speech.cut_note = self._speech.cut_note, ""
        return self._uplink.send(SendContext(note))
