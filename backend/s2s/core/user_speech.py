"""The user's side of the conversation: when they speak and what they said."""

from s2s import wire
from s2s.core.audio import SpeechEdge, SpeechMeter
from s2s.core.deadlines import ReplyDeadline, earliest
from s2s.core.effects import ConversationEffect, LogTranscript, SendToBrowser

# The transcript is logged when nothing more has been added to it for this long.
LOG_DELAY_S = 1.0


class UserSpeech:
    """Gathers transcript pieces into utterances.

    Upstream guarantees no order for them: a piece may come after the answer has begun, even after it ended. So an
    utterance is finished only when the model has answered and the user has been heard again.
    """

    def __init__(self, reply: ReplyDeadline) -> None:
        """`reply`: when a reply to what the user says is due."""
        self._reply = reply
        self.speech_ended_at: float | None = None
        """When the user last stopped speaking, by the gateway's own measure."""
        self.talk_key_down = False
        """The user holds the push-to-talk button."""
        self._meter = SpeechMeter()
        self._id = 0
        self._text = ""
        self._interim_text = ""
        self._is_final = True
        self._new_speech = True
        self._logged_chars = 0
        self._remembered_chars = 0
        self._retracted_text = ""
        """What was logged of words that are sent again to another session."""
        self._log_at: float | None = None

    def on_talk_key(self, *, down: bool) -> None:
        """The push-to-talk button was pressed or released."""
        self.talk_key_down = down

    @property
    def is_speaking(self) -> bool:
        """Whether the user speaks, by the gateway's own measure."""
        return self._meter.is_speaking

    @property
    def has_floor(self) -> bool:
        """Whether the user speaks or holds the push-to-talk button."""
        return self.is_speaking or self.talk_key_down

    @property
    def has_unanswered_words(self) -> bool:
        """Whether upstream has recognized words that were not answered yet."""
        return not self._is_final and bool(self._text.strip())

    @property
    def unlogged_text(self) -> str:
        """Words that are not in the history yet."""
        return self._text[self._remembered_chars :].strip()

    @property
    def deadline(self) -> float | None:
        """Call `pass_time` no later than this."""
        return earliest(self._reply.due_by, self._log_at)

    def pass_time(self, now: float) -> list[ConversationEffect]:
        """End the wait for a reply if its time is over, and log what was recognized a while ago."""
        self._reply.expire(now)
        if self._log_at is None or now < self._log_at:
            return []
        return self._log_new_text()

    def process_frame(self, pcm: bytes, now: float) -> SpeechEdge | None:
        """Take one microphone frame; return the edge of speech that it is, if any."""
        edge = self._meter.process_frame(pcm, now)
        if edge is None:
            return None
        if edge.started:
            self._new_speech = True
            self._reply.cancel()
            self._log_at = None
        else:
            self._reply.expect(now)
            self.speech_ended_at = edge.at
            self._schedule_log(now)
        return edge

    def on_speech_detected(self, *, keeps_reply_deadline: bool = False) -> None:
        """Upstream, or the push-to-talk button, says that the user speaks."""
        self._new_speech = True
        if not keeps_reply_deadline:
            self._reply.cancel()

    def on_mic_closed(self, now: float) -> None:
        """The microphone was closed."""
        if self._meter.is_speaking:
            self._reply.expect(now)
            self.speech_ended_at = now
            self._schedule_log(now)
        self._meter.reset()

    def append_transcript(self, piece: str, now: float, interim: bool = False) -> list[ConversationEffect]:
        """Add a transcript piece, or a guess at the next one; return the transcript so far for the browser."""
        effects: list[ConversationEffect] = []
        if self._is_final and self._new_speech:
            effects += self.log_transcript()
            self._id += 1
            self._is_final = self._new_speech = False
            self._start_utterance("")
        self._interim_text = f"{piece} " if interim and not self._is_final else ""
        if not interim:
            self._text += piece
            if not self._meter.is_speaking:
                self._schedule_log(now)
        if not interim and not self._is_final and not self._meter.is_speaking:
            self._reply.expect(now)
        return [*effects, self._transcript_message()] if self._words else effects

    def add_typed_text(self, text: str, now: float) -> list[ConversationEffect]:
        """Add typed text as a separate utterance."""
        effects = self.on_reply_started() + self.log_transcript()
        self._id += 1
        self._is_final = self._new_speech = True
        self._start_utterance(text)
        self._reply.expect(now)
        self.speech_ended_at = now
        return [*effects, self._transcript_message(), *self._log_new_text()]

    def restore_question(self, text: str) -> None:
        """Restore a question of an earlier session that was never answered: the browser knows it, the log does not."""
        self._start_utterance(text)

    def on_reply_started(self) -> list[ConversationEffect]:
        """The model has begun to answer, or called a function: the words so far are final."""
        self._reply.cancel()
        if self._is_final:
            return []
        self._is_final = True
        return [self._transcript_message()] if self._words else []

    def retract_unanswered(self) -> None:
        """Retract words that were not answered: they are sent to another session, whose transcript replaces these."""
        if not self._is_final:
            self._retracted_text = (
                self._text[self._remembered_chars : self._logged_chars].strip() or self._retracted_text
            )
            self._text, self._interim_text, self._log_at = self._text[: self._remembered_chars], "", None
            self._logged_chars = len(self._text)

    def close(self) -> list[ConversationEffect]:
        """End the session."""
        return self.on_reply_started() + self.log_transcript()

    def _transcript_message(self) -> SendToBrowser:
        return SendToBrowser(wire.UserTranscript(id=self._id, text=self._words, final=self._is_final))

    @property
    def _words(self) -> str:
        """The transcript as shown to the user."""
        return (
            f"{self._text.rstrip()} {self._interim_text.strip()}".strip() if self._interim_text else self._text.strip()
        )

    def log_transcript(self) -> list[ConversationEffect]:
        """Log the words that came since the last time, for the conversation log and the history. Late pieces get a line
        each."""
        logged = self._log_new_text()
        news = self._text[self._remembered_chars :].strip()
        self._remembered_chars = len(self._text)
        if logged == [LogTranscript("user", news, remembered=False)]:
            return [LogTranscript("user", news)]
        return [*logged, LogTranscript("user", news, logged=False)] if news else logged

    def _start_utterance(self, text: str) -> None:
        self._text, self._interim_text, self._retracted_text, self._log_at = text, "", "", None
        self._logged_chars = self._remembered_chars = 0

    def _schedule_log(self, now: float) -> None:
        if self._text[self._logged_chars :].strip():
            self._log_at = now + LOG_DELAY_S

    def _log_new_text(self) -> list[ConversationEffect]:
        text = self._text[self._logged_chars :].strip()
        self._logged_chars, self._log_at = len(self._text), None
        if not text or text == self._retracted_text:
            return []
        return [LogTranscript("user", text, remembered=False)]
