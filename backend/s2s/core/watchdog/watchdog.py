"""The watchdog: notices that the model does not reply as it should, and what to do about it.

What it watches for, and where it was seen (numbers of the field notes in parentheses): no reply after the user's turn
(A12, A13, B5), after a barge-in (B5) or after a function's result (C1, C5); a stall inside a turn (B11, B16); an empty
turn (B2) or one that was rejected (B3); audio that cannot be heard (B3); a turn that never ends (B16) or ends in the
middle of a sentence (B1); an interruption although the user was silent (B4, B7).

What it does, one step for each failure in a row: ask once, change the socket (what the user said is sent again), begin
a new session that gets the history, notify the user. A good reply leads back to the first step.
"""

from collections.abc import Sequence

from s2s.core import events
from s2s.core.deadlines import earliest
from s2s.core.effects import Effect, Incident, PromptReply, SendToBrowser, SendToolResponse
from s2s.core.texts.notices import ANSWER_WITHHELD, NO_ANSWER, SILENT_TURN
from s2s.core.texts.prompts import CONTINUE_PROMPT, REPEAT_PROMPT, phantom_prompt, repeat_rest_prompt
from s2s.core.turn_machine import Turn
from s2s.core.watchdog.conversation_view import ConversationView
from s2s.core.watchdog.repetition_detector import Repetition, RepetitionDetector
from s2s.core.watchdog.reply_state import (
    DueReply,
    NoiseHeard,
    ReplyInterrupted,
    ReplyReceived,
    ReplyState,
    RequestUnderstood,
    SocketReplaced,
    SpeechHeard,
)
from s2s.core.watchdog.response_monitor import ResponseMonitor
from s2s.core.watchdog.timeouts import (
    MIN_SPEECH_S,
    PHANTOM_SILENCE_S,
    PHANTOM_TIMEOUT_S,
    STALL_TIMEOUT_S,
    TURN_END_TIMEOUT_S,
    UNRECOGNIZED_SPEECH_EXTRA_S,
)

_REJECTED = frozenset({"RESPONSE_REJECTED", "MALFORMED_FUNCTION_CALL", "MAX_REGENERATION_REACHED"})
_WANTS_MORE = frozenset({"NEED_MORE_INPUT"})

Verdict = events.ReconnectUpstream | events.WatchdogAdvice | events.TurnComplete | Incident | SendToBrowser


