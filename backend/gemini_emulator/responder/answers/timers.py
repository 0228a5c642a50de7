"""Timers and reminders that ring within the conversation."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from gemini_emulator.audio.speech_text import BELL
from gemini_emulator.responder.arguments.numbers_and_times import durations, times
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply, Timer
from gemini_emulator.responder.stemming import clean, human, word_set, words

MAX_TIMERS = 10
MAX_S = 86_400.0
HOW_LONG = "Sure. For how long?"

_NOUN = r"(?:timers?|countdowns?|alarms?|reminders?|stopwatch)"
_OTHERS = word_set("timer timers countdown alarm alarms reminder reminders remind stopwatch")
"""Words in the name of a declared function that keeps timers itself."""
_SET = re.compile(
    rf"\b(?:set|start|make|create|begin|give|need|want|put|run|have|add)\b.*\b{_NOUN}\b|^(?:an? |the "
    rf"|my )?{_NOUN} (?:for|of|in)\b"
    rf"|\b{_NOUN}(?: please)?$|\bremind (?:me|us)\b|\bwake (?:me|us)\b"
    r"|\b(?:tell|let|ring|call|alert|warn|ping|notify) (?:me|us)(?: know)? (?:when|in|after)\b",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"\bhow (?:much (?:more )?time|long|many (?:more )?(?:minutes|seconds))\b.*\b(?:left|remain\w*|to go|still"
    r"|more|timer|until it rings)\b"
    rf"|\b(?:what|which|any|how many|show|list|check)\b.*\b{_NOUN}\b|\bhow long (?:does|has)\b.*\b{_NOUN}\b"
    rf"|\b(?:is|are)\b.*\b{_NOUN}\b.*\b(?:running|set|on|active|still)\b|^(?:how much|how long) (?:is )?left$",
    re.IGNORECASE,
)
_CANCEL = re.compile(
    rf"\b(?:cancel|stop|delete|remove|clear|end|kill|forget|turn off|switch off|never mind|don't need"
    rf"|no)\b.*\b{_NOUN}\b",
    re.IGNORECASE,
)
_LONGER = re.compile(
    r"^(?:please |can you |could you )*(?:add|give (?:me|it)) (?:another )?.*\b(?:more"
    r"|minutes?|seconds?|hours?)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\b(?:remind (?:me|us)|tell (?:me|us)|let (?:me|us) know)\b.*?\b(?:to|about|that|of) (?P<task>.+)$"
    rf"|\b{_NOUN} .*?\bto (?P<other>(?!go\b)[a-z]+ .+)$",
    re.IGNORECASE,
)
_KIND = re.compile(
    rf"\b(?:an?|the|my|another|one|for) (?P<kind>[a-z]+) {_NOUN}\b|\b{_NOUN} (?:called|named"
    rf"|for the|for my) (?P<named>[a-z]+)\b",
    re.IGNORECASE,
)
_NO_KIND = word_set(
    "new second minute hour long short quick other first next last kitchen countdown little small running set current "
    "the my a an this that all both"
)
_TURNED = {
    "my": "your", "me": "you", "i": "you", "mine": "yours", "our": "your", "us": "you", "i'm": "you're", "am": "are",
    "myself": "yourself", "we": "you",
}  # fmt: skip
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def answer(heard: str, memory: Memory, functions: Functions, now: datetime | None) -> Reply | None:
    """None when this is not about timers, or a declared function keeps them. `now`: the user's time of day."""
    if any(set(words(human(str(function.get("name", ""))))) & _OTHERS for function in functions):
        return None
    said = re.sub(r"\b(?:more|extra|additional) (?=(?:minute|second|hour)s?\b)", "", clean(heard), flags=re.IGNORECASE)
    if memory.last("model").endswith(HOW_LONG) and (length := _length(said, now)):
        return _set(memory, length, "")
    if _CANCEL.search(said):
        return _cancelled(said, memory)
    if _LEFT.search(said) and (
        memory.timers
        or re.search(
            rf"\b{_NOUN}\b|^how (?:much time|long) (?:is "
            rf"|do i have )?left$",
            said,
            re.I,
        )
    ):
        return _left(said, memory)
    if memory.timers and _LONGER.search(said) and durations(said):
        return _longer(said, memory)
    if not _SET.search(said):
        return None
    length = _length(said, now)
    if length is None:
        return (
            Reply(memory, HOW_LONG) if re.search(r"\b(?:timer|countdown)\b|\bremind (?:me|us)\b", said, re.I) else None
        )
    return _set(memory, length, _label(said))


def next_due(memory: Memory) -> float | None:
    """When the next timer rings, in seconds of the conversation's clock."""
    return memory.timers[0].due if memory.timers else None


def ring(memory: Memory, now: float) -> Reply | None:
    """What is said unasked when timers are up; None before that."""
    up = [timer for timer in memory.timers if timer.due <= now]
    if not up:
        return None
    left = tuple(timer for timer in memory.timers if timer.due > now)
    return Reply(replace(memory, timers=left), f"{BELL}\n" + " ".join(_rung(timer) for timer in up))


def _rung(timer: Timer) -> str:
    if " " in timer.label:
        return f"Here's your reminder: {timer.label}."
    return f"Your {_name(timer)} is up."


