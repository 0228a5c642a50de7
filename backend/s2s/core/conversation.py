"""The conversation core: who speaks, what is played, what was heard. Sans-IO: one door, one deadline."""

from collections.abc import Mapping, Sequence
from typing import Any

from s2s import wire
from s2s.core import events as facts
from s2s.core.context_notes import Asides
from s2s.core.deadlines import earliest
from s2s.core.effects import (
    EndAudioStream,
    Journal,
    Nudge,
    SendActivity,
    SendAudio,
    SendScene,
    SendText,
    TalkEffect,
    Tell,
)
from s2s.core.images import SHOWN, Pictures
from s2s.core.interruption import BargeIn, InterruptOutcome
from s2s.core.link.upstream_buffer import ONSET_FRAMES, Uplink
from s2s.core.model_speech import ModelSpeech
from s2s.core.phase import Face
from s2s.core.prompts import ACTIVITY_IS_AUTOMATIC, GO_ON
from s2s.core.tools.tool_execution import Errands
from s2s.core.turn_machine import Floor, Pressed, TailHeard, Turn
from s2s.core.user_speech import Person
from s2s.upstream.models.model_capabilities import PLAIN, Capabilities

_OF_NO_CONCERN = facts.MicMuted | facts.GoAway | facts.HandleOffered | facts.ModelThought | facts.Oddity | facts.Tick


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
        self.person = Person()
        self.speech = ModelSpeech(playout_lead_ms)
        self.uplink = Uplink()
        self.pictures = Pictures()
        self.manual_activity = manual_activity
        self.errands = Errands(tools, self.uplink, self.person)
        self._floor = Floor()
        self._face = Face(self.speech, self.uplink, self.person, self.errands)
        self._barge_in = BargeIn(
            self._floor,
            self._face,
            speech=self.speech,
            uplink=self.uplink,
            person=self.person,
            errands=self.errands,
        )
        self._asides = Asides(self.speech, self.uplink, self.pictures)
        self._broken_off = False
        self._repeating = False
        self._owed_turn_end = False
        self._interrupted_turn = False
        self._typed_over = False
        """Typed words went out while upstream was busy: they interrupt it, and are still to be answered."""

    def handle(self, event: facts.TalkInput, now: float) -> list[TalkEffect]:
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

    def leave(self, now: float) -> list[TalkEffect]:
        """The session ends: the last words are written down."""
        return self.person.left() + self.speech.leave(now)

    @property
    def deadline(self) -> float | None:
        """Call again with facts.Tick no later than this."""
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

    def _react(self, event: facts.TalkInput, now: float) -> list[TalkEffect]:
        match event:
            case facts.MicAudio(pcm=pcm):
                self.speech.listener_lives(now)
                edge = self.person.hear(pcm, now)
                if edge is not None and edge.started:
                    self._barge_in.gone_on(self.abilities)
                    self.uplink.begin(ONSET_FRAMES)
                return self.uplink.send(SendAudio(pcm), silent=not self.person.speaking)
            case facts.VoiceOut() | facts.ModelSaid():
                return self._model_speaks(event, now)
            case facts.UserSaid(text=text, interim=interim):
                effects = self.person.said(text, now, interim)
                if self.person.unanswered_words:
                    self.uplink.begin()
                return effects
            case facts.PlayedReport(turn=turn, ms=ms):
                return self.speech.played(turn, ms, now)
            case facts.RoundTripMeasured(ms=ms):
                self.speech.round_trip(ms)
                return []
            case facts.Interrupted():
                return self._interrupted(now)
            case facts.GenerationComplete() | facts.TurnComplete():
                return self._model_done(event, now)
            case facts.InterruptPressed(turn=turn):
                return self._barge_in.pressed(turn, now, self.abilities)
            case facts.ToolCalled() | facts.ToolCancelled() | facts.ToolFinished():
                self._barge_in.outlasts(event, self.abilities, now)
                words = self.person.answered() + self.person.write_down() if isinstance(event, facts.ToolCalled) else []
                return words + self.errands.handle(event, self.abilities, now)
            case _:
                return self._housekeeping(event, now)

    def _housekeeping(self, event: facts.TalkInput, now: float) -> list[TalkEffect]:
        match event:
            case facts.TextTyped(text=text):
                return self._typed(text, now)
            case facts.PictureShown(jpeg=jpeg):
                self.pictures.show(jpeg)
                return [*self.person.write_down(), Journal("user", SHOWN)]
            case facts.SceneSeen(jpeg=jpeg):
                return [SendScene(jpeg)] if self.uplink.live and self.abilities.images else []
            case facts.SetupComplete():
                return self._opened(now)
            case facts.ListenerLeft() | facts.ListenerBack():
                self.speech.listener(isinstance(event, facts.ListenerBack), now)
                return []
            case facts.LinkLost():
                return self._link_lost(event)
            case _ if isinstance(event, facts.Advice):
                return self._advised(event, now)
            case facts.MicMuted(muted=True):
                self.person.fall_silent(now)
                return [] if self.manual_activity else self.uplink.send(EndAudioStream())
            case facts.ActivityMarked(started=started):
                return self._activity(started, now)
            case facts.UsageCounted(prompt_tokens=prompt, response_tokens=response, total_tokens=total):
                return [Tell(wire.Usage(prompt_tokens=prompt, response_tokens=response, total_tokens=total))]
            case _:
                assert isinstance(event, _OF_NO_CONCERN)
                return []

    # --- the model speaks ---

    def _model_speaks(self, event: facts.VoiceOut | facts.ModelSaid, now: float) -> list[TalkEffect]:
        self._owed_turn_end = True
        if self._floor.refuses(now) or self._repeating:
            return []
        effects: list[TalkEffect] = []
        if self._floor.turn is not Turn.SPEAKING:
            self.speech.open()
            self.uplink.answer_began()
            effects += self.person.answered()
        self._floor.move(type(event))
        if isinstance(event, facts.VoiceOut):
            self._face.interrupted_until = None
            self.speech.voice(event.pcm)
            return effects
        return effects + self.speech.said(event.text)

    def _model_done(self, event: facts.GenerationComplete | facts.TurnComplete, now: float) -> list[TalkEffect]:
        effects: list[TalkEffect] = []
        self._repeating = False
        # The end of a turn that spoke or was interrupted says nothing about what was asked since.
        over = isinstance(event, facts.TurnComplete)
        silent_turn = over and not (self._owed_turn_end or self._interrupted_turn)
        if isinstance(event, facts.TurnComplete):
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

    def _advised(self, advice: facts.Advice, now: float) -> list[TalkEffect]:
        match advice:
            case facts.Urged(text=text):
                self.person.expect_answer(now)
                return self.uplink.send(Nudge(text))
            case facts.Repeating(at_ms=at_ms):
                return self._repeats(at_ms)
            case facts.Trimmed(at_ms=at_ms):
                return self.speech.cut_from(at_ms)
            case facts.Hushed():
                effects = self._barge_in.silence(now)
                # Not the person's doing: the page goes on waiting for the answer.
                self._face.interrupted_until = None
                self.person.expect_answer(now)
                self.speech.no_word_of_cuts()
                self._floor.move(Pressed if self._floor.turn is Turn.DRAINING else facts.Interrupted)
                return effects
            case facts.AnswerAwaited(awaited=awaited):
                self._face.awaited = awaited
                return []
            case facts.NothingOwed():
                self.person.answer_due_until = self._face.working_until = None
                self.uplink.settled()
                return self.errands.turn_over(now)

    def _repeats(self, at_ms: int | None) -> list[TalkEffect]:
        self._repeating = at_ms is not None and self._floor.turn is Turn.SPEAKING
        if not self._repeating or at_ms is None:
            return []
        effects = self.speech.cut_from(at_ms)
        self._floor.move(facts.GenerationComplete)
        return effects

    def _interrupted(self, now: float) -> list[TalkEffect]:
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
        self._floor.move(facts.Interrupted)
        return self.person.write_down() + effects

    # --- the person ---

    def _typed(self, text: str, now: float) -> list[TalkEffect]:
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

    def _activity(self, started: bool, now: float) -> list[TalkEffect]:
        if not self.manual_activity:
            return [Tell(ACTIVITY_IS_AUTOMATIC)]
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

    def _opened(self, now: float) -> list[TalkEffect]:
        if self.uplink.live:
            return []
        again = not self.same_session
        if again:
            self.person.said_again()
            self.errands.calls.lost(known_again=False)
        effects: list[TalkEffect] = [*self.pictures.again()] if again else []
        effects += self.uplink.opened(again=again)
        if again and self._broken_off and not self.uplink.unanswered:
            self.person.expect_answer(now)
            effects += self.uplink.send(Nudge(GO_ON))
        elif self.uplink.unanswered:
            self.person.expect_answer(now)
        self._broken_off = False
        self.errands.opened(asked_again=self.uplink.unanswered)
        return effects + self.errands.claim(now)

    def _link_lost(self, event: facts.LinkLost) -> list[TalkEffect]:
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
        self._floor.move(facts.LinkLost)
        return effects

    def _pass_time(self, now: float) -> list[TalkEffect]:
        effects = self.speech.advance(now)
        effects += self.person.pass_time(now)
        if self._floor.turn is Turn.DRAINING and not self.speech.audible():
            self._floor.move(TailHeard)
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
