"""Numbers of a function's parameters: lengths of time, parts of a range, and amounts with the words around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gemini_emulator.responder.arguments import free_text, numbers_and_times, schemas, shares
from gemini_emulator.responder.arguments.parameter_kinds import (
    DURATION_S,
    MEASURES,
    duration_unit_s,
    in_its_unit,
    is_measured_in,
    kind_of,
    stems_of,
)
from gemini_emulator.responder.stemming import STOP, actions_in, concepts_in, identifier_words, stem, word_set, words

ALIKE = tuple(
    frozenset(stem(word) for word in words(group))
    for group in (
        "people person persons guests passengers travellers travelers adults party seats attendees",
        "degrees celsius fahrenheit temperature",
        "percent level volume brightness loudness",
        "stars star rating",
        "dollars euros pounds yen francs amount price money",
        "kilometers kilometres miles distance km",
        "quantity pieces count",
        "pack packs packet packets package packages box boxes bottle bottles tin tins bag bags carton cartons",
        "adults grown-ups grown adult",
        "children kids child son daughter",
        "repetitions reps times",
        "kw kilowatts power",
    )
)
"""Words of which one may stand in the description and another behind the number."""
_PEOPLE = ALIKE[0]
_COUNTING = frozenset(["quantity", "count", "many", "number", "amount", "repetition", "rep"])
_REPEATING = frozenset(["repetition", "rep"])
_LENGTHS = frozenset(DURATION_S) - {"s", "ms"} | {
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "hour",
    "minute",
    "second",
}
_COUNTED_PEOPLE = frozenset(["adult", "child", "guest", "passenger", "person", "traveller", "visitor"])
_ONE = re.compile(r"\b(?:and )?(?:an?|one) (?P<what>[a-z]+)\b", re.IGNORECASE)
_JUST_ME = re.compile(r"\b(?:just|only) (?:for )?(?:me|myself)\b|\bby myself\b|\bon my own\b", re.IGNORECASE)
_MONEY = frozenset(["dollar", "dollars", "euro", "euros", "pounds", "francs", "yen", "bucks", "quid", "cents"])
_MONEY_LIKE = _MONEY | word_set(
    "amount bill budget cost costs dollars euros fee money much pay price quantity spent sum total value"
)
_ONE_MORE = re.compile(
    r"\b(?:for |by )?(?:an?|one|(?P<more>another|one more|an extra|an additional))(?: whole)? (?P<what>[a-z]+)\b",
    re.IGNORECASE,
)
NAMED = 4.0
"""For "table seven" and "room 12", where the parameter is called so, and for 2019, where it is a year."""
EVIDENCE = 0.5
"""An optional number needs at least this much of a reason."""


class NumberReader:
    """What has been read so far, and how numbers are read.

    `now` is the user's time, for days and times that count from it. Those inside an object are named `outer.inner`.
    `framed`: of the words left over only those that a phrase leads to are a value, as in "I've got ...".
    """

    def __init__(
        self,
        function: Mapping[str, Any],
        heard: str,
        *,
        answering: bool = False,
        framed: bool = False,
        now: datetime | None = None,
    ) -> None:
        self._properties = schemas.properties(function)
        self._required = schemas.required(function)
        self._heard = numbers_and_times.fractions(numbers_and_times.whole_hours(" ".join(heard.split())))
        self.rest = self._heard
        """What no argument has taken."""
        self.guessed: set[str] = set()
        """Arguments that are merely what was left over."""
        self._answering, self._framed, self._now = answering, framed, now
        self._kinds = {name: kind_of(name, described) for name, described in self._properties.items()}
        named = identifier_words(str(function.get("name", "")))
        about = [word for word in words(str(function.get("description", ""))) if word not in STOP]
        self._about = concepts_in([*named, *about])
        self._naming = free_text.naming_stems(word for word in [*named, *about] if word not in STOP)
        self.args: dict[str, Any] = {}

    def _of(self, *kinds: str) -> list[str]:
        """Parameters of these kinds that have no value yet, the required ones first."""
        found = [name for name, kind in self._kinds.items() if kind in kinds and name not in self.args]
        return sorted(found, key=lambda name: name not in self._required)

    def _take(self, name: str, value: Any, start: int, end: int) -> None:
        self.args[name] = value
        self.rest = numbers_and_times.blank(self.rest, start, end)

    def _lengths(self) -> None:
        for name in self._of("number"):
            unit_s = duration_unit_s(name, self._properties[name])
            found = numbers_and_times.durations(self.rest) if unit_s else []
            if unit_s and found:
                self._take(name, typed(float(found[0].value) / unit_s, self._properties[name]), *_ends(found[0]))

    def _shares(self) -> None:
        """ "Halfway" and "a third", where the parameter has a range; then ends, as in "close it"."""
        for name in self._of("number"):
            if found := shares.share_in(self.rest, name, self._properties[name], self._heard):
                self._take(name, typed(float(found.value), self._properties[name]), *_ends(found))

    def _range_ends(self) -> None:
        for name in self._of("number"):
            if name in self._required and (end := shares.end_in(self._heard, self._properties[name])) is not None:
                self.args[name] = typed(end, self._properties[name])

    def _single(self) -> None:
        """ "Another week", where a parameter counts weeks."""
        for name in self._of("number"):
            for found in _ONE_MORE.finditer(self.rest):
                plainly = found["more"] or found["what"].lower() in _LENGTHS
                if plainly and stem(found["what"].lower()) in {stem(word) for word in identifier_words(name)}:
                    self._take(name, 1, found.start(), found.end())
                    break

    def _single_person(self) -> None:
        """ "Two adults and a child", "just me"."""
        for name in self._of("number"):
            own = alike(frozenset(stem(word) for word in identifier_words(name)))
            if not own & _COUNTED_PEOPLE:
                continue
            found = next((one for one in _ONE.finditer(self.rest) if stem(one["what"].lower()) in own), None)
            found = found or (_JUST_ME.search(self.rest) if name in self._required else None)
            if found:
                self._take(name, 1, found.start(), found.end())

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
        value = -value if _counts_down(self._properties[name], self._heard) else value
        self.args[name] = typed(value, self._properties[name])
        together = [other for other in numbers_and_times.amounts(self.rest) if other.start == amount.start]
        if len(together) > 1:
            written = " ".join(f"{other.value:g}" for other in together if other.value != amount.value)
            self.rest = self.rest[: amount.start] + written + self.rest[amount.end :]
            return
        end = amount.end
        follower = re.match(
            r"(?:[\s-]*(?:more|extra|additional|whole|full)\b)?[\s-]*([A-Za-z]+)(?:-[a-z]+)?", self.rest[end:]
        )
        known = stems_of(name, self._properties[name]) | _relatives(stems_of(name, self._properties[name]))
        measured = follower and is_measured_in(follower[1].lower(), name, self._properties[name])
        if follower and (stem(follower[1].lower()) in known or value != amount.value or measured):
            end += follower.end()
        lead = re.search(
            r"\b(?:for|of|to|by|at least|at most|within|under|in)\s+$", self.rest[: amount.start], re.IGNORECASE
        )
        units = "unit" in self._kinds.values()
        self.rest = numbers_and_times.blank(
            self.rest, lead.start() if lead else amount.start, amount.end if units else end
        )

    def _reason(self, name: str, amount: numbers_and_times.Amount) -> float:
        described = self._properties[name]
        own = stems_of(name, described)
        reason = max(numbers_and_times.near(amount, own), numbers_and_times.near(amount, _relatives(own)))
        if self._clashes(name, amount):
            return 0.0
        itself = {stem(word) for word in identifier_words(name) if word not in STOP}
        if amount.before and stem(amount.before[0]) in itself - _COUNTING:
            return NAMED
        if "year" in itself and 1900 <= amount.value <= 2100 and amount.value == int(amount.value):
            return NAMED
        if reason == 0 and own & _PEOPLE and (amount.before[:1] == ("for",) or amount.after[:2] == ("of", "us")):
            reason = 2.0
        alone = name in self._required or list(self._kinds.values()).count("number") == 1 or own & _REPEATING
        alone = alone or _COUNTING & {stem(word) for word in identifier_words(name)}
        if reason == 0 and alone and own & _COUNTING and amount.after and amount.after[0] not in STOP:
            reason = EVIDENCE
        if reason == 0 and amount.after and is_measured_in(amount.after[0], name, described):
            reason = 2.0
        if self._answering or name in self._required:
            reason += 0.1
        return reason if reason >= EVIDENCE or self._answering or name in self._required else 0.0

    def _clashes(self, name: str, amount: numbers_and_times.Amount) -> bool:
        """Seven minutes are no seven degrees."""
        if not amount.after or self._answering:
            return False
        said, described = amount.after[0], self._properties[name]
        own = [*identifier_words(name), *words(str(described.get("description", "")))]
        if said in _MONEY:
            return not _MONEY_LIKE & set(own)
        if said in _LENGTHS:
            return duration_unit_s(name, described) is None and stem(said) not in {stem(word) for word in own}
        known = said in MEASURES and any(word in MEASURES for word in own)
        return known and not is_measured_in(said, name, described)


_NEGATIVE = re.compile(r"\bnegative\s*(?:=|:|is|means|for|if)\s*(?:to )?(?P<what>[a-z ]+)", re.IGNORECASE)


def _counts_down(described: Mapping[str, Any], heard: str) -> bool:
    """ "Take six out", where the description says "negative = taken out"."""
    found = _NEGATIVE.search(str(described.get("description", "")))
    meant = [word for word in words(found["what"]) if word not in STOP] if found else []
    said = words(heard)
    return bool(meant) and (
        stem(meant[0]) in {stem(word) for word in said} or bool(actions_in(meant) & actions_in(said))
    )


def alike(own: frozenset[str]) -> frozenset[str]:
    """These stems and those that may stand for them behind a number."""
    return own | _relatives(own)


def _relatives(own: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(group for group in ALIKE if group & own))


def typed(value: float, described: Mapping[str, Any]) -> float | int:
    whole = str(described.get("type")).lower() == "integer" or value == int(value)
    return round(value) if whole else value


def _allowed(value: float, described: Mapping[str, Any]) -> bool:
    least, most = described.get("minimum"), described.get("maximum")
    return (least is None or value >= float(least)) and (most is None or value <= float(most))


def _ends(span: numbers_and_times.Span) -> tuple[int, int]:
    return span.start, span.end
