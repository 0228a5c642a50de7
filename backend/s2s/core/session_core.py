"""One call without I/O: the turn machine, the link machine and the watchdog, joined. One door, one deadline.

What the shell (`s2s.session`) does with it: feed a fact, carry out the effects in order, come back at the deadline.
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
    Event,
    GoAway,
    Idle,
    LinkEvent,
    LinkLost,
    MicAudio,
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
    UserTranscriptDelta,
)
from s2s.core.history import ConversationHistory
from s2s.core.link.upstream_link import LinkState, UpstreamLink
from s2s.core.prompt_echo import PromptEchoFilter
from s2s.core.prompts import VOICE_UNPLAYABLE
from s2s.core.watchdog.watchdog import Verdict, Watchdog
from s2s.upstream.models.model_candidates import Candidates
from s2s.upstream.models.model_capabilities import Capabilities

_RECORDED_EFFECTS = frozenset({LogTranscript, PromptReply, SendContext})
# A hundred a second, while all other events together come a few times: they are spared the other questions.
_FREQUENT_EVENTS = (MicAudio, ModelAudio, PlayedReport)
_LINK_EVENTS = (SetupComplete, SocketLost, GoAway, ResumptionHandle, TurnComplete, DeadlineReached)


class SessionCore:
    """`handle` takes a fact and the time, and answers what is to be done, in order."""

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
        self.conversation = Conversation(
            playout_lead_ms=playout_lead_ms, manual_activity=manual_activity, abilities=models[0], tools=tools
        )
        unnamed = Candidates(("",) * len(models), configured=len(models))
        self.link = UpstreamLink(candidates or unnamed, seed=seed)
        question = history[-1].text if history and history[-1].role == "user" else ""
        self.memory = ConversationHistory(history[:-1] if question else history)
        self.watchdog = Watchdog(self.conversation, reply_limit_s=reply_limit_s)
        if question:
            self.conversation.begin_with(question)
            self.watchdog.owes_an_answer()
        self._models = models
        self._seeded = False
        """The session at the other end was told turns that it did not hear: a resumed one may have lost them."""
        self._own_words = PromptEchoFilter()
        self._odd_kinds: dict[str, bool] = {}
        """What upstream has sent that was not as documented, and whether voice was lost with it."""

    @property
    def deadline(self) -> float | None:
        """Call again with Tick no later than this."""
        return earliest(self.conversation.deadline, self.link.deadline, self.watchdog.deadline)

    def open(self, now: float) -> list[Effect]:
        """The session wants upstream. Idempotent."""
        return self._of_link(self.link.open(now), now)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """The only door for facts. `now` is in seconds and never goes back."""
        if isinstance(event, _FREQUENT_EVENTS):
            effects = self._talk(event, now)
        else:
            if isinstance(event, UserTranscriptDelta):
                event = self._own_words.without(event) or DeadlineReached()
            effects = self._link_and_talk(event, now)
        for verdict in self.watchdog.watch(event, effects, now):
            effects += self._obey(verdict, now)
        if isinstance(event, UnreadableMessage):
            effects += self._odd(event)
        if self.link.state is LinkState.LEAVING and self.conversation.at_rest:
            effects += self._link(Idle(), now)
        return effects

    def _link_and_talk(self, event: Event, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if isinstance(event, _LINK_EVENTS):
            effects += self._link(event, now)
        if isinstance(event, SocketLost) and self.link.refuses_sound_during_calls:
            self.conversation.errands.gate_needed = True
        effects += self._talk(self.link.told_of_loss() if isinstance(event, SocketLost) else event, now)
        if isinstance(event, ResumptionHandle) and event.handle is not None:
            self.memory.handle_came(len(self.conversation.speech.unwritten()))
        return effects

    def leave(self, now: float) -> list[Effect]:
        """The session ends: the last words are written down."""
        self.link.close()
        return _without_unlogged(self.conversation.leave(now))

    def _odd(self, oddity: UnreadableMessage) -> list[Effect]:
        """Each kind is told once; of voice that cannot be played the person learns, once."""
        if oddity.kind in self._odd_kinds:
            return []
        told: list[Effect] = []
        if oddity.voice_lost and not any(self._odd_kinds.values()):
            told.append(SendToBrowser(VOICE_UNPLAYABLE))
        self._odd_kinds[oddity.kind] = oddity.voice_lost
        text = f"The service sent something odd: {oddity.kind}{oddity.sample and f' ({oddity.sample!r})'}."
        return [Incident("upstream_oddity", text), *told]

    def _talk(self, event: ConversationEvent, now: float) -> list[Effect]:
        effects = self.conversation.handle(event, now)
        # Nearly all effects are sound, a hundred a second.
        for effect in effects:
            if type(effect) in _RECORDED_EFFECTS:
                break
        else:
            return [*effects]
        noted = [effect for effect in effects if type(effect) in _RECORDED_EFFECTS]
        self.memory.watch(noted)
        for effect in noted:
            if isinstance(effect, PromptReply | SendContext):
                self._own_words.sent(effect.text)
        return _without_unlogged(effects)

    def _obey(self, verdict: Verdict, now: float) -> list[Effect]:
        match verdict:
            case ReconnectUpstream():
                return self._link(verdict, now)
            case (
                ReplyAwaited()
                | RequestReply()
                | ReplyGivenUp()
                | SilencePlayback()
                | RepetitionDetected()
                | TruncateTurn()
                | TurnComplete()
            ):
                return self._talk(verdict, now)
            case Incident() | SendToBrowser():
                return [verdict]
            case _:
                assert_never(verdict)

    def _link(self, event: LinkEvent, now: float) -> list[Effect]:
        return self._of_link(self.link.handle(event, now), now)

    def _of_link(self, wanted: Sequence[Effect], now: float) -> list[Effect]:
        effects: list[Effect] = []
        for effect in wanted:
            if isinstance(effect, Redial):
                effects += self._talk(LinkLost(planned=True), now)
                self.watchdog.watch(LinkLost(planned=True), (), now)
            if isinstance(effect, Dial | Redial):
                seeded = self._with_history(effect)
                self.link.seeding = bool(seeded.history)
                effects.append(seeded)
            else:
                effects.append(effect)
        return effects

    def _with_history(self, dial: Dial | Redial) -> Dial | Redial:
        """What the session at the other end does not know is the first thing that it is told."""
        abilities = self.conversation.abilities = self._models[dial.model]
        unwritten = self._unwritten()
        handle = None if abilities.reseed_after_resume and self._seeded and not self.link.bare else dial.handle
        self.conversation.same_session = same = abilities.transparent and handle is not None
        if same or self.link.bare:
            self._seeded = self._seeded and handle is not None
            return replace(dial, handle=handle, history=())
        if handle is not None:
            news = (*self.memory.news(), *unwritten)
            if not news or abilities.unanswered_content:
                self._seeded = self._seeded or bool(news)
                return replace(dial, handle=handle, history=news)
        history = (*self.memory.history(), *unwritten)
        self._seeded = bool(history)
        return replace(dial, handle=None, history=history)

    def _unwritten(self) -> tuple[HistoryTurn, ...]:
        """What was said and is not in the conversation log yet. Without what is still to be answered: that is said
        again."""
        talk = self.conversation
        person = talk.person.unwritten if not talk.uplink.unanswered else ""
        turns = [HistoryTurn("user", person)] if person else []
        return (*turns, *(HistoryTurn("model", text) for text in talk.speech.unwritten()))


def _without_unlogged(effects: Sequence[Effect]) -> list[Effect]:
    """Without what only the memory needed to hear."""
    return [effect for effect in effects if not isinstance(effect, LogTranscript) or effect.logged]
