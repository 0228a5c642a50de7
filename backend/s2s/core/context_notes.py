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

    def __init__(self, model_speech: ModelSpeech, upstream_buffer: UpstreamBuffer, images: PendingImages) -> None:
        self._model_speech, self._upstream_buffer, self._images = model_speech, upstream_buffer, images

    def pop_due(self, capabilities: Capabilities, *, answer_runs: bool) -> list[ConversationEffect]:
        """What goes out now. `answer_runs`: upstream may be making an answer."""
        if not self._upstream_buffer.is_live or (answer_runs and capabilities.unanswered_content):
            return []
        return [*self.pop_cut_note(capabilities), *self._images.send_waiting()]

    def pop_cut_note(self, capabilities: Capabilities) -> list[ConversationEffect]:
        """What was heard of an answer that was cut, for a model that takes words without answering them."""
        if not (self._model_speech.has_cut_note and self._upstream_buffer.is_live and capabilities.unanswered_content):
            return []
        return self._upstream_buffer.send(SendContext(self._model_speech.pop_cut_note()))
