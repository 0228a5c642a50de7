"""The default responder: small talk, the client's functions, what it can work out, and honesty about the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gemini_emulator.responder import context_notes
from gemini_emulator.responder.answers import (
    builtin_answers,
    fallback_answers,
    images,
    own_matters,
    result_phrases,
    small_talk,
    wishes,
)
from gemini_emulator.responder.answers.language_detection import is_foreign
from gemini_emulator.responder.conversation_state import Call, Functions, Memory, Reply, Result
from gemini_emulator.responder.functions import follow_ups, intent, proposals, several
from gemini_emulator.responder.functions.scoring import looks_up
from gemini_emulator.responder.functions.selection import (
    CERTAIN,
    Choice,
    able,
    calls,
    choose,
    consider,
    guesses,
    perhaps,
)
from gemini_emulator.responder.stemming import clean, content_stems, human, words
from gemini_emulator.responder.text_limits import MAX_HEARD_CHARS, TOO_LONG, graspable

MIN_REQUEST_CHARS = 5
"""Words; something shorter that is small talk as well is small talk."""


@dataclass(frozen=True, slots=True)
class Companion:
    """Deterministic but for the clock. English."""

    clock: Callable[[], datetime] | None = None
    """The user's time. Without one, "tomorrow" stays a word, and the time is not told."""

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        told, heard = context_notes.split(heard)
        if len(heard) > MAX_HEARD_CHARS and not (heard := graspable(heard)):
            return Reply(memory, TOO_LONG)
        if told and not clean(heard):
            return self._told(told[-1], memory, functions)
        if not clean(heard):
            return self._nudged(memory, functions)
        if not words(heard) or is_foreign(heard):
            return Reply(memory, "I only understand English, sorry.")
        return fallback_answers.unlike_the_last(self._answer(heard, memory, functions), heard)

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        return Reply(memory, result_phrases.spoken(results))

    def _answer(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        now = self.clock() if self.clock else None
        if memory.proposed and (thought := proposals.decided(heard, memory)):
            return thought
        answered = replace(memory, asked_for=None, proposed=())
        if memory.asked_for and (thought := self._supplied(heard, memory.asked_for, answered, functions, now)):
            return thought
        if thought := follow_ups.a_little_more(heard, answered, functions):
            return thought
        if memory.shown_pictures and (unseen := images.reply(heard)):
            return Reply(answered, unseen)
        if own := own_matters.answer(heard, answered, functions, now):
            return own
        considered = consider(heard, functions)
        choice = considered.choice
        chat = small_talk.reply(heard, answered, functions)
        if chat and not (choice and _beats_small_talk(heard, choice)):
            return chat
        if thought := self._goes_on(heard, choice, answered, functions, now):
            return thought
        far = choice is None or looks_up(choice.function) or _is_beside_the_point(heard, choice)
        own = builtin_answers.answer(heard, answered, now) if far else None
        if own:
            return own
        if choice:
            return _call(heard, choice, answered, functions, now)
        if unsure := perhaps(considered):
            made, missing = calls(unsure.function, heard, now)
            if not missing:
                return proposals.proposed(unsure.function, tuple(made), answered)
        if intent.asks_ability(heard) and (function := able(heard, functions)):
            return fallback_answers.yes_i_can(function, answered)
        return fallback_answers.answer(heard, answered)

    def _told(self, note: str, memory: Memory, functions: Functions) -> Reply:
        """By the gateway, not by the user; a question that is still open comes first."""
        if memory.last_spoke == "user" and context_notes.wants_the_last_answer(note):
            return self._nudged(memory, functions)
        if (
            memory.last_spoke == "model"
            and memory.last("user")
            and context_notes.asks_for_more_than_is_known(note, memory)
        ):
            return self._nudged(memory.without_the_last("model"), functions)
        return Reply(memory, context_notes.apply_note(note, memory))

    def _nudged(self, memory: Memory, functions: Functions) -> Reply:
        """The client wants a reply without new words: greet, or answer what is still open."""
        if memory.last_spoke == "user":
            return self.reply_to_user(memory.last("user"), memory.without_the_last("user"), functions)
        return small_talk.reply("hello", memory, functions) or Reply(memory)

    def _supplied(
        self, heard: str, waiting: tuple[Call, str], memory: Memory, functions: Functions, now: datetime | None
    ) -> Reply | None:
        function = follow_ups.declared(waiting[0].name, functions)
        choice = choose(heard, functions)
        other = choice is not None and choice.score >= CERTAIN and choice.function is not function
        if function is None or (other and not intent.is_fragment(heard)):
            return None
        said_for_it = follow_ups.takes_any_words(function, waiting[1]) or follow_ups.answers(heard)
        if not said_for_it and small_talk.reply(heard, memory, functions):
            return None
        return follow_ups.supplied(heard, waiting, memory, function, now)

    def _goes_on(
        self, heard: str, choice: Choice | None, memory: Memory, functions: Functions, now: datetime | None
    ) -> Reply | None:
        """ "And in yen?" is about the last call, unless it has everything that a new call needs."""
        last = memory.last_call
        function = follow_ups.declared(last.name, functions) if last else None
        if last is None or function is None:
            return None
        same_again = follow_ups.says_the_same(heard)
        complete = choice is not None and choice.score >= CERTAIN and _complete(choice, heard, now)
        other = choice is not None and choice.function.get("name") != last.name
        merely = other and follow_ups.is_further(heard) and _merely_left_over(choice, heard)
        if complete and not same_again and not merely:
            return None
        if thought := follow_ups.corrected(heard, memory, function, now):
            return thought
        vague = choice is None or choice.score < CERTAIN or same_again or follow_ups.is_further(heard)
        return follow_ups.further(heard, memory, function, now) if vague else None


def _is_beside_the_point(heard: str, choice: Choice) -> bool:
    """ "What's in the news today?" is nothing for the weather, though that has a today."""
    named = content_stems(words(wishes.subject(heard)))
    function = choice.function
    described = content_stems(words(f"{human(str(function.get('name', '')))} {function.get('description', '')}"))
    return bool(named) and choice.score < CERTAIN and not named & described


def _beats_small_talk(heard: str, choice: Choice) -> bool:
    """ "Tell Anna that I am fine, thank you" is no thanks."""
    plainly = choice.score >= CERTAIN and len(words(heard)) >= MIN_REQUEST_CHARS
    return plainly and _complete(choice, heard, None)


def _merely_left_over(choice: Choice | None, heard: str) -> bool:
    """ "And the radio as well": words without a verb, of which the function takes only what is left."""
    return choice is not None and intent.is_fragment(heard) and guesses(choice, heard)


def _complete(choice: Choice, heard: str, now: datetime | None) -> bool:
    return not calls(choice.function, heard, now)[1]


def _call(heard: str, choice: Choice, memory: Memory, functions: Functions, now: datetime | None) -> Reply:
    made, missing, function = several.calls_in(heard, choice, functions, now)
    if missing and (known := follow_ups.about_the_same(heard, made[-1], missing, memory, function)):
        made, missing = [*made[:-1], known], ""
    if missing:
        return follow_ups.asked(function, made[-1], missing, memory)
    return Reply(replace(memory, last_call=made[-1]), calls=tuple(made))
