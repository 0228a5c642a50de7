"""The watchdog: notices that the model does not answer as it should, and what to do about it. Sans-IO.

What it watches for, and where it was seen (numbers of the field notes in parentheses): no reply after the person's turn
(A12, A13, B5), after a barge-in (B5) or after a function's result (C1, C5); a stall inside a turn (B11, B16); an empty
turn (B2) or one that was rejected (B3); a voice that cannot be heard (B3); a turn that never ends (B16) or ends in the
middle of a sentence (B1); an interruption though nobody spoke (B4, B7).

What it does, one step for each failure in a row: ask once, change the socket (what the person said is said again),
begin a fresh session that is told the conversation so far, tell the person. A good answer leads back to the first step.
"""

from collections.abc import Sequence

from s2s.core import events
from s2s.core.conversation import Conversation
from s2s.core.deadlines import earliest
from s2s.core.effects import Effect, Incident, PromptReply, SendToBrowser, SendToolResponse
from s2s.core.prompts import (
    ANSWER_WITHHELD,
    CONTINUE_PROMPT,
    NO_ANSWER,
    REPEAT_PROMPT,
    SILENT_TURN,
    phantom_prompt,
    repeat_rest_prompt,
)
from s2s.core.turn_machine import Turn
from s2s.core.watchdog.repetition_detector import Repetition, RepetitionDetector
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
    """Looks at a conversation after each fact. `watch` answers what must be done; `deadline` when to look again."""

    def __init__(self, conversation: Conversation, *, reply_limit_s: float = 0.0) -> None:
        """`reply_limit_s`: how long an answer may take; 0: as the model's abilities say."""
        self._talk = conversation
        self._limit_s = reply_limit_s
        self._step = 0
        self._owed = ""
        """Why an answer is owed: the code of the incident if none comes. Empty: none is."""
        self._words = False
        """Upstream has shown that it understood something: typed, transcribed, or a function's result."""
        self._spoken_to = False
        self._reply_by: float | None = None
        self._stall_by: float | None = None
        self._end_by: float | None = None
        self._phantom_by: float | None = None
        self._speech_from: float | None = None
        self._barged_in = False
        self._was_heard = False
        self._empty = 0
        self._ask_after = ""
        self._noise_tried = False
        self._repeats = RepetitionDetector()
        self._began_at = 0.0
        self._answer = ResponseMonitor()
        self._awaited = False

    @property
    def deadline(self) -> float | None:
        """Call again with Tick no later than this."""
        return earliest(self._reply_by, self._stall_by, self._end_by, self._phantom_by)

    def watch(self, event: events.Event, effects: Sequence[Effect], now: float) -> list[Verdict]:
        """`effects`: what the conversation made of the event."""
        verdicts: list[Verdict] = []
        if isinstance(event, events.MicAudio):
            self._heard(now)
        elif isinstance(event, events.DeadlineReached):
            verdicts = self._person(event, effects, now)
        else:
            verdicts = self._upstream(event, now) + self._person(event, effects, now)
        turn = self._talk.turn
        self._was_heard = turn is Turn.SPEAKING or turn is Turn.DRAINING
        verdicts += self._due(now)
        awaited = bool(self._owed) and self._is_awaited()
        if awaited is not self._awaited:
            self._awaited = awaited
            verdicts.append(events.ReplyAwaited(awaited))
        return verdicts

    def _is_awaited(self) -> bool:
        """The person waits for the answer that is owed: nothing of it has come."""
        asked = self._words or self._talk.manual_activity
        return asked and (self._answer.refused or not self._answer.begun)

    def owes_an_answer(self) -> None:
        """The conversation begins with a question."""
        self._owed, self._words = "no_reply", True

    # --- what upstream does ---

    def _upstream(self, event: events.Event, now: float) -> list[Verdict]:
        match event:
            case events.ModelAudio() | events.ModelTranscriptDelta() if self._talk.turn is not Turn.CUT:
                return self._model_speaks(event, now)
            case events.ModelThinking() if self._reply_by is not None:
                self._reply_by = now + self._patience_s
            case events.ToolCancelled() if self._owed and not self._talk.errands.calls.pending:
                self._reply_by = now + self._patience_s
            case events.ToolCalled():
                self._answer.called = True
                self._reply_by = self._phantom_by = None
                self._stall_by = None
            case events.Interrupted():
                self._interrupted(now)
            case events.GenerationComplete() if self._answer.begun:
                self._answer.generated, self._stall_by = True, None
                self._end_by = now + TURN_END_TIMEOUT_S
                return self._judge_voice(now)
            case events.TurnComplete():
                return self._turn_complete(event, now)
            case events.SocketLost() | events.LinkLost():
                self._reply_by = self._stall_by = self._end_by = self._phantom_by = None
                self._reset_turn()
            case events.SetupComplete():
                return self._opened(now)
            case _:
                pass
        return []

    def _model_speaks(self, event: events.ModelAudio | events.ModelTranscriptDelta, now: float) -> list[Verdict]:
        repeated = (
            self._repeats.said(event.text, self._answer.voice_ms)
            if isinstance(event, events.ModelTranscriptDelta)
            else None
        )
        if repeated is Repetition.OVER:
            return [events.RepetitionDetected(None)]
        if self._talk.turn is not Turn.SPEAKING:
            return []
        if self._answer.generated:
            self._reset_turn()
        answer = self._answer
        if not answer.begun:
            self._began_at = now
        self._reply_by = self._phantom_by = self._end_by = None
        self._stall_by = now + STALL_TIMEOUT_S
        answer.called = False
        if isinstance(event, events.ModelTranscriptDelta):
            answer.word(event.text)
        else:
            answer.sound(event.pcm)
        if repeated is None:
            return []
        told = Incident("repeated_answer", "The model began its answer again; that is not played.")
        return [told, events.RepetitionDetected(self._repeats.began_at_ms)]

    def _interrupted(self, now: float) -> None:
        if self._answer.refused:
            # By our asking for it again.
            self._end_of_refused()
            self._answer.cut = True
            return
        person, talk = self._talk.person, self._talk
        spoke_at = person.speech_ended_at if person.speech_ended_at is not None else -PHANTOM_SILENCE_S
        nobody = not person.speaking and (spoke_at <= self._began_at or now - spoke_at >= PHANTOM_SILENCE_S)
        if self._was_heard and not talk.manual_activity and nobody:
            self._phantom_by = now + PHANTOM_TIMEOUT_S
        self._barged_in = self._was_heard
        self._stall_by = self._end_by = None
        if self._answer.loud:
            self._step = 0
        if self._was_heard or self._answer.begun:
            self._owed, self._words, self._reply_by = "", False, None
        self._reset_turn()
        self._answer.cut = True

    def _turn_complete(self, event: events.TurnComplete, now: float) -> list[Verdict]:
        answer = self._answer
        self._stall_by = self._end_by = None
        if event.more or answer.called or self._talk.errands.calls.pending:
            self._reset_turn()
            if self._owed and not self._talk.errands.calls.pending:
                self._reply_by = now + self._patience_s
            return []
        if answer.refused:
            return self._end_of_refused()
        if answer.loud or answer.said or answer.long_enough:
            verdicts = self._judge_voice(now) or self._judge_the_middle(now)
            if not verdicts and not answer.generated and answer.breaks_a_sentence:
                verdicts = self._fail("early_turn_complete", "An answer ended in mid-sentence.", now, CONTINUE_PROMPT)
            elif not verdicts:
                self._answered_well()
            self._reset_turn()
            return verdicts
        self._reset_turn()
        # The end of what was interrupted says nothing; neither does the end of a turn that nobody asked for.
        if answer.cut or not self._owed or not self._words or self._talk.person.speaking:
            if self._owed and self._reply_by is None and not self._talk.person.speaking:
                self._reply_by = now + self._patience_s
            return []
        return self._empty_turn(event.reason, now)

    def _empty_turn(self, reason: str, now: float) -> list[Verdict]:
        if reason in _WANTS_MORE:
            return self._nothing_owed()
        if reason and reason not in _REJECTED:
            withheld = Incident("answer_withheld", f"The answer was withheld: {reason}.")
            return [withheld, SendToBrowser(ANSWER_WITHHELD), *self._nothing_owed()]
        self._empty += 1
        if reason:
            return self._fail("response_rejected", f"An answer was rejected: {reason}.", now)
        if self._talk.abilities.may_stay_silent and self._spoken_to and self._empty < 2:
            told = Incident("silent_turn", "The model chose not to answer.")
            return [told, SendToBrowser(SILENT_TURN), *self._nothing_owed()]
        return self._fail("empty_turn", "A turn ended without an answer.", now)

    def _judge_voice(self, now: float) -> list[Verdict]:
        if not self._answer.inaudible:
            return []
        self._answer.refused = True
        self._repeats.forget()
        self._owed, self._words = self._owed or "near_silent", True
        return [
            events.SilencePlayback(),
            *self._fail("near_silent", "An answer was too quiet to hear.", now, REPEAT_PROMPT),
        ]

    def _judge_the_middle(self, now: float) -> list[Verdict]:
        """Words that were said without a sound are asked for again; what was heard before them stands."""
        lost = self._answer.lost()
        if lost is None:
            return []
        self._owed, self._words = "near_silent", True
        self._repeats.forget()
        fail = self._fail(
            "near_silent", "A part of an answer was too quiet to hear.", now, repeat_rest_prompt(lost.before)
        )
        return [events.TruncateTurn(lost.from_ms), *fail]

    def _opened(self, now: float) -> list[Verdict]:
        text, self._ask_after = self._ask_after, ""
        if self._owed:
            self._reply_by = now + self._patience_s
        return [events.RequestReply(text)] if text and not self._talk.uplink.unanswered else []

    # --- what the person does ---

    def _person(self, event: events.Event, effects: Sequence[Effect], now: float) -> list[Verdict]:
        match event:
            case events.MicMuted():
                self._heard(now)
            case events.UserTranscriptDelta() if self._talk.person.unanswered_words:
                self._phantom_by = None
                self._owe("freeze_after_barge_in" if self._barged_in else "no_reply", now, words=True, spoken=True)
            case events.TextTyped():
                self._owe("no_reply", now, words=True, spoken=False)
            case events.ActivityMarked(started=False):
                self._owe("no_reply", now, words=self._words, spoken=True)
            case events.InterruptPressed() if self._talk.turn is Turn.CUT:
                self._nothing_owed()
            case _ if any(isinstance(e, SendToolResponse) and e.scheduling != "SILENT" for e in effects):
                self._owe("no_reply_after_tool", now, words=True, spoken=False)
            case _ if any(isinstance(e, PromptReply) for e in effects):
                self._owe("no_reply", now, words=True, spoken=False)
            case _:
                pass
        return []

    def _heard(self, now: float) -> None:
        person = self._talk.person
        if person.speaking:
            self._speech_from = self._speech_from if self._speech_from is not None else now
            self._reply_by = self._phantom_by = None
        elif self._speech_from is not None:
            long_enough = now - self._speech_from >= MIN_SPEECH_S
            self._speech_from = None
            if not long_enough and not self._owed:
                self._owe("noise", now, words=False, spoken=True)
            else:
                code = "freeze_after_barge_in" if self._barged_in else "no_reply"
                words = self._barged_in or person.unanswered_words or bool(self._owed and self._words)
                self._owe(code, now, words=words, spoken=True)

    def _owe(self, code: str, now: float, *, words: bool, spoken: bool) -> None:
        if self._talk.turn is Turn.SPEAKING:
            return
        self._owed, self._words, self._spoken_to = code, words, spoken
        if words:
            self._noise_tried = False
            self._repeats.forget()
        self._reply_by = now + self._patience_s if not self._talk.person.speaking else None

    # --- time ---

    def _due(self, now: float) -> list[Verdict]:
        verdicts: list[Verdict] = []
        if self._phantom_by is not None and now >= self._phantom_by:
            self._phantom_by = None
            self._owed, self._words = "phantom_interruption", True
            speech = self._talk.speech
            ask, speech.cut_note = phantom_prompt(speech.cut_heard), ""
            verdicts += self._fail("phantom_interruption", "Interrupted, though nobody spoke.", now, ask)
        if self._stall_by is not None and now >= self._stall_by:
            verdicts += self._stalled(now)
        if self._end_by is not None and now >= self._end_by:
            verdicts += self._endless(now)
        if self._reply_by is not None and now >= self._reply_by:
            verdicts += self._silent(now)
        return verdicts

    def _stalled(self, now: float) -> list[Verdict]:
        if self._talk.turn is not Turn.SPEAKING:
            self._stall_by = None
            return self._endless(now) if self._answer.begun else []
        if not self._talk.speech.is_dry(now):
            self._stall_by = now + STALL_TIMEOUT_S / 2
            return []
        self._stall_by = None
        if self._answer.ends_a_sentence:
            return self._endless(now)
        self._owed, self._words = "stall", True
        self._reset_turn()
        return self._fail("stall", "An answer stopped in mid-sentence.", now, CONTINUE_PROMPT)

    def _endless(self, now: float) -> list[Verdict]:
        if not self._talk.speech.is_dry(now):
            self._end_by = now + TURN_END_TIMEOUT_S
            return []
        self._end_by = None
        if self._answer.refused:
            self._end_of_refused()
        else:
            self._reset_turn()
            self._answered_well()
        return [Incident("missing_turn_complete", "The end of a turn never came; it is over."), events.TurnComplete()]

    def _silent(self, now: float) -> list[Verdict]:
        self._reply_by = None
        if self._talk.errands.calls.pending or not self._owed or not self._talk.uplink.live:
            return []
        if not self._words:
            return self._noise(now)
        return self._fail(self._owed, f"No answer came within {self._patience_s:.0f} s.", now)

    def _noise(self, now: float) -> list[Verdict]:
        """Speech by the meter alone: the socket may be deaf. To hear it again elsewhere disturbs nobody."""
        if self._noise_tried or self._owed == "noise":
            return self._nothing_owed()
        self._noise_tried = True
        told = Incident("no_words", "Speech was heard, but upstream understood no word of it.")
        return [told, events.ReconnectUpstream(fresh=False)]

    # --- the ladder ---

    def _fail(self, code: str, text: str, now: float, ask: str = "") -> list[Verdict]:
        self._step += 1
        self._reply_by = now + self._patience_s
        incident = Incident(code, f"{text} Step {self._step}.")
        if self._step == 1:
            return [incident, events.RequestReply(ask)]
        if self._step <= 3:
            self._ask_after = ask
            return [incident, events.ReconnectUpstream(fresh=self._step == 3)]
        self._step = 1
        return [incident, SendToBrowser(NO_ANSWER), *self._nothing_owed()]

    def _nothing_owed(self) -> list[Verdict]:
        self._owed, self._words, self._reply_by, self._ask_after = "", False, None, ""
        return [events.ReplyGivenUp()]

    def _answered_well(self) -> None:
        self._step = self._empty = 0
        self._owed, self._words, self._reply_by = "", False, None
        self._barged_in = self._noise_tried = False

    def _end_of_refused(self) -> list[Verdict]:
        """The answer that was asked for instead is still to come."""
        self._stall_by = self._end_by = None
        self._reset_turn()
        return []

    def _reset_turn(self) -> None:
        self._repeats.new_turn()
        self._answer = ResponseMonitor()

    @property
    def _patience_s(self) -> float:
        limit_s = self._limit_s or self._talk.abilities.reply_limit_s
        return limit_s if self._words or not self._owed else limit_s + UNRECOGNIZED_SPEECH_EXTRA_S
