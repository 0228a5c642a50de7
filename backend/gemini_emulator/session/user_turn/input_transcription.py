"""The user's words on their way to the client: while they are said, and when they are all."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher

from gemini_emulator.audio.transcript_pieces import in_pieces
from gemini_emulator.protocol.setup import Setup
from gemini_emulator.session.events import Effect, Send
from gemini_emulator.session.send_schedule import SendSchedule
from gemini_emulator.session.user_turn.end_of_turn import words_in
from gemini_emulator.settings import Settings


class Transcript:
    """`emit` takes effects in order; the agenda those of later."""

    def __init__(self, setup: Setup, settings: Settings, agenda: SendSchedule, emit: Callable[[Effect], None]) -> None:
        self._setup, self._settings, self._agenda, self._emit = setup, settings, agenda, emit
        self._interim = ""

    @property
    def wants_interim(self) -> bool:
        return self._setup.interim_transcription and self._settings.interim_s is not None

    def interim(self, text: str) -> None:
        """All words of the turn so far; they replace those told before, and the final ones replace them."""
        if self.wants_interim and text and text != self._interim:
            self._interim = text
            self._emit(Send({"serverContent": {"interimInputTranscription": {"text": text}}}))

    def final(self, text: str, now: float, goes_on: bool) -> None:
        """As late as the settings say: the 3.x models send a sentence, the 2.5 ones pieces of it.

        `goes_on`: the words before it were told already. A call that does not block ends its turn at once, and a piece
        that came after that would look like the beginning of another turn.
        """
        self._interim = ""
        if not self._setup.input_transcription:
            return
        whole = " ".join(text.split())
        pieces = [f" {whole}" if goes_on else whole] if self._setup.manners.bundles else in_pieces(whole)
        for index, piece in enumerate(pieces if whole else []):
            at = now + self._settings.transcription_delay_s + index * self._settings.transcription_piece_s
            send = Send({"serverContent": {"inputTranscription": {"text": piece}}})
            if at <= now:
                self._emit(send)
            else:
                self._agenda.schedule_effect(at, send)


MAX_SHIFTED = 2
"""Words by which the same words may have moved when a longer sound was recognized again."""


def new_words(text: str, told: str) -> str:
    """What follows in `text` after the words that were told already; all of it, when nothing does."""
    words = text.split()
    plain = ["".join(words_in(word)) for word in words]
    same = SequenceMatcher(None, ["".join(words_in(word)) for word in told.split()], plain, autojunk=False)
    ends = [b + size for a, b, size in same.get_matching_blocks() if size and abs(a - b) <= MAX_SHIFTED]
    return " ".join(words[max(ends, default=0) :]) or text
