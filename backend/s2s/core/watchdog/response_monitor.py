"""What the watchdog knows of the model's current turn, and what that says about the turn."""

from s2s.core.audio import OUTPUT_BYTES_PER_MS, rms
from s2s.core.watchdog.silence_detector import InaudibleSpan, SilenceDetector
from s2s.core.watchdog.timeouts import NEAR_SILENT_MIN_MS, NEAR_SILENT_RMS
from s2s.unicode_text import Ending, ending


class ResponseMonitor:
    """One turn of the model, from its first text or audio."""

    def __init__(self, *, was_cut: bool = False) -> None:
        self.voice_ms = 0
        self.text = ""
        self.was_audible = False
        """Some of its audio was loud enough to hear."""
        self.generation_complete = False
        """Upstream has said that no more of it will come."""
        self.called_tool = False
        """It called a function after its last text or audio."""
        self.was_refused = False
        """It was inaudible, and was asked for again."""
        self.was_cut = was_cut
        """It is the remainder of an interrupted turn: empty until the model speaks again."""
        self._silence_detector = SilenceDetector()

    @property
    def has_begun(self) -> bool:
        """Whether any text or audio has arrived."""
        return bool(self.voice_ms or self.text)

    @property
    def ends_a_sentence(self) -> bool:
        """Whether its text could end here. Unknown for scripts without punctuation."""
        return ending(self.text) is Ending.COMPLETE

    @property
    def breaks_a_sentence(self) -> bool:
        """Whether its text cannot end here."""
        return ending(self.text) is Ending.BROKEN

    @property
    def is_long_enough(self) -> bool:
        """Whether there is so much audio that it should be audible."""
        return self.voice_ms >= NEAR_SILENT_MIN_MS

    @property
    def is_inaudible(self) -> bool:
        """Whether it should be audible and is not."""
        return (
            not self.was_audible
            and not self.was_refused
            and (self.is_long_enough or bool(self.voice_ms and self.text.strip()))
        )

    def on_transcript(self, text: str) -> None:
        """Add a piece of transcript."""
        self.called_tool = False
        self.text += text
        self._silence_detector.on_transcript(text)

    def on_audio(self, pcm: bytes) -> None:
        """Add a piece of audio, 24 kHz PCM16."""
        self.called_tool = False
        loud, ms = rms(pcm) > NEAR_SILENT_RMS, len(pcm) // OUTPUT_BYTES_PER_MS
        self.voice_ms += ms
        self._silence_detector.on_audio(ms, loud=loud)
        self.was_audible = self.was_audible or loud

    def on_tool_call(self) -> None:
        """The model wants a function run before it continues."""
        self.called_tool = True

    def on_generation_complete(self) -> None:
        """Upstream has said that no more of it will come."""
        self.generation_complete = True

    def refuse(self) -> None:
        """Refuse the turn as inaudible: it is asked for again."""
        self.was_refused = True

    def inaudible_span(self) -> InaudibleSpan | None:
        """Return the words that were said without sound, if any."""
        return self._silence_detector.inaudible_span()
