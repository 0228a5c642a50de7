"""The model's side of a conversation: one turn at a time, spoken, calling, or cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gemini_emulator import frames
from gemini_emulator.calls import Calls
from gemini_emulator.drafts import Guess
from gemini_emulator.manner import Conduct, Manner
from gemini_emulator.mind.memory import Call, Functions, Memory, Mind, Question, Result, Thought
from gemini_emulator.pcm import nearly_silent
from gemini_emulator.settings import Settings
from gemini_emulator.setup import Setup
from gemini_emulator.speaking import Chunk, Speech
from gemini_emulator.text import sentences
from gemini_emulator.usage import Meter
from gemini_emulator.vocabulary import BYTES_PER_SAMPLE, OUTPUT_RATE, Answered, Ask, Effect, Forget, Send

BROKE_OFF = "The language model broke off here."


class Model:
    """`emit` takes effects in order; `turn_over` is told after each `turnComplete`.

    `turn_begins` is told the words that a turn answers, before anything of it is sent; `spoken` the seconds of voice of
    the turn so far. Both may give orders.
    """

    def __init__(
        self,
        *,
        setup: Setup,
        settings: Settings,
        mind: Mind,
        memory: Memory,
        meter: Meter,
        emit: Callable[[Effect], None],
        new_job: Callable[[], int],
        turn_over: Callable[[float], None],
        turn_begins: Callable[[str, float], None] = lambda heard, now: None,
        spoken: Callable[[float, float], None] = lambda seconds, now: None,
        new_call_id: Callable[[], str] | None = None,
    ) -> None:
        self._setup, self._settings, self._mind, self._meter = setup, settings, mind, meter
        self._emit, self._new_job, self._turn_over = emit, new_job, turn_over
        self.functions: Functions = setup.functions
        self.memory = replace(memory, instruction=setup.instruction)
        self._turn_begins, self._spoken = turn_begins, spoken
        self._calls = Calls(new_call_id) if new_call_id else Calls()
        self._late: list[Result] = []
        self._speech: Speech | None = None
        self._asked: Ask | None = None
        self._open = False
        self._generated = False
        self._turn_ends = 0.0
        self._spoken_s = 0.0
        self.conduct = Conduct(lambda: self._open)
        self.user_has_the_floor = False
        """Late results wait while the user speaks or is about to be answered."""

    @property
    def busy(self) -> bool:
        """A turn is open: generating, waiting for a function, or playing out its tail."""
        return self._open

    @property
    def deadline(self) -> float | None:
        if self._speech is None:
            return None
        return self._turn_ends if self._generated else self._speech.deadline

    def think(self, words: str) -> Thought:
        return self._mind.think(words, self.memory, self.functions)

    def answer(self, words: str, guess: Guess | None, speech: Speech | None, now: float) -> None:
        """Answer these words; with the guess and its first sentence, if it still holds."""
        if guess and guess.words == words and guess.memory is self.memory:
            thought = guess.thought
        else:
            self.drop(speech)
            thought, speech = self.think(words), None
        self.act(replace(thought, memory=thought.memory.with_turn("user", words)), speech, now, words)

    def say(self, words: str, now: float) -> None:
        self.act(Thought(self.memory, words), None, now)

    def draft(self, thought: Thought) -> Speech | None:
        """Have the first sentence synthesised, in case this becomes the answer."""
        if not thought.say or self._setup.text_output:
            return None
        speech = Speech(thought.say, self._settings.pace, self._new_job)
        self._ask(speech)
        return speech

    def drop(self, speech: Speech | None) -> None:
        for job in speech.jobs if speech else ():
            self._emit(Forget(job))

    def act(self, thought: Thought, speech: Speech | None, now: float, heard: str = "") -> None:
        """Open a turn with this thought, or go on with the open one. `speech` is its draft, if one was made."""
        self.memory = thought.memory
        if not self._open and (heard or thought.say or thought.calls or thought.question):
            begun = self._begin_turn(thought, heard, now)
            if begun is None or begun is not thought:
                self.drop(speech)
                speech = None
            if begun is None:
                return
            thought = begun
        if thought.question:
            self._ask_language_model(thought.question)
        elif thought.calls:
            self._call(thought.calls, now)
        elif self._setup.text_output and thought.say:
            self._write(thought.say, now)
        elif thought.say:
            self._open, self._generated = True, False
            self._speech = speech or self.draft(thought)
            if self._speech:
                self._begin(self._speech, now)
                self._ask(self._speech)
            self.advance(now)

    def _begin(self, speech: Speech, now: float) -> None:
        speech.begin(now)
        speech.stall(self.conduct.take_delay(), now)

    def _begin_turn(self, thought: Thought, heard: str, now: float) -> Thought | None:
        """The thought to act on; None when there is nothing more to do about this turn."""
        self._spoken_s = 0.0
        manner = self.conduct.begin(lambda: self._turn_begins(heard, now))
        if self.conduct.frozen(now):
            return None
        for text in manner.thoughts:
            self._emit(frames.thought(text))
        if manner.empty:
            self._finish(now, manner.reason)
            return None
        return self.conduct.rewrite(thought)

    # Orders

    def order_words(self, text: str, now: float) -> None:
        """Instead of the answer that begins; otherwise in a turn of their own."""
        if self.conduct.beginning:
            self.conduct.turn.say = text
            return
        self.conduct.to_say.append(text)
        self.advance(now)

    def order_call(self, call: Call, now: float) -> None:
        """A call out of the blue; the turn waits for its result as for any other."""
        if self.conduct.beginning:
            self.conduct.turn.calls = [*self.conduct.turn.calls, call]
            return
        if self._generated:
            self._finish(now)
        self._call([call], now)
        self.advance(now)

    def order_thought(self, text: str) -> None:
        if self._open:
            self._emit(frames.thought(text))
        else:
            self.conduct.coming.thoughts.append(text)

    def stall(self, seconds: float, now: float) -> None:
        if self._open and self._speech:
            self._speech.stall(seconds, now)
        else:
            self.conduct.current.delay_s += seconds

    def cut_short(self, now: float) -> None:
        """`turnComplete` here, without `generationComplete`."""
        self._stop()
        self._finish(now)

    def synthesised(self, job: int, pcm: bytes, now: float) -> None:
        if self._speech and self._speech.accept(job, pcm):
            self.advance(now)

    def results(self, responses: Iterable[Mapping[str, Any]], now: float) -> None:
        """A `toolResponse` came."""
        for late in self._calls.answer(responses):
            if late.scheduling == "SILENT":
                self.memory = self.memory.with_turn("user", f"{late.result.name}: {dict(late.result.response)}")
                continue
            if late.scheduling == "INTERRUPT" and self._open:
                self.interrupt(now)
            self._late.append(late.result)
        self.advance(now)

    def interrupt(self, now: float, barge_in: bool = False) -> None:
        """The turn ends here: cancelled calls, `interrupted`, `turnComplete`, no `generationComplete`."""
        if cancellation := self._calls.cancel():
            self._emit(Send(cancellation))
        self._emit(Send({"serverContent": {"interrupted": True}}))
        self._stop()
        if self._open:
            self.conduct.turn = Manner()
        self._finish(now)
        if barge_in:
            self.conduct.barged_in()

    def _stop(self) -> None:
        self.drop(self._speech)
        if self._asked:
            self._emit(Forget(self._asked.job))

    def answered(self, piece: Answered, now: float) -> None:
        """A piece of the language model's answer; of another question's, nothing happens."""
        if self._asked is None or piece.job != self._asked.job:
            return
        if piece.text:
            self._say_more(piece.text, now)
        if piece.failed:
            self._answer_instead(self._asked.question.otherwise, piece.failed, now)
        elif piece.over:
            self.memory = replace(self.memory, calls=piece.calls, model_failed=False)
            self._answer_over(piece.calls, now)
        self.advance(now)

    def advance(self, now: float) -> None:
        """Do what is due."""
        if self._speech:
            self._speak(self._speech, now)
        if self._open and (self._speech is None or self._speech.all_sent):
            if results := self._calls.complete():
                self._report(results, now)
            elif self._generated and now >= self._turn_ends:
                self._finish(now)
        if self._open or self.user_has_the_floor:
            return
        if self.conduct.to_say:
            self.act(Thought(self.memory, self.conduct.to_say.pop(0)), None, now)
        elif self._late:
            results, self._late = self._late, []
            self._report(results, now)

    def _speak(self, speech: Speech, now: float) -> None:
        while chunk := speech.next_due(now):
            self._send_voice(chunk)
            self._spoken_s += len(chunk.pcm) / (OUTPUT_RATE * BYTES_PER_SAMPLE)
            self._spoken(self._spoken_s, now)
            if self._speech is not speech:
                return
        self._ask(speech)
        if speech.all_sent and not self._generated and not self._calls.unfinished:
            self._generation_complete()
            self._turn_ends = now + max(0.0, speech.playout_ends - now) * self._settings.playout_share

    def _report(self, results: Sequence[Result], now: float) -> None:
        self._remember_said()
        self._speech = None
        self.act(self._mind.report(results, self.memory), None, now)

    def _ask_language_model(self, question: Question) -> None:
        self._open, self._generated = True, False
        self._asked = Ask(self._new_job(), question)
        self._emit(self._asked)

    def _say_more(self, text: str, now: float) -> None:
        if self._setup.text_output:
            self._write_part(text)
            return
        if self._speech is None:
            self._speech = Speech(text, self._settings.pace, self._new_job)
            self._speech.growing = True
            self._begin(self._speech, now)
        else:
            self._speech.extend(text)
        self._ask(self._speech)

    def _answer_over(self, calls: Sequence[Call], now: float) -> None:
        self._asked = None
        if self._speech:
            self._speech.growing = False
        if calls:
            self._call(calls, now)
        elif self._speech is None:
            self._generation_complete()
            self._finish(now)

    def _answer_instead(self, otherwise: Thought, why: str, now: float) -> None:
        """The language model failed: say so once, and answer without it."""
        if self._speech:
            self._say_more(BROKE_OFF, now)
            self._answer_over((), now)
            return
        known = self.memory.model_failed
        self.memory = replace(otherwise.memory, turns=self.memory.turns, model_failed=True)
        if words := f"{'' if known else why} {otherwise.say}".strip():
            self._say_more(words, now)
        self._answer_over(otherwise.calls, now)

    def _call(self, calls: Sequence[Call], now: float) -> None:
        self._open = True
        behaviors = {
            function.get("name", ""): function.get("behavior") or self._setup.default_behavior
            for function in self.functions
        }
        self._emit(Send(self._calls.open(calls, behaviors)))
        if not self._calls.waiting and self._speech is None:
            self._generation_complete()
            self._finish(now)

    def _write(self, text: str, now: float) -> None:
        """Text output: no voice, no pace."""
        self._open = True
        self._write_part(text)
        self._generation_complete()
        self._finish(now)

    def _write_part(self, text: str) -> None:
        for index, sentence in enumerate(sentences(text)):
            self._emit(frames.model_turn({"text": sentence if index == 0 else f" {sentence}"}))
        self.memory = self.memory.with_turn("model", text)

    def _ask(self, speech: Speech) -> None:
        for job in speech.prepare():
            self._emit(job)

    def _send_voice(self, chunk: Chunk) -> None:
        if chunk.words and self._setup.output_transcription:
            self._emit(frames.output_transcription(chunk.words))
        self._emit(frames.voice(nearly_silent(chunk.pcm) if self.conduct.turn.near_silent else chunk.pcm))

    def _generation_complete(self) -> None:
        self._generated = True
        self._emit(Send({"serverContent": {"generationComplete": True}}))

    def _finish(self, now: float, reason: str = "") -> None:
        said, spoken_s = (self._speech.said, self._speech.sent_s) if self._speech else ("", 0.0)
        self._remember_said()
        manner = self.conduct.end(said if self._generated else "")
        self._speech, self._asked, self._open, self._generated = None, None, False, False
        usage = self._meter.turn(spoken_s)
        if not manner.no_turn_complete:
            self._emit(frames.turn_complete(usage, reason))
            self._turn_over(now)

    def _remember_said(self) -> None:
        if self._speech:
            self.memory = self.memory.with_turn("model", self._speech.said)