class Watchdog:
    """Checks a conversation after each event. `check` returns what must be done; `deadline` when to check again."""

    def __init__(self, view: ConversationView, *, reply_limit_s: float = 0.0) -> None:
        """`reply_limit_s`: how long a reply may take; 0: as the model's capabilities say."""
        self._view = view
        self._limit_s = reply_limit_s
        self._step = 0
        self._reply = DueReply()
        self._reply_by: float | None = None
        self._stall_by: float | None = None
        self._end_by: float | None = None
        self._phantom_by: float | None = None
        self._speech_from: float | None = None
        self._last_turn = Turn.LISTENING
        """The turn before the event that is being checked."""
        self._empty = 0
        self._ask_after = ""
        self._repetitions = RepetitionDetector()
        self._response_began_at = 0.0
        self._response = ResponseMonitor()
        self._reported_awaited = False

    @property
    def deadline(self) -> float | None:
        """Call `check` with DeadlineReached no later than this."""
        return earliest(self._reply_by, self._stall_by, self._end_by, self._phantom_by)

    def check(self, event: events.Event, effects: Sequence[Effect], now: float) -> list[Verdict]:
        """Check one event. `effects`: what the conversation made of it."""
        verdicts: list[Verdict] = []
        if isinstance(event, events.MicAudio):
            self._on_mic_activity(now)
        elif isinstance(event, events.DeadlineReached):
            verdicts = self._on_user_event(event, effects, now)
        else:
            verdicts = self._on_upstream_event(event, now) + self._on_user_event(event, effects, now)
        self._last_turn = self._view.turn
        verdicts += self._check_timeouts(now)
        awaited = self._reply.is_due and self._is_awaited()
        if awaited is not self._reported_awaited:
            self._reported_awaited = awaited
            verdicts.append(events.ReplyAwaited(awaited))
        return verdicts

    def _is_awaited(self) -> bool:
        """Return whether the user waits for the reply that is due: nothing of it has come."""
        asked = self._reply.is_understood or self._view.is_push_to_talk
        return asked and (self._response.was_refused or not self._response.has_begun)

    def expect_reply(self) -> None:
        """Expect a reply to the question that the conversation begins with."""
        self._reply.expect_again("no_reply")

    @property
    def is_reply_due(self) -> bool:
        """Whether the model has to reply."""
        return self._reply.is_due

    # --- upstream events ---

    def _on_upstream_event(self, event: events.Event, now: float) -> list[Verdict]:
        match event:
            case events.ModelAudio() | events.ModelTranscriptDelta() if self._view.turn is not Turn.CUT:
                return self._on_model_output(event, now)
            case events.ModelThinking() if self._reply_by is not None:
                self._reply_by = now + self._timeout_s
            case events.ToolCancelled() if self._reply.is_due and not self._view.has_pending_calls:
                self._reply_by = now + self._timeout_s
            case events.ToolCalled():
                self._response.on_tool_call()
                self._reply_by = self._phantom_by = None
                self._stall_by = None
            case events.Interrupted():
                self._on_interrupted(now)
            case events.GenerationComplete() if self._response.has_begun:
                self._response.on_generation_complete()
                self._stall_by = None
                self._end_by = now + TURN_END_TIMEOUT_S
                return self._check_audibility(now)
            case events.TurnComplete():
                return self._on_turn_complete(event, now)
            case events.SocketLost() | events.LinkLost():
                self._reply_by = self._stall_by = self._end_by = self._phantom_by = None
                self._start_turn()
            case events.SetupComplete():
                return self._on_link_open(now)
            case _:
                pass
        return []

    def _on_model_output(self, event: events.ModelAudio | events.ModelTranscriptDelta, now: float) -> list[Verdict]:
        repeated = (
            self._repetitions.on_transcript(event.text, self._response.voice_ms)
            if isinstance(event, events.ModelTranscriptDelta)
            else None
        )
        if repeated is Repetition.OVER:
            return [events.RepetitionDetected(None)]
        if self._view.turn is not Turn.SPEAKING:
            return []
        if self._response.generation_complete:
            self._start_turn()
        answer = self._response
        if not answer.has_begun:
            self._response_began_at = now
        self._reply_by = self._phantom_by = self._end_by = None
        self._stall_by = now + STALL_TIMEOUT_S
        if isinstance(event, events.ModelTranscriptDelta):
            answer.on_transcript(event.text)
        else:
            answer.on_audio(event.pcm)
        if repeated is None:
            return []
        incident = Incident("repeated_answer", "The model began its answer again; that is not played.")
        return [incident, events.RepetitionDetected(self._repetitions.began_at_ms)]

    def _on_interrupted(self, now: float) -> None:
        if self._response.was_refused:
            # We caused this by asking for it again.
            self._drop_refused(was_cut=True)
            return
        view, ended_at = self._view, self._view.user_speech_ended_at
        spoke_at = ended_at if ended_at is not None else -PHANTOM_SILENCE_S
        was_heard = self._last_turn in (Turn.SPEAKING, Turn.DRAINING)
        user_was_silent = not view.user_is_speaking and (
            spoke_at <= self._response_began_at or now - spoke_at >= PHANTOM_SILENCE_S
        )
        if was_heard and not view.is_push_to_talk and user_was_silent:
            self._phantom_by = now + PHANTOM_TIMEOUT_S
        self._reply.on_interrupted(by_user=was_heard)
        self._stall_by = self._end_by = None
        if self._response.was_audible:
            self._step = 0
        if was_heard or self._response.has_begun:
            self._reply.apply(ReplyInterrupted)
            self._reply_by = None
        self._start_turn(was_cut=True)

    def _on_turn_complete(self, event: events.TurnComplete, now: float) -> list[Verdict]:
        answer = self._response
        self._stall_by = self._end_by = None
        if event.more or answer.called_tool or self._view.has_pending_calls:
            self._start_turn()
            if self._reply.is_due and not self._view.has_pending_calls:
                self._reply_by = now + self._timeout_s
            return []
        if answer.was_refused:
            return self._drop_refused()
        if answer.was_audible or answer.text or answer.is_long_enough:
            verdicts = self._check_audibility(now) or self._check_silent_words(now)
            if not verdicts and not answer.generation_complete and answer.breaks_a_sentence:
                verdicts = self._escalate(
                    "early_turn_complete", "An answer ended in mid-sentence.", now, CONTINUE_PROMPT
                )
            elif not verdicts:
                self._on_good_reply()
            self._start_turn()
            return verdicts
        self._start_turn()
        # The end of an interrupted turn says nothing; neither does the end of a turn without a request.
        if answer.was_cut or not self._reply.is_understood or self._view.user_is_speaking:
            if self._reply.is_due and self._reply_by is None and not self._view.user_is_speaking:
                self._reply_by = now + self._timeout_s
            return []
        return self._on_empty_turn(event.reason, now)

    def _on_empty_turn(self, reason: str, now: float) -> list[Verdict]:
        if reason in _WANTS_MORE:
            return self._give_up_reply()
        if reason and reason not in _REJECTED:
            withheld = Incident("answer_withheld", f"The answer was withheld: {reason}.")
            return [withheld, SendToBrowser(ANSWER_WITHHELD), *self._give_up_reply()]
        self._empty += 1
        if reason:
            return self._escalate("response_rejected", f"An answer was rejected: {reason}.", now)
        if self._view.capabilities.may_stay_silent and self._reply.was_spoken and self._empty < 2:
            incident = Incident("silent_turn", "The model chose not to answer.")
            return [incident, SendToBrowser(SILENT_TURN), *self._give_up_reply()]
        return self._escalate("empty_turn", "A turn ended without an answer.", now)

    def _check_audibility(self, now: float) -> list[Verdict]:
        if not self._response.is_inaudible:
            return []
        self._response.refuse()
        self._repetitions.reset()
        self._reply.expect_again(self._reply.reason if self._reply.is_due else "near_silent")
        return [
            events.SilencePlayback(),
            *self._escalate("near_silent", "An answer was too quiet to hear.", now, REPEAT_PROMPT),
        ]

    def _check_silent_words(self, now: float) -> list[Verdict]:
        """Ask again for words that were said without sound; what was heard before them stays."""
        lost = self._response.inaudible_span()
        if lost is None:
            return []
        self._reply.expect_again("near_silent")
        self._repetitions.reset()
        fail = self._escalate(
            "near_silent", "A part of an answer was too quiet to hear.", now, repeat_rest_prompt(lost.before)
        )
        return [events.TruncateTurn(lost.from_ms), *fail]

    def _on_link_open(self, now: float) -> list[Verdict]:
        text, self._ask_after = self._ask_after, ""
        if self._reply.is_due:
            self._reply_by = now + self._timeout_s
        return [events.RequestReply(text)] if text and not self._view.question_is_repeated else []

    # --- user events ---

    def _on_user_event(self, event: events.Event, effects: Sequence[Effect], now: float) -> list[Verdict]:
        match event:
            case events.MicMuted():
                self._on_mic_activity(now)
            case events.UserTranscriptDelta() if self._view.has_unanswered_words:
                self._phantom_by = None
                self._expect_reply(self._spoken_reason, now, understood=True, spoken=True)
            case events.TextTyped():
                self._expect_reply("no_reply", now, understood=True, spoken=False)
            case events.ActivityMarked(started=False):
                self._expect_reply("no_reply", now, understood=self._reply.is_understood, spoken=True)
            case events.InterruptPressed() if self._view.turn is Turn.CUT:
                self._give_up_reply()
            case _ if any(isinstance(e, SendToolResponse) and e.scheduling != "SILENT" for e in effects):
                self._expect_reply("no_reply_after_tool", now, understood=True, spoken=False)
            case _ if any(isinstance(e, PromptReply) for e in effects):
                self._expect_reply("no_reply", now, understood=True, spoken=False)
            case _:
                pass
        return []

    def _on_mic_activity(self, now: float) -> None:
        if self._view.user_is_speaking:
            self._speech_from = self._speech_from if self._speech_from is not None else now
            self._reply_by = self._phantom_by = None
        elif self._speech_from is not None:
            long_enough = now - self._speech_from >= MIN_SPEECH_S
            self._speech_from = None
            reply = self._reply
            understood = reply.follows_interruption or self._view.has_unanswered_words or reply.is_understood
            is_noise = not long_enough and not reply.is_due
            if is_noise and self._view.turn is not Turn.SPEAKING:
                reply.expect(NoiseHeard, "noise", spoken=True)
                self._reply_by = now + self._timeout_s
            elif not is_noise:
                self._expect_reply(self._spoken_reason, now, understood=understood, spoken=True)

    @property
    def _spoken_reason(self) -> str:
        return "freeze_after_barge_in" if self._reply.follows_interruption else "no_reply"

    def _expect_reply(self, reason: str, now: float, *, understood: bool, spoken: bool) -> None:
        if self._view.turn is Turn.SPEAKING:
            return
        self._reply.expect(RequestUnderstood if understood else SpeechHeard, reason, spoken=spoken)
        if understood:
            self._repetitions.reset()
        self._reply_by = now + self._timeout_s if not self._view.user_is_speaking else None

    # --- time ---

    def _check_timeouts(self, now: float) -> list[Verdict]:
        verdicts: list[Verdict] = []
        if self._phantom_by is not None and now >= self._phantom_by:
            self._phantom_by = None
            self._reply.expect_again("phantom_interruption")
            ask = phantom_prompt(self._view.heard_of_cut)
            verdicts.append(events.DropCutNote())
            verdicts += self._escalate("phantom_interruption", "Interrupted, though nobody spoke.", now, ask)
        if self._stall_by is not None and now >= self._stall_by:
            verdicts += self._on_stall(now)
        if self._end_by is not None and now >= self._end_by:
            verdicts += self._on_missing_turn_end(now)
        if self._reply_by is not None and now >= self._reply_by:
            verdicts += self._on_no_reply(now)
        return verdicts

    def _on_stall(self, now: float) -> list[Verdict]:
        if self._view.turn is not Turn.SPEAKING:
            self._stall_by = None
            return self._on_missing_turn_end(now) if self._response.has_begun else []
        if not self._view.is_dry(now):
            self._stall_by = now + STALL_TIMEOUT_S / 2
            return []
        self._stall_by = None
        if self._response.ends_a_sentence:
            return self._on_missing_turn_end(now)
        self._reply.expect_again("stall")
        self._start_turn()
        return self._escalate("stall", "An answer stopped in mid-sentence.", now, CONTINUE_PROMPT)

    def _on_missing_turn_end(self, now: float) -> list[Verdict]:
        if not self._view.is_dry(now):
            self._end_by = now + TURN_END_TIMEOUT_S
            return []
        self._end_by = None
        if self._response.was_refused:
            self._drop_refused()
        else:
            self._start_turn()
            self._on_good_reply()
        return [Incident("missing_turn_complete", "The end of a turn never came; it is over."), events.TurnComplete()]

    def _on_no_reply(self, now: float) -> list[Verdict]:
        self._reply_by = None
        if self._view.has_pending_calls or not self._reply.is_due or not self._view.is_upstream_live:
            return []
        if not self._reply.is_understood:
            return self._on_unrecognized_speech()
        return self._escalate(self._reply.reason, f"No answer came within {self._timeout_s:.0f} s.", now)

    def _on_unrecognized_speech(self) -> list[Verdict]:
        """Only the meter heard speech: the socket may be deaf. Sending it again on another one disturbs no one."""
        if self._reply.state is not ReplyState.UNRECOGNIZED:
            return self._give_up_reply()
        self._reply.apply(SocketReplaced)
        incident = Incident("no_words", "Speech was heard, but upstream understood no word of it.")
        return [incident, events.ReconnectUpstream(fresh=False)]

    # --- escalation ---

    def _escalate(self, code: str, text: str, now: float, ask: str = "") -> list[Verdict]:
        self._step += 1
        self._reply_by = now + self._timeout_s
        incident = Incident(code, f"{text} Step {self._step}.")
        if self._step == 1:
            return [incident, events.RequestReply(ask)]
        if self._step <= 3:
            self._ask_after = ask
            return [incident, events.ReconnectUpstream(fresh=self._step == 3)]
        self._step = 1
        return [incident, SendToBrowser(NO_ANSWER), *self._give_up_reply()]

    def _give_up_reply(self) -> list[Verdict]:
        self._reply.apply(events.ReplyGivenUp)
        self._reply_by, self._ask_after = None, ""
        return [events.ReplyGivenUp()]

    def _on_good_reply(self) -> None:
        self._step = self._empty = 0
        self._reply.apply(ReplyReceived)
        self._reply_by = None

    def _drop_refused(self, *, was_cut: bool = False) -> list[Verdict]:
        """Drop a refused turn: the reply that was asked for instead is still to come."""
        self._stall_by = self._end_by = None
        self._start_turn(was_cut=was_cut)
        return []

    def _start_turn(self, *, was_cut: bool = False) -> None:
        self._repetitions.start_turn()
        self._response = ResponseMonitor(was_cut=was_cut)

    @property
    def _timeout_s(self) -> float:
        limit_s = self._limit_s or self._view.capabilities.reply_limit_s
        return limit_s if self._reply.is_understood or not self._reply.is_due else limit_s + UNRECOGNIZED_SPEECH_EXTRA_S
