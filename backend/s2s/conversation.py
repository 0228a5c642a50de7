"""The conversation core: who speaks, what is played, what was heard. Sans-IO: one door, one deadline."""

from dataclasses import dataclass

from s2s import wire
from s2s.effects import (
    AnswerTool,
    EndAudioStream,
    Journal,
    RunTool,
    SendActivity,
    SendAudio,
    SendText,
    StopGeneration,
    StopTool,
    TalkEffect,
    Tell,
)
from s2s.person import Person
from s2s.speech import ModelSpeech
from s2s.turns import CutExpired, Pressed, PressedWaiting, TailHeard, Turn, after
from s2s.uplink import Uplink
from s2s.vocabulary import (
    ActivityMarked,
    GenerationComplete,
    GoAway,
    HandleOffered,
    Interrupted,
    InterruptPressed,
    LinkLost,
    ListenerBack,
    ListenerLeft,
    MicAudio,
    MicMuted,
    ModelSaid,
    ModelThought,
    Oddity,
    PlayedReport,
    SetupComplete,
    TalkInput,
    TextTyped,
    Tick,
    ToolCalled,
    ToolCancelled,
    ToolFinished,
    TurnComplete,
    UsageCounted,
    UserSaid,
    VoiceOut,
)

CUT_PATIENCE_S = 5.0
# An answer that had not begun when it was refused: if it was on its way, it comes, or its end comes, within this.
UNSPOKEN_PATIENCE_S = 1.0
INTERRUPTED_FACE_S = 0.6


@dataclass(frozen=True, slots=True)
class InterruptOutcome:
    """What a press of the button did."""

    interrupted: bool
    turn: int
    heard_ms: int


