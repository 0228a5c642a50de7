"""The model's side of a conversation: one turn at a time, spoken, calling, or cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gemini_emulator.protocol.manners import AfterCall, Manners
from gemini_emulator.protocol.setup import INVALID_ARGUMENT, Backend, Refused, Setup
from gemini_emulator.responder import context_notes
from gemini_emulator.responder.answers import timers
from gemini_emulator.responder.conversation_state import Call, Functions, Memory, Reply, Responder, Result
from gemini_emulator.session.events import Answered, Effect, Send
from gemini_emulator.session.model_turn import server_messages
from gemini_emulator.session.model_turn.completion import Completion
from gemini_emulator.session.model_turn.function_calls import Calls, Late
from gemini_emulator.session.model_turn.response_stream import Delivery
from gemini_emulator.session.model_turn.speculative_turns import SpeculativeReply
from gemini_emulator.session.model_turn.speech_pacing import Speech
from gemini_emulator.session.model_turn.thoughts import reasoning
from gemini_emulator.session.model_turn.turn_faults import TurnFault, TurnFaults
from gemini_emulator.session.usage import Meter
from gemini_emulator.settings import Settings


class Model:
    """`emit` takes effects in order; `at_work` is called when a turn opens, `turn_over` after each `turnComplete`.

    `turn_begins` gets the words that a turn answers, before anything of it is sent; `spoken` the seconds of voice of
    the turn so far. Both may give orders.
    """

    def __init__(
        self,
        *,
        setup: Setup,
        settings: Settings,
        mind: Responder,
        memory: Memory,
        meter: Meter,
        emit: Callable[[Effect], None],
        new_job: Callable[[], int],
        turn_over: Callable[[float], None],
        at_work: Callable[[], None] = lambda: None,
        turn_begins: Callable[[str, float], None] = lambda heard, now: None,
        spoken: Callable[[float, float], None] = lambda seconds, now: None,
        new_call_id: Callable[[], str],
    ) -> None:
        self._setup, self._mind, self._meter = setup, mind, meter
        self._emit, self._new_job, self._turn_over, self._at_work = emit, new_job, turn_over, at_work
        self._window_tokens = settings.context_tokens or setup.traits.input_tokens
        self.functions: Functions = setup.functions
        self.memory = replace(memory, instruction=setup.instruction)
        self._counted = self.memory
        """The memory at the end of the last turn."""
        self._turn_begins = turn_begins
        self._calls = Calls(
            setup.backend,
            setup.manners.call_ids,
            new_call_id,
            tell_ids=settings.vertex_call_ids or setup.backend is Backend.DEVELOPER,
            refuse_unknown=settings.refuse_unknown_results,
        )
        self._late: list[Late] = []
        self._open = False
        self._before = memory
        self.answering = ""
        """The words that the open turn answers."""
        self._in_progress = False
        self.conduct = TurnFaults(lambda: self._open)
        self.delivery = Delivery(
            setup=setup, settings=settings, meter=meter, conduct=self.conduct, emit=emit, new_job=new_job,
            spoken=spoken,
        )  # fmt: skip
        self._completion = Completion(self, setup, emit, new_job)
        self.user_has_the_floor = False
        """Late results and timers wait while the user speaks or is about to be answered."""
        self.now = 0.0
        self.unsure = False
        """The recognizer is not sure of the words that come next."""
        meter.instruct(setup.instruction, setup.functions)

    @property
    def manners(self) -> Manners:
        """Of the service that serves it."""
        return self._setup.manners

    @property
    def busy(self) -> bool:
        """A turn is open: generating or playing out its tail. Or a function is waited for, in a turn or between two."""
        return self._open or self._calls.unfinished

    @property
    def calling(self) -> bool:
        """A function's result is still to come, in this turn or after it."""
        return self._calls.unfinished or self._calls.in_background

    @property
    def deadline(self) -> float | None:
        if self.busy or self.user_has_the_floor:
            return self.delivery.deadline
        return timers.next_due(self.memory)

    def update(self, instruction: str | None, functions: Functions | None) -> None:
        """The client changes what stands before every turn; None: as it was."""
        if instruction is not None:
            self.memory = replace(self.memory, instruction=instruction)
        if functions is not None:
            self.functions = functions
        self._meter.instruct(self.memory.instruction, self.functions)

    # Turns

    def think(self, words: str) -> Reply:
        if self._setup.traits.transcribes:
            return Reply(self.memory)
        known = replace(self.memory, now=self.now, unsure=self.unsure)
        thought = self._mind.reply_to_user(words, known, self.functions)
        return replace(thought, memory=replace(thought.memory, unsure=False))

    def answer_words(self, words: str, guess: SpeculativeReply | None, speech: Speech | None, now: float) -> None:
        """Answer these words; with the guess and its first sentence, if it still holds. Raises `Refused`.

        A model that only writes down what it hears has done so; nothing follows but `generationComplete`.
        """
        self._make_room()
        if self._setup.traits.transcribes:
            self._meter.turn(self.memory, self.memory)
            self.delivery.complete()
            self.delivery.end_turn()
            self._turn_over(now)
            return
        if guess and guess.words == words and guess.memory is self.memory:
            thought = guess.thought
        else:
            self.drop_draft(speech)
            thought, speech = self.think(words), None
        self._before, self.answering = self.memory, words
        self.act(replace(thought, memory=context_notes.remember(thought.memory, words)), speech, now, words)

    def take_back(self, now: float) -> None:
        """The open turn answers half a sentence: it ends, and is forgotten with that half."""
        self.memory = self._before
        self.interrupt_turn(now, barge_in=True, taken_back=True)

    def _make_room(self) -> None:
        """The context has its limit: with compression the oldest is forgotten, without it the session is over."""
        tokens, compression = self._meter.prompt_tokens, self._setup.compression
        if compression and tokens > compression.trigger_tokens:
            self.memory = self._meter.cut(compression.target_tokens, self.memory)
        elif tokens > self._window_tokens:
            raise Refused(1007, INVALID_ARGUMENT)

    def say(self, words: str, now: float) -> None:
        if self._setup.traits.transcribes:
            return
        self.act(Reply(self.memory, words), None, now)

    def draft(self, thought: Reply) -> Speech | None:
        """Have the first sentence synthesized, in case this becomes the answer."""
        return self.delivery.draft(thought.say, thought.memory.rate)

    def drop_draft(self, speech: Speech | None) -> None:
        self.delivery.drop_draft(speech)

    def act(self, thought: Reply, speech: Speech | None, now: float, heard: str = "") -> None:
        """Open a turn with this thought, or go on with the open one. `speech` is its draft, if one was made."""
        self.memory = thought.memory
        if not self._open and (heard or thought.say or thought.calls or thought.question):
            begun = self._begin_turn(thought, heard, now)
            if begun is None or begun is not thought:
                self.drop_draft(speech)
                speech = None
            if begun is None:
                return
            thought = begun
        if thought.question:
            self._completion.ask(thought.question)
        elif thought.calls:
            self.call(thought.calls, now)
        elif self._setup.text_output and thought.say:
            self.open_turn()
            self.write(thought.say)
            self.delivery.complete()
            self.finish(now)
        elif thought.say:
            self.open_turn()
            self.memory = replace(self.memory, meant=thought.say)
            self.delivery.speak(thought.say, speech, now, self.memory.rate)
            self.advance(now)

    def _begin_turn(self, thought: Reply, heard: str, now: float) -> Reply | None:
        """The thought to act on; None when there is nothing more to do about this turn."""
        self.delivery.begin_turn()
        manner = self.conduct.begin_turn(lambda: self._turn_begins(heard, now))
        if self.conduct.frozen(now):
            return None
        for text in manner.thoughts:
            self._emit(server_messages.thought(text, self._setup.manners))
        if manner.empty:
            self.finish(now, manner.reason)
            return None
        thought = self.conduct.rewrite(thought)
        if self._setup.thinks and (text := reasoning(context_notes.split(heard)[1], thought)):
            self._meter.thought(text)
            if self._setup.thoughts:
                self.open_turn()
                self._emit(server_messages.thought(text, self._setup.manners))
        return thought

    def open_turn(self) -> None:
        """The model is at work from now on, if it was not."""
        if not self._open:
            self._open = True
            self._at_work()

    def interrupt_turn(self, now: float, barge_in: bool = False, taken_back: bool = False) -> None:
        """The turn ends here: cancelled calls, `interrupted`, `turnComplete`, no `generationComplete`."""
        if cancellation := self._calls.cancel():
            self._emit(Send(cancellation))
        self._emit(Send({"serverContent": {"interrupted": True}}))
        self.stop()
        if self._open:
            self.conduct.turn = TurnFault()
        self.finish(now, taken_back=taken_back)
        if barge_in:
            self.conduct.barged_in()

    def stop(self) -> None:
        """Discard what is still being made."""
        self.delivery.stop()
        self._completion.cancel()

    def finish(self, now: float, reason: str = "", taken_back: bool = False, goes_on: bool = False) -> None:
        """`turnComplete`, with what the turn has cost. `goes_on`: the next turn belongs to the same answer."""
        said = "" if taken_back else self.delivery.said
        self.memory = self.memory.with_turn("model", said)
        manner = self.conduct.end(said if self.delivery.generated else "")
        self.delivery.end_turn()
        self._completion.forget()
        self._open = False
        self.answering = self.answering if self._calls.unfinished else ""
        usage = self._meter.turn(self._counted, self.memory)
        self._counted = self.memory
        status = self._status()
        if not manner.no_turn_complete:
            self._emit(server_messages.turn_complete(usage, reason, status, self._setup.manners))
            if not goes_on:
                self._turn_over(now)

    def _status(self) -> str:
        """Only the models that think at length tell it: whether this was the last utterance of the exchange."""
        if not self._setup.traits.interaction_status:
            return ""
        self._in_progress = bool(self._calls.in_background or self._late)
        return "IN_PROGRESS" if self._in_progress else "IDLE"

    def synthesized(self, job: int, pcm: bytes, now: float) -> None:
        if self.delivery.accept(job, pcm):
            self.advance(now)

    def advance(self, now: float) -> None:
        """Do what is due."""
        after_call = self._setup.manners.after_call
        waits = after_call is not AfterCall.ENDS_AT_ONCE
        self.delivery.advance(now, self._calls.unfinished and waits)
        if self._open and self.delivery.all_sent:
            if waits and (results := self._calls.complete()):
                if after_call is AfterCall.ENDS_WITH_RESULTS:
                    self.delivery.complete()
                    self.finish(now, goes_on=True)
                self._report(results, now)
            elif self.delivery.generated and now >= self.delivery.heard_at:
                self.finish(now)
        if self._open:
            return
        if results := self._calls.complete():
            self._report(results, now)
        elif self._calls.waiting:
            return
        elif self.conduct.to_say and not self.user_has_the_floor:
            self.act(Reply(self.memory, self.conduct.to_say.pop(0)), None, now)
        elif self._late and self._may_report():
            results, self._late = [late.result for late in self._late], []
            self._report(results, now)
        elif not (self.busy or self.user_has_the_floor) and (rung := timers.ring(self.memory, now)):
            self.act(rung, None, now)

    # Functions

    def call(self, calls: Sequence[Call], now: float) -> None:
        self.open_turn()
        self.delivery.called()
        behaviors = {function.get("name", ""): self._setup.behavior(function) for function in self.functions}
        self._emit(Send(self._calls.open(calls, behaviors)))
        for call in calls:
            self._meter.wrote(f"{call.name} {dict(call.args)}")
        waits = self._calls.waiting and self._setup.manners.after_call is not AfterCall.ENDS_AT_ONCE
        if not waits and not self.delivery.speaking:
            self.delivery.complete()
            self.finish(now)

    def results(self, responses: Iterable[Mapping[str, Any]], now: float) -> None:
        """A `toolResponse` came. Raises `Refused`."""
        given = list(responses)
        for response in given:
            self._meter.read(str(response.get("response", {})))
        for late in self._calls.accept_responses(given):
            if late.scheduling == "SILENT":
                self.memory = self.memory.with_turn("user", f"{late.result.name}: {dict(late.result.response)}")
                continue
            if late.scheduling == "INTERRUPT" and self._open:
                self.interrupt_turn(now)
            self._late.append(late)
        self.advance(now)
        if not (self._open or self.calling or self._late):
            self._silently_over(now)

    def _silently_over(self, now: float) -> None:
        """The last result was only to be known: the exchange is over without another word."""
        if self._in_progress:
            self.finish(now)
        elif self.memory is not self._counted:
            self._turn_over(now)

    def _may_report(self) -> bool:
        """An urgent result cuts in on the 2.5 models even while the user speaks; the newer ones wait for the end."""
        urgent = any(late.scheduling == "INTERRUPT" for late in self._late)
        return not self.user_has_the_floor or (urgent and self._setup.generation < 3)

    def _report(self, results: Sequence[Result], now: float) -> None:
        self.memory = self.memory.with_turn("model", self.delivery.said)
        self.delivery.rest()
        self.act(self._mind.reply_to_results(results, self.memory), None, now)

    # The language model

    def handle_completion_piece(self, piece: Answered, now: float) -> None:
        """A piece of the language model's answer; of another question's, nothing happens."""
        self._completion.hear_piece(piece, now)

    def write(self, text: str) -> None:
        """Answer in text."""
        self.delivery.write(text)
        self.memory = self.memory.with_turn("model", text)
