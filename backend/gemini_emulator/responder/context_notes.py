"""Notes in brackets, by which a gateway tells the model what to do: obeyed, never said back, never the user's words.

Gateways put them where the user's words stand, for there is no other place in mid-session: "(Your last answer could not
be heard. Please say it again, and do not mention this.)"
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gemini_emulator.responder.answers.result_phrases import spoken
from gemini_emulator.responder.conversation_state import Memory, Result

NOTE = "note"
"""The role of a note in the memory."""
MAX_TEXT_CHARS = 40_000
"""Characters; a longer text is taken for the user's."""

_ABOUT_THE_TALK = re.compile(
    r"\b(?:your|the) (?:last |previous |current )?(?:answer|reply|response|turn|voice|connection|session)\b"
    r"|\b(?:you were|you had|you have been) (?:interrupted|cut off|saying|said|speaking|disconnected)\b"
    r"|\bdo(?: not|n't) (?:mention|repeat)\b|\b(?:say|answer) (?:it |that |so |this )?(?:again|in a few words)\b"
    r"|\b(?:go|carry) on from\b|\bthe user (?:has|is|was|did)\b|\bthe function \S+ (?:that|still|has|is|was)\b",
    re.IGNORECASE,
)
_HEARD = re.compile(r"heard: [\"“](.*)[\"”]", re.DOTALL)
_STILL_RUNS = re.compile(r"^\(the function (\S+) (?:still runs|is still running)", re.IGNORECASE)
_HAS_ANSWERED = re.compile(r"^\(the function (\S+) .*?has answered: (.*)\)$", re.IGNORECASE | re.DOTALL)
_GO_ON = re.compile(r"\b(?:go|carry) on\b|\bsay the rest\b|\bcontinue\b", re.IGNORECASE)
_NO_ANSWER_WANTED = re.compile(r"^\(your last answer was cut off\b", re.IGNORECASE)
_LETTERS = re.compile(r"\W+")


def split(text: str) -> tuple[tuple[str, ...], str]:
    """The notes in a text, and the user's words beside them."""
    if "(" not in text or len(text) > MAX_TEXT_CHARS:
        return (), text
    whole = text.strip()
    if whole.startswith("(") and _is_note(whole) and (_HEARD.search(whole) or len(list(_bracketed(whole))) <= 1):
        # The transcript itself may contain brackets, not always in pairs.
        return (whole,), ""
    notes, rest, at = [], [], 0
    for start, end in _bracketed(text):
        if _is_note(text[start:end]):
            notes.append(text[start:end])
            rest.append(text[at:start])
            at = end
    return tuple(notes), " ".join(" ".join([*rest, text[at:]]).split()) if notes else text


def remember(memory: Memory, words: str, role: str = "user") -> Memory:
    """The memory after these words; notes among those of the user are kept apart."""
    told, said = split(words) if role == "user" else ((), words)
    for note in told:
        memory = memory.with_turn(NOTE, note)
    return memory.with_turn(role, said)


def _bracketed(text: str) -> Iterator[tuple[int, int]]:
    """Where the outermost pairs of brackets are."""
    depth = start = 0
    for at, letter in enumerate(text):
        if letter == "(":
            start = start if depth else at
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
            if not depth:
                yield start, at + 1


def _is_note(text: str) -> bool:
    """A sentence about the conversation; "(2 + 3)" is none."""
    return bool(re.search(r"[.!?\"”}\]]\)$", text)) and bool(_ABOUT_THE_TALK.search(text))


def apply_note(note: str, memory: Memory) -> str:
    """What to say to this; empty where nothing is wanted, or nothing can be said that was not said before."""
    if found := _STILL_RUNS.match(note):
        return "One moment, I'm still working on that."
    if found := _HAS_ANSWERED.match(note):
        return spoken([Result(found[1], _result(found[2]))])
    last = memory.last("model")
    heard = _HEARD.search(note)
    if _GO_ON.search(note):
        return rest_of(memory.meant, heard[1] if heard else last) or rest_of(last, heard[1] if heard else "") or last
    return "" if _NO_ANSWER_WANTED.match(note) else last


def wants_the_last_answer(note: str) -> bool:
    """And not that of a function, or nothing at all."""
    return not (_STILL_RUNS.match(note) or _HAS_ANSWERED.match(note) or _NO_ANSWER_WANTED.match(note))


def asks_for_more_than_is_known(note: str, memory: Memory) -> bool:
    """To go on with an answer of which a fresh session was told the beginning alone."""
    last = memory.last("model")
    known = bool(rest_of(memory.meant, last)) or _plain(memory.meant) == _plain(last)
    return bool(_GO_ON.search(note)) and not known


def rest_of(whole: str, said: str) -> str:
    """What of an answer follows the words that were said; empty when those are not its beginning, or all of it."""
    words, begun = whole.split(), said.split()
    same = 0
    for word, other in zip(words, begun, strict=False):
        if _plain(word) != _plain(other):
            break
        same += 1
    # The last word may have been cut in its middle.
    return " ".join(words[same:]) if same >= len(begun) - 1 else ""


def _plain(word: str) -> str:
    return _LETTERS.sub("", word).lower()


def _result(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    return value if isinstance(value, dict) else {"result": value}
