"""All arguments of one function out of one sentence: what is surest is taken first, and no word is used twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gemini_emulator.responder.arguments import (
    calendar,
    enums,
    free_text,
    lists,
    money,
    numbers_and_times,
    places,
    schemas,
)
from gemini_emulator.responder.arguments.arithmetic import expression
from gemini_emulator.responder.arguments.booleans import explained, is_described, switched
from gemini_emulator.responder.arguments.choice_words import also_said
from gemini_emulator.responder.arguments.leftovers import GONE, left_over
from gemini_emulator.responder.arguments.number_reader import NumberReader, typed
from gemini_emulator.responder.arguments.parameter_kinds import PURPOSE, ROOMS, role_of, shape_of, stems_of
from gemini_emulator.responder.stemming import (
    STOP,
    actions_in,
    clean,
    concepts_in,
    identifier_words,
    phrasal_verbs,
    stem,
    word_set,
    words,
)

_PROPER = ("venue", "place", "person")
"""Whose value is a name: never a word for what the function is about."""
_FREE = ("text", "query", "title", "message")
_ROOM = re.compile(rf"\b(?:(?:in|of|for) )?(?:(?:the|my|our) )?(?P<room>{'|'.join(sorted(ROOMS))})\b", re.IGNORECASE)
_PART_LEFT = re.compile(r"(?<=\x00) (?:in the )?(?:morning|afternoon|evening|night)\b", re.IGNORECASE)


_PEOPLE = word_set("attendees guests invitees members participants people players recipients students")
_CITY = r"[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2}"
_FROM_TO = re.compile(rf"\b(?P<from>{_CITY}) to (?P<to>{_CITY})")
_EXAMPLE = re.compile(r"(?:e\.g\.|such as|for example|like)\s+['\"“]?(?P<words>[\w -]+)", re.IGNORECASE)


_HEADING_TO = "to|into|towards|toward|in the direction of|heading for|bound for"
_ON, _OFF = frozenset(["start", "resume"]), frozenset(["stop"])


class Reader(NumberReader):
    """`args` is filled by `read`; `answering` lets an answer be a mere word, as after a question.

    `now` is the user's time, for days and times that count from it. Those inside an object are named `outer.inner`.
    """

    def read(self) -> dict[str, Any]:
        """Raises nothing: what the words do not say is left out."""
        self._said_and_called()
        self._shaped()
        self._exact_moments()
        self._moments()
        self._choices()
        self._lists()
        self._identifiers()
        self._lengths()
        self._single()
        self._single_person()
        self._shares()
        self._numbers()
        self._range_ends()
        self._switches()
        self._named_things()
        self._reasons()
        if not self._answering:
            self._free_text()
        return {name: self.args[name] for name in self._properties if name in self.args}

    def _said_and_called(self) -> None:
        """Quoted words come first: a time in a message is not the time of the message."""
        to_somebody = "person" in self._kinds.values()
        free = self._of("message") if to_somebody else self._of("title", "message", "text", "query")
        for name in sorted(free, key=lambda name: name not in self._required)[:1]:
            if found := free_text.message_in(self.rest, to_somebody):
                self._take(name, clean(found["text"]), found.start(), found.end())
        for name in self._of("title"):
            if found := free_text.called_in(self.rest):
                self._take(name, clean(found["text"] or found["it"]), found.start(), found.end())

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
                self.rest = _PART_LEFT.sub(lambda left: GONE * len(left[0]), self.rest)

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

    def _day(self, name: str, said: str) -> str:
        if self._now is None or not calendar.wants_iso(self._properties[name], said):
            return said
        found = calendar.day(said, self._now.date())
        return found.isoformat() if found else said

    def _choices(self) -> None:
        names = [name for name in self._properties if self._kinds[name] == "choice"]
        for name in sorted(names, key=lambda name: not role_of(name, self._properties[name])):
            described = self._properties[name]
            found = enums.matches(described["enum"], self.rest, str(described.get("description", "")))
            if self._answering and not found:
                found = enums.parts(described["enum"], self.rest)
            if match := _best(found, role_of(name, described), self._answering):
                self._take(name, match.option, match.start, match.end)
                also = also_said(match.option, "", ())
                self._blank_words(frozenset(stem(word) for word in also), touching=True)
        self._on_or_off()
        if "date" in self._kinds.values():
            self.rest = _PART_LEFT.sub(lambda left: GONE * len(left[0]), self.rest)

    def _lists(self) -> None:
        """Several members of an enumeration, or several numbers; lists of words come last."""
        for name in self._of("list"):
            items = self._properties[name].get("items") or {}
            if items.get("enum"):
                found = [(one.option, one.start, one.end) for one in enums.matches(items["enum"], self.rest)]
            elif schemas.type_of(items) in ("integer", "number"):
                found = [(typed(one.value, items), one.start, one.end) for one in numbers_and_times.amounts(self.rest)]
            else:
                continue
            if found:
                self.args[name] = list(dict.fromkeys(value for value, _, _ in found))
                for _, start, end in found:
                    self.rest = numbers_and_times.blank(self.rest, start, end)

    def _shaped(self) -> None:
        """What looks like the example in a description, whatever its kind."""
        for name, described in self._properties.items():
            free = name not in self.args and self._kinds[name] not in ("date", "time", "moment")
            shape = shape_of(described) if free else None
            for like in shape.finditer(self.rest) if shape else ():
                if like[0][0].isalpha() or name in self._required:
                    self._take(name, re.sub(r" ", "", like[0]), like.start(), like.end())
                    break

    def _identifiers(self) -> None:
        for name in self._of("identifier"):
            cued = stems_of(name, self._properties[name]) & {stem(word) for word in words(self.rest)}
            if name not in self._required and not cued:
                continue
            named = [word for word in identifier_words(name) if word not in ("id", "number", "code")]
            if found := free_text.identifier_in(self.rest, named):
                self._take(name, *found)

    def _switches(self) -> None:
        said = words(self._heard)
        for name in self._of("switch"):
            value = switched(identifier_words(name), said)
            value = explained(self._properties[name], said) if value is None else value
            if value is not False and is_described(self._properties[name], said):
                value = True
                own = words(str(self._properties[name].get("description", "")))
                self._blank_words(frozenset(stem(word) for word in own))
            if value is not None:
                self.args[name] = value
                self._blank_words(frozenset(stem(word) for word in identifier_words(name)))

    def _on_or_off(self) -> None:
        """ "Fire up" is on, and "stop" is off, where an enumeration has both."""
        for name in self._of("choice"):
            options = {str(option).lower(): option for option in self._properties[name]["enum"]}
            if {"on", "off"} <= options.keys():
                done = actions_in([*words(self._heard), *phrasal_verbs(self._heard)])
                if done & _OFF or done & _ON:
                    self.args[name] = options["off" if done & _OFF else "on"]

    def _blank_words(self, stems: frozenset[str], *, touching: bool = False) -> None:
        """`touching`: only those beside what is taken already."""
        for found in re.finditer(r"[A-Za-z]+", self.rest):
            beside = GONE in self.rest[max(0, found.start() - 2) : found.end() + 2]
            if stem(found[0].lower()) in stems and (beside or not touching):
                self.rest = numbers_and_times.blank(self.rest, found.start(), found.end())

    def _named_things(self) -> None:
        """Languages, units, currencies, people and places."""
        for name in self._of("language"):
            if found := free_text.language_in(self.rest):
                self._take(name, *found)
        self._currencies()
        if "currency" in self._kinds.values():
            for _, start, end, _ in money.mentioned(self.rest):
                self.rest = numbers_and_times.blank(self.rest, start, end)
        for name in self._of("unit"):
            if unit := free_text.unit_in(self.rest, role_of(name, self._properties[name])):
                self.args[name] = unit
        for name in self._of("list"):
            if _PEOPLE & set(identifier_words(name)) and (
                found := free_text.after("with|invite|inviting|meeting|meet", self.rest)
            ):
                who = lists.without_place(found[0])
                self._take(name, lists.items_in(who), found[1], found[2] - len(found[0]) + len(who))
            elif name not in self._required and (found := free_text.after_noun(identifier_words(name), self.rest)):
                self._take(name, lists.items_in(found[0]), found[1], found[2])
        for name in self._of("person"):
            sure = name in self._required and not self._answering
            if found := free_text.person_in(self.rest, self._naming, any_name=sure):
                self._take(name, *found)
        for name in sorted(self._of("place", "venue"), key=lambda name: not role_of(name, self._properties[name])):
            self._place(name)

    def _currencies(self) -> None:
        """Each of two currencies once: the one without a role is what the other is not."""
        names = sorted(self._of("currency"), key=lambda name: not role_of(name, self._properties[name]))
        roles = {name: role_of(name, self._properties[name]) for name in names}
        for name in names:
            role = roles[name] or ("to" if "from" in roles.values() else "from" if "to" in roles.values() else "")
            code = money.currency_in(self._heard, role, self._properties[name], frozenset(map(str, self.args.values())))
            if code:
                self.args[name] = code

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
            found = free_text.after("from|leaving|out of" if role == "from" else _HEADING_TO, self.rest)
            needed = [other for other in self._of("place") if other in self._required]
            found = found or self._between(role)
            if not found and name in needed and (role == "to" or needed == [name]):
                found = free_text.after("in|at" if needed == [name] else "in", self.rest)
        elif self._kinds[name] == "venue":
            nouns = [
                word
                for word in [*identifier_words(name), *words(str(described.get("description", "")))]
                if word not in STOP
            ]
            found = free_text.after("at", self.rest) or free_text.before(nouns, self.rest)
            found = found or free_text.after("in|from|with", self.rest)
        else:
            found = None
        if found:
            where = free_text.without_article(found[0])
            self._take(name, places.localised(where, described), found[1], found[2])
        elif not role and not self._answering:
            self._somewhere(name, described)

    def _between(self, role: str) -> tuple[str, int, int] | None:
        """ "Munich to Athens", without "from"."""
        if found := _FROM_TO.search(self.rest):
            start, first = found.start(role), found[role].split(" ")[0]
            if " " in found[role] and stem(first.lower()) in self._naming:
                start += len(first) + 1
            return self.rest[start : found.end(role)], start, found.end(role)
        return None

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
        free = [
            name
            for name in self._of(*_FREE, *_PROPER, "list")
            if name in self._required and role_of(name, self._properties[name]) != "from"
        ]
        free = free or self._of("query")
        for name in free[:1]:
            text = self._left_over(name)
            if text and not (self._kinds[name] in _PROPER and concepts_in(words(text)) & self._about):
                self.args[name] = lists.items_in(text) if self._kinds[name] == "list" else text
                self.guessed.add(name)

    def _left_over(self, name: str) -> str:
        described = str(self._properties[name].get("description", ""))
        plainly = {"description": _EXAMPLE.sub("", described)}
        own = stems_of(name, plainly) if self._kinds[name] != "query" else frozenset()
        asked = places.query(self.rest) if "lookup" in self._about and self._kinds[name] == "query" else self.rest
        naming = self._naming | own
        itself = (
            frozenset(stem(word) for word in identifier_words(name)) if self._kinds[name] == "text" else frozenset()
        )
        left = left_over(
            asked,
            naming,
            commas=self._kinds[name] != "list",
            framed=self._framed,
            kept=self._like_the_example(name, naming),
            ending=itself if len(itself) == 1 else frozenset(),
            about=self._about,
        )
        return "" if {stem(word) for word in words(left)} <= itself else left

    def _like_the_example(self, name: str, naming: frozenset[str]) -> frozenset[str]:
        """Words that a value may end with, as its example does: "hallway light", where "desk lamp" is one."""
        found = _EXAMPLE.search(str(self._properties[name].get("description", "")))
        alike = concepts_in(words(found["words"])[-1:]) if found else frozenset()
        return frozenset(word for word in naming if concepts_in([word]) & alike)


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
