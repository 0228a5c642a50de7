"""What the watchdog sees of a conversation."""

from s2s.core.conversation import Conversation
from s2s.core.turn_machine import Turn
from s2s.upstream.models.model_capabilities import Capabilities


class ConversationView:
    """Read-only view of a conversation. It copies nothing: the watchdog looks after every microphone frame."""

    __slots__ = ("_conversation", "_user_speech")

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._user_speech = conversation.user_speech

    @property
    def turn(self) -> Turn:
        """Where the turn machine stands."""
        return self._conversation.turn

    @property
    def capabilities(self) -> Capabilities:
        """What the model at the other end can do."""
        return self._conversation.capabilities

    @property
    def is_push_to_talk(self) -> bool:
        """The user says when they begin and end to speak."""
        return self._conversation.manual_activity

    @property
    def user_is_speaking(self) -> bool:
        """By the gateway's own measure."""
        return self._user_speech.is_speaking

    @property
    def user_speech_ended_at(self) -> float | None:
        """When the user last stopped speaking, by the gateway's own measure."""
        return self._user_speech.speech_ended_at

    @property
    def has_unanswered_words(self) -> bool:
        """Whether upstream has recognized words of the user that were not answered yet."""
        return self._user_speech.has_unanswered_words

    @property
    def has_pending_calls(self) -> bool:
        """Whether a tool runs."""
        return self._conversation.mic_gate.calls.has_pending

    @property
    def is_upstream_live(self) -> bool:
        """Whether upstream listens."""
        return self._conversation.upstream_buffer.is_live

    @property
    def question_is_repeated(self) -> bool:
        """Whether the next socket hears again what the user said and the model has not answered."""
        return self._conversation.upstream_buffer.has_unanswered

    @property
    def heard_of_cut(self) -> str | None:
        """What was heard of the model audio that was flushed last; None: not known, or there were no words."""
        return self._conversation.model_speech.cut_heard

    def is_dry(self, now: float) -> bool:
        """Whether the user has heard all the audio that came so far."""
        return self._conversation.model_speech.is_dry(now)
