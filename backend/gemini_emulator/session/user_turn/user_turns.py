"""The user's side of a conversation: audio to turns, turns to words, words to the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gemini_emulator.audio.input_audio import InputResampler, seconds_of
from gemini_emulator.audio.prosody import measure_ending, sounds_finished
from gemini_emulator.protocol.setup import Setup
from gemini_emulator.session.events import CancelJob, Effect, Listen, Prioritize, Recognize, RecognizeInterim
from gemini_emulator.session.model_turn import server_messages
from gemini_emulator.session.model_turn.model_turn import Model
from gemini_emulator.session.model_turn.speculative_turns import Drafts, SpeculativeReply, SpeculativeTurn
from gemini_emulator.session.send_schedule import SendSchedule
from gemini_emulator.session.usage import Meter
from gemini_emulator.session.user_turn.end_of_turn import Reading, calls_off, only_fillers, reading
from gemini_emulator.session.user_turn.input_transcription import Transcript, new_words
from gemini_emulator.session.user_turn.pause_history import PauseHistory
from gemini_emulator.session.user_turn.turn_detector import Rules, Sound
from gemini_emulator.session.user_turn.utterances import Hearing, SpeechEvent
from gemini_emulator.settings import Settings

DID_NOT_CATCH = "Sorry, I did not catch that."
FIRST_GLIMPSE_MS = 640
"""Sound of a turn, with the 300 ms before its start, in which the first words can be recognized."""


class Listener:
    """`emit` takes effects in order; the agenda those of later."""

    def __init__(
        self,
        *,
        setup: Setup,
        settings: Settings,
        model: Model,
        meter: Meter,
        agenda: SendSchedule,
        emit: Callable[[Effect], None],
        new_job: Callable[[], int],
    ) -> None:
        self._setup, self._settings, self._model, self._meter = setup, settings, model, meter
        self._agenda, self._emit, self._new_job = agenda, emit, new_job
        rules = None if setup.detection is None else Rules.from_wire(setup.detection)
        self._hearing = Hearing(rules)
        self._intake = InputResampler()
        self._rules = rules or Rules()
        self._drafts = Drafts()
        self._pauses = PauseHistory()
        self._adaptive = settings.adaptive_end_of_turn and not setup.traits.transcribes
        """A model that only writes down has nothing to wait for: each pause ends an utterance."""
        self._transcript = Transcript(setup, settings, agenda, emit)
        self._answered: tuple[Drafts, str] | None = None
        """The last turn and its words, which may turn out to be the beginning of a longer one."""
        self._told = ""
        """The words of the turn at hand that the client has already, because it was answered too early."""
        self._glimpse: int | None = None
        self._next_glimpse_ms = FIRST_GLIMPSE_MS
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
        if self._setup.detection is None:
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
            self._hearing.take(self._intake.resample_chunk(blob.get("data", b""), mime_type))
            self._last_audio = now

    def set_listening(self, ready: bool) -> None:
        """Ask about every new piece of sound, or keep it while the engine loads."""
        if not ready:
            self._hearing.trim_unheard()
            return
        for chunk in self._hearing.chunks():
            self._emit(Listen(chunk))

    def judge(self, probability: float, now: float) -> None:
        self._notice(self._hearing.judge(probability), now)
        if self._transcript.wants_interim:
            self._look_in()

    def start(self, now: float) -> None:
        """`activityStart`."""
        self._hearing.start_manually()
        self._notice(SpeechEvent(Sound.START), now)

    def finish(self, now: float) -> None:
        """`activityEnd`, `audioStreamEnd`."""
        self._notice(self._hearing.finish(), now)

    def queue(self, text: str) -> None:
        """Typed words that wait until the model is free."""
        self._drafts.parts.append(SpeculativeTurn(job=0, ended=True, text=text))

    def recognized(self, job: int, text: str, now: float) -> None:
        if job == self._glimpse:
            self._glimpse = None
            if not self._drafts.open:
                self._tell_interim(text)
            return
        draft = self._drafts.waiting_for(job)
        if draft is None:
            return
        draft.text = text
        words = self._drafts.words
        if words and draft is self._drafts.parts[-1] and not self._model.busy:
            draft.guess = SpeculativeReply(words, self._model.memory, self._model.think(words))
            draft.speech = self._model.draft(draft.guess.thought)
        if draft is self._drafts.open:
            self._tell_interim("")
            self._notice(self._hearing.wait(self._silence_after(draft)), now)

    def synthesized(self, job: int, pcm: bytes) -> bool:
        """False when the sentence is not of a draft."""
        return any(draft.speech.accept(job, pcm) for draft in self._drafts.parts if draft.speech)

    def end_stalled_turn(self, now: float) -> None:
        if self.deadline is not None and now >= self.deadline:
            self._last_audio = None
            self.finish(now)

    def settle(self, now: float) -> None:
        """Answer when the user has stopped, every word is recognized, and the model is free."""
        if self._setup.traits.transcribes:
            self._write_down(now)
            return
        if self._hearing.speaking or self._model.busy or not self._drafts.complete:
            return
        turn = self._drafts.take_all()
        told, self._told = self._told, ""
        spoken = " ".join(draft.text or "" for draft in turn.parts if draft.job)
        new = new_words(spoken, told) if told else spoken
        words = new if told and calls_off(new) else turn.words
        if only_fillers(words):
            words = new = ""
        self._meter.count_heard(sum(draft.seconds for draft in turn.parts))
        self._transcript.final(new, now, goes_on=bool(told))
        if words:
            self._pauses.note_answered()
            self._model.answer_words(words, turn.parts[-1].guess, turn.parts[-1].speech, now)
            self._answered = (turn, words) if turn.parts[-1].job else None
        elif self._setup.detection is None:
            # A user who pressed a button waits for an answer; a cough in an open microphone does not.
            self._model.say(DID_NOT_CATCH, now)

    def _write_down(self, now: float) -> None:
        """Each part that is over, whether more is being said or not: no answer is coming."""
        while (parts := self._drafts.parts) and parts[0].ended and parts[0].text is not None:
            draft = parts.pop(0)
            words = draft.text or ""
            self._meter.count_heard(draft.seconds)
            self._transcript.final(words, now, goes_on=False)
            if words:
                self._model.answer_words(words, None, None, now)

    def _notice(self, noticed: SpeechEvent | None, now: float) -> None:
        if noticed is None:
            return
        match noticed.sound:
            case Sound.START:
                self._signal("ACTIVITY_START", self._hearing.began_s)
                self._next_glimpse_ms = FIRST_GLIMPSE_MS
                if self._setup.interruptible and self._model.busy:
                    self._interrupt(now)
            case Sound.PAUSE:
                self._look_away()
                self._recognize(noticed.pcm, ended=False)
                if not self._adaptive:
                    self._notice(self._hearing.wait(self._rules.fixed_silence), now)
            case Sound.STILL:
                # These words are needed now, so their job goes first.
                if (draft := self._drafts.open) and draft.text is None:
                    self._emit(Prioritize(draft.job))
            case Sound.RESUME:
                self._pauses.note_pause(self._hearing.pause_ms, self._reading())
                self._drop_open_draft()
            case Sound.PART:
                self._end_part(noticed.pcm)
            case Sound.END:
                self._look_away()
                self._signal("ACTIVITY_END", self._hearing.judged_s)
                self._end_part(noticed.pcm)

    def _interrupt(self, now: float) -> None:
        """The user talks over the answer, or goes on with a sentence that was answered too early: then it is one turn,
        recognized and answered as a whole."""
        turn, words = self._answered or (None, "")
        if turn is None or not self._hearing.goes_on or self._model.answering != words:
            self._model.interrupt_turn(now, barge_in=True)
            return
        self._model.take_back(now)
        self._pauses.note_cut(self._hearing.pause_ms)
        self._hearing.rejoin()
        self._drafts.parts = [*turn.parts[:-1], *self._drafts.parts]
        self._answered, self._told = None, " ".join(draft.text or "" for draft in turn.parts if draft.job)

    def _silence_after(self, draft: SpeculativeTurn) -> int:
        if not self._adaptive:
            return self._rules.fixed_silence
        reads = self._reading() or Reading.UNSURE
        silence_ms = self._rules.silence_after(reads, sounds_finished=sounds_finished(draft.ending))
        return max(silence_ms, self._pauses.least_silence_ms(reads))

    def _reading(self) -> Reading | None:
        """What the turn so far looks like; None while its words are not known."""
        draft, memory = self._drafts.open, self._model.memory
        if draft is None or draft.text is None:
            return None
        asked = memory.asked_for is not None or bool(memory.proposed)
        reads = reading(self._drafts.words, answering=asked, rested=self._pauses.rested)
        asks_back = draft.guess is not None and draft.guess.thought.memory.asked_for not in (None, memory.asked_for)
        return Reading.LACKING if reads is Reading.COMPLETE and asks_back else reads

    # What was said so far

    def _look_in(self) -> None:
        """Now and then the words so far, for the screen."""
        due = self._hearing.so_far_ms >= self._next_glimpse_ms
        if not due or self._glimpse is not None or self._drafts.open or self._settings.interim_s is None:
            return
        self._next_glimpse_ms = self._hearing.so_far_ms + round(self._settings.interim_s * 1000)
        self._glimpse = self._new_job()
        self._emit(RecognizeInterim(self._glimpse, self._hearing.so_far))

    def _look_away(self) -> None:
        if self._glimpse is not None:
            self._emit(CancelJob(self._glimpse))
            self._glimpse = None

    def _tell_interim(self, text: str) -> None:
        """`text`: of the part that is not in the drafts yet."""
        if any(draft.text is None for draft in self._drafts.parts):
            return
        spoken = " ".join([*(draft.text or "" for draft in self._drafts.parts if draft.job), text]).strip()
        self._transcript.interim(new_words(spoken, self._told) if self._told and spoken else spoken)

    def _recognize(self, pcm: bytes, ended: bool) -> None:
        # How it sounds is of use only while it is not known whether it is the end.
        ending = None if ended else measure_ending(pcm)
        draft = SpeculativeTurn(self._new_job(), seconds_of(pcm), ended, pcm=pcm, ending=ending)
        self._drafts.parts.append(draft)
        self._emit(Recognize(draft.job, pcm, final=ended))

    def _end_part(self, pcm: bytes) -> None:
        draft = self._drafts.open
        if draft is None:
            self._recognize(pcm, ended=True)
            return
        draft.ended = True
        if draft.text is None:
            self._emit(Prioritize(draft.job))

    def _drop_open_draft(self) -> None:
        if draft := self._drafts.open:
            self._drafts.parts.remove(draft)
            self._emit(CancelJob(draft.job))
            self._model.drop_draft(draft.speech)

    def _signal(self, kind: str, offset_s: float) -> None:
        """`voiceActivity`; the offset counts the audio of this connection."""
        if self._setup.tells_activity:
            beside = self._setup.manners.unasked and (kind == "ACTIVITY_START" or self._setup.traits.transcribes)
            self._emit(server_messages.voice_activity(kind, offset_s, beside))
