"""Function calls that wait for their results: blocking ones hold the turn, the others come in when they come."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gemini_emulator.mind.memory import Call, Result
from gemini_emulator.vocabulary import Message


@dataclass(frozen=True, slots=True)
class Late:
    """The result of a non-blocking call."""

    result: Result
    scheduling: str


@dataclass(slots=True)
class Calls:
    """Ids are given here; a response with an id that is not open (cancelled, made up, answered) is ignored."""

    new_id: Callable[[], str] = lambda: f"function-call-{uuid.uuid4().int % 10**19}"
    _blocking: dict[str, Call] = field(default_factory=dict)
    _background: dict[str, Call] = field(default_factory=dict)
    _results: list[Result] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        """The turn stands still for a result."""
        return bool(self._blocking)

    @property
    def unfinished(self) -> bool:
        """Results are waited for, or are in and not told yet."""
        return bool(self._blocking or self._results)

    def open(self, calls: Sequence[Call], behaviors: Mapping[str, str]) -> Message:
        """The `toolCall` message. `behaviors` maps a function's name to BLOCKING or NON_BLOCKING."""
        sent = []
        for call in calls:
            call_id = self.new_id()
            kind = self._background if behaviors.get(call.name) == "NON_BLOCKING" else self._blocking
            kind[call_id] = call
            sent.append({"id": call_id, "name": call.name, "args": dict(call.args)})
        return {"toolCall": {"functionCalls": sent}}

    def cancel(self) -> Message | None:
        """Forget the blocking calls; the `toolCallCancellation` message if there were any."""
        ids = list(self._blocking)
        self._blocking.clear()
        self._results.clear()
        return {"toolCallCancellation": {"ids": ids}} if ids else None

    def answer(self, responses: Iterable[Mapping[str, Any]]) -> list[Late]:
        """Take results in; those of non-blocking calls come back at once."""
        late = []
        for response in responses:
            call_id = self._id_of(response)
            result = Result(response.get("name", ""), response.get("response", {}))
            if call_id in self._blocking:
                self._results.append(Result(self._blocking.pop(call_id).name, result.response))
            elif call_id in self._background:
                name = self._background[call_id].name
                if not response.get("willContinue"):
                    del self._background[call_id]
                late.append(Late(Result(name, result.response), _scheduling(response)))
        return late

    def complete(self) -> list[Result]:
        """All results of the blocking calls, once, when the last is in."""
        if self._blocking or not self._results:
            return []
        results, self._results = self._results, []
        return results

    def _id_of(self, response: Mapping[str, Any]) -> str:
        """On Vertex AI the id may be missing; the name then tells which call is meant."""
        if response.get("id"):
            return str(response["id"])
        open_calls = {**self._blocking, **self._background}
        return next((key for key, call in open_calls.items() if call.name == response.get("name")), "")


def _scheduling(response: Mapping[str, Any]) -> str:
    """Guides and reference differ on where the field belongs, so clients put it into the response, too."""
    inner = response.get("response", {}).get("scheduling")
    return str(response.get("scheduling") or inner or "WHEN_IDLE")
