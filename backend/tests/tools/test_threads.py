"""A function that computes or blocks runs beside the calls: nobody waits for it but who asked, and not for ever."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from s2s.tools import threads
from s2s.tools.session_context import SESSION
from tools import ToolFailure, ToolRegistry

SCHEMA: dict[str, Any] = {"description": "d"}


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What blocked functions of a story wait for; opened at its end."""
    gate = threading.Event()
    yield gate
    gate.set()


def with_function(function: Any, **more: Any) -> ToolRegistry:
    registry = ToolRegistry()
    registry.register("work", function, {"name": "work", **SCHEMA}, **more)
    return registry


async def test_a_plain_function_runs_in_a_thread_and_its_session_is_known_there() -> None:
    def work() -> dict[str, Any]:
        return {"thread": threading.current_thread() is threading.main_thread(), "session": SESSION.get()}

    SESSION.set("0123456789abcdef")
    outcome = await with_function(work).call("work", {})
    assert outcome.response == {"thread": False, "session": "0123456789abcdef"}


async def test_the_loop_goes_on_while_a_function_blocks(gate: threading.Event) -> None:
    calling = asyncio.create_task(with_function(lambda: gate.wait(60.0)).call("work", {}))
    # Each turn of the loop would wait for the function, were it called there.
    for _ in range(100):
        await asyncio.sleep(0)
    assert not calling.done()
    gate.set()
    assert (await calling).response == {"result": True}


async def test_what_a_result_still_computes_stays_in_the_thread() -> None:
    def work() -> Iterator[bool]:
        for _ in range(3):
            yield threading.current_thread() is threading.main_thread()

    outcome = await with_function(work).call("work", {})
    assert outcome.response == {"result": [False, False, False]}


async def test_who_asked_is_free_after_the_time_limit_though_the_thread_is_not(gate: threading.Event) -> None:
    outcome = await with_function(lambda: gate.wait(60.0), timeout_s=0.05).call("work", {})
    assert (outcome.ok, outcome.response["retryable"]) == (False, True)
    assert "took too long" in outcome.summary


async def test_functions_that_hang_do_not_pile_up_and_a_free_thread_is_used_again(gate: threading.Event) -> None:
    def work(wait: bool = True) -> str:
        if wait:
            gate.wait(60.0)
        return "done"

    registry = ToolRegistry()
    schema = {"name": "work", **SCHEMA, "parameters": {"type": "object", "properties": {"wait": {"type": "boolean"}}}}
    registry.register("work", work, schema, timeout_s=0.05)
    before = threading.active_count()
    hanging = await asyncio.gather(*(registry.call("work", {}) for _ in range(threads.MAX_THREADS)))
    assert all("took too long" in outcome.summary for outcome in hanging)
    busy = await registry.call("work", {"wait": False})
    assert "is busy" in busy.summary
    assert threading.active_count() - before <= threads.MAX_THREADS
    gate.set()
    for thread in [each for each in threading.enumerate() if each.name.startswith("function")]:
        await asyncio.to_thread(thread.join, 60.0)
    assert (await registry.call("work", {"wait": False})).ok


async def test_failures_in_a_thread_are_told_like_all_others() -> None:
    def closed() -> None:
        raise ToolFailure("The shop is closed today.")

    def ends() -> None:
        raise SystemExit(3)

    def stops() -> None:
        raise StopIteration

    assert (await with_function(closed).call("work", {})).summary == "The shop is closed today."
    for function in (ends, stops):
        assert (await with_function(function).call("work", {})).summary == "The function work did not work this time."


async def test_a_plain_function_that_returns_a_coroutine_is_awaited_in_the_loop() -> None:
    async def later() -> str:
        return f"in the loop: {threading.current_thread() is threading.main_thread()}"

    def work() -> Coroutine[Any, Any, str]:
        return later()

    assert (await with_function(work).call("work", {})).response == {"result": "in the loop: True"}


def test_a_thread_that_outlives_its_loop_harms_nobody(gate: threading.Event) -> None:
    registry = with_function(lambda: gate.wait(60.0), timeout_s=0.01)
    asyncio.run(registry.call("work", {}))
    left = [thread for thread in threading.enumerate() if thread.name.startswith("function")]
    gate.set()
    for thread in left:
        thread.join(30.0)
        assert not thread.is_alive()
    assert all(thread.daemon for thread in left), "none keeps the process from ending"
