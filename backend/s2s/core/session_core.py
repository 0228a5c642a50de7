"""The core of one session: conversation, link and watchdog joined behind one entry point and one deadline.

What the shell (`s2s.session`) does with it: feed an event, carry out the effects in order, come back at the deadline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

from s2s.core.conversation import Conversation
from s2s.core.deadlines import earliest
from s2s.core.effects import (
    Dial,
    Effect,
    HistoryTurn,
    Incident,
    LogTranscript,
    PromptReply,
    Redial,
    SendContext,
    SendToBrowser,
)
from s2s.core.events import (
    ConversationEvent,
    DeadlineReached,
    DropCutNote,
    Event,
    GoAway,
    Idle,
    InternalEvent,
    LinkEvent,
    LinkLost,
    MicAudio,
    MicGateRequired,
    ModelAudio,
    PlayedReport,
    ReconnectUpstream,
    RepetitionDetected,
    ReplyAwaited,
    ReplyGivenUp,
    RequestReply,
    ResumptionHandle,
    SetupComplete,
    SilencePlayback,
    SocketLost,
    TruncateTurn,
    TurnComplete,
    UnreadableMessage,
    UpstreamOpening,
    UserTranscriptDelta,
)
from s2s.core.history import ConversationHistory
from s2s.core.link.upstream_link import LinkState, UpstreamLink
from s2s.core.texts.notices import VOICE_UNPLAYABLE
from s2s.core.texts.prompt_echo import PromptEchoFilter
from s2s.core.watchdog.conversation_view import ConversationView
from s2s.core.watchdog.watchdog import Verdict, Watchdog
from s2s.upstream.models.model_candidates import Candidates
from s2s.upstream.models.model_capabilities import Capabilities

_RECORDED_EFFECTS = frozenset({LogTranscript, PromptReply, SendContext})
# These come a hundred times a second, all other events together a few times: they skip the other checks.
_FREQUENT_EVENTS = (MicAudio, ModelAudio, PlayedReport)
_LINK_EVENTS = (SetupComplete, SocketLost, GoAway, ResumptionHandle, TurnComplete, DeadlineReached)


class SessionCore:
    """`handle` takes an event and the time, and returns the effects in order."""

    def __init__(
        self,
        models: Sequence[Capabilities],
        *,
        playout_lead_ms: int = 240,
        manual_activity: bool = False,
        history: Sequence[HistoryTurn] = (),
        tools: Sequence[Mapping[str, Any]] = (),
        seed: int = 0,
        reply_limit_s: float = 0.0,
        candidates: Candidates | None = None,
    ) -> None:
        """`models`: what the configured model can do, and each that may take its place; their names are `candidates`
        (None: all are configured). `history`: what was said in an earlier session that this one continues."""
        question = history[-1].text if history and history[-1].role == "user" else ""
        self.conversation = Conversation(
            playout_lead_ms=playout_lead_ms,
            manual_activity=manual_activity,
            capabilities=models[0],
            tools=tools,
            question=question,
        )
        unnamed = Candidates(("",) * len(models), configured=len(models))
        self.link = UpstreamLink(candidates or unnamed, seed=seed)
        self.history = ConversationHistory(history[:-1] if question else history)
        self.watchdog = Watchdog(ConversationView(self.conversation), reply_limit_s=reply_limit_s)
        if question:
            self.watchdog.expect_reply()
        self._models = models
        self._was_sent_history = False
        """Upstream was sent turns that it did not hear itself: a resumed session may have lost them."""
        self._echo_filter = PromptEchoFilter()
        self._unreadable_kinds: dict[str, bool] = {}
        """Which undocumented values upstream has sent, and whether audio was lost with each."""

    @property
    def deadline(self) -> float | None:
        """Call `handle` with DeadlineReached no later than this."""
        return earliest(self.conversation.deadline, self.link.deadline, self.watchdog.deadline)

    def open(self, now: float) -> list[Effect]:
        """Dial upstream for the first time. Idempotent."""
        return self._complete_dials(self.link.open(now), now)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take one event. The only entry point; `now` is in seconds and never goes back."""
        if isinstance(event, _FREQUENT_EVENTS):
            effects = self._converse(event, now)
        else:
            if isinstance(event, UserTranscriptDelta):
                event = self._echo_filter.strip_echo(event) or DeadlineReached()
            effects = self._dispatch(event, now)
        for verdict in self.watchdog.check(event, effects, now):
            effects += self._apply_verdict(verdict, now)
        if isinstance(event, UnreadableMessage):
            effects += self._report_unreadable(event)
        if self.link.state is LinkState.LEAVING and self.conversation.is_idle:
            effects += self._feed_link(Idle(), now)
        return effects

    def _dispatch(self, event: Event, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if isinstance(event, _LINK_EVENTS):
            effects += self._feed_link(event, now)
        effects += self._converse(self.link.loss_event() if isinstance(event, SocketLost) else event, now)
        if isinstance(event, SocketLost) and self.link.rejects_audio_during_calls:
            effects += self._converse(MicGateRequired(), now)
        if isinstance(event, ResumptionHandle) and event.handle is not None:
            self.history.on_resumption_handle(len(self.conversation.model_speech.unlogged_turns()))
        return effects

    def close(self, now: float) -> list[Effect]:
        """End the session: log the last words."""
        self.link.close()
        return _without_unlogged(self.conversation.close(now))

    def _report_unreadable(self, message: UnreadableMessage) -> list[Effect]:
        """Log each kind of unreadable value once; notify the user of audio that cannot be played, once."""
        if message.kind in self._unreadable_kinds:
            return []
        notices: list[Effect] = []
        if message.voice_lost and not any(self._unreadable_kinds.values()):
            notices.append(SendToBrowser(VOICE_UNPLAYABLE))
        self._unreadable_kinds[message.kind] = message.voice_lost
        text = f"The service sent something odd: {message.kind}{message.sample and f' ({message.sample!r})'}."
        return [Incident("upstream_oddity", text), *notices]

    def _converse(self, event: ConversationEvent | InternalEvent, now: float) -> list[Effect]:
        effects = self.conversation.handle(event, now)
        # Nearly all effects are audio, a hundred a second.
        for effect in effects:
            if type(effect) in _RECORDED_EFFECTS:
                break
        else:
            return [*effects]
        recorded = [effect for effect in effects if type(effect) in _RECORDED_EFFECTS]
        self.history.record(recorded)
        for effect in recorded:
            if isinstance(effect, PromptReply | SendContext):
                self._echo_filter.on_prompt_sent(effect.text)
        return _without_unlogged(effects)

    def _apply_verdict(self, verdict: Verdict, now: float) -> list[Effect]:
        match verdict:
            case ReconnectUpstream():
                return self._feed_link(verdict, now)
            case (
                ReplyAwaited()
                | RequestReply()
                | ReplyGivenUp()
                | SilencePlayback()
                | RepetitionDetected()
                | TruncateTurn()
                | DropCutNote()
                | TurnComplete()
            ):
                return self._converse(verdict, now)
            case Incident() | SendToBrowser():
                return [verdict]
            case _:
                assert_never(verdict)

    def _feed_link(self, event: LinkEvent, now: float) -> list[Effect]:
        return self._complete_dials(self.link.handle(event, now), now)

    def _complete_dials(self, wanted: Sequence[Effect], now: float) -> list[Effect]:
        effects: list[Effect] = []
        for effect in wanted:
            if isinstance(effect, Redial):
                effects += self._converse(LinkLost(planned=True), now)
                self.watchdog.check(LinkLost(planned=True), (), now)
            if isinstance(effect, Dial | Redial):
                seeded = self._with_history(effect)
                self.link.on_history_added(sent=bool(seeded.history))
                effects.append(seeded)
                capabilities = self._models[seeded.model]
                same_session = capabilities.transparent and seeded.handle is not None
                effects += self._converse(UpstreamOpening(capabilities, same_session), now)
            else:
                effects.append(effect)
        return effects

    def _with_history(self, dial: Dial | Redial) -> Dial | Redial:
        """Add to a dial what the session at the other end does not know yet."""
        capabilities = self._models[dial.model]
        unlogged = self._unlogged_turns()
        handle = (
            None
            if capabilities.reseed_after_resume and self._was_sent_history and not self.link.without_history
            else dial.handle
        )
        if (capabilities.transparent and handle is not None) or self.link.without_history:
            self._was_sent_history = self._was_sent_history and handle is not None
            return replace(dial, handle=handle, history=())
        if handle is not None:
            new_turns = (*self.history.since_last_handle(), *unlogged)
            if not new_turns or capabilities.unanswered_content:
                self._was_sent_history = self._was_sent_history or bool(new_turns)
                return replace(dial, handle=handle, history=new_turns)
        history = (*self.history.history(), *unlogged)
        self._was_sent_history = bool(history)
        return replace(dial, handle=None, history=history)

    def _unlogged_turns(self) -> tuple[HistoryTurn, ...]:
        """Return what was said and is not in the conversation log yet, without what still has to be answered: that is
        sent again."""
        conversation = self.conversation
        user_text = conversation.user_speech.unlogged_text if not conversation.upstream_buffer.has_unanswered else ""
        turns = [HistoryTurn("user", user_text)] if user_text else []
        return (*turns, *(HistoryTurn("model", text) for text in conversation.model_speech.unlogged_turns()))


def _without_unlogged(effects: Sequence[Effect]) -> list[Effect]:
    """Drop log lines that only the history needed."""
    return [effect for effect in effects if not isinstance(effect, LogTranscript) or effect.logged]