class Conversation:
    """One call. `handle` takes a fact and the time, and answers what is to be done, in order."""

    def __init__(self, *, playout_lead_ms: int = 240, manual_activity: bool = False) -> None:
        self.turn = Turn.LISTENING
        self.last_interrupt = InterruptOutcome(interrupted=False, turn=0, heard_ms=0)
        self.person = Person()
        self.speech = ModelSpeech(playout_lead_ms)
        self.uplink = Uplink()
        self._manual_activity = manual_activity
        self._calls: dict[str, tuple[ToolCalled, float]] = {}
        self._phase: wire.Phase = "connecting"
        self._owed_turn_end = False
        self._cut_until: float | None = None
        self._interrupted_until: float | None = None

    def handle(self, event: TalkInput, now: float) -> list[TalkEffect]:
        """The only door. `now` is in seconds and never goes back."""
        effects = self._react(event, now)
        effects += self._pass_time(now)
        phase = self._face(now)
        if phase != self._phase:
            self._phase = phase
            effects.append(Tell(wire.State(phase=phase)))
        return effects

    def leave(self, now: float) -> list[TalkEffect]:
        """The session ends: the last words are written down."""
        return self.person.left() + self.speech.leave(now)

    @property
    def deadline(self) -> float | None:
        """Call again with Tick no later than this."""
        times = (
            self.speech.deadline(),
            self._cut_until,
            self._interrupted_until,
            self.person.answer_due_until,
        )
        return min((t for t in times if t is not None), default=None)

    @property
    def phase(self) -> wire.Phase:
        """What the browser was told last."""
        return self._phase

    @property
    def at_rest(self) -> bool:
        """Nobody speaks and nothing is owed to anybody."""
        owed = self._owed_turn_end or self._calls or self.person.answer_due_until is not None or self.person.speaking
        return self.turn is Turn.LISTENING and not owed

    def _react(self, event: TalkInput, now: float) -> list[TalkEffect]:
        match event:
            case MicAudio(pcm=pcm):
                self.person.hear(pcm, now)
                return self.uplink.send(SendAudio(pcm))
            case VoiceOut() | ModelSaid():
                return self._model_speaks(event, now)
            case UserSaid(text=text):
                return self.person.said(text, now)
            case PlayedReport(turn=turn, ms=ms):
                return self.speech.played(turn, ms, now)
            case Interrupted():
                return self._interrupted(now)
            case GenerationComplete() | TurnComplete():
                return self._model_done(event)
            case InterruptPressed(turn=turn):
                return self._pressed(turn, now)
            case ToolCalled():
                return self._tool_called(event, now)
            case ToolCancelled(ids=ids):
                return [effect for call_id in ids for effect in self._tool_cancelled(call_id, now)]
            case ToolFinished():
                return self._tool_finished(event, now)
            case _:
                return self._housekeeping(event, now)

    def _housekeeping(self, event: TalkInput, now: float) -> list[TalkEffect]:
        match event:
            case TextTyped(text=text):
                return self._typed(text, now)
            case SetupComplete():
                return self.uplink.opened()
            case ListenerLeft() | ListenerBack():
                self.speech.hold(isinstance(event, ListenerLeft))
                return []
            case LinkLost(planned=planned):
                return self._link_lost(planned)
            case MicMuted(muted=True):
                self.person.fall_silent(now)
                return [] if self._manual_activity else self.uplink.send(EndAudioStream())
            case ActivityMarked(started=started):
                return self._activity(started, now)
            case UsageCounted(prompt_tokens=prompt, response_tokens=response, total_tokens=total):
                return [Tell(wire.Usage(prompt_tokens=prompt, response_tokens=response, total_tokens=total))]
            case Oddity(what=what):
                return [Journal("session", f"unreadable message from upstream: {what}")]
            case _:
                assert isinstance(event, MicMuted | GoAway | HandleOffered | ModelThought | Tick)
                return []

    # --- the model speaks ---

    def _model_speaks(self, event: VoiceOut | ModelSaid, now: float) -> list[TalkEffect]:
        self._owed_turn_end = True
        if self.turn is Turn.CUT:
            self._cut_until = now + CUT_PATIENCE_S
            return []
        effects: list[TalkEffect] = []
        if self.turn is not Turn.SPEAKING:
            self.speech.open()
            effects += self.person.answered()
        self._move(type(event))
        if isinstance(event, VoiceOut):
            self._interrupted_until = None
            self.speech.voice(event.pcm)
            return effects
        return effects + self.speech.said(event.text)

    def _model_done(self, event: GenerationComplete | TurnComplete) -> list[TalkEffect]:
        effects: list[TalkEffect] = []
        if isinstance(event, TurnComplete):
            self._owed_turn_end = False
        if self.turn is Turn.SPEAKING:
            effects += self.speech.close()
            self.person.answer_due_until = None
        elif isinstance(event, TurnComplete) and not self._calls and self.turn is Turn.LISTENING:
            self.person.answer_due_until = None
        self._move(type(event))
        return effects + self.person.write_down()

    def _interrupted(self, now: float) -> list[TalkEffect]:
        self.person.took_floor()
        effects = self._silence(now) if self.turn is not Turn.CUT else []
        self._move(Interrupted)
        return self.person.write_down() + effects

    def _silence(self, now: float) -> list[TalkEffect]:
        # Without voice there is nothing to flush, but the turn's few words must not stay open.
        closed = self.speech.close() if self.turn is Turn.SPEAKING else []
        effects = closed + self.speech.flush(now)
        if effects:
            self._interrupted_until = now + INTERRUPTED_FACE_S
        return effects

    # --- the person ---

    def _pressed(self, turn: int | None, now: float) -> list[TalkEffect]:
        heard = self.speech.heard_turn()
        current = self.speech.turn if heard is None else heard
        late_click = turn is not None and not self.speech.is_heard(turn) and wire.turn_is_after(self.speech.turn, turn)
        if late_click or self.turn is Turn.CUT:
            self.last_interrupt = InterruptOutcome(interrupted=False, turn=current, heard_ms=0)
            return []
        waiting = self.turn is Turn.LISTENING and bool(self._calls or self.person.answer_due_until is not None)
        speaking = self.turn in (Turn.SPEAKING, Turn.DRAINING)
        self.last_interrupt = InterruptOutcome(
            interrupted=speaking or waiting, turn=current, heard_ms=self.speech.heard_ms(current, now)
        )
        effects: list[TalkEffect] = []
        if self.turn is Turn.SPEAKING or waiting:
            effects += self.uplink.send(StopGeneration())
            self.person.answer_due_until = None
        effects = self._silence(now) + effects
        patience_s = CUT_PATIENCE_S if speaking else UNSPOKEN_PATIENCE_S
        self._cut_until = now + patience_s if self._move(PressedWaiting if waiting else Pressed) is Turn.CUT else None
        return effects

    def _typed(self, text: str, now: float) -> list[TalkEffect]:
        # While nothing is heard the words alone are enough; a stop could swallow the answer to them.
        effects = self._pressed(None, now) if self.turn in (Turn.SPEAKING, Turn.DRAINING) else []
        return effects + self.person.typed(text, now) + self.uplink.send(SendText(text))

    def _activity(self, started: bool, now: float) -> list[TalkEffect]:
        if not self._manual_activity:
            return [
                Tell(
                    wire.Notice(
                        level="warning",
                        code="activity_is_automatic",
                        message="This session finds the end of speech by itself; the push-to-talk mark was ignored.",
                        hint='Create the session with "turn_taking": "manual" to use push-to-talk.',
                    )
                )
            ]
        if started:
            self.person.took_floor()
        else:
            self.person.fall_silent(now)
            self.person.expect_answer(now)
        return self.uplink.send(SendActivity(started))

    # --- functions ---

    def _tool_called(self, call: ToolCalled, now: float) -> list[TalkEffect]:
        if call.id in self._calls:
            return []
        self._calls[call.id] = (call, now)
        args = dict(call.args)
        return [
            *self.person.answered(),
            *self.person.write_down(),
            Tell(wire.ToolCall(id=call.id, name=call.name, args=args)),
            RunTool(call.id, call.name, args),
            Journal("tool", f"{call.name}({', '.join(f'{k}={v!r}' for k, v in args.items())})"),
        ]

    def _tool_finished(self, done: ToolFinished, now: float) -> list[TalkEffect]:
        if done.id not in self._calls:
            return []
        call, since = self._calls.pop(done.id)
        self.person.expect_answer(now)
        took_ms = int((now - since) * 1000)
        told = wire.ToolResult(id=done.id, ok=done.ok, summary=done.summary, took_ms=took_ms)
        return [
            *self.uplink.send(AnswerTool(done.id, call.name, done.response, call.echo_id)),
            Tell(told),
            Journal("tool", f"{call.name} {'answered' if done.ok else 'failed'}: {done.summary}"),
        ]

    def _tool_cancelled(self, call_id: str, now: float) -> list[TalkEffect]:
        if call_id not in self._calls:
            return []
        call, since = self._calls.pop(call_id)
        took_ms = int((now - since) * 1000)
        told = wire.ToolResult(id=call_id, ok=False, summary="cancelled", took_ms=took_ms)
        return [StopTool(call_id), Tell(told), Journal("tool", f"{call.name} was cancelled")]

    # --- link and time ---

    def _link_lost(self, planned: bool) -> list[TalkEffect]:
        self.uplink.lost(planned)
        self._owed_turn_end = False
        effects = self.speech.close() if self.turn is Turn.SPEAKING else []
        self._move(LinkLost)
        return effects

    def _pass_time(self, now: float) -> list[TalkEffect]:
        effects = self.speech.advance(now)
        if self.turn is Turn.DRAINING and not self.speech.audible():
            self._move(TailHeard)
        if self._cut_until is not None and (self.turn is not Turn.CUT or now >= self._cut_until):
            self._cut_until = None
            self._move(CutExpired)
        if self._interrupted_until is not None and now >= self._interrupted_until:
            self._interrupted_until = None
        if self.person.answer_due_until is not None and now >= self.person.answer_due_until:
            self.person.answer_due_until = None
        return effects

    def _move(self, fact: type) -> Turn:
        self.turn = after(self.turn, fact)
        return self.turn

    def _face(self, now: float) -> wire.Phase:
        if self.speech.audible():
            return "speaking"
        if not self.uplink.live and not self.uplink.handing_over:
            return "reconnecting" if self.uplink.was_live else "connecting"
        if self.turn is Turn.CUT or self._interrupted_until is not None:
            return "interrupted"
        if self._calls:
            return "tool"
        if self.turn is Turn.SPEAKING or self.person.answer_due_until is not None:
            return "thinking"
        return "listening"
