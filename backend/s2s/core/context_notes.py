"""What the model is told between answers, unasked: pictures, and how much was heard of an answer that was cut. Sans-IO.

Words to upstream would interrupt an answer: they wait until it surely makes none.
"""

from s2s.core.effects import ConversationEffect, SendContext
from s2s.core.images import PendingImages
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.upstream.models.model_capabilities import Capabilities


class ContextNotes:
    """Chooses the moment for them. The note on a cut waits in the speech, the pictures in `pictures`."""

    def __init__(self, speech: ModelSpeech, uplink: UpstreamBuffer, pictures: PendingImages) -> None:
        self._speech, self._uplink, self._pictures = speech, uplink, pictures

    def due(self, abilities: Capabilities, *, answer_runs: bool) -> list[ConversationEffect]:
        """What goes out now. `answer_runs`: upstream may be making an answer."""
        if not self._uplink.live or (answer_runs and abilities.unanswered_content):
            return []
        return [*self.note(abilities), *self._pictures.sent()]

    def note(self, abilities: Capabilities) -> list[ConversationEffect]:
        """What was heard of an answer that was cut, for a model that takes words without answering them."""
        if not (self._speech.cut_note and self._uplink.live and abilities.unanswered_content):
            return []
        note, self._speech.cut_note = self._speech.cut_note, ""
        return self._uplink.send(SendContext(note))
