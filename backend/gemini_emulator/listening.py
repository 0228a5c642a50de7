"""The user's side of a conversation: audio to turns, turns to words, words to the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gemini_emulator.agenda import Agenda
from gemini_emulator.drafts import Draft, Drafts, Guess
from gemini_emulator.hearing import Hearing, Noticed
from gemini_emulator.model import Model
from gemini_emulator.pcm import Intake, seconds_of
from gemini_emulator.settings import Settings
from gemini_emulator.setup import Setup
from gemini_emulator.turns import Sound
from gemini_emulator.usage import Meter
from gemini_emulator.vocabulary import Effect, Forget, Hurry, Listen, Recognise, Send

DID_NOT_CATCH = "Sorry, I did not catch that."


class Listener:
    """`emit` takes effects in order; the agenda those of later."""

    def __init__(
        self,
        *,
        setup: Setup,
        settings: Settings,
        model: Model,
        meter: Meter,
        agenda: Agenda,
        emit: Callable[[Effect], None],
        new_job: Callable[[], int],
    ) -> None:
        self._setup, self._settings, self._model, self._meter = setup, settings, model, meter
        self._agenda, self._emit, self._new_job = agenda, emit, new_job
        self._hearing = Hearing(setup.rules)
        self._intake = Intake()
        self._drafts = Drafts()
        self._last_audio: float | None = None

    @property
    def has_the_floor(self) -> bool:
        """The user speaks, or has spoken and is not answered yet."""
        return self._hearing.speaking or bool(self._drafts.parts)

    @property
    def deadline(self) -> float | None:
        """When a turn ends because its audio has stopped coming."""
        if self._last_audio is None or not self._hearing.speaking or self._hearing.behind:
            return None
        if self._setup.rules is None:
            return None
        return self._last_audio + self._settings.stalled_stream_s

    @property
    def unanswered(self) -> bytes:
        """The voice that was taken in and not answered yet (PCM16LE mono 16 kHz)."""
        return b"".join(draft.pcm for draft in self._drafts.parts if draft.ended) + self._hearing.unfinished

    def audio(self, blob: Mapping[str, Any], now: float) -> None:
        """A Blob of the client; anything but audio is accepted and not looked at."""
        mime_type = blob.get("mimeType", "audio/pcm")
        if mime_type.startswith("audio/"):
            self._hearing.take(self._intake.take(blob.get("data", b""), mime_type))
            self._last_audio = now

    def listen(self, ready: bool) -> None:
        """Ask about every new piece of sound, or keep it while the engine loads."""
        if not ready:
            self._hearing.trim_unheard()
            return
        for chunk in self._hearing.chunks():
            self._emit(Listen(chunk))

    def judge(self, probability: float, now: float) -> None:
        self._notice(self._hearing.judge(probability), now)

    def start(self, now: float) -> None:
        """`activityStart`."""
        self._hearing.start_manually()
        self._notice(Noticed(Sound.START), now)

    def finish(self, now: float) -> None:
        """`activityEnd`, `audioStreamEnd`."""
        self._notice(self._hearing.finish(), now)

    def queue(self, text: str) -> None:
        """Typed words that wait until the model is free."""
        self._drafts.parts.append(Draft(job=0, ended=True, text=text))

    def recognised(self, job: int, text: str) -> None:
        draft = self._drafts.waiting_for(job)
        if draft is None:
            return
        draft.text = text
        words = self._drafts.words
        if words and draft is self._drafts.parts[-1] and not self._model.busy:
            draft.guess = Guess(words, self._model.memory, self._model.think(words))
            draft.speech = self._model.draft(draft.guess.thought)

    def synthesised(self, job: int, pcm: bytes) -> bool:
        """False when the sentence is not of a draft."""
        return any(draft.speech.accept(job, pcm) for draft in self._drafts.parts if draft.speech)

    def end_stalled_turn(self, now: float) -> None:
        if self.deadline is not None and now >= self.deadline:
            self._last_audio = None
            self.finish(now)

    def settle(self, now: float) -> None:
        """Answer when the user has stopped, every word is recognised, and the model is free."""
        if self._hearing.speaking or self._model.busy or not self._drafts.complete:
            return
        turn = self._drafts.take()
        words = turn.words
        self._meter.heard(sum(draft.seconds for draft in turn.parts))
        self._transcribe(" ".join(draft.text or "" for draft in turn.parts if draft.job), now)
        if words:
            self._model.answer(words, turn.parts[-1].guess, turn.parts[-1].speech, now)
        elif self._setup.rules is None:
            # Somebody who pressed a button waits for an answer; a cough in an open microphone does not.
            self._model.say(DID_NOT_CATCH, now)

    def _notice(self, noticed: Noticed | None, now: float) -> None:
        if noticed is None:
            return
        match noticed.sound:
            case Sound.START:
                self._signal("ACTIVITY_START")
                if self._setup.interruptible and self._model.busy:
                    self._model.interrupt(now, barge_in=True)
            case Sound.PAUSE:
                self._recognise(noticed.pcm, ended=False)
            case Sound.RESUME:
                self._drop_open_draft()
            case Sound.PART:
                self._end_part(noticed.pcm)
            case Sound.END:
                self._signal("ACTIVITY_END")
                self._end_part(noticed.pcm)

    def _recognise(self, pcm: bytes, ended: bool) -> None:
        draft = Draft(self._new_job(), seconds_of(pcm), ended, pcm=pcm)
        self._drafts.parts.append(draft)
        self._emit(Recognise(draft.job, pcm, final=ended))

    def _end_part(self, pcm: bytes) -> None:
        draft = self._drafts.open
        if draft is None:
            self._recognise(pcm, ended=True)
            return
        draft.ended = True
        if draft.text is None:
            self._emit(Hurry(draft.job))

    def _drop_open_draft(self) -> None:
        if draft := self._drafts.open:
            self._drafts.parts.remove(draft)
            self._emit(Forget(draft.job))
            self._model.drop(draft.speech)

    def _transcribe(self, text: str, now: float) -> None:
        """The user's words, as late as the settings say: the 3.x models send a sentence, the 2.5 ones pieces of it.

        Every piece begins with a space. A call that does not block ends its turn at once, and a piece that came after
        that would look like the beginning of another turn.
        """
        if not self._setup.input_transcription:
            return
        words = text.split()
        size = 2 if self._setup.generation < 3 else max(1, len(words))
        for index in range(0, len(words), size):
            at = now + self._settings.transcription_delay_s + index // size * self._settings.transcription_piece_s
            piece = " " + " ".join(words[index : index + size])
            send = Send({"serverContent": {"inputTranscription": {"text": piece}}})
            if at <= now:
                self._emit(send)
            else:
                self._agenda.at(at, send)

    def _signal(self, kind: str) -> None:
        if self._setup.explicit_vad:
            self._emit(Send({"voiceActivity": {"type": kind}}))
