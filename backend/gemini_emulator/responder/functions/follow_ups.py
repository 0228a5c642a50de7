"""What goes on from the last call: its missing argument, a correction, "and tomorrow?", "again", "warmer"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gemini_emulator.responder.arguments import lists, schemas
from gemini_emulator.responder.arguments import places as slots
from gemini_emulator.responder.arguments.arguments import Reader
from gemini_emulator.responder.arguments.clarifying_questions import question
from gemini_emulator.responder.arguments.leftovers import GONE
from gemini_emulator.responder.arguments.parameter_kinds import DURATION_S, duration_unit_s, kind_of
from gemini_emulator.responder.conversation_state import Call, Functions, Memory, Reply
from gemini_emulator.responder.functions.intent import is_fragment, plain
from gemini_emulator.responder.stemming import clean, word_set, words

FURTHER = re.compile(
    r"^(?:and|or|then|but|so|now|also|plus|what about|how about|and what about|and how about|in|for|at|from|to"
    r"|towards|toward|with|without|by|only)\b"
    r"|\b(?:too|as well)[.?!]*$|\b(?:the )?same\b[.?!]*$|^(?:the )?same (?:for|in|with|to|at|please)\b",
    re.I,
)
_SAME = re.compile(
    r"\s*\b(?:the )?same(?: thing)?(?: again)?\b"
    r"|^(?:tell|ask|send|give|do|make|set|get|write|mail|text)\b(?=.*\bsame\b)\s*",
    re.I,
)
_FURTHER_WORDS = re.compile(
    r"^(?:(?:and|or|then|but|so|also|please|okay|ok|um|uh)\b[ ,]*)*"
    r"(?:(?:what|how) about|what is it|it(?:'s| is)|that's|(?:(?:i'm|i am|we're|we are) )?(?:in|at)|for|from|towards"
    r"|toward"
    r"|to)?\b[ ,]*",
    re.I,
)
_CORRECTION = re.compile(
    r"^(?=(?:no|nope|sorry|wait|oh|actually|i mean|i meant|i said|not|make (?:it|that)|change|rather|oops)\b)"
    r"(?:(?:no|nope|sorry|wait|oh|oops|actually|rather|please)\b[ ,.]*)*"
    r"(?:i (?:meant|mean|said|wanted)\b|make (?:it|that)\b|change (?:it|that) to\b|not (?:[\w']+ ){0,2}?[\w']+(?:,"
    r"| but\b))?"
    r"[ ,]*(?:to |it's |it is |that's )?",
    re.IGNORECASE,
)
_NOT_SUITING = re.compile(
    r"^[\w' ]{2,40}? (?:doesn't|does not|won't|will not|isn't going to|can't) (?:work|do|suit|fit|be possible)\b"
    r"[\w ]*[,.;]+ "
    r"(?:so |please |can you |could you )*",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"\b(?:i mean|i meant|i said|i wanted|make (?:it|that)|change|rather|instead|not .+,"
    r"|but)\b",
    re.I,
)
_AGAIN = re.compile(
    r"^(?:please |now |and |okay |can you |could you )*(?:(?:do|try|run|roll|flip|play|check|call|send|order|start"
    r"|show)"
    r"(?: it| that| this| them)? (?:again|once more|one more time)|(?:the )?same again)"
    r"(?: please)?$",
    re.IGNORECASE,
)
_UP = word_set("warmer hotter higher louder brighter more longer faster up bigger larger stronger later")
_DOWN = word_set("colder cooler lower quieter softer darker dimmer less shorter slower down smaller weaker earlier")
_ADJUST = re.compile(
    r"^(?:please |now |and |okay |no |hm+ |well |oh |can you |could you |would you )*(?:(?:make|turn|set|put|go"
    r"|do) )?(?:it "
    r"|that |this |the \w+ )?"
    r"(?:(?:a bit|a little|a little bit|much|even|slightly|one|still|some) )*"
    rf"(?:(?P<first>[\w-]+)(?: (?:degrees?|percent|minutes?|steps?|points?|notch(?:es)?|hours?))? )?"
    rf"(?P<way>{'|'.join(sorted(_UP | _DOWN))})(?: (?:please|again|by (?P<step>\w+)(?: \w+)?))*$",
    re.IGNORECASE,
)
_LEAVE = re.compile(
    r"^(?:i (?:don't|do not|dont) (?:know|care|want)|not sure|no idea|nothing|none|no|nope|no thanks|no thank you"
    r"|whatever|forget (?:it|about it)|leave it|skip it|never ?mind|cancel(?: it| that)?|stop|drop it)\b(?! (?:i"
    r"|make|it's)\b)",
    re.IGNORECASE,
)
_ASKED_WHAT = re.compile(
    r"^(?:what|why|which ones?|what do you mean|what are (?:the|my) \w+|sorry|pardon"
    r"|huh)$",
    re.I,
)
_YES_NO = re.compile(r"^(?:(?P<yes>yes|yeah|yep|sure|yup|of course|please)|no|nope|nah)\b", re.IGNORECASE)
WORDED = frozenset(["place", "venue", "person", "text", "query", "title", "message", "identifier", "language", "unit"])
"""Kinds of parameter that an answer of any words can be."""
SHORT = 3
MAX_WORDS = 8
"""A follow-up is short; a longer sentence is a new request."""


def declared(name: str, functions: Functions) -> Mapping[str, Any] | None:
    return next((function for function in functions if function.get("name") == name), None)


def asked(function: Mapping[str, Any], made: Call, missing: str, memory: Memory) -> Reply:
    """Ask back for it."""
    return Reply(replace(memory, asked_for=(made, missing)), question(function, missing))


def supplied(
    heard: str, waiting: tuple[Call, str], memory: Memory, function: Mapping[str, Any], now: datetime | None
) -> Reply | None:
    """The argument that was asked for, if that is what came. Others may come with it; another one may be missing."""
    call, name = waiting
    line = clean(plain(heard)).replace(",", "")
    if _ASKED_WHAT.match(line):
        return asked(function, call, name, memory)
    schema = schemas.properties(function).get(name, {})
    reader = Reader(function, plain(heard), answering=True, now=now)
    found = reader.read()
    if kind_of(name, schema) == "switch" and (yes_no := _YES_NO.match(line)):
        found[name] = bool(yes_no["yes"])
    elif _LEAVE.match(line):
        return Reply(memory, "All right, then I will leave it.")
    if name not in found and (better := corrected_part(heard)):
        found |= changed(better, function, now)
        if found and name not in found:
            made = Call(call.name, schemas.nested({**schemas.flattened(call.args), **found}))
            return asked(function, made, name, memory)
    if name not in found and kind_of(name, schema) in WORDED:
        left = clean(reader.rest.replace(GONE, " "))
        said = clean(_FURTHER_WORDS.sub("", left, count=1)).removesuffix(" please").rstrip(", ")
        found |= {name: said} if said else {}
    if name not in found:
        return None
    args = schemas.nested({**found, **schemas.flattened(call.args), name: found[name]})
    made = Call(call.name, args)
    if missing := schemas.missing_in(function, args):
        return asked(function, made, missing, memory)
    return Reply(replace(memory, last_call=made), calls=(made,))


def takes_any_words(function: Mapping[str, Any], name: str) -> bool:
    """ "Happy birthday!" is a message like any other."""
    return kind_of(name, schemas.properties(function).get(name, {})) in ("message", "text", "title")


def answers(heard: str) -> bool:
    """Words that are about the question itself, and small talk at other times: "no", "what?"."""
    line = clean(plain(heard)).replace(",", "")
    return bool(_ASKED_WHAT.match(line) or _LEAVE.match(line) or _YES_NO.match(line))


def corrected_part(heard: str) -> str:
    """ "No, I meant London" -> London; nothing when nothing is corrected."""
    line = clean(plain(heard))
    line = _NOT_SUITING.sub("", line)
    found = _CORRECTION.match(line)
    rest = clean(re.sub(r"[ ,]+(?:instead|please|rather|not [\w' ]+)$", "", line[found.end() :])) if found else ""
    return rest if rest != line and 0 < len(rest.split()) <= MAX_WORDS else ""


def corrected(heard: str, memory: Memory, function: Mapping[str, Any], now: datetime | None) -> Reply | None:
    """The last call, put right."""
    last = memory.last_call
    line = clean(plain(heard))
    if last is None:
        return None
    found: dict[str, Any] = {}
    if better := corrected_part(heard):
        lead = re.search(rf"\b(?:to|from|with|for|at|in) (?={re.escape(better)})", line, re.IGNORECASE)
        found = Reader(function, f"{lead[0]}{better}", answering=True, now=now).read() if lead else {}
        found = found or changed(better, function, now, any_words=bool(_MEANT.search(line)))
        found = {name: _in_the_same_unit(name, value, better, last, function) for name, value in found.items()}
        found = {name: value for name, value in found.items() if schemas.flattened(last.args).get(name) != value}
    return _with(found, memory, last) if found else None


def _in_the_same_unit(name: str, value: Any, said: str, last: Call, function: Mapping[str, Any]) -> Any:
    """ "Make it fifteen" are minutes, after ten minutes that the call has in seconds."""
    before = schemas.flattened(last.args).get(name)
    unit_s = duration_unit_s(name, schemas.properties(function).get(name, {}))
    if not unit_s or not isinstance(value, int) or not isinstance(before, int) or set(words(said)) & DURATION_S.keys():
        return value
    if unit_s != 1 or before < 60 or value >= 60:
        return value
    return value * 3600 if before % 3600 == 0 else value * 60 if before % 60 == 0 else value


def a_little_more(heard: str, memory: Memory, functions: Functions) -> Reply | None:
    """ "Again", "warmer", "a bit louder, please"."""
    line = clean(plain(heard)).replace(",", "")
    last = memory.last_call
    function = declared(last.name, functions) if last else None
    if last is None or function is None:
        return None
    if _AGAIN.match(line):
        return Reply(memory, calls=(last,))
    found = _adjusted(line, last, function)
    return _with(found, memory, last) if found else None


def is_further(heard: str) -> bool:
    """ "And ...?", "... too", "... the same"."""
    return bool(FURTHER.search(clean(plain(heard))))


def says_the_same(heard: str) -> bool:
    return bool(_SAME.search(clean(plain(heard))))


def further(heard: str, memory: Memory, function: Mapping[str, Any], now: datetime | None) -> Reply | None:
    """ "And tomorrow?", "What about London?": the last call with what is new."""
    if memory.last_call is None or not (FURTHER.search(heard) or slots.date(heard)):
        return None
    line = clean(_SAME.sub("", clean(plain(heard))))
    rest = clean(_FURTHER_WORDS.sub("", line, count=1))
    rest = clean(re.sub(r"[ ,]+(?:too|as well|please|then|instead|only)$", "", rest, flags=re.IGNORECASE))
    if not rest or len(rest.split()) > MAX_WORDS:
        return None
    if same := _of_the_same_shape(rest, memory.last_call):
        return _with(same, memory, memory.last_call)
    leading = re.search(rf"\b(?:from|to|towards|until|by|with|without) (?={re.escape(rest)})", line, re.IGNORECASE)
    found = Reader(function, f"{leading[0]}{rest}", answering=True, now=now).read() if leading else {}
    found = found or changed(rest, function, now)
    return _with(found, memory, memory.last_call) if found else None


def _of_the_same_shape(rest: str, last: Call) -> dict[str, Any]:
    """ "What about a 43?", where one text of the last call was 42, or "and KL-330?" after BX-204."""
    said = re.sub(r"^(?:an?|the) ", "", rest, flags=re.IGNORECASE)
    if not re.fullmatch(r"[A-Za-z]*[- ]?\d+[A-Za-z]?", said):
        return {}
    texts = {name: value for name, value in schemas.flattened(last.args).items() if isinstance(value, str)}
    like = [name for name, value in texts.items() if _outline(value) == _outline(said)]
    return {like[0]: said} if len(like) == 1 else {}


def _outline(text: str) -> str:
    return re.sub(r"\d", "9", re.sub(r"[A-Za-z]", "a", text))


def changed(rest: str, function: Mapping[str, Any], now: datetime | None, *, any_words: bool = True) -> dict[str, Any]:
    """The arguments that these few words name; with `any_words` also the one that can be any words."""
    properties = schemas.properties(function)
    kinds = {name: kind_of(name, schema) for name, schema in properties.items()}
    out = Reader(function, f"in {rest}", answering=True, now=now).read() if not re.match(r"in\b", rest, re.I) else {}
    out = out or Reader(function, rest, answering=True, now=now).read()
    places = [name for name, kind in kinds.items() if kind == "place" and name not in out]
    where = slots.place(f"in {rest}") if not slots.date(rest) or slots.place(rest) else None
    if places and where and not out.keys() - {name for name, kind in kinds.items() if kind == "date"}:
        out[places[-1]] = slots.localised(where, properties[places[-1]])
    listed = [name for name, kind in kinds.items() if kind == "list"]
    if not out and any_words and listed and len(rest.split()) <= SHORT + 1:
        return {listed[0]: lists.items_in(rest)}
    if not out and any_words and not slots.date(rest):
        short = len(rest.split()) <= SHORT and not re.match(r"(?:why|what|who|how|when|where|which)\b", rest, re.I)
        anything = ("query", "person", "venue", "title", *(("text",) if short else ()))
        named = next((name for name, kind in kinds.items() if kind in anything), None)
        if named and "place" not in kinds.values():
            out[named] = slots.query(rest)
    return out


_SAME_THING = re.compile(r"\b(?:it|they|that|this|them|he|she|one)\b", re.IGNORECASE)


def about_the_same(heard: str, made: Call, missing: str, memory: Memory, function: Mapping[str, Any]) -> Call | None:
    """ "Has it shipped yet?" is about the order of the last call."""
    last = memory.last_call
    brief = is_fragment(heard) and len(words(heard)) <= SHORT
    if last is None or last.name != made.name or not (brief or _SAME_THING.search(heard)):
        return None
    args = {**schemas.flattened(last.args), **schemas.flattened(made.args)}
    call = Call(made.name, schemas.nested(args))
    return None if schemas.missing_in(function, call.args) or missing not in args else call


def _with(found: Mapping[str, Any], memory: Memory, last: Call) -> Reply:
    made = Call(last.name, schemas.nested({**schemas.flattened(last.args), **found}))
    return Reply(replace(memory, last_call=made), calls=(made,))


def _adjusted(line: str, last: Call, function: Mapping[str, Any]) -> dict[str, Any]:
    """One step up or down: a degree, ten percent, a minute, the next member of an enumeration."""
    said = _ADJUST.match(line)
    if said is None:
        return {}
    sign = 1 if said["way"].lower() in _UP else -1
    args, properties = schemas.flattened(last.args), schemas.properties(function)
    for name, value in args.items():
        schema = properties.get(name, {})
        if kind_of(name, schema) == "number" and isinstance(value, (int, float)):
            return {name: _stepped(value, sign, said["step"] or said["first"] or "", name, schema)}
    for name, value in args.items():
        options = list(properties.get(name, {}).get("enum") or ())
        if value in options and 0 <= options.index(value) + sign < len(options) and len(options) > 2:
            return {name: options[options.index(value) + sign]}
    return {}


def _stepped(value: float, sign: int, by: str, name: str, schema: Mapping[str, Any]) -> float:
    from gemini_emulator.responder.arguments.arithmetic import numbers

    unit_s = duration_unit_s(name, schema)
    percent = schema.get("maximum") == 100 or "percent" in words(str(schema.get("description", "")))
    usual = 60 / unit_s if unit_s and unit_s <= 60 else 10.0 if percent else 1.0
    given = numbers(by)
    stepped = value + sign * (given[0] if given else usual)
    least, most = schema.get("minimum"), schema.get("maximum")
    stepped = max(stepped, float(least)) if least is not None else stepped
    stepped = min(stepped, float(most)) if most is not None else stepped
    return int(stepped) if stepped == int(stepped) else stepped
