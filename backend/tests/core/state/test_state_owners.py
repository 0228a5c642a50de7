"""Each piece of state has one owner: no part of the core writes into another part."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from s2s.core.deadlines import ReplyDeadline
from s2s.core.user_speech import UserSpeech

CORE = Path(__file__).parents[3] / "s2s/core"
FILES = sorted(CORE.rglob("*.py"))


def written_elsewhere(tree: ast.Module) -> Iterator[str]:
    """Targets such as `self.model_speech.cut_note`: an attribute of what an attribute holds."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Attribute)
        ):
            yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CORE).as_posix())
def test_a_part_of_the_core_is_changed_by_its_own_methods(path: Path):
    assert [*written_elsewhere(ast.parse(path.read_text("utf-8")))] == []


def test_the_reply_deadline_passes_once_and_can_be_cancelled():
    reply = ReplyDeadline(8.0)
    assert (reply.is_awaited, reply.due_by) == (False, None)
    reply.expect(10.0)
    reply.expire(17.9)
    assert (reply.is_awaited, reply.due_by) == (True, 18.0)
    reply.expire(18.0)
    assert not reply.is_awaited
    reply.expect(20.0)
    reply.cancel()
    assert reply.due_by is None


def test_typed_words_that_interrupt_an_answer_are_still_waited_for():
    reply = ReplyDeadline(8.0)
    user_speech = UserSpeech(reply)
    user_speech.add_typed_text("Shorter, please.", 1.0)
    user_speech.on_speech_detected(keeps_reply_deadline=True)
    assert reply.due_by == 9.0
    user_speech.on_speech_detected()
    assert reply.due_by is None
