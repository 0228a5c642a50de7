"""Function calls that wait for their results: blocking ones hold the turn, the others come in when they come."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.protocol.setup import INVALID_ARGUMENT, Backend, Refused
from gemini_emulator.responder.conversation_state import Call, Result
from gemini_emulator.session.events import Message


@dataclass(frozen=True, slots=True)
class Late:
    """The result of a non-blocking call."""

    result: Result
    scheduling: str


@dataclass(slots=True)
class Calls:
    """Ids are given here. A response to a call that is not open (cancelled, made up, answered) is ignored."""

    backend: Backend = Backend.DEVELOPER
    prefixes: tuple[str, ...] = ("function-call-",)
    """What ids begin with, by turns; none: they are UUIDs."""
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    """A UUID, to make an id of."""
    tell_ids: bool = True
    """Vertex AI was told to leave them out; results then find their call by its name, in the order of the calls."""
    refuse_unknown: bool = False
    """A response to a call that never was ends the connection."""
    _blocking: dict[str, Call] = field(default_factory=dict)
    _background: dict[str, Call] = field(default_factory=dict)
    _results: list[Result] = field(default_factory=list)
    _made: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def waiting(self) -> bool:
        """The turn stands still for a result."""
        return bool(self._blocking)

    @property
    def in_background(self) -> bool:
        """A result will come after the turn."""
        return bool(self._background)

    @property
    def unfinished(self) -> bool:
        """Results are waited for, or are in and not told yet."""
        return bool(self._blocking or self._results)

    def open(self, calls: Sequence[Call], behaviors: Mapping[str, str]) -> Message:
        """The `toolCall` message. `behaviors` maps a function's name to BLOCKING or NON_BLOCKING."""
        sent = []
        for call in calls:
            call_id = self._next_id()
            self._made.add(call_id)
            kind = self._background if behaviors.get(call.name) == "NON_BLOCKING" else self._blocking
            kind[call_id] = call
            named = {"name": call.name, "args": dict(call.args)}
            sent.append({"id": call_id, **named} if self.tell_ids else named)
        return {"toolCall": {"functionCalls": sent}}

    def _next_id(self) -> str:
        made = self.new_id()
        if not self.prefixes:
            return made
        prefix = self.prefixes[next(self._numbers) % len(self.prefixes)]
        return f"{prefix}{uuid.UUID(made).int % 10**19}"

    def cancel(self) -> Message | None:
        """Forget the blocking calls; the `toolCallCancellation` message if there were any that can be named."""
        ids = list(self._blocking)
        self._blocking.clear()
        self._results.clear()
        return {"toolCallCancellation": {"ids": ids}} if ids and self.tell_ids else None

    def accept_responses(self, responses: Iterable[Mapping[str, Any]]) -> list[Late]:
        """Take results in; those of non-blocking calls come back at once. Raises `Refused`."""
        late = []
        for response in responses:
            call_id = self._id_of(response)
            given = response.get("response", {})
            if call_id in self._blocking:
                self._results.append(Result(self._blocking.pop(call_id).name, given))
            elif call_id in self._background:
                name = self._background[call_id].name
                if not self._goes_on(response):
                    del self._background[call_id]
                late.append(Late(Result(name, given), _scheduling(response)))
            elif self.refuse_unknown and call_id not in self._made:
                raise Refused(CLOSES["not_found"].code, CLOSES["not_found"].reason)
        return late

    def complete(self) -> list[Result]:
        """All results of the blocking calls, once, when the last is in."""
        if self._blocking or not self._results:
            return []
        results, self._results = self._results, []
        return results

    def _goes_on(self, response: Mapping[str, Any]) -> bool:
        """More results of this call will come; Vertex AI does not support that, and takes the first for the last."""
        return bool(response.get("willContinue")) and self.backend is Backend.DEVELOPER

    def _id_of(self, response: Mapping[str, Any]) -> str:
        """On Vertex AI the id may be missing, or made up by a client that got none; the name then tells the call."""
        given = str(response.get("id") or "")
        if given in self._made or (given and self.tell_ids):
            return given
        if self.backend is Backend.DEVELOPER:
            raise Refused(1007, INVALID_ARGUMENT)
        open_calls = {**self._blocking, **self._background}
        return next((key for key, call in open_calls.items() if call.name == response.get("name")), given)


def _scheduling(response: Mapping[str, Any]) -> str:
    """Guides and reference differ on where the field belongs, so clients put it into the response, too."""
    inner = response.get("response", {}).get("scheduling")
    return str(response.get("scheduling") or inner or "WHEN_IDLE")
