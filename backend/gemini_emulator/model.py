"""The model's side of a conversation: one turn at a time, spoken, calling, or cut short."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gemini_emulator.calls import Calls
from gemini_emulator.drafts import Guess
from gemini_emulator.mind.memory import Call, Functions, Memory, Mind, Question, Result, Thought
from gemini_emulator.settings import Settings
from gemini_emulator.setup import Setup
from gemini_emulator.speaking import Chunk, Speech
from gemini_emulator.text import sentences
from gemini_emulator.usage import Meter
from gemini_emulator.vocabulary import Answered, Ask, Effect, Forget, Message, Send

AUDIO = "audio/pcm;rate=24000"
BROKE_OFF = "The language model broke off here."


class Model:
    """`emit` takes effects in order; `turn_over` is told after each `turnComplete`."""

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
    ) -> None:
        self._setup, self._settings, self._mind, self._meter = setup, settings, mind, meter
        self._emit, self._new_job, self._turn_over = emit, new_job, turn_over
        self.functions: Functions = setup.functions
        self.memory = replace(memory, instruction=setup.instruction)
        self._calls = Calls()
        self._late: list[Result] = []
        self._speech: Speech | None = None
        self._asked: Ask | None = None
        self._open = False
        self._generated = False
        self._turn_ends = 0.0
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
        self.act(replace(thought, memory=thought.memory.with_turn("user", words)), speech, now)

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

    def act(self, thought: Thought, speech: Speech | None, now: float) -> None:
        """Open a turn with this thought. `speech` is its draft, if one was made."""
        self.memory = thought.memory
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
                self._speech.begin(now)
                self._ask(self._speech)
            self.advance(now)

    def order_call(self, call: Call, now: float) -> None:
        """A call out of the blue; the turn waits for its result as for any other."""
        if self._generated:
            self._finish(now)
        self._call([call], now)
        self.advance(now)

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

    def interrupt(self, now: float) -> None:
        """The turn ends here: cancelled calls, `interrupted`, `turnComplete`, no `generationComplete`."""
        if cancellation := self._calls.cancel():
            self._emit(Send(cancellation))
        self._emit(Send({"serverContent": {"interrupted": True}}))
        self.drop(self._speech)
        if self._asked:
            self._emit(Forget(self._asked.job))
        self._finish(now)

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
        if not self._open and self._late and not self.user_has_the_floor:
            results, self._late = self._late, []
            self._report(results, now)

    def _speak(self, speech: Speech, now: float) -> None:
        for chunk in speech.due(now):
            self._send_voice(chunk)
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
            self._speech.begin(now)
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
            part = {"text": sentence if index == 0 else f" {sentence}"}
            self._emit(Send({"serverContent": {"modelTurn": {"role": "model", "parts": [part]}}}))
        self.memory = self.memory.with_turn("model", text)

    def _ask(self, speech: Speech) -> None:
        for job in speech.prepare():
            self._emit(job)

    def _send_voice(self, chunk: Chunk) -> None:
        if chunk.words and self._setup.output_transcription:
            self._emit(Send({"serverContent": {"outputTranscription": {"text": chunk.words}}}))
        data = base64.b64encode(chunk.pcm).decode("ascii")
        blob = {"inlineData": {"mimeType": AUDIO, "data": data}}
        self._emit(Send({"serverContent": {"modelTurn": {"role": "model", "parts": [blob]}}}))

    def _generation_complete(self) -> None:
        self._generated = True
        self._emit(Send({"serverContent": {"generationComplete": True}}))

    def _finish(self, now: float) -> None:
        spoken_s = self._speech.sent_s if self._speech else 0.0
        self._remember_said()
        self._speech, self._asked, self._open, self._generated = None, None, False, False
        complete: Message = {"serverContent": {"turnComplete": True}, "usageMetadata": self._meter.turn(spoken_s)}
        self._emit(Send(complete))
        self._turn_over(now)

    def _remember_said(self) -> None:
        if self._speech:
            self.memory = self.memory.with_turn("model", self._speech.said)
