"""The person's side of the conversation: when they speak, what they said, whether an answer is due."""

from s2s import wire
from s2s.core.audio import SpeechEdge, SpeechMeter
from s2s.core.deadlines import earliest
from s2s.core.effects import ConversationEffect, LogTranscript, SendToBrowser

# What was understood is written down when so long nothing more of it has come.
LOG_DELAY_S = 1.0
# After this long without a sign of an answer the face goes from thinking back to listening.
REPLY_TIMEOUT_S = 8.0


class UserSpeech:
    """Gathers transcript pieces into utterances.

    Upstream promises no order for them: a piece may come after the answer has begun, even after it ended. So an
    utterance is finished only when the model has answered and the person has been heard again.
    """

    def __init__(self) -> None:
        self.answer_due_until: float | None = None
        self.speech_ended_at: float | None = None
        """When the person last stopped speaking, by the gateway's own measure."""
        self.key_down = False
        """They hold the talk button."""
        self._meter = SpeechMeter()
        self._id = 0
        self._text = ""
        self._guess = ""
        self._final = True
        self._heard_again = True
        self._logged_chars = 0
        self._remembered_chars = 0
        self._logged_before = ""
        """What was logged of words that are said again to another session."""
        self._log_at: float | None = None

    @property
    def speaking(self) -> bool:
        """By the gateway's own measure."""
        return self._meter.speaking

    @property
    def has_floor(self) -> bool:
        """They speak, or hold the talk button."""
        return self.speaking or self.key_down

    @property
    def unanswered_words(self) -> bool:
        """Whether upstream has understood words that were not answered yet."""
        return not self._final and bool(self._text.strip())

    @property
    def unwritten(self) -> str:
        """Words that nobody else remembers yet."""
        return self._text[self._remembered_chars :].strip()

    @property
    def deadline(self) -> float | None:
        """Call `pass_time` no later than this."""
        return earliest(self.answer_due_until, self._log_at)

    def pass_time(self, now: float) -> list[ConversationEffect]:
        """The wait may be over; what was understood is logged when it was said, not when it is answered."""
        if self.answer_due_until is not None and now >= self.answer_due_until:
            self.answer_due_until = None
        if self._log_at is None or now < self._log_at:
            return []
        return self._log()

    def hear(self, pcm: bytes, now: float) -> SpeechEdge | None:
        """One microphone frame; answers the edge of speech that it is."""
        edge = self._meter.hear(pcm, now)
        if edge is None:
            return None
        if edge.started:
            self._heard_again = True
            self.answer_due_until = self._log_at = None
        else:
            self.expect_answer(now)
            self.speech_ended_at = edge.at
            self._log_soon(now)
        return edge

    def expect_answer(self, now: float) -> None:
        """The person has finished something that deserves an answer."""
        self.answer_due_until = now + REPLY_TIMEOUT_S

    def took_floor(self) -> None:
        """Upstream, or a push-to-talk key, says that the person speaks."""
        self._heard_again = True
        self.answer_due_until = None

    def fall_silent(self, now: float) -> None:
        """The microphone was closed."""
        if self._meter.speaking:
            self.expect_answer(now)
            self.speech_ended_at = now
            self._log_soon(now)
        self._meter.fall_silent()

    def said(self, piece: str, now: float, interim: bool = False) -> list[ConversationEffect]:
        """A transcript piece, or a guess at the next; the person's words so far go to the browser."""
        effects: list[ConversationEffect] = []
        if self._final and self._heard_again:
            effects += self.write_down()
            self._id += 1
            self._final = self._heard_again = False
            self._begin("")
        self._guess = f"{piece} " if interim and not self._final else ""
        if not interim:
            self._text += piece
            if not self._meter.speaking:
                self._log_soon(now)
        if not interim and not self._final and not self._meter.speaking:
            self.expect_answer(now)
        return [*effects, self._told()] if self._words else effects

    def typed(self, text: str, now: float) -> list[ConversationEffect]:
        """Typed words are an utterance of their own."""
        effects = self.answered() + self.write_down()
        self._id += 1
        self._final = self._heard_again = True
        self._begin(text)
        self.expect_answer(now)
        self.speech_ended_at = now
        return [*effects, self._told(), *self._log()]

    def asked_before(self, text: str) -> None:
        """Words of an earlier session that nobody has answered: the browser knows them, the log does not."""
        self._begin(text)

    def answered(self) -> list[ConversationEffect]:
        """The model has begun to answer, or called a function: the words so far stand."""
        self.answer_due_until = None
        if self._final:
            return []
        self._final = True
        return [self._told()] if self._words else []

    def said_again(self) -> None:
        """What was not answered is said to another session: its words come once more and replace these."""
        if not self._final:
            self._logged_before = self._text[self._remembered_chars : self._logged_chars].strip() or self._logged_before
            self._text, self._guess, self._log_at = self._text[: self._remembered_chars], "", None
            self._logged_chars = len(self._text)

    def left(self) -> list[ConversationEffect]:
        """The session ends: nothing more will come."""
        return self.answered() + self.write_down()

    def _told(self) -> SendToBrowser:
        return SendToBrowser(wire.UserTranscript(id=self._id, text=self._words, final=self._final))

    @property
    def _words(self) -> str:
        """What the person is shown."""
        return f"{self._text.rstrip()} {self._guess.strip()}".strip() if self._guess else self._text.strip()

    def write_down(self) -> list[ConversationEffect]:
        """The words that came since the last time, for the conversation log and for whoever must remember the
        conversation. Late pieces get a line of their own."""
        logged = self._log()
        news = self._text[self._remembered_chars :].strip()
        self._remembered_chars = len(self._text)
        if logged == [LogTranscript("user", news, remembered=False)]:
            return [LogTranscript("user", news)]
        return [*logged, LogTranscript("user", news, logged=False)] if news else logged

    def _begin(self, text: str) -> None:
        self._text, self._guess, self._logged_before, self._log_at = text, "", "", None
        self._logged_chars = self._remembered_chars = 0

    def _log_soon(self, now: float) -> None:
        if self._text[self._logged_chars :].strip():
            self._log_at = now + LOG_DELAY_S

    def _log(self) -> list[ConversationEffect]:
        text = self._text[self._logged_chars :].strip()
        self._logged_chars, self._log_at = len(self._text), None
        if not text or text == self._logged_before:
            return []
        return [LogTranscript("user", text, remembered=False)]
