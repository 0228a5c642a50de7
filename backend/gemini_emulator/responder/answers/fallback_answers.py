"""What is said when there is nothing to do and nothing to know: kind, short, and with a way to go on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gemini_emulator.responder.arguments import schemas
from gemini_emulator.responder.arguments.clarifying_questions import label
from gemini_emulator.responder.arguments.parameter_kinds import kind_of
from gemini_emulator.responder.conversation_state import Memory, Reply
from gemini_emulator.responder.functions import intent
from gemini_emulator.responder.stemming import clean, human, word_set, words

MAX_ECHO_CHARS = 160
"""Characters of the user's words said back."""
HEARD = "I heard:"
"""Only where the recognizer is not sure: said back to who knows what they said, it sounds like a broken machine."""

_SAD = word_set(
    "sad tired sick ill terrible awful horrible bad worse hurt hurts pain lonely alone afraid scared angry stressed "
    "worried died lost broke broken stolen cry crying hate missed late exhausted unhappy depressed down rough"
)
_GLAD = word_set(
    "happy glad great good wonderful love like nice excellent amazing fantastic beautiful fun excited won win best "
    "birthday proud enjoy enjoyed delicious lucky funny married holiday vacation"
)
_LUCKY = word_set("passed promoted promotion engaged graduated birthday married job baby won")
_ANSWER_WANTED = re.compile(
    r"^(?:what|who|where|when|why|how|which|is|are|do|does|did|can|could|will|would|has|have)\b", re.I
)


def answer(heard: str, memory: Memory) -> Reply:
    """Never an invented fact."""
    said = clean(heard)
    if intent.refuses(heard):
        return Reply(memory, fresh(("All right, I'll leave it.", "Okay, I won't.", "Fine, nothing happens."), memory))
    wanted = intent.wish(heard)
    if memory.unsure:
        echo = said if len(said) <= MAX_ECHO_CHARS else said[:MAX_ECHO_CHARS].rsplit(" ", 1)[0] + " and so on"
        again = fresh(("Is that right?", "Did I get that right?", "Could you say that once more?"), memory)
        return Reply(memory, f"{HEARD} {echo[:1].upper()}{echo[1:]}. {again}")
    if wanted is None and not said_as_question(heard):
        return Reply(memory, fresh(_to_a_remark(words(said)), memory))
    ask = said_as_question(heard) or (wanted is not None and wanted.manner is intent.Manner.QUESTION)
    if not memory.introduced:
        cannot = "I'm afraid I don't know that" if ask else "I'm afraid I can't do that"
        return Reply(replace(memory, introduced=True), f"{cannot}. {GOOD_AT}")
    unclear = wanted is not None and wanted.manner is intent.Manner.FRAGMENT
    return Reply(memory, fresh(_UNKNOWN if ask else _UNCLEAR if unclear else _UNABLE, memory))


GOOD_AT = (
    "But I know countries and their capitals, sums, units, timers, stories and jokes. Would you like one of those?"
)
_UNKNOWN = (
    "Sorry, I don't know that one. What else would you like to know?",
    "That's more than I know, I'm afraid.",
    "I don't have an answer to that, sorry. Ask me something else?",
    "Good question, but I don't know.",
)
_UNABLE = (
    "Sorry, I can't do that from here. Is there something else?",
    "I'm afraid that's not something I can do.",
    "I wish I could, but I can't do that.",
)
_UNCLEAR = (
    "I'm not sure what you mean. Could you say it in a whole sentence?",
    "Was that for me? Tell me what I can do.",
    "I don't know what to do with that. What would you like?",
)


def said_as_question(heard: str) -> bool:
    return heard.strip().endswith("?") or bool(_ANSWER_WANTED.match(intent.plain(heard).strip()))


def yes_i_can(function: Mapping[str, Any], memory: Memory) -> Reply:
    """To "can you set alarms?"."""
    needed = schemas.required(function)
    properties = schemas.properties(function)
    if not needed:
        return Reply(memory, fresh(("Yes, I can. Just say so.", "Yes. Tell me when I should."), memory))
    named = [_wanted(name, properties.get(name, {})) for name in needed[:3]]
    listed = ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1]
    return Reply(memory, fresh((f"Yes, I can. Just tell me the {listed}.", f"Yes. I need the {listed}."), memory))


def unlike_the_last(thought: Reply, heard: str) -> Reply:
    """The same sentence is not said twice in a row, unless it was asked for again."""
    last = thought.memory.last("model")
    if thought.calls or not thought.say or thought.say != last or wants_it_again(heard):
        return thought
    again = "Sorry, once more:" if thought.say.endswith("?") else "As I said:"
    return replace(thought, say=f"{again} {thought.say}")


_AGAIN = re.compile(
    r"\b(?:repeat|again|pardon|once more|what did you (?:just )?say|(?:catch|hear|get) (?:that|you|it)|say that"
    r"|come again)\b|^what$",
    re.IGNORECASE,
)


def wants_it_again(heard: str) -> bool:
    return bool(_AGAIN.search(clean(heard)))


def fresh(variants: Sequence[str], memory: Memory) -> str:
    """The one that was said longest ago, or never."""
    said = [text for role, text in memory.turns if role == "model"]

    def last_said(variant: str) -> int:
        return max((at for at, text in enumerate(said) if variant in text), default=-1)

    return min(variants, key=last_said)


def _to_a_remark(said: Sequence[str]) -> tuple[str, ...]:
    feelings = set(said)
    negated = bool(feelings & {"not", "don't", "never", "isn't", "wasn't", "didn't"})
    if feelings & _SAD or (negated and feelings & _GLAD):
        return (
            "I'm sorry to hear that. Do you want to tell me more, or shall I cheer you up with a joke?",
            "That doesn't sound good. What happened?",
            "Oh, I'm sorry. Is there anything that would help?",
        )
    if feelings & _LUCKY:
        return ("Congratulations! How does it feel?", "That's wonderful, well done. How are you celebrating?")
    if feelings & _GLAD:
        return ("That sounds nice. What did you like most?", "How nice. Tell me more.", "Good to hear. What's next?")
    return (
        "I see. Tell me more, if you like.",
        "Really? How did that come about?",
        "All right. I'm listening.",
        "Interesting. What do you think about it?",
    )


def _wanted(name: str, schema: Mapping[str, Any]) -> str:
    return {"time": "time", "date": "day", "person": "person"}.get(kind_of(name, schema)) or label(name) or human(name)
