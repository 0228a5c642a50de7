"""Text that a voice can say: no markup, sentences of a bounded length."""

from __future__ import annotations

import re

NOT_ENGLISH = "(not English)"
"""The transcript of speech that the recognizer does not know the language of."""
BELL = "🔔"
"""Alone on a line: rung, where there is a voice."""


class Doubtful(str):
    """A transcript that the recognizer is not sure of."""


MAX_SENTENCE_CHARS = 220
"""Characters. A block without punctuation must not hold the voice for seconds."""

_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()]{0,500}\)")
_TAG = re.compile(r"<[^<>]{1,80}>")
_CODE = re.compile(r"```.*?```", re.DOTALL)
_LIST_MARK = re.compile(r"^[ \t]*(?:[-*+•]|\d+[.)]|#{1,6}|>)[ \t]+", re.MULTILINE)
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d+[.)])[ \t]+\S")
_EMPHASIS = re.compile(r"(\*\*|__|~~|`|\*)")
_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n{1,}")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|St|Jr|Sr|vs|etc|e\.g|i\.e|No|[A-Z])\.$")


def speakable(text: str) -> str:
    """Markdown, HTML and bare addresses taken out."""
    text = _CODE.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _TAG.sub(" ", text)
    text = re.sub(r"https?://\S+", "a web address", text)
    text = _LIST_MARK.sub("", text)
    return _EMPHASIS.sub("", text)


def is_list_item(line: str) -> bool:
    """ "- Milk", "2. Bread"."""
    return bool(_ITEM.match(line))


def sentences(text: str) -> list[str]:
    """Sentences in order, none longer than `MAX_SENTENCE_CHARS`, none empty."""
    out: list[str] = []
    for part in _END.split(speakable(text)):
        piece = " ".join(part.split())
        if not piece:
            continue
        if out and _ABBREVIATION.search(out[-1]) and len(out[-1]) + len(piece) < MAX_SENTENCE_CHARS:
            out[-1] = f"{out[-1]} {piece}"
        else:
            out.extend(_shorten(piece))
    return out


_UNFINISHED = re.compile(r"(?:^|\n)[ \t]*\d+[.)]$")


def whole_sentences(text: str) -> tuple[str, str]:
    """The sentences that are surely over, and the rest, which may go on."""
    cut = 0
    for found in _END.finditer(text):
        before = text[: found.start()]
        if not _ABBREVIATION.search(before) and not _UNFINISHED.search(before):
            cut = found.end()
    return text[:cut], text[cut:]


def _shorten(sentence: str) -> list[str]:
    out = []
    while len(sentence) > MAX_SENTENCE_CHARS:
        window = sentence[:MAX_SENTENCE_CHARS]
        cut = max(window.rfind(mark) for mark in (", ", "; ", ": "))
        if cut < MAX_SENTENCE_CHARS // 3:
            cut = window.rfind(" ")
        if cut <= 0:
            cut = MAX_SENTENCE_CHARS - 1
        out.append(sentence[: cut + 1].strip())
        sentence = sentence[cut + 1 :].strip()
    return [*out, sentence] if sentence else out


MODERN = {
    "to-day": "today", "to-night": "tonight", "to-morrow": "tomorrow", "good-bye": "goodbye",
    "to-day's": "today's", "to-night's": "tonight's", "to-morrow's": "tomorrow's",
}  # fmt: skip
_OLD = re.compile(r"\b(" + "|".join(sorted(MODERN, key=len, reverse=True)) + r")\b", re.IGNORECASE)


def modern(text: str) -> str:
    """The recognizer writes some words as people did a century ago."""

    def fix(found: re.Match[str]) -> str:
        word = MODERN[found[0].lower()]
        return word.capitalize() if found[0][0].isupper() else word

    return _OLD.sub(fix, text).strip()
