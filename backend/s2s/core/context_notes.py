"""What the model learns between answers without being asked: images, and how much of a cut answer was heard.

A message would interrupt an answer, so these wait until the model is certainly not making one.
"""

from s2s.core.effects import ConversationEffect, SendContext
from s2s.core.images import PendingImages
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.upstream.models.model_capabilities import Capabilities


class ContextNotes:
    """Chooses the moment for notes and images, which wait in `model_speech` and `images`."""

    def __init__(self, model_speech: ModelSpeech, upstream_buffer: UpstreamBuffer, images: PendingImages) -> None:
        self._model_speech, self._upstream_buffer, self._images = model_speech, upstream_buffer, images

    def pop_due(self, capabilities: Capabilities, *, answer_runs: bool) -> list[ConversationEffect]:
        """Send what may go out now. `answer_runs`: upstream may be making an answer."""
        if not self._upstream_buffer.is_live or (answer_runs and capabilities.unanswered_content):
            return []
        return [*self.pop_cut_note(capabilities), *self._images.send_waiting()]

    def pop_cut_note(self, capabilities: Capabilities) -> list[ConversationEffect]:
        """Send how much of a cut answer was heard, to a model that takes such notes without replying."""
        if not (self._model_speech.has_cut_note and self._upstream_buffer.is_live and capabilities.unanswered_content):
            return []
        return self._upstream_buffer.send(SendContext(self._model_speech.pop_cut_note()))
