"""Recordings of sessions that have ended: problems are often reported after the call."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from s2s.access.caller import Caller
from s2s.recording.recorder import Recorder

MAX_KEPT_RECORDINGS = 20
KEEP_RECORDING_S = 300.0


class KeptRecording(NamedTuple):
    """What is left of a session that was recorded."""

    recorder: Recorder
    caller: Caller
    """Who created the session."""


class KeptRecordings:
    """At most `MAX_KEPT_RECORDINGS`, each for `KEEP_RECORDING_S`; the oldest makes room."""

    def __init__(self, on_drop: Callable[[str], None]) -> None:
        """`on_drop` is called with the session's id when its recording is gone."""
        self._kept: OrderedDict[str, KeptRecording] = OrderedDict()
        self._on_drop = on_drop

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._kept

    def add(self, session_id: str, kept: KeptRecording) -> None:
        """Keep a recording. Needs a running event loop."""
        self._kept[session_id] = kept
        if len(self._kept) > MAX_KEPT_RECORDINGS:
            self.drop_recording(next(iter(self._kept)))
        asyncio.get_running_loop().call_later(KEEP_RECORDING_S, self.drop_recording, session_id)

    def get(self, session_id: str) -> KeptRecording | None:
        return self._kept.get(session_id)

    def callers(self) -> Iterator[tuple[str, Caller]]:
        """Yield the id and the creator of each session."""
        return ((session_id, kept.caller) for session_id, kept in self._kept.items())

    def drop_recording(self, session_id: str) -> None:
        """Forget a recording. Idempotent."""
        self._kept.pop(session_id, None)
        self._on_drop(session_id)
