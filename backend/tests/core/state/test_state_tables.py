"""Every state of every table can be reached and left, and is described."""

from enum import StrEnum

import pytest

from s2s.core.link.upstream_buffer_state import (
    BUFFER_DESCRIPTIONS,
    UPSTREAM_BUFFER,
    UTTERANCE,
    UTTERANCE_DESCRIPTIONS,
    UpstreamBufferState,
    UtteranceState,
)
from s2s.core.turn_machine import DESCRIPTIONS as TURN_DESCRIPTIONS
from s2s.core.turn_machine import TURN, Turn
from s2s.core.watchdog.reply_state import DESCRIPTIONS as REPLY_DESCRIPTIONS
from s2s.core.watchdog.reply_state import REPLY, ReplyState

Table = dict[StrEnum, dict[type, StrEnum]]
TABLES = [
    (Turn, TURN, TURN_DESCRIPTIONS),
    (ReplyState, REPLY, REPLY_DESCRIPTIONS),
    (UpstreamBufferState, UPSTREAM_BUFFER, BUFFER_DESCRIPTIONS),
    (UtteranceState, UTTERANCE, UTTERANCE_DESCRIPTIONS),
]


@pytest.mark.parametrize(("states", "table", "descriptions"), TABLES, ids=lambda part: getattr(part, "__name__", ""))
def test_every_state_is_reached_left_and_described(
    states: type[StrEnum], table: Table, descriptions: dict[StrEnum, str]
):
    first = next(iter(states))
    reached, todo = {first}, [first]
    while todo:
        for target in table[todo.pop()].values():
            if target not in reached:
                reached.add(target)
                todo.append(target)
    assert reached == set(table) == set(descriptions) == set(states)
    assert all(table.values())
    assert next(iter(table)) is first
