"""The function calls of one session: each is run once and answered once, also across a lost socket.

A call id belongs to one upstream session. When the socket dies while a function runs, the next session does not know
that id: it hears the question again and makes the same call under a new id. That call gets the result of the first.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from s2s import wire
from s2s.core.deadlines import earliest
from s2s.core.effects import (
    ConversationEffect,
    LogTranscript,
    PromptReply,
    RunTool,
    SendToBrowser,
    SendToolResponse,
    StopTool,
)
from s2s.core.events import ToolCalled, ToolFinished
from s2s.upstream.models.model_capabilities import Capabilities

# After this long the user is notified that a function still runs. Two to three seconds of silence are not yet strange.
SLOW_CALL_AFTER_S = 4.0
# Answered calls that are remembered, in case upstream asks again under the same id.
MAX_REMEMBERED_RESPONSES = 64
# For functions that declare no scheduling: the model uses the result when it is idle, the service's own default.
DEFAULT_SCHEDULING = "WHEN_IDLE"


@dataclass(slots=True)
class _Call:
    call: ToolCalled
    run_id: str
    """The id under which it runs; not the call's own if it was taken over from a lost session."""
    started_at: float
    blocking: bool
    scheduling: str
    slow_at: float | None
    is_orphaned: bool = False
    """The session that made it is gone."""
    result: ToolFinished | None = None


@dataclass(slots=True)
class _AnsweredCall:
    key: str
    answer: SendToolResponse
    result: ToolFinished
    was_used: bool = False
    """Upstream has used it in an answer."""


@dataclass(slots=True)
class CallUpdate:
    """What follows from a call: effects for the browser and the log, and the message for upstream."""

    effects: list[ConversationEffect] = field(default_factory=list)
    answer: SendToolResponse | PromptReply | None = None