def _set(memory: Memory, seconds: float, label: str) -> Reply:
    if not 1 <= seconds <= MAX_S:
        return Reply(memory, "I can set a timer for anything from a second to a day.")
    if len(memory.timers) >= MAX_TIMERS:
        return Reply(memory, f"I already have {_COUNTS[MAX_TIMERS]} timers running. That's all I can keep in mind.")
    timer = Timer(seconds, memory.now + seconds, label)
    timers = tuple(sorted((*memory.timers, timer), key=lambda one: one.due))
    length = spoken_length(seconds)
    if " " in label:
        said = f"Okay, in {length} I'll remind you: {label}."
    elif label:
        said = f"Okay, {length} for the {label}. I'll tell you when it's up."
    else:
        said = f"Okay, {length}, starting now. I'll tell you when it's up."
    return Reply(replace(memory, timers=timers), said)


def _left(said: str, memory: Memory) -> Reply:
    if not memory.timers:
        return Reply(memory, "There's no timer running right now. Shall I set one? Just say for how long.")
    told = _meant(said, memory.timers) or memory.timers
    if len(told) == 1:
        which = f" on the {_name(told[0])}" if len(memory.timers) > 1 else ""
        return Reply(memory, f"There {_remains(told[0], memory.now)}{which}.")
    listed = [f"the {_name(timer)} has {_remains(timer, memory.now).split(' ', 1)[1]}" for timer in told]
    return Reply(memory, f"You have {_COUNTS[len(told)]} timers: {', '.join(listed[:-1])}, and {listed[-1]}.")


def _remains(timer: Timer, now: float) -> str:
    seconds = max(1.0, round(timer.due - now))
    said = spoken_length(seconds)
    return f"{'is' if re.match(r'1 [a-z]+$', said) else 'are'} {said} left"


def _cancelled(said: str, memory: Memory) -> Reply | None:
    if not memory.timers:
        return Reply(memory, "There's no timer running.") if re.search(r"\btimers?\b", said, re.I) else None
    everything = re.search(r"\b(?:all|both|every|timers|everything)\b", said, re.I)
    meant = memory.timers if everything or len(memory.timers) == 1 else _meant(said, memory.timers)
    if not meant:
        listed = " or ".join(f"the {_name(timer)}" for timer in memory.timers)
        return Reply(memory, f"Which one, {listed}?")
    left = tuple(timer for timer in memory.timers if timer not in meant)
    told = "All timers are off." if len(meant) > 1 else f"Okay, the {_name(meant[0])} is off."
    return Reply(replace(memory, timers=left), told)


def _longer(said: str, memory: Memory) -> Reply:
    more = float(durations(said)[0].value)
    timer = (_meant(re.sub(r"\d+", "", said), memory.timers) or memory.timers)[0]
    longer = replace(timer, seconds=timer.seconds + more, due=timer.due + more)
    if longer.due - memory.now > MAX_S:
        return Reply(memory, "That's longer than a day. I'd rather not promise that.")
    timers = tuple(sorted((*(one for one in memory.timers if one is not timer), longer), key=lambda one: one.due))
    return Reply(
        replace(memory, timers=timers), f"Okay, {spoken_length(more)} more. There {_remains(longer, memory.now)}."
    )


def _meant(said: str, timers: tuple[Timer, ...]) -> tuple[Timer, ...]:
    """Those that are named by what they are for, or by their length."""
    spoken = set(words(said))
    named = tuple(timer for timer in timers if set(words(timer.label)) & spoken - _OTHERS - _NO_KIND)
    if named:
        return named
    lengths = {float(span.value) for span in durations(re.sub(r"(?<=\w)-(?=minute|hour|second)", " ", said))}
    return tuple(timer for timer in timers if timer.seconds in lengths)


def _length(said: str, now: datetime | None) -> float | None:
    """Seconds until it is to ring; None when no time is named."""
    lengths = durations(re.sub(r"(?<=\w)-(?=minute|hour|second)", " ", said))
    if lengths:
        return float(lengths[0].value)
    at = times(said)
    if not at or now is None:
        return None
    hour, minute = map(int, at[0].value.split(":"))
    due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    # "At six" is the next six o'clock, unless the half of the day was named.
    halves = 24 if re.search(r"\b[ap]\.?m\b|morning|evening|night|noon|afternoon", said, re.I) or hour > 12 else 12
    while due <= now:
        due += timedelta(hours=halves)
    return (due - now).total_seconds()


def _label(said: str) -> str:
    without = said
    for span in reversed(durations(said)):
        without = f"{said[: span.start].rstrip()} {without[span.end :].lstrip()}"
    without = re.sub(r"\b(?:in|for|from now|at)\s*$|\s+from now\b", "", clean(without))
    found = _TASK.search(without)
    task = clean((found["task"] or found["other"]) if found else "")
    if task:
        return " ".join(_TURNED.get(word.lower(), word) for word in task.split())
    kind = _KIND.search(without)
    name = ((kind["kind"] or kind["named"]) if kind else "").lower()
    return "" if name in _NO_KIND else name


def _name(timer: Timer) -> str:
    if timer.label and " " not in timer.label:
        return f"{timer.label} timer"
    return f"{spoken_length(timer.seconds, joined='-')} {'reminder' if timer.label else 'timer'}"


def spoken_length(seconds: float, joined: str = "") -> str:
    """90 -> 1 minute and 30 seconds; `joined`: before a noun, 1-minute-and-30-second."""
    left, parts = round(seconds), []
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{joined or ' '}{unit}{'' if count == 1 or joined else 's'}")
    if not parts:
        parts = [f"0{joined or ' '}second{'' if joined else 's'}"]
    return f"{', '.join(parts[:-1])}{' and ' if len(parts) > 1 else ''}{parts[-1]}"
