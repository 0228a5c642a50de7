"""The conversation core: who speaks, what is played, what was heard. Sans-IO: one door, one deadline."""

from collections.abc import Mapping, Sequence
from typing import Any

from s2s import wire
from s2s.core import events
from s2s.core.context_notes import ContextNotes
from s2s.core.deadlines import earliest
from s2s.core.effects import (
    ConversationEffect,
    EndAudioStream,
    LogTranscript,
    PromptReply,
    SendActivity,
    SendAudio,
    SendText,
    SendToBrowser,
    SendVideoFrame,
)
from s2s.core.images import IMAGE_PLACEHOLDER, PendingImages
from s2s.core.interruption import Interruptions, InterruptOutcome
from s2s.core.link.upstream_buffer import ONSET_FRAMES, UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.core.phase import PhaseReporter
from s2s.core.prompts import ACTIVITY_IS_AUTOMATIC, CONTINUE_PROMPT
from s2s.core.tools.tool_execution import ToolExecution
from s2s.core.turn_machine import InterruptRequested, PlaybackFinished, Turn, TurnMachine
from s2s.core.user_speech import UserSpeech
from s2s.upstream.models.model_capabilities import PLAIN, Capabilities

_IGNORED_EVENTS = (
    events.MicMuted
    | events.GoAway
    | events.ResumptionHandle
    | events.ModelThinking
    | events.UnreadableMessage
    | events.DeadlineReached
)


