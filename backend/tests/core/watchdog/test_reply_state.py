"""Why a reply is due, and how often speech without words gets another socket."""

import pytest

from s2s.core.conversation import Conversation
from s2s.core.events import ReplyGivenUp
from s2s.core.watchdog.conversation_view import ConversationView
from s2s.core.watchdog.reply_state import (
    DueReply,
    NoiseHeard,
    ReplyReceived,
    ReplyState,
    RequestUnderstood,
    SocketReplaced,
    SpeechHeard,
)


def test_speech_without_words_gets_one_other_socket_until_a_reply_comes():
    reply = DueReply()
    reply.expect(SpeechHeard, "no_reply", spoken=True)
    assert (reply.state, reply.is_due, reply.is_understood) == (ReplyState.UNRECOGNIZED, True, False)
    reply.apply(SocketReplaced)
    reply.apply(ReplyGivenUp)
    assert (reply.state, reply.is_due) == (ReplyState.EXHAUSTED, False)
    reply.expect(SpeechHeard, "no_reply", spoken=True)
    assert reply.state is ReplyState.RETRIED
    reply.apply(ReplyReceived)
    reply.expect(SpeechHeard, "no_reply", spoken=True)
    assert reply.state is ReplyState.UNRECOGNIZED


def test_a_second_noise_is_taken_for_speech_and_words_are_never_forgotten_for_noise():
    reply = DueReply()
    reply.expect(NoiseHeard, "noise", spoken=True)
    assert reply.state is ReplyState.NOISE
    reply.expect(SpeechHeard, "no_reply", spoken=True)
    reply.expect(RequestUnderstood, "no_reply", spoken=True)
    reply.expect(SpeechHeard, "no_reply", spoken=True)
    assert reply.is_understood


def test_a_good_reply_ends_the_suspicion_after_an_interruption():
    reply = DueReply()
    reply.on_interrupted(by_user=True)
    reply.expect(RequestUnderstood, "freeze_after_barge_in", spoken=True)
    assert reply.follows_interruption
    reply.apply(ReplyReceived)
    assert not reply.follows_interruption


def test_the_view_of_a_conversation_cannot_be_written_to():
    view = ConversationView(Conversation())
    names = [name for name in dir(view) if not name.startswith("_") and name != "is_dry"]
    assert len(names) >= 9
    for name in [*names, "anything_else"]:
        with pytest.raises(AttributeError):
            setattr(view, name, None)
