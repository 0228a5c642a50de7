"""All arguments of one function out of one sentence: what is surest is taken first, and no word is used twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gemini_emulator.responder.arguments import calendar, enums, free_text, numbers_and_times, places, schemas
from gemini_emulator.responder.arguments.arithmetic import expression
from gemini_emulator.responder.arguments.booleans import is_described, switched
from gemini_emulator.responder.arguments.parameter_kinds import (
    PURPOSE,
    ROOMS,
    duration_unit_s,
    in_its_unit,
    kind_of,
    role_of,
    stems_of,
)
from gemini_emulator.responder.stemming import STOP, clean, concepts_in, identifier_words, stem, words

ALIKE = tuple(
    frozenset(stem(word) for word in group.split())
    for group in (
        "people person persons guests passengers travellers travelers adults party seats attendees",
        "degrees celsius fahrenheit temperature",
        "percent level volume brightness loudness",
        "stars star rating",
        "dollars euros pounds yen francs amount price money",
        "kilometers miles distance km",
        "quantity pieces count",
    )
)
"""Words of which one may stand in the description and another behind the number."""
_PEOPLE = ALIKE[0]
_COUNTING = frozenset(["quantity", "count", "many", "number", "amount"])
_PROPER = ("venue", "place", "person")
"""Whose value is a name: never a word for what the function is about."""
_FREE = ("text", "query", "title", "message")
_ROOM = re.compile(rf"\b(?:(?:in|of|for) )?(?:(?:the|my|our) )?(?P<room>{'|'.join(sorted(ROOMS))})\b", re.IGNORECASE)
_PART_LEFT = re.compile(r"(?<=\x00) (?:in the )?(?:morning|afternoon|evening|night)\b", re.IGNORECASE)
EVIDENCE = 0.5
"""An optional number needs at least this much of a reason."""


class Reader:
    """`args` is filled by `read`; `answering` lets an answer be a mere word, as after a question.

    `now` is the user's time, for days and times that count from it. Those inside an object are named `outer.inner`.
    """

    def __init__(
        self, function: Mapping[str, Any], heard: str, *, answering: bool = False, now: datetime | None = None
    ) -> None:
        self._properties = schemas.properties(function)
        self._required = schemas.required(function)
        self._heard = numbers_and_times.fractions(" ".join(heard.split()))
        self.rest = self._heard
        """What no argument has taken."""
        self.guessed: set[str] = set()
        """Arguments that are merely what was left over."""
        self._answering, self._now = answering, now
        self._kinds = {name: kind_of(name, described) for name, described in self._properties.items()}
        named = identifier_words(str(function.get("name", "")))
        about = [word for word in words(str(function.get("description", ""))) if word not in STOP]
        self._about = concepts_in([*named, *about])
        self._naming = free_text.naming_stems(word for word in [*named, *about] if word not in STOP)
        self.args: dict[str, Any] = {}

    def read(self) -> dict[str, Any]:
        """Raises nothing: what the words do not say is left out."""
        self._said_and_called()
        self._exact_moments()
        self._moments()
        self._choices()
        self._lists()
        self._identifiers()
        self._lengths()
        self._numbers()
        self._switches()
        self._named_things()
        self._reasons()
        if not self._answering:
            self._free_text()
        return {name: self.args[name] for name in self._properties if name in self.args}

    def _of(self, *kinds: str) -> list[str]:
        """Parameters of these kinds that have no value yet, the required ones first."""
        found = [name for name, kind in self._kinds.items() if kind in kinds and name not in self.args]
        return sorted(found, key=lambda name: name not in self._required)

    def _take(self, name: str, value: Any, start: int, end: int) -> None:
        self.args[name] = value
        self.rest = numbers_and_times.blank(self.rest, start, end)

    def _said_and_called(self) -> None:
        """Quoted words come first: a time in a message is not the time of the message."""
        to_somebody = "person" in self._kinds.values()
        free = self._of("message") if to_somebody else self._of("title", "message", "text", "query")
        for name in sorted(free, key=lambda name: name not in self._required)[:1]:
            if found := free_text.message_in(self.rest, to_somebody):
                self._take(name, clean(found["text"]), found.start(), found.end())
        for name in self._of("title"):
            if found := free_text.called_in(self.rest):
                self._take(name, clean(found["text"]), found.start(), found.end())

    def _exact_moments(self) -> None:
        """Day and time in one: taken together."""
        for name in self._of("moment"):
            if self._now is None:
                continue
            soon = numbers_and_times.later(self.rest)[:1]
            found = [
                *soon,
                *([] if soon else [*numbers_and_times.dates(self.rest)[:1], *numbers_and_times.times(self.rest)[:1]]),
            ]
            said = next((span.value for span in numbers_and_times.dates(self.rest)), "")
            clock = next((span.value for span in numbers_and_times.times(self.rest)), "")
            seconds = float(soon[0].value) if soon else None
            if value := calendar.moment(said, clock, seconds, numbers_and_times.part_of_day(self.rest), self._now):
                self.args[name] = value
                for span in found:
                    self.rest = numbers_and_times.blank(self.rest, span.start, span.end)
                self.rest = _PART_LEFT.sub(lambda left: free_text.GONE * len(left[0]), self.rest)

    def _moments(self) -> None:
        for name in self._of("time"):
            if found := numbers_and_times.times(self.rest):
                self._take(name, found[0].value, found[0].start, found[0].end)
            elif self._now and (later := numbers_and_times.later(self.rest)):
                at = self._now + timedelta(seconds=float(later[0].value))
                self._take(name, f"{at:%H:%M}", later[0].start, later[0].end)
        for name in self._of("date"):
            if found := numbers_and_times.dates(self.rest):
                self._take(name, self._day(name, found[0].value), found[0].start, found[0].end)
                self.rest = _PART_LEFT.sub(lambda left: free_text.GONE * len(left[0]), self.rest)

    def _day(self, name: str, said: str) -> str:
        if self._now is None or not calendar.wants_iso(self._properties[name], said):
            return said
        found = calendar.day(said, self._now.date())
        return found.isoformat() if found else said

    def _choices(self) -> None:
        names = [name for name in self._properties if self._kinds[name] == "choice"]
        for name in sorted(names, key=lambda name: not role_of(name, self._properties[name])):
            described = self._properties[name]
            found = enums.matches(described["enum"], self.rest)
            if match := _best(found, role_of(name, described), self._answering):
                self._take(name, match.option, match.start, match.end)

    def _lists(self) -> None:
        """Several members of an enumeration, or several numbers; lists of words come last."""
        for name in self._of("list"):
            items = self._properties[name].get("items") or {}
            if items.get("enum"):
                found = [(one.option, one.start, one.end) for one in enums.matches(items["enum"], self.rest)]
            elif schemas.type_of(items) in ("integer", "number"):
                found = [(_typed(one.value, items), one.start, one.end) for one in numbers_and_times.amounts(self.rest)]
            else:
                continue
            if found:
                self.args[name] = list(dict.fromkeys(value for value, _, _ in found))
                for _, start, end in found:
                    self.rest = numbers_and_times.blank(self.rest, start, end)

    def _identifiers(self) -> None:
        for name in self._of("identifier"):
            cued = stems_of(name, self._properties[name]) & {stem(word) for word in words(self.rest)}
            if name not in self._required and not cued:
                continue
            if found := free_text.identifier_in(self.rest):
                self._take(name, *found)

    def _lengths(self) -> None:
        for name in self._of("number"):
            unit_s = duration_unit_s(name, self._properties[name])
            found = numbers_and_times.durations(self.rest) if unit_s else []
            if unit_s and found:
                self._take(name, _typed(float(found[0].value) / unit_s, self._properties[name]), *_ends(found[0]))

    def _numbers(self) -> None:
        """The surest pair of parameter and number first."""
        while True:
            pairs = [
                (self._reason(name, amount), name, amount)
                for name in self._of("number")
                for amount in numbers_and_times.amounts(self.rest)
                if _allowed(amount.value, self._properties[name])
            ]
            best = max(pairs, key=lambda pair: pair[0], default=None)
            if best is None or best[0] <= 0:
                return
            self._take_number(best[1], best[2])

    def _take_number(self, name: str, amount: numbers_and_times.Amount) -> None:
        said = amount.after[0] if amount.after else ""
        value = in_its_unit(amount.value, said, name, self._properties[name])
        self.args[name] = _typed(value, self._properties[name])
        together = [other for other in numbers_and_times.amounts(self.rest) if other.start == amount.start]
        if len(together) > 1:
            written = " ".join(f"{other.value:g}" for other in together if other.value != amount.value)
            self.rest = self.rest[: amount.start] + written + self.rest[amount.end :]
            return
        end = amount.end
        follower = re.match(r"[\s-]*([A-Za-z]+)", self.rest[end:])
        known = stems_of(name, self._properties[name]) | _relatives(stems_of(name, self._properties[name]))
        if follower and (stem(follower[1].lower()) in known or value != amount.value):
            end += follower.end()
        lead = re.search(r"\b(?:for|of|to|by)\s+$", self.rest[: amount.start], re.IGNORECASE)
        units = "unit" in self._kinds.values()
        self.rest = numbers_and_times.blank(
            self.rest, lead.start() if lead else amount.start, amount.end if units else end
        )

    def _reason(self, name: str, amount: numbers_and_times.Amount) -> float:
        described = self._properties[name]
        own = stems_of(name, described)
        reason = max(numbers_and_times.near(amount, own), numbers_and_times.near(amount, _relatives(own)))
        if reason == 0 and amount.before[:1] == ("for",) and own & _PEOPLE:
            reason = 2.0
        if reason == 0 and own & _COUNTING and amount.after and amount.after[0] not in STOP:
            reason = EVIDENCE
        if reason == 0 and amount.after and in_its_unit(1.0, amount.after[0], name, described) != 1.0:
            reason = 2.0
        if self._answering or name in self._required:
            reason += 0.1
        return reason if reason >= EVIDENCE or self._answering or name in self._required else 0.0

    def _switches(self) -> None:
        said = words(self._heard)
        for name in self._of("switch"):
            value = switched(identifier_words(name), said)
            if value is None and is_described(self._properties[name], said):
                value = True
                own = words(str(self._properties[name].get("description", "")))
                self._blank_words(frozenset(stem(word) for word in own))
            if value is not None:
                self.args[name] = value
                self._blank_words(frozenset(stem(word) for word in identifier_words(name)))

    def _blank_words(self, stems: frozenset[str]) -> None:
        for found in re.finditer(r"[A-Za-z]+", self.rest):
            if stem(found[0].lower()) in stems:
                self.rest = numbers_and_times.blank(self.rest, found.start(), found.end())

    def _named_things(self) -> None:
        """Languages, units, currencies, people and places."""
        for name in self._of("language"):
            if found := free_text.language_in(self.rest):
                self._take(name, *found)
        for name in self._of("unit", "currency"):
            if unit := free_text.unit_in(self.rest, role_of(name, self._properties[name])):
                self.args[name] = unit
        for name in self._of("person"):
            if found := free_text.person_in(self.rest, self._naming):
                self._take(name, *found)
        for name in sorted(self._of("place", "venue"), key=lambda name: not role_of(name, self._properties[name])):
            self._place(name)

    def _reasons(self) -> None:
        for name, described in self._properties.items():
            wanted = name not in self.args and PURPOSE.search(str(described.get("description", "")))
            if wanted and (found := free_text.reason_in(self.rest)):
                self._take(name, *found)

    def _place(self, name: str) -> None:
        described = self._properties[name]
        if "room" in identifier_words(name) and (room := _ROOM.search(self.rest)):
            self._take(name, room["room"], room.start(), room.end())
            return
        role = _place_role(name, described)
        if role:
            found = free_text.after("from|leaving" if role == "from" else "to|into|towards|for", self.rest)
        elif self._kinds[name] == "venue":
            found = free_text.after("at", self.rest) or free_text.after("in|from|with", self.rest)
        else:
            found = None
        if found:
            where = free_text.without_article(found[0])
            self._take(name, places.localised(where, described), found[1], found[2])
        elif not role and not self._answering:
            self._somewhere(name, described)

    def _somewhere(self, name: str, described: Mapping[str, Any]) -> None:
        heading = free_text.after("to", self.rest) if not free_text.after("in|at|near|for", self.rest) else None
        about = bool(heading) and concepts_in(words(heading[0] if heading else "")) & self._about
        if heading and self._kinds[name] == "place" and not about:
            self._take(name, places.localised(free_text.without_article(heading[0]), described), heading[1], heading[2])
            return
        pieces = re.split(r"\x00+", self.rest)
        named = next((where for piece in pieces if (where := places.place(piece))), None)
        if named and not {stem(word) for word in words(named)[:1]} <= self._naming:
            at = self.rest.find(named)
            self.args[name] = places.localised(free_text.without_article(named), described)
            if at >= 0:
                self.rest = numbers_and_times.blank(self.rest, at, at + len(named))

    def _free_text(self) -> None:
        """One parameter gets what is left; a required one before a mere query."""
        for name in self._of("expression"):
            if found := expression(self._heard):
                self.args[name] = found
        free = [name for name in self._of(*_FREE, *_PROPER, "list") if name in self._required]
        free = free or self._of("query")
        for name in free[:1]:
            text = self._left_over(name)
            if text and not (self._kinds[name] in _PROPER and concepts_in(words(text)) & self._about):
                self.args[name] = free_text.listed(text) if self._kinds[name] == "list" else text
                self.guessed.add(name)

    def _left_over(self, name: str) -> str:
        own = stems_of(name, self._properties[name]) if self._kinds[name] != "query" else frozenset()
        asked = places.query(self.rest) if "lookup" in self._about and self._kinds[name] == "query" else self.rest
        return free_text.left_over(asked, self._naming | own, commas=self._kinds[name] != "list")


def _best(found: list[enums.Match], role: str, answering: bool) -> enums.Match | None:
    if role and found:
        sign = -1.0 if role == "from" else 1.0
        best = max(found, key=lambda match: sign * match.toward)
        wrong_way = sign * best.toward < 0 or (len(found) == 1 and role == "from" and best.toward > 0)
        return None if wrong_way or (answering and role == "from" and best.toward >= 0) else best
    return max(found, key=lambda match: (match.exactness, match.end - match.start), default=None)


def _place_role(name: str, described: Mapping[str, Any]) -> str:
    if role := role_of(name, described):
        return role
    return ""


def _relatives(own: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(group for group in ALIKE if group & own))


def _typed(value: float, described: Mapping[str, Any]) -> float | int:
    whole = str(described.get("type")).lower() == "integer" or value == int(value)
    return round(value) if whole else value


def _allowed(value: float, described: Mapping[str, Any]) -> bool:
    least, most = described.get("minimum"), described.get("maximum")
    return (least is None or value >= float(least)) and (most is None or value <= float(most))


def _ends(span: numbers_and_times.Span) -> tuple[int, int]:
    return span.start, span.end
