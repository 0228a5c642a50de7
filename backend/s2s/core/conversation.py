"""The conversation: who speaks, what is played, what was heard. Sans-I/O, with one entry point and one deadline."""

from collections.abc import Mapping, Sequence
from typing import Any

from s2s import wire
from s2s.core import events
from s2s.core.context_notes import ContextNotes
from s2s.core.deadlines import ReplyDeadline, earliest
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
    is_flush,
)
from s2s.core.images import IMAGE_PLACEHOLDER, PendingImages
from s2s.core.interruption import Interruptions, InterruptOutcome
from s2s.core.link.upstream_buffer import ONSET_FRAMES, UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.core.phase import PhaseReporter
from s2s.core.texts.notices import ACTIVITY_IS_AUTOMATIC
from s2s.core.texts.prompts import CONTINUE_PROMPT
from s2s.core.tools.mic_gate import MicGate
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
    """One conversation. `handle` takes an event and the time, and returns the effects in order."""

    def __init__(
        self,
        *,
        playout_lead_ms: int = 240,
        manual_activity: bool = False,
        capabilities: Capabilities = PLAIN,
        tools: Sequence[Mapping[str, Any]] = (),
        question: str = "",
    ) -> None:
        """`capabilities`: what the model can do. `tools`: the function declarations. `question`: what an earlier
        session was asked and did not answer; upstream hears it first."""
        self.capabilities = capabilities
        self.same_session = False
        """The next socket continues the very same session, message by message."""
        self._reply = ReplyDeadline()
        self.user_speech = UserSpeech(self._reply)
        self.model_speech = ModelSpeech(playout_lead_ms)
        self.upstream_buffer = UpstreamBuffer()
        self.images = PendingImages()
        self.manual_activity = manual_activity
        self.mic_gate = MicGate(tools, self.upstream_buffer, self.user_speech, self._reply)
        self._turn_machine = TurnMachine()
        self._phase_reporter = PhaseReporter(
            self.model_speech, self.upstream_buffer, self.user_speech, self.mic_gate, self._reply
        )
        self._interruptions = Interruptions(
            self._turn_machine,
            self._phase_reporter,
            model_speech=self.model_speech,
            upstream_buffer=self.upstream_buffer,
            user_speech=self.user_speech,
            mic_gate=self.mic_gate,
            reply=self._reply,
        )
        self._context_notes = ContextNotes(self.model_speech, self.upstream_buffer, self.images)
        self._answer_broken_off = False
        self._is_repeating = False
        self._awaits_turn_end = False
        self._turn_was_interrupted = False
        self._typed_over_answer = False
        """Typed text went out while upstream was busy: it interrupts the answer and still has to be answered."""
        if question:
            self.user_speech.restore_question(question)
            self.upstream_buffer.start_utterance(0)
            self.upstream_buffer.send(SendText(question))

    def handle(self, event: events.ConversationEvent | events.InternalEvent, now: float) -> list[ConversationEffect]:
        """Take one event. The only entry point; `now` is in seconds and never goes back."""
        effects = self._react(event, now)
        effects += self._advance(now)
        effects += self._phase_reporter.update(self._turn_machine.turn, now)
        return effects

    def close(self, now: float) -> list[ConversationEffect]:
        """End the session: log the last words."""
        return self.user_speech.close() + self.model_speech.close(now)

    @property
    def deadline(self) -> float | None:
        """Call `handle` with DeadlineReached no later than this."""
        return earliest(
            self.model_speech.deadline(),
            self._turn_machine.cut_expires_at,
            self._phase_reporter.deadline,
            self.user_speech.deadline,
            self.mic_gate.deadline,
        )

    @property
    def phase(self) -> wire.Phase:
        """The phase that was last sent to the browser."""
        return self._phase_reporter.phase

    @property
    def turn(self) -> Turn:
        """The state of the turn machine."""
        return self._turn_machine.turn

    @property
    def last_interrupt(self) -> InterruptOutcome:
        """What the last press of the interrupt button did."""
        return self._interruptions.last_outcome

    @property
    def audio_turn(self) -> int | None:
        """The turn that model audio belongs to now; None: model audio is discarded."""
        return self.model_speech.turn if self.turn is Turn.SPEAKING else None

    @property
    def is_idle(self) -> bool:
        """Whether the model and the user are silent and no reply or turn end is expected."""
        owed = self._awaits_turn_end or self.mic_gate.is_awaited or self.user_speech.is_speaking
        return self._turn_machine.turn is Turn.LISTENING and not owed

    def _react(self, event: events.ConversationEvent | events.InternalEvent, now: float) -> list[ConversationEffect]:
        match event:
            case events.MicAudio(pcm=pcm):
                self.model_speech.on_browser_alive(now)
                edge = self.user_speech.process_frame(pcm, now)
                if edge is not None and edge.started:
                    self._interruptions.on_new_input(self.capabilities)
                    self.upstream_buffer.start_utterance(ONSET_FRAMES)
                return self.upstream_buffer.send(SendAudio(pcm), silent=not self.user_speech.is_speaking)
            case events.ModelAudio() | events.ModelTranscriptDelta():
                return self._on_model_output(event, now)
            case events.UserTranscriptDelta(text=text, interim=interim):
                effects = self.user_speech.append_transcript(text, now, interim)
                if self.user_speech.has_unanswered_words:
                    self.upstream_buffer.start_utterance()
                return effects
            case events.PlayedReport(turn=turn, ms=ms):
                return self.model_speech.on_played_report(turn, ms, now)
            case events.RoundTripMeasured(ms=ms):
                self.model_speech.set_round_trip(ms)
                return []
            case events.Interrupted():
                return _flush_first(self._on_interrupted(now))
            case events.GenerationComplete() | events.TurnComplete():
                return self._on_model_done(event, now)
            case events.InterruptPressed(turn=turn):
                return _flush_first(self._interruptions.cut_answer(turn, now, self.capabilities))
            case events.ToolCalled() | events.ToolCancelled() | events.ToolFinished():
                self._interruptions.prolong_cut(event, self.capabilities, now)
                words = (
                    self.user_speech.on_reply_started() + self.user_speech.log_transcript()
                    if isinstance(event, events.ToolCalled)
                    else []
                )
                return words + self.mic_gate.handle(event, self.capabilities, now)
            case _:
                return self._on_other_event(event, now)

    def _on_other_event(
        self, event: events.ConversationEvent | events.InternalEvent, now: float
    ) -> list[ConversationEffect]:
        match event:
            case events.TextTyped(text=text):
                return _flush_first(self._on_text_typed(text, now))
            case events.ImageShared(jpeg=jpeg):
                self.images.add_image(jpeg)
                return [*self.user_speech.log_transcript(), LogTranscript("user", IMAGE_PLACEHOLDER)]
            case events.VideoFrame(jpeg=jpeg):
                return [SendVideoFrame(jpeg)] if self.upstream_buffer.is_live and self.capabilities.images else []
            case events.SetupComplete() | events.LinkLost() | events.UpstreamOpening() | events.MicGateRequired():
                return self._on_link_event(event, now)
            case events.BrowserDetached() | events.BrowserAttached():
                self.model_speech.set_browser_present(isinstance(event, events.BrowserAttached), now)
                return []
            case _ if isinstance(event, events.WatchdogAdvice):
                return self._on_advice(event, now)
            case events.MicMuted(muted=True):
                self.user_speech.on_mic_closed(now)
                return [] if self.manual_activity else self.upstream_buffer.send(EndAudioStream())
            case events.ActivityMarked(started=started):
                return self._on_activity(started, now)
            case events.UsageCounted(prompt_tokens=prompt, response_tokens=response, total_tokens=total):
                return [SendToBrowser(wire.Usage(prompt_tokens=prompt, response_tokens=response, total_tokens=total))]
            case _:
                assert isinstance(event, _IGNORED_EVENTS)
                return []

    # --- model output ---

    def _on_model_output(
        self, event: events.ModelAudio | events.ModelTranscriptDelta, now: float
    ) -> list[ConversationEffect]:
        self._awaits_turn_end = True
        if self._turn_machine.discards_output(now) or self._is_repeating:
            return []
        effects: list[ConversationEffect] = []
        if self._turn_machine.turn is not Turn.SPEAKING:
            self.model_speech.start_turn()
            self.upstream_buffer.on_reply_started()
            effects += self.user_speech.on_reply_started()
        self._turn_machine.apply(type(event))
        if isinstance(event, events.ModelAudio):
            self._phase_reporter.hide_interrupted()
            self.model_speech.append_audio(event.pcm)
            return effects
        return effects + self.model_speech.append_transcript(event.text)

    def _on_model_done(
        self, event: events.GenerationComplete | events.TurnComplete, now: float
    ) -> list[ConversationEffect]:
        effects: list[ConversationEffect] = []
        self._is_repeating = False
        # The end of a turn that had output or was interrupted says nothing about what was asked since.
        over = isinstance(event, events.TurnComplete)
        silent_turn = over and not (self._awaits_turn_end or self._turn_was_interrupted)
        if isinstance(event, events.TurnComplete):
            self._phase_reporter.on_utterance_end(now, more=event.more)
            self._awaits_turn_end = self._turn_was_interrupted = self._typed_over_answer = False
            self.images.on_turn_complete()
        if not self.mic_gate.calls.is_blocking:
            self.upstream_buffer.on_reply_finished()
            self.mic_gate.calls.on_turn_end(spoken=self._turn_machine.turn is Turn.SPEAKING)
        if self._turn_machine.turn is Turn.SPEAKING:
            effects += self.model_speech.close_turn()
            self._reply.cancel()
        elif silent_turn and not self.mic_gate.calls.has_pending and self._turn_machine.turn is Turn.LISTENING:
            self._reply.cancel()
        if not self._interruptions.prolong_cut(event, self.capabilities, now):
            self._turn_machine.apply(type(event))
        effects += self.user_speech.log_transcript()
        return effects + (self.mic_gate.on_turn_end(now) if over else [])

    def _on_advice(self, advice: events.WatchdogAdvice, now: float) -> list[ConversationEffect]:
        match advice:
            case events.RequestReply(text=text):
                self._reply.expect(now)
                return self.upstream_buffer.send(PromptReply(text))
            case events.RepetitionDetected(at_ms=at_ms):
                return self._on_repetition(at_ms)
            case events.TruncateTurn(at_ms=at_ms):
                return self.model_speech.truncate_turn(at_ms)
            case events.SilencePlayback():
                effects = self._interruptions.silence_playback(now)
                # The user did not ask for this: the page goes on waiting for the answer.
                self._phase_reporter.hide_interrupted()
                self._reply.expect(now)
                self.model_speech.suppress_cut_notes()
                self._turn_machine.apply(
                    InterruptRequested if self._turn_machine.turn is Turn.DRAINING else events.Interrupted
                )
                return effects
            case events.DropCutNote():
                self.model_speech.pop_cut_note()
                return []
            case events.ReplyAwaited(awaited=awaited):
                self._phase_reporter.on_reply_awaited(awaited)
                return []
            case events.ReplyGivenUp():
                self._reply.cancel()
                self._phase_reporter.stop_working()
                self.upstream_buffer.forget_unanswered()
                return self.mic_gate.on_turn_end(now)

    def _on_repetition(self, at_ms: int | None) -> list[ConversationEffect]:
        self._is_repeating = at_ms is not None and self._turn_machine.turn is Turn.SPEAKING
        if not self._is_repeating or at_ms is None:
            return []
        effects = self.model_speech.truncate_turn(at_ms)
        self._turn_machine.apply(events.GenerationComplete)
        return effects

    def _on_interrupted(self, now: float) -> list[ConversationEffect]:
        self.user_speech.on_speech_detected(keeps_reply_deadline=self._typed_over_answer)
        self._typed_over_answer = False
        self.upstream_buffer.on_reply_finished()
        self._is_repeating = False
        self._turn_was_interrupted = True
        self._phase_reporter.stop_working()
        effects = self._interruptions.silence_playback(now) if self._turn_machine.turn is not Turn.CUT else []
        self._turn_machine.apply(events.Interrupted)
        return self.user_speech.log_transcript() + effects

    # --- user input ---

    def _on_text_typed(self, text: str, now: float) -> list[ConversationEffect]:
        # If nothing is playing, the text alone is enough; a stop could swallow the answer to it.
        effects = (
            self._interruptions.cut_answer(None, now, self.capabilities)
            if self._turn_machine.turn in (Turn.SPEAKING, Turn.DRAINING)
            else []
        )
        if self._turn_machine.turn is Turn.LISTENING and not self.mic_gate.is_awaited:
            # Upstream may not have ended the answer that was cut; the text that follows ends it anyway.
            effects += self._context_notes.pop_cut_note(self.capabilities)
        self._interruptions.on_new_input(self.capabilities)
        self._typed_over_answer = self._awaits_turn_end or self.upstream_buffer.has_unanswered
        self.upstream_buffer.start_utterance(0)
        effects += self.user_speech.add_typed_text(text, now)
        for word in self.images.send_with_text(text, together=self.capabilities.content_mid_session):
            effects += self.upstream_buffer.send(word)
        return effects

    def _on_activity(self, started: bool, now: float) -> list[ConversationEffect]:
        if not self.manual_activity:
            return [SendToBrowser(ACTIVITY_IS_AUTOMATIC)]
        self.user_speech.on_talk_key(down=started)
        if started:
            self._interruptions.on_new_input(self.capabilities)
            self.user_speech.on_speech_detected()
            self.upstream_buffer.start_utterance(ONSET_FRAMES)
        else:
            self.user_speech.on_mic_closed(now)
            self._reply.expect(now)
        return self.upstream_buffer.send(SendActivity(started))

    # --- link and time ---

    def _on_link_event(
        self,
        event: events.SetupComplete | events.LinkLost | events.UpstreamOpening | events.MicGateRequired,
        now: float,
    ) -> list[ConversationEffect]:
        match event:
            case events.UpstreamOpening(capabilities=capabilities, same_session=same_session):
                self.capabilities, self.same_session = capabilities, same_session
            case events.MicGateRequired():
                self.mic_gate.require_mic_gate()
            case events.SetupComplete():
                return self._on_link_open(now)
            case events.LinkLost():
                return self._on_link_lost(event)
        return []

    def _on_link_open(self, now: float) -> list[ConversationEffect]:
        if self.upstream_buffer.is_live:
            return []
        again = not self.same_session
        if again:
            self.user_speech.retract_unanswered()
            self.mic_gate.calls.on_link_lost(same_session=False)
        effects: list[ConversationEffect] = [*self.images.resend_unanswered()] if again else []
        effects += self.upstream_buffer.on_link_open(again=again)
        if again and self._answer_broken_off and not self.upstream_buffer.has_unanswered:
            self._reply.expect(now)
            effects += self.upstream_buffer.send(PromptReply(CONTINUE_PROMPT))
        elif self.upstream_buffer.has_unanswered:
            self._reply.expect(now)
        self._answer_broken_off = False
        self.mic_gate.on_link_open(question_repeated=self.upstream_buffer.has_unanswered)
        return effects + self.mic_gate.claim_orphaned_results(now)

    def _on_link_lost(self, event: events.LinkLost) -> list[ConversationEffect]:
        self._answer_broken_off = self._answer_broken_off or self._turn_machine.turn is Turn.SPEAKING
        self.upstream_buffer.on_link_lost(planned=event.planned, refused=event.refused)
        self.images.on_link_lost(refused=event.refused)
        self.mic_gate.on_link_lost(same_session=self.capabilities.transparent)
        self._awaits_turn_end = self._turn_was_interrupted = self._is_repeating = False
        self._phase_reporter.stop_working()
        speaking = self._turn_machine.turn is Turn.SPEAKING
        # The question is logged before its answer, also for the next session.
        effects = self.user_speech.log_transcript() if speaking and not self.upstream_buffer.has_unanswered else []
        effects += self.model_speech.break_off_turn() if speaking else []
        self._turn_machine.apply(events.LinkLost)
        return effects

    def _advance(self, now: float) -> list[ConversationEffect]:
        effects = self.model_speech.advance(now)
        effects += self.user_speech.pass_time(now)
        if self._turn_machine.turn is Turn.DRAINING and not self.model_speech.is_audible():
            self._turn_machine.apply(PlaybackFinished)
        if self._turn_machine.cut_expires_at is not None:
            self._turn_machine.pass_time(now)
        if self.model_speech.has_cut_note or self.images.has_waiting:
            effects += self._context_notes.pop_due(self.capabilities, answer_runs=self._may_be_answering)
        quiet = self._turn_machine.turn is Turn.LISTENING and not self.user_speech.is_speaking
        return effects + self.mic_gate.pass_time(self.capabilities, now, quiet=quiet)

    @property
    def _may_be_answering(self) -> bool:
        none = self.is_idle or (self.user_speech.is_speaking and not self.mic_gate.calls.has_pending)
        return not none or self._turn_machine.turn is not Turn.LISTENING


def _flush_first(effects: list[ConversationEffect]) -> list[ConversationEffect]:
    """Move flushes to the front: playback stops before anything is logged, shown or sent upstream."""
    return sorted(effects, key=lambda effect: not is_flush(effect))
