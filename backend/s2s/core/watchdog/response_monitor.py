"""What the watchdog knows of the model's turn so far, and what that says of the turn. Sans-IO."""

from s2s.core.audio import OUTPUT_BYTES_PER_MS, rms
from s2s.core.watchdog.silence_detector import InaudibleSpan, SilenceDetector
from s2s.core.watchdog.timeouts import NEAR_SILENT_MIN_MS, NEAR_SILENT_RMS
from s2s.unicode_text import Ending, ending


class ResponseMonitor:
    """One turn of the model's, from its first word or sound."""

    def __init__(self, *, was_cut: bool = False) -> None:
        self.voice_ms = 0
        self.text = ""
        self.was_audible = False
        """Some of its voice could be heard."""
        self.generation_complete = False
        """Upstream has said that no more of it will come."""
        self.called_tool = False
        """It called a function after its last word."""
        self.was_refused = False
        """Nobody could hear it, and it was asked for again."""
        self.was_cut = was_cut
        """It is what an interruption left: nothing, until the model speaks again."""
        self._silence_detector = SilenceDetector()

    @property
    def has_begun(self) -> bool:
        """Anything came of it."""
        return bool(self.voice_ms or self.text)

    @property
    def ends_a_sentence(self) -> bool:
        """Its words could end here. Of scripts without marks nobody can say."""
        return ending(self.text) is Ending.COMPLETE

    @property
    def breaks_a_sentence(self) -> bool:
        """Its words cannot end here."""
        return ending(self.text) is Ending.BROKEN

    @property
    def is_long_enough(self) -> bool:
        """There is so much voice that it should be heard."""
        return self.voice_ms >= NEAR_SILENT_MIN_MS

    @property
    def is_inaudible(self) -> bool:
        """It should be heard and cannot be."""
        return (
            not self.was_audible
            and not self.was_refused
            and (self.is_long_enough or bool(self.voice_ms and self.text.strip()))
        )

    def on_transcript(self, text: str) -> None:
        """A piece of transcript."""
        self.called_tool = False
        self.text += text
        self._silence_detector.on_transcript(text)

    def on_audio(self, pcm: bytes) -> None:
        """A piece of voice, 24 kHz PCM16."""
        self.called_tool = False
        loud, ms = rms(pcm) > NEAR_SILENT_RMS, len(pcm) // OUTPUT_BYTES_PER_MS
        self.voice_ms += ms
        self._silence_detector.on_audio(ms, loud=loud)
        self.was_audible = self.was_audible or loud

    def on_tool_call(self) -> None:
        """The model wants a function run before it goes on."""
        self.called_tool = True

    def on_generation_complete(self) -> None:
        """Upstream has said that no more of it will come."""
        self.generation_complete = True

    def refuse(self) -> None:
        """Nobody could hear it: it is asked for again."""
        self.was_refused = True

    def inaudible_span(self) -> InaudibleSpan | None:
        """Words of it that were said without a sound."""
        return self._silence_detector.inaudible_span()
