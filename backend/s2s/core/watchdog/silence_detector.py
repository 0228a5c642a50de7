"""Detects words that were said without sound, in the middle or at the end of an answer (B3).

A pause has no words. Pieces of transcript come with the audio in which their words begin, or a little earlier, so those
that come in the last second of a pause belong to the audio after it.
"""

from dataclasses import dataclass

from s2s.unicode_text import count_words

MIN_SILENCE_MS = 1_500
MIN_SILENT_WORDS = 3
TRANSCRIPT_LEAD_MS = 1_000


@dataclass(frozen=True, slots=True)
class InaudibleSpan:
    """Words that could not be heard."""

    from_ms: int
    """Where in the turn's audio the silence began."""
    before: str
    """What was said until then."""


class SilenceDetector:
    """Watches one turn of the model."""

    def __init__(self) -> None:
        self._voice_ms = 0
        self._text = ""
        self._silent_from: tuple[int, str] | None = None
        self._pieces: list[tuple[int, str]] = []
        """(position, text) of what came during this silence."""
        self._span: InaudibleSpan | None = None

    def on_transcript(self, text: str) -> None:
        """Add a piece of transcript."""
        self._text += text
        if self._silent_from is not None:
            self._pieces.append((self._voice_ms, text))

    def on_audio(self, ms: int, *, loud: bool) -> None:
        """Add a piece of audio. A turn that is silent from its beginning is handled elsewhere."""
        if loud:
            self._span = self._span or self._span_until(self._voice_ms - TRANSCRIPT_LEAD_MS)
            self._silent_from, self._pieces = None, []
        elif self._silent_from is None and self._voice_ms:
            self._silent_from = self._voice_ms, self._text
        self._voice_ms += ms

    def inaudible_span(self) -> InaudibleSpan | None:
        """Return the span of a turn that has come to its end."""
        return self._span or self._span_until(self._voice_ms)

    def _span_until(self, until_ms: int) -> InaudibleSpan | None:
        if self._silent_from is None:
            return None
        from_ms, before = self._silent_from
        words = "".join(text for at_ms, text in self._pieces if at_ms <= until_ms)
        if self._voice_ms - from_ms < MIN_SILENCE_MS or count_words(words) < MIN_SILENT_WORDS:
            return None
        return InaudibleSpan(from_ms, before.strip())