class ToolCalls:
    """Knows every call; its owner sends the messages."""

    def __init__(self, tools: Sequence[Mapping[str, Any]] = ()) -> None:
        """`tools`: function declarations, of which `behavior`, `scheduling` and `title` are read."""
        self._declarations = {str(tool["name"]): tool for tool in tools}
        self._open: dict[str, _Call] = {}
        self._answered: dict[str, _AnsweredCall] = {}
        self._reusable_results: dict[str, ToolFinished] = {}
        """Results by function and arguments, for a question that is asked again."""

    @property
    def has_pending(self) -> bool:
        """Whether a function is running."""
        return bool(self._open)

    @property
    def is_blocking(self) -> bool:
        """Whether upstream waits until a function has returned."""
        return any(call.blocking and not call.is_orphaned for call in self._open.values())

    @property
    def deadline(self) -> float | None:
        return earliest(*(call.slow_at for call in self._open.values())) if self._open else None

    def on_tool_call(self, call: ToolCalled, allowed: Capabilities, now: float) -> CallUpdate:
        """Take a function call from upstream."""
        if call.id in self._answered:
            return CallUpdate(answer=self._answered[call.id].answer)
        if call.id in self._open:
            return CallUpdate()
        key, args = _key(call), dict(call.args)
        effects: list[ConversationEffect] = [
            SendToBrowser(
                wire.ToolCall(id=call.id, name=call.name, args=args, title=self.title_of(call.name) or UNSET)
            ),
            LogTranscript("tool", f"{call.name}({', '.join(f'{k}={v!r}' for k, v in args.items())})"),
        ]
        record = self._record(call, allowed, now)
        if key in self._reusable_results:
            self._open[call.id] = record
            finished = self._reusable_results.pop(key)
            done = self.on_tool_result(ToolFinished(call.id, finished.ok, finished.response, finished.summary), now)
            return CallUpdate(effects + done.effects, done.answer)
        running = next((c for c in self._open.values() if c.is_orphaned and _key(c.call) == key), None)
        if running is not None:
            del self._open[running.call.id]
            record.run_id = running.run_id
            self._open[call.id] = record
            if running.result is None:
                return CallUpdate(effects)
            done = self.on_tool_result(running.result, now)
            return CallUpdate(effects + done.effects, done.answer)
        self._open[call.id] = record
        return CallUpdate([effects[0], RunTool(call.id, call.name, args), effects[1]])

    def on_tool_result(self, done: ToolFinished, now: float) -> CallUpdate:
        """Take the result of a function. Results of calls that are no longer open are ignored."""
        record = next((c for c in self._open.values() if done.id in (c.run_id, c.call.id)), None)
        if record is None:
            return CallUpdate()
        if record.is_orphaned:
            record.result, record.slow_at = done, None
            return CallUpdate()
        call = record.call
        del self._open[call.id]
        answer = SendToolResponse(call.id, call.name, done.response, call.echo_id, record.scheduling)
        self._answered[call.id] = _AnsweredCall(_key(call), answer, done)
        while len(self._answered) > MAX_REMEMBERED_RESPONSES:
            del self._answered[next(iter(self._answered))]
        return CallUpdate(_result_effects(record, done, now), answer)

    def on_tool_cancelled(self, call_id: str, now: float) -> list[ConversationEffect]:
        """Cancel a call for upstream."""
        record = self._open.pop(call_id, None)
        if record is None:
            return []
        took_ms = int((now - record.started_at) * 1000)
        result = wire.ToolResult(id=call_id, ok=False, summary="cancelled", took_ms=took_ms)
        return [
            StopTool(record.run_id),
            SendToBrowser(result),
            LogTranscript("tool", f"{record.call.name} was cancelled"),
        ]

    # --- after the session behind them is lost ---

    def on_link_lost(self, *, same_session: bool) -> None:
        """Note that the socket is gone. `same_session`: the next one continues the very same session, its call ids
        too."""
        if same_session:
            return
        for record in self._open.values():
            record.is_orphaned, record.slow_at = True, None
        for done in self._answered.values():
            if not done.was_used:
                self._reusable_results[done.key] = done.result
        self._answered.clear()

    def on_turn_end(self, *, spoken: bool) -> None:
        """Note the end of a turn. If the model has `spoken` in it, upstream has used every result that it was sent."""
        for done in self._answered.values():
            done.was_used = done.was_used or spoken

    def claim_orphaned_results(self, now: float) -> list[CallUpdate]:
        """Return the results of orphaned calls as prompts: no session will make those calls again."""
        outcomes = []
        for record in [c for c in self._open.values() if c.is_orphaned and c.result is not None]:
            assert record.result is not None
            del self._open[record.call.id]
            words = json.dumps(dict(record.result.response), default=str)
            text = f"(The function {record.call.name} that you called before has answered: {words})"
            outcomes.append(CallUpdate(_result_effects(record, record.result, now), PromptReply(text)))
        self._reusable_results.clear()
        return outcomes

    # --- time ---

    def pop_overdue(self, now: float) -> list[str]:
        """Return the names of functions that have just begun to take long, each once."""
        if not self._open:
            return []
        slow = [c for c in self._open.values() if c.slow_at is not None and now >= c.slow_at]
        for record in slow:
            record.slow_at = None
        return [record.call.name for record in slow]

    def title_of(self, name: str) -> str:
        """Return what the user reads while it runs, such as "Looking up the weather"; empty if the declaration has
        none."""
        return str(self._declarations.get(name, {}).get("title", ""))

    def _record(self, call: ToolCalled, allowed: Capabilities, now: float) -> _Call:
        manner = self._declarations.get(call.name, {})
        wanted = str(manner.get("behavior", "BLOCKING"))
        blocking = not allowed.async_only and not (allowed.tool_behavior and wanted == "NON_BLOCKING")
        scheduling = "" if blocking else str(manner.get("scheduling", DEFAULT_SCHEDULING))
        return _Call(call, call.id, now, blocking, scheduling, now + SLOW_CALL_AFTER_S)


def _key(call: ToolCalled) -> str:
    return f"{call.name} {json.dumps(dict(call.args), sort_keys=True, default=str)}"


def _result_effects(record: _Call, done: ToolFinished, now: float) -> list[ConversationEffect]:
    took_ms = int((now - record.started_at) * 1000)
    return [
        SendToBrowser(wire.ToolResult(id=record.call.id, ok=done.ok, summary=done.summary, took_ms=took_ms)),
        LogTranscript("tool", f"{record.call.name} {'answered' if done.ok else 'failed'}: {done.summary}"),
    ]