class Conversation:
    """One call. `handle` takes a fact and the time, and answers what is to be done, in order."""

    def __init__(
        self,
        *,
        playout_lead_ms: int = 240,
        manual_activity: bool = False,
        abilities: Capabilities = PLAIN,
        tools: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`abilities`: what the model at the other end can do. `tools`: the function declarations."""
        self.abilities = abilities
        self.same_session = False
        """The next socket goes on with the very same session, message by message."""
        self.person = UserSpeech()
        self.speech = ModelSpeech(playout_lead_ms)
        self.uplink = UpstreamBuffer()
        self.pictures = PendingImages()
        self.manual_activity = manual_activity
        self.errands = ToolExecution(tools, self.uplink, self.person)
        self._floor = TurnMachine()
        self._face = PhaseReporter(self.speech, self.uplink, self.person, self.errands)
        self._barge_in = Interruptions(
            self._floor,
            self._face,
            speech=self.speech,
            uplink=self.uplink,
            person=self.person,
            errands=self.errands,
        )
        self._asides = ContextNotes(self.speech, self.uplink, self.pictures)
        self._broken_off = False
        self._repeating = False
        self._owed_turn_end = False
        self._interrupted_turn = False
        self._typed_over = False
        """Typed words went out while upstream was busy: they interrupt it, and are still to be answered."""

    def handle(self, event: events.ConversationEvent, now: float) -> list[ConversationEffect]:
        """The only door. `now` is in seconds and never goes back."""
        effects = self._react(event, now)
        effects += self._pass_time(now)
        effects += self._face.news(self._floor.turn, now)
        return effects

    def begin_with(self, question: str) -> None:
        """What an earlier session was asked and did not answer is the first thing that upstream hears."""
        self.person.asked_before(question)
        self.uplink.begin(0)
        self.uplink.send(SendText(question))

    def leave(self, now: float) -> list[ConversationEffect]:
        """The session ends: the last words are written down."""
        return self.person.left() + self.speech.leave(now)

    @property
    def deadline(self) -> float | None:
        """Call again with events.Tick no later than this."""
        return earliest(
            self.speech.deadline(),
            self._floor.cut_until,
            self._face.deadline,
            self.person.deadline,
            self.errands.deadline,
        )

    @property
    def phase(self) -> wire.Phase:
        """What the browser was told last."""
        return self._face.phase

    @property
    def turn(self) -> Turn:
        """Where the turn machine stands."""
        return self._floor.turn

    @property
    def last_interrupt(self) -> InterruptOutcome:
        """What the last press of the button did."""
        return self._barge_in.outcome

    @property
    def voiced_turn(self) -> int | None:
        """The turn that takes the model's voice now; None: what comes is not played."""
        return self.speech.turn if self.turn is Turn.SPEAKING else None

    @property
    def at_rest(self) -> bool:
        """Nobody speaks and nothing is owed to anybody."""
        owed = self._owed_turn_end or self.errands.awaited or self.person.speaking
        return self._floor.turn is Turn.LISTENING and not owed

    def _react(self, event: events.ConversationEvent, now: float) -> list[ConversationEffect]:
        match event:
            case events.MicAudio(pcm=pcm):
                self.speech.listener_lives(now)
                edge = self.person.hear(pcm, now)
                if edge is not None and edge.started:
                    self._barge_in.gone_on(self.abilities)
                    self.uplink.begin(ONSET_FRAMES)
                return self.uplink.send(SendAudio(pcm), silent=not self.person.speaking)
            case events.ModelAudio() | events.ModelTranscriptDelta():
                return self._model_speaks(event, now)
            case events.UserTranscriptDelta(text=text, interim=interim):
                effects = self.person.said(text, now, interim)
                if self.person.unanswered_words:
                    self.uplink.begin()
                return effects
            case events.PlayedReport(turn=turn, ms=ms):
                return self.speech.played(turn, ms, now)
            case events.RoundTripMeasured(ms=ms):
                self.speech.round_trip(ms)
                return []
            case events.Interrupted():
                return self._interrupted(now)
            case events.GenerationComplete() | events.TurnComplete():
                return self._model_done(event, now)
            case events.InterruptPressed(turn=turn):
                return self._barge_in.pressed(turn, now, self.abilities)
            case events.ToolCalled() | events.ToolCancelled() | events.ToolFinished():
                self._barge_in.outlasts(event, self.abilities, now)
                words = (
                    self.person.answered() + self.person.write_down() if isinstance(event, events.ToolCalled) else []
                )
                return words + self.errands.handle(event, self.abilities, now)
            case _:
                return self._housekeeping(event, now)

    def _housekeeping(self, event: events.ConversationEvent, now: float) -> list[ConversationEffect]:
        match event:
            case events.TextTyped(text=text):
                return self._typed(text, now)
            case events.ImageShared(jpeg=jpeg):
                self.pictures.show(jpeg)
                return [*self.person.write_down(), LogTranscript("user", IMAGE_PLACEHOLDER)]
            case events.VideoFrame(jpeg=jpeg):
                return [SendVideoFrame(jpeg)] if self.uplink.live and self.abilities.images else []
            case events.SetupComplete():
                return self._opened(now)
            case events.BrowserDetached() | events.BrowserAttached():
                self.speech.listener(isinstance(event, events.BrowserAttached), now)
                return []
            case events.LinkLost():
                return self._link_lost(event)
            case _ if isinstance(event, events.WatchdogAdvice):
                return self._advised(event, now)
            case events.MicMuted(muted=True):
                self.person.fall_silent(now)
                return [] if self.manual_activity else self.uplink.send(EndAudioStream())
            case events.ActivityMarked(started=started):
                return self._activity(started, now)
            case events.UsageCounted(prompt_tokens=prompt, response_tokens=response, total_tokens=total):
                return [SendToBrowser(wire.Usage(prompt_tokens=prompt, response_tokens=response, total_tokens=total))]
            case _:
                assert isinstance(event, _IGNORED_EVENTS)
                return []

    # --- the model speaks ---

    def _model_speaks(
        self, event: events.ModelAudio | events.ModelTranscriptDelta, now: float
    ) -> list[ConversationEffect]:
        self._owed_turn_end = True
        if self._floor.refuses(now) or self._repeating:
            return []
        effects: list[ConversationEffect] = []
        if self._floor.turn is not Turn.SPEAKING:
            self.speech.open()
            self.uplink.answer_began()
            effects += self.person.answered()
        self._floor.move(type(event))
        if isinstance(event, events.ModelAudio):
            self._face.interrupted_until = None
            self.speech.voice(event.pcm)
            return effects
        return effects + self.speech.said(event.text)

    def _model_done(
        self, event: events.GenerationComplete | events.TurnComplete, now: float
    ) -> list[ConversationEffect]:
        effects: list[ConversationEffect] = []
        self._repeating = False
        # The end of a turn that spoke or was interrupted says nothing about what was asked since.
        over = isinstance(event, events.TurnComplete)
        silent_turn = over and not (self._owed_turn_end or self._interrupted_turn)
        if isinstance(event, events.TurnComplete):
            self._face.utterance_over(now, more=event.more)
            self._owed_turn_end = self._interrupted_turn = self._typed_over = False
            self.pictures.answered()
        if not self.errands.calls.blocking:
            self.uplink.answered()
            self.errands.calls.heeded(spoken=self._floor.turn is Turn.SPEAKING)
        if self._floor.turn is Turn.SPEAKING:
            effects += self.speech.close()
            self.person.answer_due_until = None
        elif silent_turn and not self.errands.calls.pending and self._floor.turn is Turn.LISTENING:
            self.person.answer_due_until = None
        if not self._barge_in.outlasts(event, self.abilities, now):
            self._floor.move(type(event))
        effects += self.person.write_down()
        return effects + (self.errands.turn_over(now) if over else [])

    def _advised(self, advice: events.WatchdogAdvice, now: float) -> list[ConversationEffect]:
        match advice:
            case events.RequestReply(text=text):
                self.person.expect_answer(now)
                return self.uplink.send(PromptReply(text))
            case events.RepetitionDetected(at_ms=at_ms):
                return self._repeats(at_ms)
            case events.TruncateTurn(at_ms=at_ms):
                return self.speech.cut_from(at_ms)
            case events.SilencePlayback():
                effects = self._barge_in.silence(now)
                # Not the person's doing: the page goes on waiting for the answer.
                self._face.interrupted_until = None
                self.person.expect_answer(now)
                self.speech.no_word_of_cuts()
                self._floor.move(InterruptRequested if self._floor.turn is Turn.DRAINING else events.Interrupted)
                return effects
            case events.ReplyAwaited(awaited=awaited):
                self._face.awaited = awaited
                return []
            case events.ReplyGivenUp():
                self.person.answer_due_until = self._face.working_until = None
                self.uplink.settled()
                return self.errands.turn_over(now)

    def _repeats(self, at_ms: int | None) -> list[ConversationEffect]:
        self._repeating = at_ms is not None and self._floor.turn is Turn.SPEAKING
        if not self._repeating or at_ms is None:
            return []
        effects = self.speech.cut_from(at_ms)
        self._floor.move(events.GenerationComplete)
        return effects

    def _interrupted(self, now: float) -> list[ConversationEffect]:
        due, typed_over = self.person.answer_due_until, self._typed_over
        self._typed_over = False
        self.person.took_floor()
        if typed_over:
            self.person.answer_due_until = due
        self.uplink.answered()
        self._repeating = False
        self._interrupted_turn = True
        self._face.working_until = None
        effects = self._barge_in.silence(now) if self._floor.turn is not Turn.CUT else []
        self._floor.move(events.Interrupted)
        return self.person.write_down() + effects

    # --- the person ---

    def _typed(self, text: str, now: float) -> list[ConversationEffect]:
        # While nothing is heard the words alone are enough; a stop could swallow the answer to them.
        effects = (
            self._barge_in.pressed(None, now, self.abilities)
            if self._floor.turn in (Turn.SPEAKING, Turn.DRAINING)
            else []
        )
        if self._floor.turn is Turn.LISTENING and not self.errands.awaited:
            # Upstream may not have ended the answer that was cut; the words that follow end it anyway.
            effects += self._asides.note(self.abilities)
        self._barge_in.gone_on(self.abilities)
        self._typed_over = self._owed_turn_end or self.uplink.unanswered
        self.uplink.begin(0)
        effects += self.person.typed(text, now)
        for word in self.pictures.asked(text, together=self.abilities.content_mid_session):
            effects += self.uplink.send(word)
        return effects

    def _activity(self, started: bool, now: float) -> list[ConversationEffect]:
        if not self.manual_activity:
            return [SendToBrowser(ACTIVITY_IS_AUTOMATIC)]
        self.person.key_down = started
        if started:
            self._barge_in.gone_on(self.abilities)
            self.person.took_floor()
            self.uplink.begin(ONSET_FRAMES)
        else:
            self.person.fall_silent(now)
            self.person.expect_answer(now)
        return self.uplink.send(SendActivity(started))

    # --- link and time ---

    def _opened(self, now: float) -> list[ConversationEffect]:
        if self.uplink.live:
            return []
        again = not self.same_session
        if again:
            self.person.said_again()
            self.errands.calls.lost(known_again=False)
        effects: list[ConversationEffect] = [*self.pictures.again()] if again else []
        effects += self.uplink.opened(again=again)
        if again and self._broken_off and not self.uplink.unanswered:
            self.person.expect_answer(now)
            effects += self.uplink.send(PromptReply(CONTINUE_PROMPT))
        elif self.uplink.unanswered:
            self.person.expect_answer(now)
        self._broken_off = False
        self.errands.opened(asked_again=self.uplink.unanswered)
        return effects + self.errands.claim(now)

    def _link_lost(self, event: events.LinkLost) -> list[ConversationEffect]:
        self._broken_off = self._broken_off or self._floor.turn is Turn.SPEAKING
        self.uplink.lost(planned=event.planned, refused=event.refused)
        self.pictures.lost(refused=event.refused)
        self.errands.lost(known_again=self.abilities.transparent)
        self._owed_turn_end = self._interrupted_turn = self._repeating = False
        self._face.working_until = None
        speaking = self._floor.turn is Turn.SPEAKING
        # The question stands before its answer, also for the next session.
        effects = self.person.write_down() if speaking and not self.uplink.unanswered else []
        effects += self.speech.break_off() if speaking else []
        self._floor.move(events.LinkLost)
        return effects

    def _pass_time(self, now: float) -> list[ConversationEffect]:
        effects = self.speech.advance(now)
        effects += self.person.pass_time(now)
        if self._floor.turn is Turn.DRAINING and not self.speech.audible():
            self._floor.move(PlaybackFinished)
        if self._floor.cut_until is not None:
            self._floor.pass_time(now)
        if self.speech.cut_note or self.pictures.waiting:
            effects += self._asides.due(self.abilities, answer_runs=self._answer_may_run)
        quiet = self._floor.turn is Turn.LISTENING and not self.person.speaking
        return effects + self.errands.pass_time(self.abilities, now, quiet=quiet)

    @property
    def _answer_may_run(self) -> bool:
        none = self.at_rest or (self.person.speaking and not self.errands.calls.pending)
        return not none or self._floor.turn is not Turn.LISTENING
