"""Which running functions upstream waits for."""

import pytest

from s2s.core.events import ToolCalled
from s2s.core.tools.tool_calls import ToolCalls
from s2s.upstream.models.model_capabilities import capabilities

LIVE_25 = capabilities("developer", "gemini-2.5-flash-native-audio-preview-12-2025")
TOOLS = ({"name": "f"}, {"name": "g", "behavior": "NON_BLOCKING"})


@pytest.mark.parametrize(("name", "waits"), [("f", True), ("g", False)])
def test_upstream_waits_for_a_function_unless_it_is_declared_otherwise(name: str, waits: bool):
    calls = ToolCalls(TOOLS)
    calls.on_tool_call(ToolCalled("c0", name, {}), LIVE_25, 0.0)
    assert (calls.has_pending, calls.is_blocking) == (True, waits)


def test_the_next_session_does_not_wait_for_a_function_that_a_lost_one_called():
    calls = ToolCalls(TOOLS)
    calls.on_tool_call(ToolCalled("c0", "f", {}), LIVE_25, 0.0)
    calls.on_link_lost(same_session=False)
    assert (calls.has_pending, calls.is_blocking) == (True, False)
