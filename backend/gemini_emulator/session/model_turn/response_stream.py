"""What the model says in the turn at hand, on its way to the client: as voice with its words, or as text."""

from __future__ import annotations

from collections.abc import Callable

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, OUTPUT_RATE
from gemini_emulator.audio.input_audio import nearly_silent
from gemini_emulator.audio.speech_text import sentences
from gemini_emulator.audio.transcript_pieces import in_pieces
from gemini_emulator.protocol.setup import Setup
from gemini_emulator.session.events import CancelJob, Effect, Send
from gemini_emulator.session.model_turn import server_messages
from gemini_emulator.session.model_turn.speech_pacing import Chunk, Speech
from gemini_emulator.session.model_turn.turn_faults import TurnFaults
from gemini_emulator.session.usage import Meter
from gemini_emulator.settings import Settings


class Delivery:
    """`emit` takes effects in order; `spoken` gets the seconds of voice of the turn so far, and may end the turn."""

    def __init__(
        self,
        *,
        setup: Setup,
        settings: Settings,
        meter: Meter,
        conduct: TurnFaults,
        emit: Callable[[Effect], None],
        new_job: Callable[[], int],
        spoken: Callable[[float, float], None],
    ) -> None:
        self._setup, self._settings, self._meter, self._conduct = setup, settings, meter, conduct
        self._ways = setup.manners
        self._told = self._written = False
        """Words of this turn were sent; a transcript is open."""
        self._empties = 0
        self._emit, self._new_job, self._spoken = emit, new_job, spoken
        self._speech: Speech | None = None
        self._spoken_s = 0.0
        self.generated = False
        """`generationComplete` was sent."""
        self.heard_at = 0.0
        """When a listener has heard all of it; known once it is generated."""

    @property
    def deadline(self) -> float | None:
        if self._speech is None:
            return None
        return self.heard_at if self.generated else self._speech.deadline

    @property
    def speaking(self) -> bool:
        """There is voice in this turn."""
        return self._speech is not None

    @property
    def all_sent(self) -> bool:
        return self._speech is None or self._speech.all_sent

    @property
    def said(self) -> str:
        """The words of the voice sent so far, since the last `rest`."""
        return self._speech.said if self._speech else ""

    # Before the turn

    def draft(self, text: str, rate: float) -> Speech | None:
        """Have the first phrase synthesized, in case this becomes the answer."""
        if not text or self._setup.text_output:
            return None
        speech = Speech(text, self._settings.pace, self._new_job, rate)
        self._ask(speech)
        return speech

    def drop_draft(self, speech: Speech | None) -> None:
        for job in speech.jobs if speech else ():
            self._emit(CancelJob(job))

    # In the turn

    def begin_turn(self) -> None:
        self._spoken_s = 0.0
        self._told = False

    def speak(self, text: str, draft: Speech | None, now: float, rate: float) -> None:
        """Say this aloud, `rate` times as fast as usual; with its draft, if one was made."""
        self.generated = False
        self._speech = draft or self.draft(text, rate)
        if self._speech:
            self._begin(self._speech, now)
            self._write_first(text)
            self._close_transcript()
            self._ask(self._speech)

    def speak_more(self, text: str, now: float, rate: float) -> None:
        """Aloud, after all that is there; more will come."""
        if self._speech is None:
            self.generated = False
            self._speech = Speech(text, self._settings.pace, self._new_job, rate)
            self._speech.growing = True
            self._begin(self._speech, now)
        else:
            self._speech.extend(text)
        self._write_first(text)
        self._ask(self._speech)

    def no_more(self) -> None:
        if self._speech:
            self._speech.growing = False
            self._close_transcript()

    def write(self, text: str) -> None:
        """As text: no voice, no pace."""
        self._meter.wrote(text)
        for index, sentence in enumerate(sentences(text)):
            words = sentence if index == 0 else f" {sentence}"
            self._emit(server_messages.model_turn({"text": words}, self._ways))

    def stall(self, seconds: float, now: float) -> bool:
        """False when there is no voice to hold back."""
        if self._speech is None:
            return False
        self._speech.stall(seconds, now)
        return True

    def accept(self, job: int, pcm: bytes) -> bool:
        """One sentence is synthesized. False when it was not requested here."""
        return self._speech is not None and self._speech.accept(job, pcm)

    def advance(self, now: float, more_to_come: bool) -> None:
        """Send what is due. `more_to_come`: results are waited for, so the end of the voice is not the end."""
        if (speech := self._speech) is None:
            return
        while chunk := speech.next_due(now):
            self._send(chunk)
            self._spoken_s += len(chunk.pcm) / (OUTPUT_RATE * BYTES_PER_SAMPLE)
            self._spoken(self._spoken_s, now)
            if self._speech is not speech:
                return
        self._ask(speech)
        if speech.all_sent and not self.generated and not more_to_come:
            self.complete()
            self.heard_at = now + max(0.0, speech.playout_ends - now) * self._settings.playout_share

    def called(self) -> None:
        """The generation is a call: on Vertex AI its transcript is open, and has no words."""
        if self._ways.written_first and self._setup.output_transcription and self._speech is None:
            self._open_transcript()

    def complete(self) -> None:
        self.generated = True
        self._close_transcript()
        self._emit(Send({"serverContent": {"generationComplete": True}}))

    def stop(self) -> None:
        """Discard what is still in synthesis."""
        self.drop_draft(self._speech)

    def rest(self) -> None:
        """What was said is counted and forgotten; something else may follow in the same turn."""
        if self._speech:
            self._meter.spoke(self._speech.sent_s)
        self._speech = None

    def end_turn(self) -> None:
        self.rest()
        self._written = False
        self.generated = False

    def _begin(self, speech: Speech, now: float) -> None:
        speech.begin_playout(now)
        speech.stall(self._conduct.take_delay(), now)

    def _ask(self, speech: Speech) -> None:
        for job in speech.prepare():
            self._emit(job)

    def _send(self, chunk: Chunk) -> None:
        pcm = nearly_silent(chunk.pcm) if self._conduct.turn.near_silent else chunk.pcm
        self._between()
        words = "" if self._ways.written_first else self._next_words(chunk.words)
        if words and not self._ways.bundles:
            # The 2.5 models put one thing into a message, the 3.x ones bundle.
            self._emit(server_messages.output_transcription({"text": words}))
            words = ""
        self._emit(server_messages.voice(pcm, words, self._ways))

    def _between(self) -> None:
        if self._ways.empty_messages:
            self._emit(server_messages.empty(self._empties))
            self._empties += 1

    def _write_first(self, text: str) -> None:
        """The words of voice that is still to be made, where the service sends them before it."""
        if not self._ways.written_first or not self._setup.output_transcription:
            return
        self._open_transcript()
        for piece in in_pieces(text):
            self._emit(server_messages.output_transcription({"text": self._next_words(piece)}))

    def _open_transcript(self) -> None:
        if not self._written:
            self._written = True
            self._emit(server_messages.output_transcription(server_messages.OPENED))

    def _close_transcript(self) -> None:
        if self._written:
            self._written = False
            self._emit(server_messages.output_transcription(server_messages.FINISHED))

    def _next_words(self, words: str) -> str:
        """As they are told: the first ones of a turn begin without a space."""
        if not words or not self._setup.output_transcription:
            return ""
        told, self._told = self._told, True
        return words if told else words.removeprefix(" ")
